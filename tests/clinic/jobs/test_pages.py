"""Who asked sees how far it is and fetches the file; nobody else does, and nothing broken leaves."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client, RequestFactory
from django.utils import timezone
from pytest_django import Settings

from clinic.audit.entry import AuditAction, AuditEntry
from clinic.jobs import asking, storing, sweeping
from clinic.models import Heartbeat, Job, JobState
from tests import builders
from tests.clinic.jobs.conftest import Numbers, wanted
from tests.prepared import text_of, work

pytestmark = pytest.mark.django_db


@pytest.fixture
def ready(numbers: Numbers, front_desk: User) -> Job:
    """A file that can be fetched by the front desk."""
    job = wanted(front_desk)
    work()
    job.refresh_from_db()
    return job


def address(job: Job, page: str = "") -> str:
    return f"/admin/jobs/{job.pk}/{page}"


def others() -> list[Client]:
    found = []
    for user in (builders.superuser(), builders.staff("Front desk")):
        client = Client()
        client.force_login(user)
        found.append(client)
    return found


class TestFetching:
    def test_by_who_asked(self, ready: Job, desk_client: Client, front_desk: User) -> None:
        answer = desk_client.get(address(ready, "file/"))
        assert text_of(answer).startswith("Numbers, secret\n0\n1\n")
        assert "no-store" in answer["Cache-Control"]
        assert answer["Content-Disposition"] == 'attachment; filename="numbers.txt"'
        ready.refresh_from_db()
        assert ready.fetched_at is not None
        entry = AuditEntry.objects.get(action=AuditAction.EXPORTED)
        assert (entry.user, entry.count, entry.page) == (front_desk, 35, "admin:clinic_job_file")
        assert (entry.model, entry.object_id) == ("clinic.job", str(ready.pk))

    def test_not_while_it_is_made_anew(
        self, ready: Job, desk_client: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """As when somebody is erased between a look at the file and its way out."""
        monkeypatch.setattr(storing, "check", lambda parts: sweeping.erased([3]))
        assert desk_client.get(address(ready, "file/")).status_code == 410
        ready.refresh_from_db()
        assert (ready.state, ready.fetched_at) == (JobState.WAITING, None)
        assert not AuditEntry.objects.filter(action=AuditAction.EXPORTED).exists()

    def test_by_nobody_else_not_even_a_superuser(self, ready: Job, client: Client) -> None:
        for other in others():
            for page in ("", "progress/", "file/"):
                assert other.get(address(ready, page)).status_code == 404
            assert "numbers" not in other.get("/admin/jobs/").text.casefold()
            assert "numbers" not in other.get("/admin/").text.casefold()
        assert "/login/" in Client().get(address(ready, "file/"))["Location"]
        assert not AuditEntry.objects.filter(action=AuditAction.EXPORTED).exists()

    def test_only_while_one_may(self, ready: Job, desk_client: Client, front_desk: User) -> None:
        front_desk.groups.clear()
        assert desk_client.get(address(ready, "file/")).status_code == 403
        ready.refresh_from_db()
        assert ready.fetched_at is None

    def test_head_tells_and_writes_nothing(self, ready: Job, desk_client: Client) -> None:
        answer = desk_client.head(address(ready, "file/"))
        assert (answer.status_code, answer["Content-Length"]) == (200, str(ready.size))
        ready.refresh_from_db()
        assert ready.fetched_at is None

    def test_not_after_its_time(self, ready: Job, desk_client: Client) -> None:
        Job.objects.filter(pk=ready.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
        self.is_refused(desk_client, ready, "no longer here")

    def test_not_before_it_is_ready(self, numbers: Numbers, front_desk: User, desk_client: Client) -> None:
        self.is_refused(desk_client, wanted(front_desk), "We are preparing your file")

    @pytest.mark.parametrize("harm", ["changed", "cut off", "gone", "swapped"])
    def test_not_a_file_that_was_tampered_with(
        self, ready: Job, desk_client: Client, folder: Path, harm: str
    ) -> None:
        first, last = [folder / part.name for part in ready.parts.filter(number__gt=0)][:2]
        content = bytearray(last.read_bytes())
        if harm == "changed":
            content[-20] ^= 1
            last.write_bytes(content)
        elif harm == "cut off":
            last.write_bytes(content[:-1])
        elif harm == "gone":
            last.unlink()
        else:
            last.write_bytes(first.read_bytes())
        self.is_refused(desk_client, ready, "read any more")

    def test_an_earlier_secret_key_reads_it_while_it_is_named(
        self, ready: Job, desk_client: Client, front_desk: User, settings: Settings
    ) -> None:
        before, settings.SECRET_KEY = settings.SECRET_KEY, "another-" * 8
        desk_client.force_login(front_desk)
        self.is_refused(desk_client, ready, "read any more")
        settings.SECRET_KEY_FALLBACKS = [before]
        assert text_of(desk_client.get(address(ready, "file/"))).endswith("\n34\n")

    def is_refused(self, client: Client, job: Job, words: str) -> None:
        answer = client.get(address(job, "file/"))
        assert answer.status_code == 410
        assert words in answer.text
        job.refresh_from_db()
        assert job.fetched_at is None
        assert not AuditEntry.objects.filter(action=AuditAction.EXPORTED).exists()


class TestPages:
    def test_how_far_it_is_until_it_is_ready(
        self, numbers: Numbers, front_desk: User, desk_client: Client
    ) -> None:
        Heartbeat.objects.create(name="worker", at=timezone.now())
        job = wanted(front_desk)
        page = desk_client.get(address(job)).text
        assert "We are preparing your file" in page
        assert 'http-equiv="refresh"' in page
        assert "has not been seen" not in page
        Job.objects.filter(pk=job.pk).update(total=33000, done=12000, state=JobState.UNDER_WAY)
        part = desk_client.get(address(job, "progress/")).text
        assert "12,000 of 33,000 rows" in part
        assert 'value="12000" max="33000"' in part
        assert "data-is-over" not in part
        assert "12,000 of 33,000 rows" in desk_client.get("/admin/").text
        Job.objects.filter(pk=job.pk).update(total=None, done=0)
        work()
        page = desk_client.get(address(job)).text
        assert address(job, "file/") in page
        assert 'http-equiv="refresh"' not in page
        assert "data-is-over" in desk_client.get(address(job, "progress/")).text
        assert "35 rows" in desk_client.get("/admin/jobs/").text

    def test_today_says_so_until_it_is_fetched(self, ready: Job, desk_client: Client) -> None:
        assert address(ready) in desk_client.get("/admin/").text
        desk_client.get(address(ready, "file/"))
        assert address(ready) not in desk_client.get("/admin/").text
        assert "Last fetched" in desk_client.get(address(ready)).text

    def test_a_worker_that_is_away_is_said(
        self, numbers: Numbers, front_desk: User, desk_client: Client
    ) -> None:
        assert "has not been seen" in desk_client.get(address(wanted(front_desk))).text

    def test_a_failed_one_says_so(self, ready: Job, desk_client: Client) -> None:
        Job.objects.filter(pk=ready.pk).update(state=JobState.FAILED)
        assert "could not be done" in desk_client.get(address(ready)).text

    def test_looking_writes_nothing_into_the_audit(self, ready: Job, desk_client: Client) -> None:
        """They hold nothing about any patient, and look themselves up every few seconds."""
        before = AuditEntry.objects.count()
        for path in (address(ready), address(ready, "progress/"), "/admin/jobs/"):
            desk_client.get(path)
        assert AuditEntry.objects.count() == before


class TestAsking:
    def request(self, by: User) -> Any:
        request = RequestFactory().post("/admin/")
        request.user, request.resolver_match = by, None
        return request

    def test_twice_for_the_same_is_once(self, numbers: Numbers, front_desk: User) -> None:
        def ask(upto: int) -> Job:
            request = self.request(front_desk)
            return asking.ask(request, numbers, {"upto": upto}, AuditAction.EXPORTED, file_name="n")

        assert ask(3) == ask(3) != ask(4)
        assert AuditEntry.objects.filter(action=AuditAction.EXPORTED).count() == 3

    def test_without_a_record_there_is_no_job(
        self, numbers: Numbers, front_desk: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fails(*args: object, **kwargs: object) -> None:
            raise OSError("no audit")

        monkeypatch.setattr("clinic.audit.recording.record", fails)
        with pytest.raises(OSError, match="no audit"):
            asking.ask(self.request(front_desk), numbers, {"upto": 3}, AuditAction.EXPORTED, file_name="n")
        assert not Job.objects.exists()
