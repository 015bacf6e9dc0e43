"""The server destroyed with its disk and brought back to a named moment, every row of every table compared;
destroyed again, and brought back as far as it was archived: what that costs in time and in rows."""

import json
import os
import tempfile
import time
from collections import Counter
from datetime import datetime
from pathlib import Path

from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db import connection, transaction
from django.utils import timezone

from appointments.messages.notices import queue
from appointments.models import EventKind, Message, MessageStatus, PatientRequest, RequestEvent
from appointments.requests import rights
from tests import builders
from tests.benchmarks.figures import fill
from tests.faults import places
from tests.faults.archiving import Archive
from tests.faults.live_site import manage
from tests.faults.stage import Row

# Requests in the table before it begins; then with the archive_timeout of deploy/, else with a short one.
ROWS = "FAULTS_ROWS"
SHORT = 5
WITHIN = 600


def contents() -> dict[str, Counter[bytes]]:
    """Each row of each table, as a digest of all its columns."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        found = {}
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT decode(md5(t::text), 'hex') FROM \"{table}\" AS t")  # noqa: S608 - its own name
            found[table] = Counter(bytes(digest) for (digest,) in cursor)
        return found


def differing(before: dict[str, Counter[bytes]], after: dict[str, Counter[bytes]]) -> int:
    """How many rows one of them has and the other hasn't."""
    empty: Counter[bytes] = Counter()
    return sum(
        ((before.get(table, empty) - after.get(table, empty)).total())
        + ((after.get(table, empty) - before.get(table, empty)).total())
        for table in before.keys() | after.keys()
    )


def one_request() -> PatientRequest:
    """With its acknowledgement still to be sent."""
    request = builders.callback_request(email="ada@example.org", received_at=timezone.now())
    event = RequestEvent.objects.create(request=request, kind=EventKind.RECEIVED, at=timezone.now())
    queue(request, "acknowledgement", event)
    return request


def moment() -> datetime:
    """Now, by the server's clock, with a second on either side in which nothing is written."""
    time.sleep(1)
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        now = cursor.fetchone()[0]
    time.sleep(1)
    assert isinstance(now, datetime)
    return now


def run() -> None:
    """Two rows."""
    rows = int(os.environ.get(ROWS, "0"))
    builders.clinic()
    if rows:
        fill(rows)
    archive = Archive(Path(os.environ[places.FOLDER]), None if rows else SHORT)
    started = time.monotonic()
    archive.run("backup", "--type=full")
    figures = f"whole backup {time.monotonic() - started:.0f} s and {archive.size() / 1e6:.0f} MB"
    archive.run("check")
    to_a_named_moment(archive, figures)
    to_the_end(archive)


def to_a_named_moment(archive: Archive, figures: str) -> None:
    """Requests, changes, an erasure and mail before and after the moment; then all is lost."""
    one_request()
    moment()
    wanted, erased = one_request(), one_request()
    SessionStore().create()
    named, then = moment(), contents()
    rights.erase(erased, None, "asked")
    Message.objects.update(status=MessageStatus.SENT, sent_at=timezone.now())
    PatientRequest.objects.filter(pk=wanted.pk).update(first_name="Changed")
    later = one_request()
    with tempfile.NamedTemporaryFile("w", suffix=".json") as erasures:
        erasures.write(json.dumps(rights.erasures()))
        erasures.flush()
        archive.wait_until_archived()
        archive.destroy()
        started = time.monotonic()
        archive.bring_back("--type=time", f"--target={named.isoformat(sep=' ')}", "--target-action=promote")
        back = time.monotonic() - started
        differ = differing(then, contents())
        connection.close()
        started = time.monotonic()
        manage("after_restore", "--erasures", erasures.name)
        settled = time.monotonic() - started
    there = set(PatientRequest.objects.values_list("pk", flat=True))
    sendable = Message.objects.to_send(timezone.now()).count()
    good = not differ and wanted.pk in there and not {erased.pk, later.pk} & there
    good &= not sendable and not Session.objects.exists() and not archive.is_in_clear()
    total = sum(table.total() for table in then.values())
    Row(
        "restore to a named moment",
        f"{len(there):,} requests, {total:,} rows in {len(then)} tables; {figures}; back in {back:.1f} s, "
        f"usable after {settled:.1f} s more; {differ} rows differ, {sendable} old mails would go out",
        good and back + settled < WITHIN,
    ).tell()


def to_the_end(archive: Archive) -> None:
    """A request every half second, and the disk lost right before the next piece would have been archived."""
    # As docs/operations.md says. Its checkpoint also wakes the process that minds archive_timeout: one that
    # fell asleep during the recovery sleeps for five minutes.
    archive.run("backup", "--type=full")
    archive.wait_for_the_next_piece()
    piece = time.monotonic()
    size = archive.size()
    sent = {}
    while time.monotonic() - piece < archive.every - 1.5:
        request = one_request()
        sent[request.pk] = request.received_at
        time.sleep(0.5)
    lost_at, started = timezone.now(), time.monotonic()
    archive.destroy()
    archive.bring_back()
    back = time.monotonic() - started
    there = set(PatientRequest.objects.filter(pk__in=sent).values_list("pk", flat=True))
    lost = [at for pk, at in sent.items() if pk not in there]
    seconds = (lost_at - min(lost, default=lost_at)).total_seconds()
    Row(
        "all lost, brought back to the end",
        f"archive_timeout {archive.every} s, killed just before the next piece: the last {seconds:.1f} s are "
        f"gone ({len(lost)} requests); back in {back:.1f} s; repository {size / 1e6:.0f} MB",
        seconds <= 60,
    ).tell()
