"""Whose fault it is that a message did not go out (RFC 5321, RFC 3463): its own, the server's, or ours.

What is wrong with our set-up or the server says nothing about any message: none fails for it, however long it
lasts. Of a refusal only what names the recipient or the message is the message's own. What may speak of us
counts as the set-up's until the same connection has taken another message and refuses this one again.
"""

import re
import smtplib
import socket
import ssl
from datetime import timedelta
from enum import Enum

from django.db import DatabaseError

# A server that keeps saying 'later' about one address has this long; the patient is waiting.
GIVE_UP_ON_ADDRESS = timedelta(days=1)
# RFC 4954: the server wants us to sign in, or not in this way.
_OUR_SIGN_IN = {530, 534, 535, 538}
TOO_LARGE = 552

# The last two numbers of an enhanced status code. Of the recipient: no such mailbox, moved, of a wrong form,
# off, full (1.10 is a domain that takes no mail); of the message: too large; of the way there: no such host.
_THEIR_STATUS = {(1, 1), (1, 2), (1, 3), (1, 4), (1, 6), (1, 9), (1, 10), (2, 1), (2, 2), (2, 3), (2, 4),
                 (3, 4), (4, 4)}  # fmt: skip
# Of the sender's address: of a wrong form, not found.
_OUR_STATUS = {(1, 7), (1, 8)}
# Gmail's for as many messages as a day allows.
_ALLOWANCE_STATUS = (4, 5)
SECURITY = 7

_ENHANCED = re.compile(r"\W*[245]\.(\d{1,3})\.(\d{1,3})(?![\d.])")
# Addresses say nothing, and may hold any word.
_ADDRESS = re.compile(r"<[^>]*>|\S*@\S*")
_OF_US = re.compile(
    r"sender|send ?as|sending|submission|from address|from header|client host|client was|helo|ehlo|relay|"
    r"rcpthosts|not verified|verified identity|authenticat|\bspf\b|\bdkim\b|\bdmarc\b|block ?list|blacklist|"
    r"blocked using|reputation|reverse (dns|hostname)|\bptr\b|your (ip|account|domain)"
)
_OF_OUR_ALLOWANCE = re.compile(
    r"(daily|hourly|sending|message|rate|connection) (\w+ ){0,2}(limit|quota)|(quota|limit|rate)s? exceeded|"
    r"maximum credits|throttl"
)
_OF_THEM = re.compile(
    r"(no such|unknown|invalid) (user|recipient|mailbox|address|local part)|(user|recipient|mailbox|address|"
    r"account) (\w+ ){0,2}(unknown|not found|unavailable|disabled|inactive|full)|does(n't| not) (exist|have)|"
    r"recipient address rejected|unrouteable|over quota|mailbox unavailable"
)


class Fault(Enum):
    """Whose it is."""

    MESSAGE = "message"
    SERVER = "server"
    SETUP = "set-up"
    SETUP_OR_MESSAGE = "set-up, or message"

    @property
    def stops_the_line(self) -> bool:
        return self in (Fault.SETUP, Fault.SETUP_OR_MESSAGE)


class NotTaken(OSError):
    """Whoever carries texts didn't take one, and says whose fault that is: `code` is the protocol's own, 0
    for none; `is_final` that trying again is no use, if it is the message's."""

    def __init__(self, fault: Fault, code: int = 0, *, is_final: bool = False) -> None:
        super().__init__(code)
        self.fault, self.code, self.is_final = fault, code, is_final


def fault_of(error: Exception, connecting: bool) -> Fault:
    """Whose fault `error` is, met while `connecting` or while a message was handed over."""
    if isinstance(error, NotTaken):
        return error.fault
    code = smtp_code(error)
    if isinstance(error, (ssl.SSLError, smtplib.SMTPAuthenticationError)) or ours(error):
        return Fault.SETUP
    if isinstance(error, socket.gaierror):
        # A name server that doesn't answer just now is another thing than a name that isn't there.
        return Fault.SERVER if error.errno == socket.EAI_AGAIN else Fault.SETUP
    if code is None:
        refused = isinstance(error, smtplib.SMTPNotSupportedError)
        return (Fault.SETUP if connecting else Fault.MESSAGE) if refused else Fault.SERVER
    if code == 421 or code < 0:  # it is closing down, whatever it was asked; it hung up
        return Fault.SERVER
    if connecting:
        return Fault.SETUP if code >= 500 else Fault.SERVER
    return _refused(code, _said(error), of_sender=isinstance(error, smtplib.SMTPSenderRefused))


def with_evidence(fault: Fault, waited: bool, took_another: bool) -> Fault:
    """`fault` in the light of whether the message `waited` for the set-up before, and whether this connection
    has just taken another message from us: what is refused then once more is refused for its own sake."""
    return Fault.MESSAGE if fault is Fault.SETUP_OR_MESSAGE and waited and took_another else fault


def _refused(code: int, said: str, of_sender: bool) -> Fault:
    """Whose fault a reply to MAIL FROM (`of_sender`), RCPT TO or DATA is."""
    found = _ENHANCED.match(said)
    status = (int(found[1]), int(found[2])) if found else None
    words = _ADDRESS.sub(" ", said).lower()
    theirs = status in _THEIR_STATUS
    if code in _OUR_SIGN_IN:
        return Fault.SETUP
    if status == _ALLOWANCE_STATUS or (not theirs and _OF_OUR_ALLOWANCE.search(words)):
        return Fault.SETUP
    of_us = status in _OUR_STATUS or bool(_OF_US.search(words))
    if of_sender and not (status == (3, 4) or (code == TOO_LARGE and status is None)):
        return Fault.SETUP if of_us or code >= 500 else Fault.SERVER
    if of_us:
        return Fault.SETUP_OR_MESSAGE
    is_security = status is not None and status[0] == SECURITY
    if theirs or (not is_security and (_OF_THEM.search(words) or (code == TOO_LARGE and status is None))):
        return Fault.MESSAGE
    if code >= 500:
        return Fault.SETUP_OR_MESSAGE
    # 'Later' without a word about us: this mailbox or a greylist, unless it is the server's own disk or load.
    return Fault.SERVER if status is not None and status[0] == 3 else Fault.MESSAGE


def _said(error: Exception) -> str:
    """The server's words."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        said: bytes | str = next(iter(error.recipients.values()))[1]
    else:
        said = getattr(error, "smtp_error", b"")
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else said


def ours(error: Exception) -> bool:
    """Whether this site itself couldn't build the message: the others may be right, and go out."""
    return not isinstance(error, (OSError, DatabaseError))  # all of smtplib's and ssl's are OSErrors


def is_final(error: Exception, fault: Fault) -> bool:
    """Whether trying again is no use: the server's 5xx about the message itself."""
    if isinstance(error, NotTaken):
        return fault is Fault.MESSAGE and error.is_final
    code = smtp_code(error)
    return fault is Fault.MESSAGE and (code is None or code >= 500)


def patience(fault: Fault) -> timedelta:
    """For how long a message that meets `fault` is tried: from when it was written, or put back."""
    return GIVE_UP_ON_ADDRESS if fault is Fault.MESSAGE else timedelta.max


def smtp_code(error: Exception) -> int | None:
    """The code that the server answered, where it answered."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return int(next(iter(error.recipients.values()))[0])
    return error.smtp_code if isinstance(error, smtplib.SMTPResponseException) else None


def error_words(error: Exception) -> str:
    """What went wrong without anything that names the recipient: the kind of error and the server's code."""
    if isinstance(error, NotTaken):
        return f"NotTaken {error.code:#x}" if error.code else "NotTaken"
    code = smtp_code(error)
    return f"{type(error).__name__} {code}" if code else type(error).__name__
