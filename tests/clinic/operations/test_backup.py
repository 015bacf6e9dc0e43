"""Backups: taken while the site writes, checked, encrypted, and brought back with mail paused."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyrage
import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone
from pytest_django import DjangoDbBlocker, Settings

from appointments.messages import notices, paused_mail
from appointments.messages.texts import consent
from appointments.models import EventKind, Message, PatientRequest, RequestEvent, TextOptOut
from appointments.requests import rights
from appointments.requests.restored import text_stops
from clinic.operations.backup import archive, files, sqlite
from tests import builders

pytestmark = pytest.mark.usefixtures("empty_storage")

NOW = datetime(2026, 12, 2, 18, 0, tzinfo=UTC)
HOLDS_IT_OPEN = """
import sqlite3, sys, time
database = sqlite3.connect(sys.argv[1])
database.execute("SELECT 1 FROM clinic_clinic").fetchall()
print("open", flush=True)
time.sleep(60)
"""
AGE = b"age-encryption.org/v1\n"
IDENTITY = pyrage.x25519.Identity.generate()
RECIPIENT = str(IDENTITY.to_public())


@pytest.fixture
def identity(tmp_path: Path) -> Path:
    """The secret key's file, as age-keygen writes it."""
    path = tmp_path / "identity"
    path.write_text(f"# created: 2026-12-02T18:00:00Z\n# public key: {RECIPIENT}\n{IDENTITY}\n")
    return path


@pytest.fixture
def another_identity(tmp_path: Path) -> Path:
    path = tmp_path / "another"
    path.write_text(f"{pyrage.x25519.Identity.generate()}\n")
    return path


@pytest.fixture(autouse=True)
def data(tmp_path: Path, settings: Settings) -> Path:
    """The site's data folder."""
    settings.VAR_DIR = tmp_path / "data"
    settings.VAR_DIR.mkdir()
    return tmp_path / "data"


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


def bring_back(path: Path, identity: Path | None = None) -> None:
    with archive.opened(path, identity) as (manifest, database):
        archive.bring_back(manifest, database)


def pack_again(path: Path, folder: Path) -> None:
    """The backup anew, of the files in the folder."""
    with zipfile.ZipFile(path, "w") as written:
        for name in (archive.MANIFEST, sqlite.FILE):
            written.write(folder / name, name)


def unpack(path: Path, folder: Path) -> Path:
    with zipfile.ZipFile(path) as packed:
        packed.extractall(folder)
    return folder


def test_a_backup_brings_back_every_row(live: Path, tmp_path: Path) -> None:
    manifest = archive.write(tmp_path / "one.backup", NOW)
    assert manifest.rows["clinic_closure"] == 1
    add_closure(live)
    assert archive.grown_since(manifest) == ["clinic_closure"]
    bring_back(tmp_path / "one.backup")
    assert closures() == 1
    assert archive.grown_since(manifest) == []


def test_a_backup_is_its_owners_alone_and_leaves_nothing_beside_it(live: Path, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    archive.write(folder / "one.backup", NOW)
    assert [path.name for path in folder.iterdir()] == ["one.backup"]
    assert (folder / "one.backup").stat().st_mode & 0o077 == 0


def test_an_encrypted_backup_needs_its_key(
    live: Path, tmp_path: Path, identity: Path, another_identity: Path
) -> None:
    path = tmp_path / "one.backup"
    archive.write(path, NOW, [RECIPIENT])
    assert path.read_bytes().startswith(AGE)
    assert b"Canary" not in path.read_bytes()
    with pytest.raises(archive.BackupError, match="encrypted: name"):
        bring_back(path)
    with pytest.raises(archive.BackupError, match="key is another one"):
        bring_back(path, another_identity)
    add_closure(live)
    bring_back(path, identity)
    assert closures() == 1


def test_each_recipient_can_open_it(
    live: Path, tmp_path: Path, identity: Path, another_identity: Path
) -> None:
    path = tmp_path / "one.backup"
    other = pyrage.x25519.Identity.from_str(another_identity.read_text().strip())
    archive.write(path, NOW, [RECIPIENT, str(other.to_public())])
    for key in (identity, another_identity):
        with archive.opened(path, key) as (manifest, _):
            assert manifest.rows["clinic_closure"] == 1


def test_a_key_for_a_backup_that_is_not_encrypted_is_refused(
    live: Path, tmp_path: Path, identity: Path
) -> None:
    """Somebody may have put a file of their own in the place of the encrypted one."""
    path = tmp_path / "one.backup"
    archive.write(path, NOW)
    add_closure(live)
    with pytest.raises(CommandError, match="isn't encrypted"):
        call_command("restore", str(path), "--identity", str(identity), "--yes")
    with pytest.raises(CommandError, match="isn't encrypted"):
        call_command("backup", str(path), "--check", "--identity", str(identity))
    assert closures() == 2


def test_the_age_program_opens_a_backup(live: Path, tmp_path: Path, identity: Path) -> None:
    if not shutil.which("age"):
        pytest.skip("age is not installed")
    archive.write(tmp_path / "one.backup", NOW, [RECIPIENT])
    clear = tmp_path / "one.zip"
    subprocess.run(["age", "-d", "-i", identity, "-o", clear, tmp_path / "one.backup"], check=True)
    database = unpack(clear, tmp_path / "out") / sqlite.FILE
    with closing(sqlite3.connect(database)) as opened:
        assert opened.execute("SELECT reason FROM clinic_closure").fetchall() == [("Canary",)]


def test_a_secret_key_given_as_recipient_is_refused_and_not_said(live: Path, tmp_path: Path) -> None:
    with pytest.raises(archive.BackupError, match="public key") as refused:
        archive.write(tmp_path / "one.backup", NOW, [str(IDENTITY)])
    assert "SECRET" not in str(refused.value)


@pytest.mark.parametrize("content", ["", "# only a comment\n", "no key\n", "the public key"])
def test_an_identity_file_without_a_secret_key_is_refused(live: Path, tmp_path: Path, content: str) -> None:
    archive.write(tmp_path / "one.backup", NOW, [RECIPIENT])
    (tmp_path / "identity").write_text(content.replace("the public key", RECIPIENT))
    with pytest.raises(archive.BackupError):
        bring_back(tmp_path / "one.backup", tmp_path / "identity")


def cut_off(whole: bytes) -> bytes:
    return whole[:-1000]


def without_last_chunk(whole: bytes) -> bytes:
    header = whole.index(b"\n--- ") + 5 + 44 + 16
    chunk = 64 * 1024 + 16
    return whole[: header + (len(whole) - header) // chunk * chunk]


def turned_bit(whole: bytes) -> bytes:
    return whole[:100_000] + bytes([whole[100_000] ^ 1]) + whole[100_001:]


def longer(whole: bytes) -> bytes:
    return whole + b"x"


@pytest.mark.parametrize("damage", [cut_off, without_last_chunk, turned_bit, longer])
def test_damage_of_an_encrypted_backup_is_noticed(
    live: Path, tmp_path: Path, identity: Path, damage: Callable[[bytes], bytes]
) -> None:
    path = tmp_path / "one.backup"
    archive.write(path, NOW, [RECIPIENT])
    add_closure(live)
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(archive.BackupError, match="damaged"):
        bring_back(path, identity)
    assert closures() == 2


def test_a_backup_never_replaces_another(live: Path, tmp_path: Path) -> None:
    archive.write(tmp_path / "one.backup", NOW)
    with pytest.raises(archive.BackupError, match="already"):
        archive.write(tmp_path / "one.backup", NOW)


@pytest.mark.parametrize("broken", [b"", b"not a backup at all" * 1000])
def test_what_is_no_backup_changes_nothing(live: Path, tmp_path: Path, broken: bytes) -> None:
    path = tmp_path / "broken.backup"
    path.write_bytes(broken)
    with pytest.raises(archive.BackupError):
        bring_back(path)
    assert closures() == 1


def test_a_database_damaged_within_the_backup_is_noticed(live: Path, tmp_path: Path) -> None:
    path = tmp_path / "one.backup"
    archive.write(path, NOW)
    whole = bytearray(path.read_bytes())
    middle = len(whole) // 2
    whole[middle : middle + 8192] = b"\xff" * 8192
    path.write_bytes(whole)
    with pytest.raises(archive.BackupError):
        bring_back(path)
    assert closures() == 1


def test_a_missing_row_is_noticed(live: Path, tmp_path: Path) -> None:
    path = tmp_path / "one.backup"
    archive.write(path, NOW)
    folder = unpack(path, tmp_path / "out")
    with closing(sqlite3.connect(folder / sqlite.FILE)) as database, database:
        database.execute("DELETE FROM clinic_closure")
    pack_again(path, folder)
    with pytest.raises(archive.BackupError, match="clinic_closure"):
        bring_back(path)
    assert closures() == 1


def test_a_backup_of_a_newer_version_is_refused(live: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(live)) as database, database:
        database.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('clinic', '9999_later', '2027-01-01')"
        )
    path = tmp_path / "one.backup"
    manifest = archive.write(path, NOW)
    newer = {**manifest.__dict__, "migrations": [*manifest.migrations, ["clinic", "9999_later"]]}
    folder = unpack(path, tmp_path / "out")
    (folder / archive.MANIFEST).write_text(json.dumps(newer))
    pack_again(path, folder)
    with pytest.raises(archive.BackupError, match="9999_later"):
        bring_back(path)


def test_a_backup_names_no_squashed_migration_which_a_later_version_has_no_more(
    live: Path, tmp_path: Path
) -> None:
    manifest = archive.write(tmp_path / "one.backup", NOW)
    assert ["clinic", "0001_initial"] in manifest.migrations
    assert not [name for _, name in manifest.migrations if "_squashed_" in name]


def test_a_database_in_use_is_left_alone(live: Path, tmp_path: Path) -> None:
    archive.write(tmp_path / "one.backup", NOW)
    add_closure(live)
    with subprocess.Popen([sys.executable, "-c", HOLDS_IT_OPEN, str(live)], stdout=subprocess.PIPE) as server:
        assert server.stdout is not None
        server.stdout.readline()
        with pytest.raises(archive.BackupError, match=f"process {server.pid}"):
            bring_back(tmp_path / "one.backup")
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


def test_rows_lost_between_the_database_and_the_file_leave_no_backup(
    live: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = sqlite._inspect
    monkeypatch.setattr(sqlite, "_inspect", lambda copy: {**counted(copy), "clinic_closure": 0})
    with pytest.raises(archive.BackupError, match="clinic_closure"):
        archive.write(tmp_path / "one.backup", NOW, [RECIPIENT])
    assert not [*tmp_path.glob("*.backup*"), *tmp_path.glob(".*")]


def test_only_one_backup_or_restore_runs(live: Path, tmp_path: Path) -> None:
    archive.write(tmp_path / "one.backup", NOW)
    with (
        archive.opened(tmp_path / "one.backup"),
        pytest.raises(archive.BackupError, match="Another backup or restore"),
    ):
        archive.write(tmp_path / "two.backup", NOW)


def test_a_backup_killed_anywhere_leaves_nothing_in_clear(
    live: Path, tmp_path: Path, data: Path, identity: Path
) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    told = run_killed(f"sqlite:///{live}", data, folder)
    assert told["killed"] > 10
    assert told["unfinished"] > 0  # some were killed while they wrote
    assert told["in_clear"] == []
    assert told["left_beside_the_data"] == []
    [whole] = folder.iterdir()  # the last one ran to its end, and swept
    with archive.opened(whole, identity) as (manifest, _):
        assert manifest.rows["clinic_closure"] == 1
    assert sorted(path.name for path in data.iterdir()) == []


def run_killed(database: str, data: Path, folder: Path) -> dict[str, Any]:
    """What tests/clinic/operations/killed_backup.py tells."""
    done = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("killed_backup.py")), str(folder), RECIPIENT],
        env={**os.environ, "DATABASE_URL": database, "VAR_DIR": str(data)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return told


# The same through the commands, on PostgreSQL, where other programs can reach the tests' database.


def unsent_message() -> Message:
    request = builders.callback_request(email="a@example.org")
    event = RequestEvent.objects.create(request=request, kind=EventKind.RECEIVED, at=timezone.now())
    message = notices.queue(request, "acknowledgement", event)
    assert message is not None
    return message


PICTURE = f"pictures/{'c' * 32}/360.jpg"
CONTENT = bytes(range(256)) * 4000


@pytest.fixture
def stored_picture() -> Iterator[None]:
    """A file of a picture, and one that isn't."""
    names = (PICTURE, f"pictures/{'c' * 32}/notes.txt")
    for name in names:
        default_storage.save(name, ContentFile(CONTENT))
    yield
    for name in names:
        default_storage.delete(name)


def content_of(name: str) -> bytes:
    with default_storage.open(name) as file:
        return bytes(file.read())


def test_pictures_come_back(
    live: Path, tmp_path: Path, identity: Path, stored_picture: None, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "one.backup"
    archive.write(path, NOW, [RECIPIENT])
    assert CONTENT[:2000] not in path.read_bytes()
    default_storage.delete(PICTURE)
    default_storage.save(PICTURE, ContentFile(b"damaged"))
    call_command("backup", str(path), "--check", "--identity", str(identity))
    assert "1 files of pictures" in capsys.readouterr().out
    bring_back(path, identity)
    assert content_of(PICTURE) == CONTENT
    assert len(default_storage.listdir(f"pictures/{'c' * 32}")[1]) == 2


@pytest.mark.parametrize("name", ["media/../../evil.jpg", "media/secret_key", "media/pictures/x/360.jpg"])
def test_a_backup_brings_nothing_else_into_the_storage(live: Path, tmp_path: Path, name: str) -> None:
    path = tmp_path / "one.backup"
    archive.write(path, NOW)
    with zipfile.ZipFile(path, "a") as packed:
        packed.writestr(name, b"evil")
    with archive.opened(path) as (_, database):
        assert files.unpacked(database.parent) == 0


def test_a_backup_in_clear_says_so(live: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("backup", str(tmp_path / "one.backup"), stderr=sys.stderr)
    assert "Not encrypted" in capsys.readouterr().err
    call_command("backup", str(tmp_path / "two.backup"), "--recipient", RECIPIENT, stderr=sys.stderr)
    assert capsys.readouterr().err == ""


@pytest.mark.postgresql
@pytest.mark.skipif(connection.vendor != "postgresql", reason="PostgreSQL's part")
@pytest.mark.django_db(transaction=True)
def test_the_whole_way_on_postgresql(
    tmp_path: Path, identity: Path, stored_picture: None, capsys: pytest.CaptureFixture[str]
) -> None:
    builders.clinic()
    message = unsent_message()
    erased = builders.callback_request()
    SessionStore().save()
    path = tmp_path / "one.backup"
    call_command("backup", str(path), "--recipient", RECIPIENT)
    rights.erase(erased, None, "asked")
    consent.opt_out("+13105550121", NOW)
    default_storage.delete(PICTURE)
    builders.appointment_request()
    Session.objects.all().delete()

    with pytest.raises(CommandError, match="appointments_erasure"):
        call_command("restore", str(path), "--identity", str(identity))
    assert PatientRequest.objects.count() == 2
    call_command("restore", str(path), "--identity", str(identity), "--yes")

    assert list(PatientRequest.objects.all()) == [message.request]
    assert "1 requests that had been erased since are erased again" in capsys.readouterr().out
    assert TextOptOut.objects.get().number == "+13105550121"
    assert content_of(PICTURE) == CONTENT
    assert not Message.objects.to_send(timezone.now()).exists()
    assert not Session.objects.exists()  # one that was signed out since would be signed in again
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_constraint WHERE conname = 'appointment_no_overlap'")
        assert cursor.fetchone() == (1,)
    call_command("paused_mail", "--release")
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


@pytest.mark.postgresql
@pytest.mark.skipif(connection.vendor != "postgresql", reason="PostgreSQL's part")
@pytest.mark.django_db(transaction=True)
def test_a_dump_killed_anywhere_leaves_nothing_in_clear(tmp_path: Path, data: Path, identity: Path) -> None:
    builders.clinic()
    message = unsent_message()
    folder = tmp_path / "backups"
    folder.mkdir()
    database = "postgres://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format(**connection.settings_dict)
    told = run_killed(database, data, folder)
    assert told["killed"] > 10
    assert told["unfinished"] > 0
    assert told["in_clear"] == []
    assert told["left_beside_the_data"] == []
    [whole] = folder.iterdir()
    with archive.opened(whole, identity) as (manifest, _):
        assert manifest.rows[message._meta.db_table] == 1


@pytest.mark.postgresql
@pytest.mark.skipif(connection.vendor != "postgresql", reason="PostgreSQL's part")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("tool", ["pg_dump", "pg_restore"])
def test_a_tool_that_fails_midway_leaves_no_backup(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tool: str
) -> None:
    """The real tools, but the named one gives up early, as when its memory or its connection ends."""
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / tool).write_text(f'#!/bin/sh\n{shutil.which(tool)} "$@" | head -c 5000\nexit 3\n')
    (programs / tool).chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    folder = tmp_path / "backups"
    folder.mkdir()
    with pytest.raises(archive.BackupError, match=f"{tool} failed"):
        archive.write(folder / "one.backup", NOW, [RECIPIENT])
    assert list(folder.iterdir()) == []


def with_script_that_ends_early(folder: Path, then: str) -> str:
    """A PATH whose pg_restore gives psql some whole statements in place of the dump's, and then ends so."""
    program = folder / "programs" / "pg_restore"
    program.parent.mkdir()
    program.write_text(f"""#!/bin/sh
case "$*" in *--list*|*--data-only*) exec {shutil.which("pg_restore")} "$@";; esac
# 16 bytes each: no buffer on the way ends within one.
yes 'SELECT 1;      ' | head -c 262144
{then}
""")
    program.chmod(0o755)
    return f"{program.parent}:{os.environ['PATH']}"


@pytest.mark.postgresql
@pytest.mark.skipif(connection.vendor != "postgresql", reason="PostgreSQL's part")
@pytest.mark.django_db(transaction=True)
def test_a_restore_whose_script_ends_early_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """pg_restore ends after some whole statements: by then psql has emptied the database, but for good only
    in the end."""
    builders.clinic()
    builders.callback_request()
    archive.write(tmp_path / "one.backup", NOW)
    builders.callback_request()
    path = with_script_that_ends_early(tmp_path, "exit 3")
    with archive.opened(tmp_path / "one.backup") as (manifest, database):
        monkeypatch.setenv("PATH", path)
        with pytest.raises(archive.BackupError, match="pg_restore failed"):
            archive.bring_back(manifest, database)
    assert PatientRequest.objects.count() == 2


@pytest.mark.postgresql
@pytest.mark.skipif(connection.vendor != "postgresql", reason="PostgreSQL's part")
@pytest.mark.django_db(transaction=True)
def test_a_restore_that_is_killed_changes_nothing(tmp_path: Path, data: Path) -> None:
    """psql sees its script end, at a whole statement, as if that were all."""
    builders.callback_request()
    archive.write(tmp_path / "one.backup", NOW)
    builders.callback_request()
    database = "postgres://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format(**connection.settings_dict)
    connection.close()
    killed = subprocess.run(
        [sys.executable, "manage.py", "restore", str(tmp_path / "one.backup"), "--yes"],
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "clinic.settings",
            "DATABASE_URL": database,
            "VAR_DIR": str(data),
            "PATH": with_script_that_ends_early(tmp_path, "sleep 1; kill -9 $PPID"),
        },
        stderr=subprocess.PIPE,  # psql holds it too: this waits until it has ended
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert PatientRequest.objects.count() == 2
    archive.write(tmp_path / "two.backup", NOW)
    assert list(data.iterdir()) == []  # and the database that it left in clear is swept


@pytest.fixture
def erased(db: None, tmp_path: Path) -> tuple[PatientRequest, Path]:
    """A request that was erased once, and is here again; the list that knows of it."""
    builders.clinic()
    request = builders.callback_request()
    (tmp_path / "erasures.json").write_text(
        json.dumps([{"digest": rights.digest_of(request), "at": NOW.isoformat(), "reason": "asked"}])
    )
    return request, tmp_path / "erasures.json"


def test_a_database_brought_back_by_postgresql_gets_the_same_care(
    erased: tuple[PatientRequest, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    message = unsent_message()
    SessionStore().save()
    call_command("after_restore", "--erasures", str(erased[1]))
    assert list(PatientRequest.objects.all()) == [message.request]
    assert "1 requests that had been erased since are erased again" in capsys.readouterr().out
    assert not Message.objects.to_send(timezone.now()).exists()
    assert not Session.objects.exists()
    call_command("paused_mail", "--release")
    assert list(Message.objects.to_send(timezone.now())) == [message]


def test_who_has_written_stop_since_is_texted_no_more(
    erased: tuple[PatientRequest, Path], tmp_path: Path, settings: Settings
) -> None:
    settings.TEXTS_BACKEND = "tests"
    with pytest.raises(CommandError, match="who wants none"):
        call_command("after_restore", "--erasures", str(erased[1]))
    assert PatientRequest.objects.exists()
    consent.opt_out("+13105550121", NOW)
    (tmp_path / "text_stops.json").write_text(json.dumps(text_stops.listed()))
    TextOptOut.objects.all().delete()
    stops = ("--stops", str(tmp_path / "text_stops.json"))
    call_command("after_restore", "--erasures", str(erased[1]), *stops)
    assert TextOptOut.objects.get().number == "+13105550121"


@pytest.mark.parametrize("content", ["", "{}", '["digest"]', '[{"digest": "a"}]'])
def test_without_a_list_of_erasures_nothing_is_done(
    erased: tuple[PatientRequest, Path], content: str
) -> None:
    message = unsent_message()
    erased[1].write_text(content)
    with pytest.raises(CommandError, match="no list of erasures"):
        call_command("after_restore", "--erasures", str(erased[1]))
    assert list(Message.objects.to_send(timezone.now())) == [message]


@pytest.mark.postgresql
@pytest.mark.skipif(connection.vendor != "postgresql", reason="PostgreSQL's part")
def test_what_comes_after_a_restore_waits_until_nobody_is_connected(
    erased: tuple[PatientRequest, Path],
) -> None:
    with connection.copy().cursor() as worker:
        worker.execute("SELECT 1")
        with pytest.raises(CommandError, match="in use"):
            call_command("after_restore", "--erasures", str(erased[1]))
        worker.connection.close()


@pytest.mark.django_db
def test_paused_mail_is_released_or_given_up(capsys: pytest.CaptureFixture[str]) -> None:
    builders.clinic()
    unsent_message()
    assert paused_mail.pause() == 1
    assert not Message.objects.to_send(timezone.now()).exists()
    unsent_message()
    call_command("paused_mail")
    assert "1 messages are paused" in capsys.readouterr().out
    call_command("paused_mail", "--give-up")
    assert paused_mail.paused().count() == 0
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


def test_a_backup_without_a_place_goes_into_the_data_folder(data: Path, live: Path) -> None:
    call_command("backup")
    assert len(list((data / "backups").glob("finetouch-*.backup"))) == 1
