"""A kind of work of the tests' own: it writes numbers into a file, and counts in the audit what it went
through."""

from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from pytest_django import Settings

from clinic.audit.entry import AuditAction, AuditEntry
from clinic.jobs import kinds
from clinic.jobs.asking import KEPT
from clinic.jobs.kinds import Kind
from clinic.models import Job


class Numbers(Kind):
    """The numbers up to `scope["upto"]`, a line each."""

    name, words, at_once, content_type = "numbers", "Numbers", 10, "text/plain"
    permissions = ("appointments.view_patientrequest",)

    def keys(self, job: Job) -> list[int]:
        return list(range(job.scope["upto"]))

    def begin(self, job: Job) -> str:
        return "Numbers, secret\n"

    def text(self, job: Job, keys: list[int]) -> str:
        return "".join(f"{key}\n" for key in keys)

    def stored(self, job: Job, keys: list[int]) -> int:
        AuditEntry.objects.bulk_create(
            AuditEntry(action=AuditAction.SAW, object_id=str(key), page="numbers") for key in keys
        )
        return len(keys)


@pytest.fixture
def folder(tmp_path: Path, settings: Settings) -> Path:
    """Where the files lie."""
    settings.JOBS_DIR = tmp_path / "exports"
    return tmp_path / "exports"


@pytest.fixture
def numbers(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Numbers:
    """The kind, known to the worker."""
    kind = Numbers()
    monkeypatch.setitem(kinds._kinds, kind.name, kind)
    return kind


def wanted(by: User, upto: int = 35, **values: object) -> Job:
    """A job that waits."""
    now = timezone.now()
    given = {"kind": "numbers", "file_name": "numbers.txt", "asked_at": now, "worked_at": now}
    given |= {"expires_at": now + KEPT}
    return Job.objects.create(asked_by=by, scope={"upto": upto}, **(given | values))


def counted() -> list[int]:
    """What the kind went through, in order."""
    entries = AuditEntry.objects.filter(page="numbers").order_by("pk")
    return [int(key) for key in entries.values_list("object_id", flat=True)]
