"""The mailbox with the reports: a Maildir, and an IMAP server that speaks over a socket."""

import mailbox
import re
import socketserver
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from appointments.messages.outbox import LEASE
from appointments.models import Message
from appointments.returned_mail import mailboxes, reports
from appointments.worker.steps import STEPS, Rounds
from tests.appointments.returned_mail.samples import report

pytestmark = pytest.mark.django_db
LETTER = b"From: ana@example.org\nSubject: a question\nContent-Type: text/plain\n\nHello\n"
# What else comes as multipart/report: that somebody has read a mail (RFC 8098), or called it spam (RFC 5965).
RECEIPT, COMPLAINT = (
    b"From: ana@example.org\nSubject: Read: delivery-status\nContent-Type: multipart/report;\n"
    b' report-type=%s; boundary="b"\n\n--b\nContent-Type: text/plain\n\nHello\n--b--\n' % kind
    for kind in (b"disposition-notification", b"feedback-report")
)


class FakeImap(socketserver.StreamRequestHandler):
    """As much of RFC 3501 as a reader of reports needs; the mails are the server's."""

    def handle(self) -> None:
        mails: dict[int, tuple[bytes, set[str]]] = self.server.mails  # type: ignore[attr-defined]
        self.wfile.write(b"* OK ready\r\n")
        for line in self.rfile:
            tag, _, command = line.decode().strip().partition(" ")
            words = command.upper()
            if words.startswith("CAPABILITY"):
                self.wfile.write(b"* CAPABILITY IMAP4rev1\r\n")
            elif words.startswith("LOGIN"):
                self.server.given = command  # type: ignore[attr-defined]
            elif words.startswith("SELECT"):
                self.wfile.write(f"* {len(mails)} EXISTS\r\n".encode())
            elif "SEARCH" in words:
                wanted = [word.encode() for word in re.findall(r'"([^"]+)"', command)]
                found = [
                    str(uid)
                    for uid, (content, flags) in mails.items()
                    if r"\Seen" not in flags and all(word in content for word in wanted)
                ]
                self.wfile.write(f"* SEARCH {' '.join(found)}\r\n".encode())
            elif "FETCH" in words:
                uid = int(command.split()[2])
                content = mails[uid][0]
                self.wfile.write(f"* 1 FETCH (UID {uid} BODY[]<0> {{{len(content)}}}\r\n".encode())
                self.wfile.write(content + b")\r\n")
            elif "STORE" in words:
                mails[int(command.split()[2])][1].update(re.findall(r"\\\w+", command))
            self.wfile.write(f"{tag} OK done\r\n".encode())
            if words.startswith("LOGOUT"):
                return


@pytest.fixture
def imap(settings: Any) -> Iterator[Any]:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), FakeImap) as server:
        server.mails = {}  # type: ignore[attr-defined]
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        settings.BOUNCES_URL = (
            f"imap://bounces%40clinic:pass%2Fword@127.0.0.1:{server.server_address[1]}/INBOX"
        )
        yield server
        server.shutdown()


@pytest.fixture
def maildir(settings: Any, tmp_path: Path) -> mailbox.Maildir:
    settings.BOUNCES_URL = f"maildir://{tmp_path}/reports"
    return mailbox.Maildir(tmp_path / "reports", create=True)


def test_reports_of_an_imap_server_are_dealt_with_once(sent: Message, imap: Any) -> None:
    imap.mails = {
        4: (LETTER, set()),
        7: (report(sent.message_id), set()),
        8: (report(sent.message_id, action="delayed", status="4.4.1"), set()),
        9: (report("<stranger@elsewhere.example>"), set()),
        10: (RECEIPT, set()),
        11: (COMPLAINT, set()),
    }
    assert mailboxes.read(timezone.now()) == 1
    assert imap.given == 'LOGIN bounces@clinic "pass/word"'
    assert [uid for uid, (_, flags) in imap.mails.items() if flags == {r"\Seen"}] == [7, 8, 9]
    assert not any(imap.mails[uid][1] for uid in (4, 10, 11)), "people have to see them as new"
    assert mailboxes.read(timezone.now()) == 0
    assert Message.objects.phone_tasks().count() == 1


def test_reports_in_a_folder_are_dealt_with_once_and_letters_stay_new(
    sent: Message, maildir: mailbox.Maildir
) -> None:
    letters = [maildir.add(mail) for mail in (LETTER, RECEIPT, COMPLAINT, b"", b"Content-Type: \xff;;=")]
    names = [maildir.add(report(sent.message_id)), maildir.add(report("<stranger@elsewhere.example>"))]
    assert mailboxes.read(timezone.now()) == 1
    assert mailboxes.read(timezone.now()) == 0
    assert [maildir.get_message(name).get_flags() for name in names] == ["S", "S"]
    for letter in letters:
        assert maildir.get_message(letter).get_subdir() == "new"
        assert maildir.get_message(letter).get_flags() == ""
    sent.refresh_from_db()
    assert sent.status == "failed"


def test_what_somebody_has_seen_is_not_opened_and_no_flag_is_lost(
    sent: Message, maildir: mailbox.Maildir, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    shown, flags = tmp_path / "reports" / "cur", ("S", "FS", "", "F")
    for number, given in enumerate(flags):
        (shown / f"{number}.mail:2,{given}").write_bytes(report(f"<{number}@elsewhere.example>"))
    opened, real = [], Path.open

    def noted(self: Path, *args: Any, **kwargs: Any) -> Any:
        opened.append(self.name)
        return real(self, *args, **kwargs)

    monkeypatch.setattr(Path, "open", noted)
    mailboxes.read(timezone.now())
    assert sorted(opened) == ["2.mail:2,", "3.mail:2,F"]
    assert {path.name for path in shown.iterdir()} == {
        "0.mail:2,S", "1.mail:2,FS", "2.mail:2,S", "3.mail:2,FS",
    }  # fmt: skip


def test_a_report_that_came_too_early_is_read_in_the_next_round(
    sent: Message, maildir: mailbox.Maildir
) -> None:
    now = timezone.now()
    Message.objects.filter(pk=sent.pk).update(status="queued", sent_at=None, lease_until=now + LEASE)
    maildir.add(report(sent.message_id))
    assert mailboxes.read(now) == 0
    Message.objects.filter(pk=sent.pk).update(status="sent", sent_at=now, lease_until=None)
    assert mailboxes.read(now) == 1


def test_a_broken_report_stops_no_other(
    sent: Message, maildir: mailbox.Maildir, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = reports.read

    def breaks(content: bytes) -> Any:
        if b"BREAK" in content:
            raise LookupError("ana@example.org")
        return real(content)

    monkeypatch.setattr(reports, "read", breaks)
    maildir.add(report("<BREAK@elsewhere.example>"))
    maildir.add(report(sent.message_id))
    assert mailboxes.read(timezone.now()) == 1
    assert mailboxes.read(timezone.now()) == 0


def test_no_more_than_some_at_once(
    sent: Message, maildir: mailbox.Maildir, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailboxes, "MOST_AT_ONCE", 2)
    for number in range(3):
        maildir.add(report(f"<{number}@elsewhere.example>"))
    mailboxes.read(timezone.now())
    assert sum("S" in message.get_flags() for message in maildir) == 2


def test_without_a_mailbox_there_is_nothing_to_do(settings: Any, django_assert_num_queries: Any) -> None:
    settings.BOUNCES_URL = ""
    with django_assert_num_queries(0):
        assert mailboxes.read(timezone.now()) == 0


def test_a_mailbox_that_is_away_stops_nothing_and_names_no_account(
    clinic: object, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.BOUNCES_URL = "imap://bounces:secret-word@127.0.0.1:1/INBOX"
    steps = tuple(step for step in STEPS if step.name in ("heartbeat", "returned mail"))
    done = Rounds(steps=steps).run(timezone.now(), everything=True)
    assert done["returned mail"] == 0
    assert done["heartbeat"] == 1
    assert "returned mail failed" in caplog.text
    assert "secret-word" not in caplog.text
