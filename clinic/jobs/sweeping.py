"""When what the jobs made is no longer kept: after its time, and after data that may be in it was erased."""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from clinic.jobs import storing
from clinic.jobs.kinds import kind_of
from clinic.models import Job, JobPart, JobState
from clinic.models.job import UNFINISHED

# So long the list still says what became of a job.
_LISTED = timedelta(days=7)
_HELD = (*UNFINISHED, JobState.DONE)
_FREE = {"leased_by": None, "lease_until": None}


def sweep(now: datetime) -> int:
    """Deletes what has outlived its time and what belongs to nothing; how many jobs and files."""
    over = Job.objects.filter(expires_at__lte=now)
    with transaction.atomic():
        ended = list(over.exclude(state=JobState.GONE).values_list("pk", flat=True))
        Job.objects.filter(pk__in=ended, expires_at__lte=now).update(state=JobState.GONE, **_FREE)
        storing.delete(JobPart.objects.filter(job__in=ended, job__state=JobState.GONE))
    over.filter(state=JobState.GONE, expires_at__lte=now - _LISTED).delete()
    return len(ended) + _without_files() + storing.sweep()


def _without_files() -> int:
    """Jobs whose files are gone, as after a change of disks."""
    parts = JobPart.objects.exclude(job__state=JobState.GONE).select_related("job")
    lost = {part.job_id for part in parts.iterator() if not storing.lies_there(part)}
    return _again(Job.objects.filter(pk__in=lost)) if lost else 0


def erased(gone: Collection[int]) -> None:
    """Has no file hold any more what the transaction goes on to delete, the rows with the keys `gone`: one
    that may, and that nobody has fetched, is made anew of what is left; a fetched one is gone.

    Comes first, before a row is locked: a worker holds its job and then asks for the rows, so the other way
    round the two would wait for each other. Once more after the commit, for what was begun meanwhile; until
    then `gone` may grow.
    """
    _begin_anew(gone)
    transaction.on_commit(lambda: _begin_anew(gone))


def _begin_anew(gone: Collection[int]) -> None:
    files = Job.objects.exclude(file_name="").filter(state__in=_HELD)
    _again(Job.objects.filter(pk__in=[job.pk for job in files if gone and _may_hold(job, gone)]))


def _may_hold(job: Job, gone: Collection[int]) -> bool:
    """Where nobody can tell, it may."""
    kind = kind_of(job)
    if kind is None or job.total is None:
        return True
    try:
        return kind.may_hold(job, storing.keys_of(job), gone)
    except storing.Unreadable:
        return True


def forget_all() -> None:
    """Drops every job, as after a restore: the files belong to another time, and what is done would be done
    again."""
    with transaction.atomic():
        storing.delete(JobPart.objects.all())
        Job.objects.all().delete()


def _again(jobs: "QuerySet[Job]") -> int:
    """What isn't fetched yet waits again; the rest, and what changes rows rather than reads them, ends.

    As long as its keys lie there, a file is of the same rows again, and what was written along with them the
    first time isn't written once more."""
    anew = {"done": 0, "changed": 0, "size": 0, "finished_at": None, "failures": 0}
    with transaction.atomic():
        pks = list(jobs.filter(state__in=_HELD).select_for_update().values_list("pk", flat=True))
        rows, parts = Job.objects.filter(pk__in=pks), JobPart.objects.filter(job__in=pks)
        rows.filter(file_name="", state__in=UNFINISHED).update(state=JobState.FAILED, **_FREE)
        rows.filter(fetched_at__isnull=False).update(state=JobState.GONE, **_FREE)
        waits = rows.exclude(file_name="").filter(fetched_at=None)
        waits.update(state=JobState.WAITING, **anew, **_FREE)
        kept = [part for part in parts.filter(number=JobPart.KEYS, job__in=waits) if storing.lies_there(part)]
        waits.exclude(pk__in=[part.job_id for part in kept]).update(total=None, recorded=0)
        storing.delete(parts.exclude(pk__in=[part.pk for part in kept]))
    return len(pks)
