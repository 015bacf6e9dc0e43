"""The demonstration's mail: one .eml file each, as any mail program opens it, and how they are read again."""

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage as Parsed
from email.policy import default
from pathlib import Path
from typing import Any, cast

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.utils import timezone
from django.utils.translation import gettext

from clinic.time.words import day_and_clock

SUFFIX = ".eml"
# Written names sort as they came; anything else in an address is no file of ours.
NAME = re.compile(r"\d{8}T\d{12}-[0-9a-f]{8}")
MOST_LISTED = 200


def _folder() -> Path:
    """Named by deploy/demo_settings.py alone."""
    return Path(getattr(settings, "DEMO_MAIL", ""))


class OneFileEach(BaseEmailBackend):
    """Writes each message into a file of its own, whole or not at all."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        for message in email_messages:
            _write(message.message().as_bytes())
        return len(email_messages)


class TextsBesideMail:
    """The demonstration's Sender of texts: they lie among the mail, addressed to a number."""

    def send(self, number: str, text: str, reference: int) -> str:
        message = Parsed(default)
        message["From"], message["To"] = f"+{settings.TEXTS_SENDER}", number
        message["Subject"], message["Date"] = gettext("Text message"), timezone.now()
        message.set_content(text)
        return _write(message.as_bytes())

    def hear(self, now: datetime) -> int:
        """Replies are written in the browser, which tells them at once."""
        return 0

    def close(self) -> None:
        """There is nothing to close."""


def _write(content: bytes) -> str:
    folder = _folder()
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{timezone.now():%Y%m%dT%H%M%S%f}-{os.urandom(4).hex()}"
    unfinished = folder / f"{name}.new"
    unfinished.write_bytes(content)
    unfinished.rename(folder / f"{name}{SUFFIX}")
    return name


@dataclass(frozen=True)
class Attached:
    """A file that came with a message."""

    number: int
    name: str
    type: str
    content: bytes

    @property
    def shown(self) -> str:
        """A text as text; '' for anything else."""
        is_text = self.type.startswith("text/") or self.name.endswith(".ics")
        return self.content.decode("utf-8", "replace") if is_text else ""


@dataclass(frozen=True)
class Mail:
    """One message as it went out."""

    name: str
    parsed: Parsed

    @property
    def headers(self) -> list[tuple[str, str]]:
        """Those that a reader sees."""
        shown = ("From", "To", "Reply-To", "Subject", "List-Unsubscribe")
        return [(name, str(self.parsed[name])) for name in shown if self.parsed[name]]

    @property
    def subject(self) -> str:
        return str(self.parsed["Subject"])

    @property
    def to(self) -> str:
        return str(self.parsed["To"])

    @property
    def is_text(self) -> bool:
        """Whether it is a text message, to a number."""
        return self.to.startswith("+")

    @property
    def when(self) -> str:
        """When it was sent, in words."""
        sent: datetime = cast("Any", self.parsed["Date"]).datetime
        return day_and_clock(sent if sent.tzinfo else sent.replace(tzinfo=UTC))

    @property
    def text(self) -> str:
        return self._body("plain")

    @property
    def html(self) -> str:
        return self._body("html")

    def _body(self, kind: str) -> str:
        part = self.parsed.get_body((kind,))
        return str(part.get_content()) if part is not None else ""

    @property
    def attached(self) -> list[Attached]:
        """Its attachments, in order."""
        return [
            Attached(
                number,
                part.get_filename() or f"attachment-{number}",
                part.get_content_type(),
                cast("bytes", part.get_payload(decode=True)),
            )
            for number, part in enumerate(self.parsed.iter_attachments(), 1)
        ]


def newest_first() -> Iterator[Mail]:
    """What was sent last, at most MOST_LISTED."""
    names = sorted((path.stem for path in _folder().glob(f"*{SUFFIX}")), reverse=True)
    return filter(None, map(read, names[:MOST_LISTED]))


def source(name: str) -> bytes | None:
    """The message of that name as it went out; None where there is none."""
    path = _folder() / f"{name}{SUFFIX}"
    return path.read_bytes() if NAME.fullmatch(name) and path.is_file() else None


def read(name: str) -> Mail | None:
    """The message of that name; None where there is none."""
    content = source(name)
    return None if content is None else Mail(name, message_from_bytes(content, policy=default))
