"""The worker makes what was asked for: once, whole, however many workers there are and whenever one dies."""

import uuid
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils import timezone

from clinic.jobs import making, storing
from clinic.models import Job, JobPart, JobState
from tests.clinic.jobs.conftest import Numbers, counted, wanted
from tests.prepared import work
from tests.threads import at_once

ONE, OTHER = uuid.uuid4(), uuid.uuid4()
WHOLE = "Numbers, secret\n" + "".join(f"{number}\n" for number in range(35))


class Killed(BaseException):
    """The worker is killed."""


def content(job: Job) -> str:
    return b"".join(storing.contents(job.parts.filter(number__gt=JobPart.KEYS))).decode()


def after_lease() -> datetime:
    return timezone.now() + making.LEASE + timedelta(seconds=1)


@pytest.mark.django_db
class TestMaking:
    def test_the_file_is_whole_and_never_in_clear_on_the_disk(
        self, numbers: Numbers, front_desk: User, folder: Path
    ) -> None:
        job = wanted(front_desk)
        assert making.work(ONE, timezone.now()) == 4
        job.refresh_from_db()
        assert (job.state, job.total, job.done, job.changed) == (JobState.DONE, 35, 35, 35)
        assert content(job) == WHOLE
        assert job.size == len(WHOLE)
        assert counted() == list(range(35))
        files = list(folder.iterdir())
        assert len(files) == 5
        assert all(path.read_bytes().startswith(b"age-encryption.org/v1\n") for path in files)
        assert not any(b"secret" in path.read_bytes() for path in files)
        assert all(path.stat().st_mode & 0o077 == 0 for path in files)
        assert making.work(ONE, timezone.now()) == 0

    def test_of_nothing_there_is_an_empty_file(self, numbers: Numbers, front_desk: User) -> None:
        job = wanted(front_desk, upto=0)
        work()
        job.refresh_from_db()
        assert (job.state, job.total, content(job)) == (JobState.DONE, 0, "Numbers, secret\n")

    def test_a_killed_worker_s_job_is_taken_up_where_it_stood(
        self, numbers: Numbers, front_desk: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        job = wanted(front_desk)

        def killed(job: Job, keys: list[int]) -> str:
            if keys[0] == 20:
                raise Killed
            return Numbers.text(numbers, job, keys)

        with monkeypatch.context() as patch:
            patch.setattr(numbers, "text", killed)
            with pytest.raises(Killed):
                making.work(ONE, timezone.now())
        assert making.work(OTHER, timezone.now()) == 0, "the lease still runs"
        assert making.work(OTHER, after_lease()) == 2
        job.refresh_from_db()
        assert job.state == JobState.DONE
        assert content(job) == WHOLE
        assert counted() == list(range(35))

    def test_who_is_too_slow_spoils_nothing(
        self, numbers: Numbers, front_desk: User, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        job, done = wanted(front_desk), []

        def slow(job: Job, keys: list[int]) -> str:
            if keys[0] == 10 and job.leased_by == ONE:
                done.append(making.work(OTHER, after_lease()))
            return Numbers.text(numbers, job, keys)

        monkeypatch.setattr(numbers, "text", slow)
        assert making.work(ONE, timezone.now()) == 1
        assert done == [3]
        job.refresh_from_db()
        assert content(job) == WHOLE
        assert counted() == list(range(35))
        assert {path.name for path in folder.iterdir()} == set(job.parts.values_list("name", flat=True))

    def test_a_long_one_lets_the_others_have_their_turn(
        self, numbers: Numbers, front_desk: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        long, short = wanted(front_desk), wanted(front_desk, upto=3)
        stops = iter([False, False, False, True, True])
        assert making.work(ONE, timezone.now(), stop=lambda: next(stops)) == 2
        long.refresh_from_db()
        assert (long.state, long.done, long.leased_by) == (JobState.UNDER_WAY, 20, None)
        assert making.claim(ONE, timezone.now()) == short

    def test_what_fails_is_tried_some_times_and_then_said(
        self,
        numbers: Numbers,
        front_desk: User,
        folder: Path,
        monkeypatch: pytest.MonkeyPatch,
        caplog: pytest.LogCaptureFixture,
        django_capture_on_commit_callbacks: Any,
    ) -> None:
        job, now = wanted(front_desk), timezone.now()

        def broken(job: Job, keys: list[int]) -> str:
            raise ValueError("Ada Example")

        monkeypatch.setattr(numbers, "text", broken)
        with django_capture_on_commit_callbacks(execute=True):
            for _turn in range(making.MOST_FAILURES + 1):
                assert making.work(ONE, now) == 0
                now += making.RETRY + timedelta(seconds=1)
        job.refresh_from_db()
        assert job.state == JobState.FAILED
        assert not job.parts.exists()
        assert list(folder.iterdir()) == []
        assert "ValueError" in caplog.text
        assert "Ada" not in caplog.text

    def test_who_may_not_any_more_gets_none(self, numbers: Numbers, front_desk: User) -> None:
        job = wanted(front_desk)
        front_desk.groups.clear()
        work()
        job.refresh_from_db()
        assert job.state == JobState.FAILED
        assert counted() == []

    def test_the_database_keeps_a_portion_single_and_the_count_true(
        self, numbers: Numbers, front_desk: User
    ) -> None:
        job = wanted(front_desk)
        work()
        part = job.parts.last()
        assert part is not None
        for wrong in (
            lambda: JobPart.objects.create(job=job, number=part.number, name="x", size=1, sealed_key="k"),
            lambda: Job.objects.filter(pk=job.pk).update(done=34),
            lambda: Job.objects.filter(pk=job.pk).update(total=None),
            lambda: Job.objects.filter(pk=job.pk).update(state=JobState.UNDER_WAY, done=36),
            lambda: Job.objects.filter(pk=job.pk).update(state="lost"),
        ):
            with pytest.raises(IntegrityError), transaction.atomic():
                wrong()


@pytest.mark.django_db(transaction=True)
def test_many_workers_at_once_make_each_once(numbers: Numbers, front_desk: User) -> None:
    jobs = [wanted(front_desk) for _each in range(3)]

    def worker(_number: int) -> int:
        done = 0
        while Job.objects.filter(state__in=(JobState.WAITING, JobState.UNDER_WAY)).exists():
            done += making.work(uuid.uuid4(), timezone.now())
        return done

    assert sum(at_once(worker, 4, threads=4)) == 12
    for job in jobs:
        job.refresh_from_db()
        assert (job.state, content(job)) == (JobState.DONE, WHOLE)
    assert sorted(counted()) == sorted(list(range(35)) * 3)
