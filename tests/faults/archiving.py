"""A PostgreSQL server that archives as deploy/ says, destroyed and brought back by pgBackRest."""

import os
import re
import shutil
import subprocess
import time
from pathlib import Path

from django.db import connection

from tests.faults import places
from tests.faults.stage import ROOT

STANZA = "finetouch"


class Archive:
    """The archive of the server in `data`, by the very files in deploy/ with only paths and port replaced.

    `every` is the archive_timeout in seconds; None leaves the one of deploy/.
    """

    def __init__(self, data: Path, every: int | None = None) -> None:
        self.data, self.folder = data, data.parent / "archive"
        for part in ("", "repo", "spool", "log", "conf.d"):
            (self.folder / part).mkdir()
        settings = (ROOT / "deploy" / "postgresql" / "archiving.conf").read_text()
        self.every = every or int(re.findall(r"^archive_timeout = (\d+)s$", settings, re.M)[0])
        settings = re.sub(r"^archive_timeout = .*$", f"archive_timeout = {self.every}s", settings, flags=re.M)
        (self.folder / "archiving.conf").write_text(settings)
        (self.folder / "pgbackrest.conf").write_text(self._configuration())
        (self.folder / "conf.d" / "cipher.conf").write_text(
            "[global]\nrepo1-cipher-pass=only for this drill\n"
        )
        subprocess.run(["chown", "-R", "postgres:", str(self.folder)], check=True)
        # Where PostgreSQL's archive_command and the restored server find it.
        os.environ["PGBACKREST_CONFIG"] = str(self.folder / "pgbackrest.conf")
        os.environ["PGBACKREST_CONFIG_INCLUDE_PATH"] = str(self.folder / "conf.d")
        with (data / "postgresql.conf").open("a") as file:
            file.write(f"include '{self.folder / 'archiving.conf'}'\n")
        connection.close()
        places.control(data, "restart", "--mode=fast")
        self.run("stanza-create")

    def _configuration(self) -> str:
        text = (ROOT / "deploy" / "pgbackrest" / "pgbackrest.conf").read_text()
        for old, new in {
            "repo1-path=/var/lib/pgbackrest": f"repo1-path={self.folder}/repo",
            "/var/spool/pgbackrest": f"{self.folder}/spool",
            "/var/log/pgbackrest": f"{self.folder}/log",
            "/var/lib/postgresql/15/main": str(self.data),
            "/var/run/postgresql": str(self.data),
            "pg1-port=5432": f"pg1-port={places.PORT}",
        }.items():
            assert old in text, old
            text = text.replace(old, new)
        return text

    def run(self, command: str, *options: str) -> None:
        """One command of pgBackRest, as the system user of the server."""
        line = ["runuser", "-u", "postgres", "--", "pgbackrest", f"--stanza={STANZA}", *options, command]
        done = subprocess.run(line, cwd="/", capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"pgbackrest {command}: {done.stdout}{done.stderr}")

    def size(self) -> int:
        """Bytes in the repository."""
        return sum(path.stat().st_size for path in (self.folder / "repo").rglob("*") if path.is_file())

    def is_in_clear(self) -> bool:
        """Whether any file of the repository lacks the mark of an encrypted one."""
        files = (path for path in (self.folder / "repo").rglob("*") if path.is_file())
        return any(path.stat().st_size and path.read_bytes()[:8] != b"Salted__" for path in files)

    def wait_until_archived(self) -> None:
        """Until all that is stored now is in the repository."""
        with connection.cursor() as cursor:
            # Without any change since the last piece there is no other.
            cursor.execute("SELECT pg_logical_emit_message(false, 'drill', '')")
        piece = self._asked("pg_walfile_name(pg_current_wal_lsn())")
        while self._asked("last_archived_wal FROM pg_stat_archiver") < piece:
            time.sleep(0.1)

    def wait_for_the_next_piece(self) -> None:
        """Until the server writes into another one than now."""
        piece = now = self._asked("pg_walfile_name(pg_current_wal_lsn())")
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_logical_emit_message(false, 'drill', '')")
        while now == piece:
            time.sleep(0.1)
            now = self._asked("pg_walfile_name(pg_current_wal_lsn())")

    @staticmethod
    def _asked(what: str) -> str:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {what}")
            found = cursor.fetchone()[0]
            return str(found) if found else ""

    def destroy(self) -> None:
        """The server ends at once, as when its power fails, and its disk is gone."""
        connection.close()
        places.control(self.data, "stop", "--mode=immediate")
        shutil.rmtree(self.data)
        self.data.mkdir(mode=0o700)
        subprocess.run(["chown", "postgres:", str(self.data)], check=True)

    def bring_back(self, *target: str) -> None:
        """The server as it was at the target, or at the end of what was archived; up and writable."""
        self.run("restore", *target)
        # The socket lies beside the data here, and so its lock, by a process that is no more, in the backup.
        for stale in self.data.glob(".s.PGSQL.*"):
            stale.unlink()
        try:
            places.control(self.data, "start")
        except subprocess.CalledProcessError as error:
            log = (self.data / "server.log").read_text().splitlines()
            raise RuntimeError("\n".join(log[-12:])) from error
        while self._recovers():
            time.sleep(0.1)

    @staticmethod
    def _recovers() -> bool:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_is_in_recovery()")
            return bool(cursor.fetchone()[0])
