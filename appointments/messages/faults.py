"""Whose fault it is that a message didn't go out (RFC 5321): its own, the server's, or the set-up's.

What is wrong with the set-up says nothing about any message: none fails for it, somebody has to mend it, and
until then the line stands still.
"""

import smtplib
import ssl
from datetime import timedelta
from enum import Enum

from django.db import DatabaseError

# A server that keeps saying 'later' about one address has this long; the patient is waiting.
GIVE_UP_ON_ADDRESS = timedelta(days=1)
# A server that can't be reached says nothing about the address, and the mail waits for it longer.
GIVE_UP_ON_SERVER = timedelta(days=3)
# RFC 4954: the server wants us to sign in, or not in this way.
_OUR_SIGN_IN = {530, 534, 535, 538}


class Fault(Enum):
    """Whose it is."""

    MESSAGE = "message"
    SERVER = "server"
    SETUP = "set-up"


def fault_of(error: Exception, connecting: bool) -> Fault:
    """Whose fault `error` is, met while `connecting` or while a message was handed over."""
    code = smtp_code(error)
    if isinstance(error, ssl.SSLError) or ours(error) or code in _OUR_SIGN_IN or _refuses_us(error):
        return Fault.SETUP
    if connecting:
        refused = isinstance(error, smtplib.SMTPNotSupportedError) or (code is not None and code >= 500)
        return Fault.SETUP if refused else Fault.SERVER
    if isinstance(error, smtplib.SMTPSenderRefused):
        return Fault.SETUP if error.smtp_code >= 500 else _unless_closing(code)
    about_it = (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError, smtplib.SMTPNotSupportedError)
    return _unless_closing(code) if isinstance(error, about_it) else Fault.SERVER


def _unless_closing(code: int | None) -> Fault:
    """421: the server is closing down, whatever it was asked."""
    return Fault.SERVER if code == 421 else Fault.MESSAGE


def _refuses_us(error: Exception) -> bool:
    """Whether the server takes no mail from us for anybody elsewhere: we aren't known to it."""
    if not isinstance(error, smtplib.SMTPRecipientsRefused):
        return False
    return any(code >= 500 and b"relay" in bytes(said).lower() for code, said in error.recipients.values())


def ours(error: Exception) -> bool:
    """Whether this site itself couldn't build the message: the others may be right, and go out."""
    return not isinstance(error, (OSError, DatabaseError))  # all of smtplib's and ssl's are OSErrors


def is_final(error: Exception, fault: Fault) -> bool:
    """Whether trying again is no use: the server's 5xx about the message itself."""
    if fault is not Fault.MESSAGE:
        return False
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= 500 for code, _ in error.recipients.values())
    code = smtp_code(error)
    return code is None or code >= 500


def patience(fault: Fault) -> timedelta:
    """For how long a message that meets `fault` is tried: from when it was written, or put back."""
    if fault is Fault.SETUP:
        return timedelta.max
    return GIVE_UP_ON_ADDRESS if fault is Fault.MESSAGE else GIVE_UP_ON_SERVER


def smtp_code(error: Exception) -> int | None:
    """The code that the server answered, where it answered."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return int(next(iter(error.recipients.values()))[0])
    return error.smtp_code if isinstance(error, smtplib.SMTPResponseException) else None


def error_words(error: Exception) -> str:
    """What went wrong without anything that names the recipient: the kind of error and the SMTP code."""
    code = smtp_code(error)
    return f"{type(error).__name__} {code}" if code else type(error).__name__
