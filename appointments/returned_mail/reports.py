"""Delivery reports as mail servers send them (RFC 3464, RFC 6533): which e-mail, and whether for good."""

import email
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import Message as Mail
from email.parser import BytesHeaderParser
from email.utils import parsedate_to_datetime

_ID = re.compile(r"<[^<>\s@]{1,64}@[^<>\s@]{1,200}>")
_STATUSES = ("message/delivery-status", "message/global-delivery-status")
_ORIGINALS = ("message/rfc822", "message/global", "text/rfc822-headers", "message/global-headers")


@dataclass(frozen=True)
class Report:
    """About the e-mail `message_id`: `is_final` when it will never be delivered; `status` by RFC 3463."""

    message_id: str
    is_final: bool
    status: str
    at: datetime | None


def is_report(start: bytes) -> bool:
    """Whether a mail, of which `start` holds the headers at least, says what became of another one: a receipt
    that it was read, a complaint and a provider's statistics are multipart/report as well."""
    return _is_report(BytesHeaderParser().parsebytes(start))


def _is_report(mail: Mail) -> bool:
    kind = str(mail.get_param("report-type") or "").lower()
    return mail.get_content_type() == "multipart/report" and kind == "delivery-status"


def read(content: bytes) -> Report | None:
    """The report in a mail; None for any other mail, and for a report that names no e-mail.

    'failed' is final whatever the number beside it: a server that gives up after days says 'failed' and
    4.4.7. A delay, a relaying and a delivery are not.
    """
    mail = email.message_from_bytes(content)
    if not _is_report(mail):
        return None
    fields = [block for part in _parts(mail, _STATUSES) for block in _blocks(part)]
    message_id = _id_in(fields, ("Original-Message-ID", "X-Original-Message-ID"))
    message_id = message_id or _id_in([_headers(part) for part in _parts(mail, _ORIGINALS)], ("Message-ID",))
    if not fields or not message_id:
        return None
    actions = {str(block["Action"]).strip().lower() for block in fields if block["Action"]}
    status = next((str(block["Status"]) for block in fields if block["Status"]), "")
    return Report(message_id, actions == {"failed"}, status, _date(mail))


def _parts(mail: Mail, types: tuple[str, ...]) -> Iterator[Mail]:
    """The parts of the report itself, not those of a mail inside it."""
    payload = mail.get_payload()
    for part in payload if isinstance(payload, list) else []:
        if isinstance(part, Mail) and part.get_content_type() in types:
            yield part


def _blocks(part: Mail) -> list[Mail]:
    """The groups of fields: one for the message, then one for each recipient."""
    payload = part.get_payload()
    if not isinstance(payload, list):
        return _groups(_text(part))
    blocks = [block for block in payload if isinstance(block, Mail)]
    if part.get_content_type() == "message/delivery-status":
        return blocks
    # Python takes RFC 6533's for a mail, of which the first group is the headers and the rest the body.
    return [block for first in blocks for block in (first, *_groups(_text(first)))]


def _groups(text: str) -> list[Mail]:
    return [email.message_from_string(group) for group in re.split(r"\r?\n\r?\n", text) if group.strip()]


def _headers(part: Mail) -> Mail:
    payload = part.get_payload()
    if isinstance(payload, list) and payload and isinstance(payload[0], Mail):
        return payload[0]
    return email.message_from_string(_text(part))


def _text(part: Mail) -> str:
    content = part.get_payload(decode=True)
    return content.decode("utf-8", "replace") if isinstance(content, bytes) else ""


def _id_in(blocks: list[Mail], names: tuple[str, ...]) -> str:
    for block in blocks:
        for name in names:
            if found := _ID.search(str(block[name] or "")):
                return found[0]
    return ""


def _date(mail: Mail) -> datetime | None:
    try:
        at = parsedate_to_datetime(str(mail["Date"] or ""))
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
