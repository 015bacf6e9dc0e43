"""Backups: taken while the site writes, checked, encrypted, and brought back with mail on hold."""

import json
import shutil
import sqlite3
import subprocess
import sys
import tarfile
import threading
from contextlib import closing
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone
from pytest_django import DjangoDbBlocker, Settings

from appointments.messages import held_mail, notices
from appointments.models import EventKind, Message, PatientRequest, RequestEvent
from appointments.requests import rights
from clinic.operations.backup import archive, sqlite
from clinic.operations.backup.sealed_file import (
    CHUNK,
    OpeningReader,
    SealedFileError,
    SealingWriter,
    is_sealed,
    read_key,
)
from tests import builders

NOW = datetime(2026, 12, 2, 18, 0, tzinfo=UTC)
HOLDS_IT_OPEN = """
import sqlite3, sys, time
database = sqlite3.connect(sys.argv[1])
database.execute("SELECT 1 FROM clinic_clinic").fetchall()
print("open", flush=True)
time.sleep(60)
"""
SECRET = b"0123456789" * 5


@pytest.fixture
def key(tmp_path: Path) -> Path:
    path = tmp_path / "key"
    path.write_bytes(SECRET)
    return path


def sealed(data: bytes) -> bytes:
    file = BytesIO()
    writer = SealingWriter(file, SECRET)
    for start in range(0, len(data), 100_000):
        writer.write(data[start : start + 100_000])
    writer.close()
    return file.getvalue()


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK])
def test_what_was_sealed_opens_again(size: int) -> None:
    data = bytes(number % 251 for number in range(size))
    assert OpeningReader(BytesIO(sealed(data)), SECRET).read() == data


def test_sealing_hides_and_never_repeats_itself() -> None:
    assert b"patient" not in sealed(b"patient" * 100)
    assert sealed(b"the same") != sealed(b"the same")


def cut_off(whole: bytes) -> bytes:
    return whole[: -(CHUNK // 2)]


def without_last_chunk(whole: bytes) -> bytes:
    return whole[: 26 + 2 * (4 + CHUNK + 16)]


def turned_bit(whole: bytes) -> bytes:
    return whole[:1000] + bytes([whole[1000] ^ 1]) + whole[1001:]


def swapped_chunks(whole: bytes) -> bytes:
    size = 4 + CHUNK + 16
    return whole[:26] + whole[26 + size : 26 + 2 * size] + whole[26 : 26 + size] + whole[26 + 2 * size :]


@pytest.mark.parametrize("damage", [cut_off, without_last_chunk, turned_bit, swapped_chunks])
def test_damage_is_noticed(damage: object) -> None:
    assert callable(damage)
    whole = sealed(b"x" * (2 * CHUNK + CHUNK // 2 + 1))
    with pytest.raises(SealedFileError):
        OpeningReader(BytesIO(damage(whole)), SECRET).read()


def test_another_key_opens_nothing() -> None:
    with pytest.raises(SealedFileError, match="key"):
        OpeningReader(BytesIO(sealed(b"words")), b"another key" * 5).read()


def test_a_short_key_is_refused(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("short")
    with pytest.raises(SealedFileError):
        read_key(tmp_path / "key")


@pytest.fixture(scope="session")
def tables(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A SQLite file with the tables of the tests' own database, copied outside any test's transaction."""
    if connection.vendor != "sqlite":
        pytest.skip("SQLite's part")
    path = tmp_path_factory.mktemp("tables") / "db.sqlite3"
    with django_db_blocker.unblock():
        connection.ensure_connection()
        with closing(sqlite3.connect(path)) as copy:
            connection.connection.backup(copy)
    return path


@pytest.fixture
def live(tables: Path, db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A site's SQLite file with one closure."""
    path = tmp_path / "live" / "db.sqlite3"
    path.parent.mkdir()
    shutil.copy(tables, path)
    monkeypatch.setattr(sqlite, "database_file", lambda: str(path))
    add_closure(path)
    return path


def add_closure(path: Path) -> None:
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(
            "INSERT INTO clinic_closure (first_day, last_day, reason)"
            " VALUES ('2026-12-24', '2026-12-26', 'Canary')"
        )


def closures() -> int:
    return archive.rows_of_tables()["clinic_closure"]


def test_a_backup_brings_back_every_row(live: Path, tmp_path: Path) -> None:
    manifest = archive.write(tmp_path / "one.backup", NOW)
    assert manifest.rows["clinic_closure"] == 1
    add_closure(live)
    assert archive.grown_since(manifest) == ["clinic_closure"]
    archive.bring_back(tmp_path / "one.backup")
    assert closures() == 1
    assert archive.grown_since(manifest) == []


def test_a_backup_is_its_owners_alone_and_leaves_nothing_beside_it(live: Path, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    archive.write(folder / "one.backup", NOW)
    assert [path.name for path in folder.iterdir()] == ["one.backup"]
    assert (folder / "one.backup").stat().st_mode & 0o077 == 0


def test_an_encrypted_backup_needs_its_key(live: Path, tmp_path: Path, key: Path) -> None:
    path = tmp_path / "one.backup"
    archive.write(path, NOW, key)
    assert is_sealed(path)
    assert b"Canary" not in path.read_bytes()
    with pytest.raises(archive.BackupError, match="encrypted"):
        archive.bring_back(path)
    (tmp_path / "other").write_bytes(b"another key" * 5)
    with pytest.raises(archive.BackupError, match="key"):
        archive.bring_back(path, tmp_path / "other")
    add_closure(live)
    archive.bring_back(path, key)
    assert closures() == 1


def test_a_backup_never_replaces_another(live: Path, tmp_path: Path) -> None:
    archive.write(tmp_path / "one.backup", NOW)
    with pytest.raises(archive.BackupError, match="already"):
        archive.write(tmp_path / "one.backup", NOW)


@pytest.mark.parametrize("broken", [b"", b"not a backup at all" * 1000])
def test_what_is_no_backup_changes_nothing(live: Path, tmp_path: Path, broken: bytes) -> None:
    path = tmp_path / "broken.backup"
    path.write_bytes(broken)
    with pytest.raises(archive.BackupError):
        archive.bring_back(path)
    assert closures() == 1


def test_a_database_damaged_within_the_backup_is_noticed(live: Path, tmp_path: Path) -> None:
    path = tmp_path / "one.backup"
    archive.write(path, NOW)
    whole = bytearray(path.read_bytes())
    middle = len(whole) // 2
    whole[middle : middle + 8192] = b"\xff" * 8192
    path.write_bytes(whole)
    with pytest.raises(archive.BackupError):
        archive.bring_back(path)
    assert closures() == 1


def test_a_missing_row_is_noticed(live: Path, tmp_path: Path) -> None:
    path = tmp_path / "one.backup"
    archive.write(path, NOW)
    with tarfile.open(path) as tar:
        tar.extractall(tmp_path / "out", filter="data")
    with closing(sqlite3.connect(tmp_path / "out" / sqlite.FILE)) as database, database:
        database.execute("DELETE FROM clinic_closure")
    with tarfile.open(path, "w") as tar:
        tar.add(tmp_path / "out" / archive.MANIFEST, archive.MANIFEST)
        tar.add(tmp_path / "out" / sqlite.FILE, sqlite.FILE)
    with pytest.raises(archive.BackupError, match="clinic_closure"):
        archive.bring_back(path)
    assert closures() == 1


def test_a_backup_of_a_newer_version_is_refused(live: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(live)) as database, database:
        database.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('clinic', '9999_later', '2027-01-01')"
        )
    path = tmp_path / "one.backup"
    manifest = archive.write(path, NOW)
    newer = {**manifest.__dict__, "migrations": [*manifest.migrations, ["clinic", "9999_later"]]}
    with tarfile.open(path) as tar:
        tar.extractall(tmp_path / "out", filter="data")
    (tmp_path / "out" / archive.MANIFEST).write_text(json.dumps(newer))
    with tarfile.open(path, "w") as tar:
        tar.add(tmp_path / "out" / archive.MANIFEST, archive.MANIFEST)
        tar.add(tmp_path / "out" / sqlite.FILE, sqlite.FILE)
    with pytest.raises(archive.BackupError, match="9999_later"):
        archive.bring_back(path)


def test_a_database_in_use_is_left_alone(live: Path, tmp_path: Path) -> None:
    archive.write(tmp_path / "one.backup", NOW)
    add_closure(live)
    with subprocess.Popen([sys.executable, "-c", HOLDS_IT_OPEN, str(live)], stdout=subprocess.PIPE) as server:
        assert server.stdout is not None
        server.stdout.readline()
        with pytest.raises(archive.BackupError, match=f"process {server.pid}"):
            archive.bring_back(tmp_path / "one.backup")
        server.kill()
    assert closures() == 2


def test_rows_written_meanwhile_are_in_the_backup_or_not_but_never_half(live: Path, tmp_path: Path) -> None:
    stop = threading.Event()

    def write() -> None:
        while not stop.is_set():
            add_closure(live)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for number in range(5):
            archive.write(tmp_path / f"{number}.backup", NOW)
    finally:
        stop.set()
        writer.join()
    assert closures() > 1


# The same through the commands, on PostgreSQL, where other programs can reach the tests' database.


def unsent_message() -> Message:
    request = builders.callback_request(email="a@example.org")
    event = RequestEvent.objects.create(request=request, kind=EventKind.RECEIVED, at=timezone.now())
    message = notices.queue(request, "acknowledgement", event)
    assert message is not None
    return message


@pytest.mark.postgresql
@pytest.mark.skipif(connection.vendor != "postgresql", reason="PostgreSQL's part")
@pytest.mark.django_db(transaction=True)
def test_the_whole_way_on_postgresql(tmp_path: Path, key: Path, capsys: pytest.CaptureFixture[str]) -> None:
    builders.clinic()
    message = unsent_message()
    erased = builders.callback_request()
    SessionStore().save()
    path = tmp_path / "one.backup"
    call_command("backup", str(path), "--encrypt-with", str(key))
    rights.erase(erased, None, "asked")
    builders.appointment_request()
    Session.objects.all().delete()

    with pytest.raises(CommandError, match="appointments_erasure"):
        call_command("restore", str(path), "--decrypt-with", str(key))
    assert PatientRequest.objects.count() == 2
    call_command("restore", str(path), "--decrypt-with", str(key), "--yes")

    assert list(PatientRequest.objects.all()) == [message.request]
    assert "1 requests that had been erased since are erased again" in capsys.readouterr().out
    assert not Message.objects.to_send(timezone.now()).exists()
    assert not Session.objects.exists()  # one that was signed out since would be signed in again
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_constraint WHERE conname = 'appointment_no_overlap'")
        assert cursor.fetchone() == (1,)
    call_command("held_mail", "--release")
    assert list(Message.objects.to_send(timezone.now())) == [message]


@pytest.mark.postgresql
@pytest.mark.skipif(connection.vendor != "postgresql", reason="PostgreSQL's part")
@pytest.mark.django_db(transaction=True)
def test_a_dump_may_take_longer_than_the_roles_idle_limit(tmp_path: Path) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET idle_in_transaction_session_timeout = '20ms'")
    try:
        archive.write(tmp_path / "one.backup", NOW)
    finally:
        connection.close()


@pytest.mark.django_db
def test_mail_on_hold_is_released_or_given_up(capsys: pytest.CaptureFixture[str]) -> None:
    builders.clinic()
    unsent_message()
    assert held_mail.hold() == 1
    assert not Message.objects.to_send(timezone.now()).exists()
    unsent_message()
    call_command("held_mail")
    assert "1 messages are on hold" in capsys.readouterr().out
    call_command("held_mail", "--give-up")
    assert held_mail.held().count() == 0
    assert Message.objects.to_send(timezone.now()).count() == 1


@pytest.mark.django_db
def test_only_the_newest_backups_stay(tmp_path: Path, live: Path) -> None:
    for day in range(1, 5):
        (tmp_path / f"finetouch-2026110{day}T000000Z.backup").touch()
    (tmp_path / "something-else").touch()
    call_command("backup", str(tmp_path), "--keep", "2")
    kept = sorted(path.name for path in tmp_path.glob("*.backup"))
    assert len(kept) == 2
    assert kept[0] == "finetouch-20261104T000000Z.backup"
    assert (tmp_path / "something-else").exists()


def test_a_backup_without_a_place_goes_into_the_data_folder(
    tmp_path: Path, live: Path, settings: Settings
) -> None:
    settings.VAR_DIR = tmp_path
    call_command("backup")
    assert len(list((tmp_path / "backups").glob("finetouch-*.backup"))) == 1
