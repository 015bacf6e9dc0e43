"""Nothing is kept beyond its time, or beyond the erasure of what is in it."""

import os
import time
import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from clinic.jobs import making, sweeping
from clinic.jobs.asking import KEPT
from clinic.models import Job, JobPart, JobState
from tests.clinic.jobs.conftest import Numbers, counted, wanted
from tests.prepared import work

pytestmark = pytest.mark.django_db
WHOLE = "Numbers, secret\n" + "".join(f"{number}\n" for number in range(35))
Committed = Callable[..., AbstractContextManager[Any]]


@pytest.fixture
def committed(django_capture_on_commit_callbacks: Committed) -> Callable[[], AbstractContextManager[Any]]:
    """What waits for a commit is done at the end."""
    return lambda: django_capture_on_commit_callbacks(execute=True)


@pytest.fixture
def ready(numbers: Numbers, front_desk: User) -> Job:
    job = wanted(front_desk)
    work()
    return job


def state_of(job: Job) -> str:
    job.refresh_from_db()
    return job.state


def test_after_its_time_it_is_gone_and_later_forgotten(ready: Job, folder: Path, committed: Any) -> None:
    now = timezone.now()
    with committed():
        sweeping.sweep(now + KEPT - timedelta(minutes=1))
    assert (state_of(ready), len(list(folder.iterdir()))) == (JobState.DONE, 5)
    with committed():
        sweeping.sweep(now + KEPT + timedelta(minutes=1))
    assert (state_of(ready), list(folder.iterdir())) == (JobState.GONE, [])
    assert not JobPart.objects.exists()
    sweeping.sweep(now + KEPT + timedelta(days=8))
    assert not Job.objects.exists()


def test_what_a_killed_worker_left_goes_after_a_while(ready: Job, folder: Path) -> None:
    for name, age in (("old", 7200), ("young", 60)):
        path = folder / (name * 8)
        path.write_bytes(b"age-encryption.org/v1\n")
        os.utime(path, (time.time() - age,) * 2)
    for path in folder.iterdir():
        if JobPart.objects.filter(name=path.name).exists():
            os.utime(path, (time.time() - 7200,) * 2)
    sweeping.sweep(timezone.now())
    assert not (folder / ("old" * 8)).exists()
    assert (folder / ("young" * 8)).exists()
    assert len(list(folder.iterdir())) == 6


def test_one_whose_files_are_lost_is_made_anew(ready: Job, folder: Path, committed: Any) -> None:
    for path in folder.iterdir():
        path.unlink()
    with committed():
        sweeping.sweep(timezone.now())
    assert (state_of(ready), ready.total) == (JobState.WAITING, None)
    work()
    assert state_of(ready) == JobState.DONE


def test_after_an_erasure_it_is_made_anew_unless_it_was_fetched(
    ready: Job, front_desk: User, folder: Path, committed: Any
) -> None:
    fetched, steps = wanted(front_desk), wanted(front_desk, file_name="")
    work()
    Job.objects.filter(pk=fetched.pk).update(fetched_at=timezone.now())
    files = set(folder.iterdir())
    with committed():
        sweeping.erased([3])
    assert (state_of(ready), state_of(fetched), state_of(steps)) == (
        JobState.WAITING,
        JobState.GONE,
        JobState.DONE,
    )
    kept = [*ready.parts.all(), *steps.parts.all()]
    assert {part.number for part in kept} == {JobPart.KEYS}
    assert {path for path in files if path.exists()} == {folder / part.name for part in kept}
    assert counted() == list(range(35)) * 3
    work()
    assert (state_of(ready), ready.changed, ready.size) == (JobState.DONE, 35, len(WHOLE))
    assert counted() == list(range(35)) * 3, "what goes along with the rows is written once"


def test_what_was_not_come_to_before_an_erasure_is_written_then(
    numbers: Numbers, front_desk: User, committed: Any
) -> None:
    job, stops = wanted(front_desk), iter([False, False, False, True, True])
    making.work(uuid.uuid4(), timezone.now(), stop=lambda: next(stops))
    assert (state_of(job), job.done) == (JobState.UNDER_WAY, 20)
    numbers.at_once = 15
    with committed():
        sweeping.erased([3])
    work()
    assert (state_of(job), job.changed) == (JobState.DONE, 35)
    assert counted() == list(range(35))


@pytest.mark.parametrize(
    ("harm", "state"), [("", JobState.DONE), ("keys", JobState.WAITING), ("kind", JobState.WAITING)]
)
def test_a_file_that_can_t_hold_who_was_erased_stays(
    ready: Job, numbers: Numbers, folder: Path, committed: Any, harm: str, state: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """Where that can't be told, it is made anew."""
    monkeypatch.setattr(numbers, "may_hold", lambda job, keys, gone: not set(gone).isdisjoint(keys))
    if harm == "keys":
        (folder / ready.parts.get(number=JobPart.KEYS).name).write_bytes(b"age-encryption.org/v1\n")
    elif harm == "kind":
        Job.objects.update(kind="of another version")
    with committed():
        sweeping.erased({99})
    assert state_of(ready) == state
    if not harm:
        with committed():
            sweeping.erased({99, 34})
        assert state_of(ready) == JobState.WAITING


def test_an_erasure_meanwhile_lets_no_portion_in(
    numbers: Numbers, front_desk: User, folder: Path, monkeypatch: pytest.MonkeyPatch, committed: Any
) -> None:
    """The worker has read the rows, but not yet written that the portion is done."""
    job = wanted(front_desk)
    erasures: list[int] = []

    def erased_meanwhile(job: Job, keys: list[int]) -> str:
        if keys[0] == 10 and not erasures:
            erasures.append(keys[0])
            sweeping.erased([3])
        return Numbers.text(numbers, job, keys)

    monkeypatch.setattr(numbers, "text", erased_meanwhile)
    with committed():
        assert making.work(uuid.uuid4(), timezone.now(), stop=lambda: bool(erasures)) == 1
    assert (state_of(job), job.done, job.parts.count()) == (JobState.WAITING, 0, 1)
    assert [path.name for path in folder.iterdir()] == [part.name for part in job.parts.all()]
    assert counted() == list(range(10))


def test_after_a_restore_nothing_is_done_again(ready: Job, folder: Path, committed: Any) -> None:
    with committed():
        sweeping.forget_all()
    assert not Job.objects.exists()
    assert list(folder.iterdir()) == []
