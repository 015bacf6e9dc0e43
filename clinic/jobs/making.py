"""The worker's part: takes a job, goes through its rows portion by portion, lets go of it after a while.

What a portion did and how far the job is are written in one transaction, and only while the lease is still
this worker's. So each portion counts once, a killed worker's job is taken up where it stood, and no
transaction is open while rows are read and the file is written.
"""

import time
import uuid
from array import array
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import translation

from clinic.jobs import storing
from clinic.jobs.asking import KEPT
from clinic.jobs.kinds import Kind, NothingThere, kind_of
from clinic.models import Job, JobPart, JobState
from clinic.operations import leases
from clinic.operations.batches import note_failure

# Longer than a portion takes.
LEASE = timedelta(minutes=2)
# The worker has other work: after so many seconds the next round goes on.
TURN = 5.0
RETRY = timedelta(seconds=30)
# So many turns in a row may come to nothing.
MOST_FAILURES = 5


class _Lost(Exception):
    """The job isn't this worker's any more: it was begun anew, or the lease has ended."""


class _NotAllowed(Exception):
    """Whoever asked may not have it any more, or nobody knows its kind."""


_HOPELESS = (_NotAllowed, NothingThere, storing.Unreadable)


def work(worker: uuid.UUID, now: datetime, stop: Callable[[], bool] = lambda: False) -> int:
    """Works on what waits for some seconds; how many portions were done. Ends early when `stop` says so."""
    began, done = time.monotonic(), 0

    def moment() -> datetime:
        return now + timedelta(seconds=time.monotonic() - began)

    def is_over() -> bool:
        return stop() or time.monotonic() - began >= TURN

    while not is_over() and (job := claim(worker, moment())):
        with translation.override(settings.LANGUAGE_CODE):
            done += _turn(job, worker, moment, is_over)
    return done


def claim(worker: uuid.UUID, now: datetime) -> Job | None:
    """The job whose turn it is, leased to `worker`; None when nothing waits."""
    taken = leases.take(
        Job.objects.to_work_on(now),
        state=JobState.UNDER_WAY,
        leased_by=worker,
        lease_until=now + LEASE,
        worked_at=now,
        failures=F("failures") + 1,
    )
    return Job.objects.select_related("asked_by").get(pk=taken[0]) if taken else None


def _turn(job: Job, worker: uuid.UUID, moment: Callable[[], datetime], is_over: Callable[[], bool]) -> int:
    """Goes on with a claimed job until the turn is over; how many portions were done."""
    done = 0
    try:
        kind = _kind_for(job)
        keys = _keys(job, kind, worker, moment())
        while job.is_unfinished and not is_over():
            _portion(job, kind, keys, worker, moment())
            done += 1
    except _Lost:
        pass
    except Exception as error:  # one broken job must not stop the others
        _failed(job, worker, moment(), error)
    else:
        Job.objects.held_by(worker).filter(pk=job.pk).update(leased_by=None, lease_until=None)
    return done


def _kind_for(job: Job) -> Kind:
    kind = kind_of(job)
    if kind is None or not kind.allows(job.asked_by):
        raise _NotAllowed
    return kind


def _keys(job: Job, kind: Kind, worker: uuid.UUID, now: datetime) -> "array[int]":
    """The keys of all its rows: eight bytes each. They are fixed before anything is done."""
    if job.total is not None:
        return storing.keys_of(job)
    keys = array("q", kind.keys(job))
    part = storing.write(job, JobPart.KEYS, keys.tobytes())
    _keep(job, worker, now, part, total=len(keys))
    return keys


def _portion(job: Job, kind: Kind, keys: "array[int]", worker: uuid.UUID, now: datetime) -> None:
    portion = keys[job.done : job.done + kind.at_once].tolist()
    done = job.done + len(portion)
    changes: dict[str, Any] = {"done": done, "recorded": max(done, job.recorded)}
    part = None
    if job.file_name:
        text = "" if job.done else kind.begin(job)
        content = (text + (kind.text(job, portion) if portion else "")).encode()
        part = storing.write(job, job.done + 1, content)
        changes["size"] = job.size + len(content)
    if done == len(keys):
        changes |= {"state": JobState.DONE, "finished_at": now, "leased_by": None, "lease_until": None}
    had = max(0, job.recorded - job.done)

    def stored() -> int:
        before, new = portion[:had], portion[had:]
        return (kind.again(job, before) if before else 0) + (kind.stored(job, new) if new else 0)

    _keep(job, worker, now, part, stored, **changes)


def _keep(
    job: Job,
    worker: uuid.UUID,
    now: datetime,
    part: JobPart | None,
    stored: Callable[[], int] = lambda: 0,
    **changes: Any,
) -> None:
    """Writes how far the job is. Raises _Lost."""
    changes = {"lease_until": now + LEASE, "expires_at": now + KEPT, "failures": 0, **changes}
    try:
        with transaction.atomic():
            if not Job.objects.held_by(worker).filter(pk=job.pk).update(**changes):
                raise _Lost
            if part:
                part.save()
            changes["changed"] = job.changed + stored()
            Job.objects.filter(pk=job.pk).update(changed=changes["changed"])
    except BaseException:
        if part:
            storing.unlink([part.name])
        raise
    for name, value in changes.items():
        setattr(job, name, value)


def _failed(job: Job, worker: uuid.UUID, now: datetime, error: Exception) -> None:
    """Lets another turn try again after a while; after some of them it has failed."""
    note_failure(f"job {job.pk} ({job.kind})", error)
    held = Job.objects.held_by(worker).filter(pk=job.pk)
    hopeless = isinstance(error, _HOPELESS) or job.failures >= MOST_FAILURES
    if not hopeless:
        held.update(leased_by=None, lease_until=now + RETRY)
        return
    with transaction.atomic():
        if held.update(state=JobState.FAILED, leased_by=None, lease_until=None):
            storing.delete(job.parts.all())
