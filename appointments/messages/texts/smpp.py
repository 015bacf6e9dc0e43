"""Texts by SMPP 3.4, the protocol of the carriers' own message centres, with smpplib.

One bind as a transceiver sends, and hears replies and receipts. What came in is acknowledged once it is
stored, so that a worker that dies loses no STOP: the centre hands it over again. One text is one PDU, however
long it is, so that a death doubles it whole or not at all; the centre cuts it into its parts.
"""

import select
import socket
import ssl
import time
from datetime import datetime
from typing import Any

import smpplib.client
import smpplib.consts
import smpplib.smpp
from django.conf import settings
from django.utils import timezone
from smpplib.exceptions import ConnectionError as NoConnection
from smpplib.exceptions import PDUError, UnknownCommandError

from appointments.messages.faults import Fault, NotTaken
from appointments.messages.texts import inbound, segments
from appointments.messages.texts.inbound import NotYet, Outcome, Receipt, Reply
from clinic.operations.batches import note_failure

LOGGER = "smpp"  # its lines hold numbers and words: clinic/settings.py lets none out
# A centre hangs up on who is silent; most wait for a minute.
ENQUIRE_AFTER = 30.0  # seconds
# What `short_message` holds (5.2.21); what is longer goes as a parameter of its own.
LONGEST_SHORT = 254
OK, TRY_AGAIN = 0x00, 0x64
RECEIPT, RECEIPT_MASK, WITH_HEADER = 0x04, 0x3C, 0x40
INTERNATIONAL, OF_NETWORK, ISDN = 1, 3, 1
LONGEST_SHORT_CODE = 6
DEFAULT_ALPHABET, ASCII, LATIN_1, UCS2 = 0, 1, 3, 8
# By `message_state` (5.2.28); the others say that it is still on its way.
STATES = {
    1: None, 2: Outcome.DELIVERED, 3: Outcome.UNDELIVERED, 4: Outcome.UNDELIVERED, 5: Outcome.UNDELIVERED,
    6: None, 7: None, 8: Outcome.UNDELIVERED,
}  # fmt: skip
WORDS = {
    "DELIVRD": Outcome.DELIVERED, "EXPIRED": Outcome.UNDELIVERED, "DELETED": Outcome.UNDELIVERED,
    "UNDELIV": Outcome.UNDELIVERED, "REJECTD": Outcome.UNDELIVERED,
}  # fmt: skip
# Whose fault a refusal is (5.1.3). Anything else may speak of us.
OF_THE_TEXT = {0x01, 0x0B, 0x50, 0x51}  # its length, the destination's address, type, numbering plan
OF_THE_SERVER = {0x08, 0x14, 0x58, 0x05}  # a system error, a full queue, too fast for it, bound already
OF_US = {0x0A, 0x0D, 0x0E, 0x0F, 0x15, 0x04}  # our address, bind, password, name, service, bind state


class _Client(smpplib.client.Client):
    """Connects by whichever address family the host has, and over TLS asks whether it is that host."""

    def connect(self) -> None:
        connected: socket.socket = socket.create_connection((self.host, self.port), timeout=self.timeout)
        if settings.TEXTS_TLS:
            connected = ssl.create_default_context().wrap_socket(connected, server_hostname=self.host)
        self._socket = connected
        self.state = smpplib.consts.SMPP_CLIENT_STATE_OPEN

    def poll(self, ignore_error_codes: Any = None, auto_send_enquire_link: bool = True) -> None:
        """Deals with all that has come. Of what TLS has read ahead `select` knows nothing: without a look
        there, a STOP that came along with another text would wait for the next sign of life."""
        while self._has_more():
            self.read_once(ignore_error_codes, auto_send_enquire_link)  # type: ignore[no-untyped-call]

    def _has_more(self) -> bool:
        connected: Any = self._socket
        ahead = connected.pending() if isinstance(connected, ssl.SSLSocket) else 0
        return ahead > 0 or bool(select.select([connected], [], [], 0)[0])


_MAKE_CLIENT: Any = _Client  # the library says no types


class Smpp:
    """The Sender by SMPP."""

    def __init__(self) -> None:
        self._answers: dict[int, Any] = {}
        self._heard = 0
        self._client = _MAKE_CLIENT(
            settings.TEXTS_HOST,
            settings.TEXTS_PORT,
            timeout=settings.TEXTS_TIMEOUT,
            logger_name=LOGGER,
            allow_unknown_opt_params=True,
        )
        self._client.set_message_sent_handler(self._keep)
        self._client.set_error_pdu_handler(self._keep)
        self._client.set_message_received_handler(self._received)
        try:
            self._client.connect()
            self._client.bind_transceiver(
                system_id=settings.TEXTS_USER, password=settings.TEXTS_PASSWORD, system_type=""
            )
        except Exception as error:
            self.close()
            raise _not_taken(error) from error
        self._quiet_since = time.monotonic()

    def send(self, number: str, text: str, reference: int) -> str:
        content = segments.encoded(text)
        as_gsm = segments.cost_of(text).alphabet == segments.GSM
        place = "short_message" if len(content) <= LONGEST_SHORT else "message_payload"
        said: dict[str, Any] = {"short_message": b"", place: content}
        try:
            pdu = self._client.send_message(
                **_address("source", settings.TEXTS_SENDER),
                **_address("dest", number.removeprefix("+")),
                data_coding=DEFAULT_ALPHABET if as_gsm else UCS2,
                registered_delivery=True,
                user_message_reference=reference % 0x10000,
                **said,
            )
            answer = self._answer_to(pdu.sequence)
        except Exception as error:
            raise _not_taken(error) from error
        if answer.is_error():
            raise NotTaken(_fault_of(int(answer.status)), int(answer.status), is_final=True)
        return _text(answer.message_id)

    def hear(self, now: datetime) -> int:
        before = self._heard
        try:
            self._client.poll(auto_send_enquire_link=False)
            if time.monotonic() - self._quiet_since > ENQUIRE_AFTER:
                self._client.send_pdu(smpplib.smpp.make_pdu("enquire_link", client=self._client))
                self._quiet_since = time.monotonic()
        except Exception as error:
            raise _not_taken(error) from error
        return self._heard - before

    def close(self) -> None:
        client = self._client
        if client._socket is None:
            return
        try:
            if client.state not in (
                smpplib.consts.SMPP_CLIENT_STATE_OPEN, smpplib.consts.SMPP_CLIENT_STATE_CLOSED,
            ):  # fmt: skip
                client.send_pdu(smpplib.smpp.make_pdu("unbind", client=client))
        finally:
            client.state = smpplib.consts.SMPP_CLIENT_STATE_OPEN
            client.disconnect()

    def _keep(self, pdu: Any) -> None:
        self._answers[pdu.sequence] = pdu

    def _answer_to(self, sequence: int) -> Any:
        """The centre's answer to what was sent under `sequence`; what comes in before it is dealt with.
        Raises TimeoutError when it is silent for too long."""
        until = time.monotonic() + settings.TEXTS_TIMEOUT
        self._answers.clear()
        while sequence not in self._answers:
            if time.monotonic() > until:
                raise TimeoutError
            self._client.read_once(auto_send_enquire_link=False)
        self._quiet_since = time.monotonic()
        return self._answers.pop(sequence)

    def _received(self, pdu: Any) -> int:
        """Deals with one `deliver_sm`; what the centre is answered: that we have it, or to try again."""
        try:
            news = _news(pdu)
            if news is not None:
                inbound.tell(news, timezone.now())
            self._heard += 1
        except NotYet:
            return TRY_AGAIN
        except Exception as error:  # one that can't be stored now stops no other, and comes again
            note_failure("a text that came in", error)
            return TRY_AGAIN
        return OK


def _address(of: str, number: str) -> dict[str, Any]:
    is_short = len(number) <= LONGEST_SHORT_CODE
    name = "source_addr" if of == "source" else "destination_addr"
    kind = {"ton": OF_NETWORK if is_short else INTERNATIONAL, "npi": 0 if is_short else ISDN}
    return {name: number, **{f"{of}_addr_{key}": value for key, value in kind.items()}}


def _news(pdu: Any) -> Reply | Receipt | None:
    if (pdu.esm_class or 0) & RECEIPT_MASK == RECEIPT:
        return _receipt(pdu)
    number = _text(pdu.source_addr)
    digits = "".join(sign for sign in number if sign.isdigit())
    return Reply(f"+{digits}", _words(pdu)) if digits else None


def _receipt(pdu: Any) -> Receipt | None:
    """From the parameters where there are some, else from the text in the form that all centres use
    (appendix B)."""
    said = _words(pdu)
    fields = dict(pair.split(":", 1) for pair in said.split() if ":" in pair)
    named = _text(getattr(pdu, "receipted_message_id", None)) or fields.get("id", "")
    word = fields.get("stat", "").upper()[:7]
    outcome = STATES.get(getattr(pdu, "message_state", None) or 0) or WORDS.get(word)
    return Receipt(named, outcome, word) if named and outcome else None


def _words(pdu: Any) -> str:
    content: bytes = pdu.short_message or getattr(pdu, "message_payload", None) or b""
    if (pdu.esm_class or 0) & WITH_HEADER and content:
        content = content[content[0] + 1 :]
    if pdu.data_coding == UCS2:
        return content.decode("utf-16-be", "replace")
    if pdu.data_coding in (ASCII, LATIN_1):
        return content.decode("latin-1")
    return segments.decoded(content)


def _text(value: bytes | str | None) -> str:
    return (value.decode("ascii", "replace") if isinstance(value, bytes) else value or "").strip("\0 ")


def _not_taken(error: Exception) -> Exception:
    """What the library raises, as an error of ours."""
    if isinstance(error, PDUError):
        code = int(error.args[1]) if len(error.args) > 1 else 0
        return NotTaken(Fault.SETUP if code in OF_US else Fault.SERVER, code)
    if isinstance(error, (NoConnection, UnknownCommandError)):
        return NotTaken(Fault.SERVER)
    return error


def _fault_of(code: int) -> Fault:
    """Whose fault the refusal of a text is."""
    if code in OF_THE_TEXT:
        return Fault.MESSAGE
    if code in OF_THE_SERVER:
        return Fault.SERVER
    return Fault.SETUP if code in OF_US else Fault.SETUP_OR_MESSAGE
