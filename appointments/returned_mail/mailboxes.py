"""The mailbox to which mail servers send their reports (BOUNCES_URL), read by the worker.

Only reports that nobody has opened are fetched; once dealt with they are marked as read, and stay. Any other
mail is left as it is: the mailbox may be one that people read.
"""

import imaplib
import os
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

from django.conf import settings

from appointments.returned_mail import reports
from appointments.returned_mail.marking import Told, came_back
from clinic.operations.batches import note_failure

# Of a report the first part says all; what follows is the mail that came back.
MOST_BYTES = 256 * 1024
MOST_OF_HEADERS = 32 * 1024
MOST_AT_ONCE = 100
TIMEOUT = 20  # seconds, for each step of the dialogue


class Box(Protocol):
    """A mailbox that holds reports, among other mail perhaps."""

    def unread(self) -> Iterator[tuple[str, bytes]]:
        """The name and the content of each report that was not read yet, up to MOST_AT_ONCE."""

    def mark_read(self, name: str) -> None:
        """It was dealt with."""


class Maildir:
    """A folder in Maildir's form, of a mail server on this machine."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def unread(self) -> Iterator[tuple[str, bytes]]:
        found = 0
        for name in self._unseen():
            if found == MOST_AT_ONCE:
                return
            with suppress(FileNotFoundError), (self._path / name).open("rb") as file:
                start = file.read(MOST_OF_HEADERS)
                if reports.is_report(start):
                    found += 1
                    yield name, start + file.read(MOST_BYTES - len(start))

    def _unseen(self) -> list[str]:
        """What a name says without the file being opened: 'new/NAME' hasn't been shown to anybody, of
        'cur/NAME:2,FLAGS' nobody has seen what has no S."""
        new = [f"new/{entry.name}" for entry in os.scandir(self._path / "new") if entry.is_file()]
        shown = [entry.name for entry in os.scandir(self._path / "cur") if entry.is_file()]
        unseen = [f"cur/{name}" for name in shown if "S" not in _flags(name)]
        return sorted(name for name in new + unseen if "/." not in name)

    def mark_read(self, name: str) -> None:
        own = name.partition("/")[2]
        flags = "".join(sorted({*_flags(own), "S"}))
        with suppress(FileNotFoundError):  # somebody has deleted or opened it meanwhile
            (self._path / name).rename(self._path / "cur" / f"{own.partition(':')[0]}:2,{flags}")


def _flags(name: str) -> str:
    return name.partition(":2,")[2]


class Imap:
    """A mailbox of an IMAP server, signed in to and selected."""

    def __init__(self, server: imaplib.IMAP4) -> None:
        self._server = server

    def unread(self) -> Iterator[tuple[str, bytes]]:
        kind = ("HEADER", "Content-Type", '"multipart/report"', "HEADER", "Content-Type", '"delivery-status"')
        answer = self._uid("SEARCH", "UNSEEN", *kind)
        names = answer[0].split() if answer and isinstance(answer[0], bytes) else []
        for name in names[:MOST_AT_ONCE]:
            for part in self._uid("FETCH", name.decode(), f"(BODY.PEEK[]<0.{MOST_BYTES}>)"):
                # Servers look for letters anywhere in the header.
                if isinstance(part, tuple) and reports.is_report(part[1]):
                    yield name.decode(), part[1]

    def mark_read(self, name: str) -> None:
        self._uid("STORE", name, "+FLAGS.SILENT", r"(\Seen)")

    def _uid(self, command: str, *arguments: str) -> list[bytes | tuple[bytes, bytes] | None]:
        status, answer = self._server.uid(command, *arguments)
        if status != "OK":
            raise imaplib.IMAP4.error(command)
        return list(answer)


@contextmanager
def opened(url: str) -> Iterator[Box]:
    """The mailbox at `url`: imaps://user:password@host/FOLDER, imap:// likewise, maildir:///path.

    Raises OSError or imaplib's errors when it can't be had; their words may name the account.
    """
    parts = urlsplit(url)
    if parts.scheme == "maildir":
        yield Maildir(Path(unquote(parts.path)))
        return
    host = parts.hostname or "localhost"
    server: imaplib.IMAP4
    if parts.scheme == "imaps":
        context = ssl.create_default_context()
        server = imaplib.IMAP4_SSL(host, parts.port or 993, ssl_context=context, timeout=TIMEOUT)
    else:
        server = imaplib.IMAP4(host, parts.port or 143, timeout=TIMEOUT)
    try:
        server.login(unquote(parts.username or ""), unquote(parts.password or ""))
        folder_name = unquote(parts.path.lstrip("/")) or "INBOX"
        status, _answer = server.select('"' + folder_name.replace("\\", "").replace('"', "") + '"')
        if status != "OK":
            raise imaplib.IMAP4.error("SELECT")
        yield Imap(server)
    finally:
        with suppress(OSError, imaplib.IMAP4.error):
            server.logout()


def read(now: datetime) -> int:
    """Deals with the reports that came since; how many e-mails they were about that count as failed now."""
    if not settings.BOUNCES_URL:
        return 0
    marked = 0
    with opened(settings.BOUNCES_URL) as box:
        for name, content in box.unread():
            told = _deal_with(content, now)
            marked += told is Told.MARKED
            if told is not Told.LATER:
                box.mark_read(name)
    return marked


def _deal_with(content: bytes, now: datetime) -> Told:
    """One report; a broken one stops no other."""
    try:
        report = reports.read(content)
    except Exception as error:  # whatever somebody put there
        note_failure("a delivery report", error)
        return Told.KNOWN
    if report is None or not report.is_final:
        return Told.KNOWN
    return came_back(report.message_id, now, report.at, report.status)
