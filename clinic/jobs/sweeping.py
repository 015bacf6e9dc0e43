"""When what the jobs made is no longer kept: after its time, and after data that may be in it was erased."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from clinic.jobs import storing
from clinic.models import Job, JobPart, JobState
from clinic.models.job import UNFINISHED

# So long the list still says what became of a job.
_LISTED = timedelta(days=7)
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


def erased() -> None:
    """Has no file hold any more what the transaction goes on to delete: one that nobody has fetched is made
    anew, of what is left; a fetched one is gone.

    Comes first, before a row is locked: a worker holds its job and then asks for the rows, so the other way
    round the two would wait for each other. Once more after the commit, for what was begun meanwhile.
    """
    _begin_anew()
    transaction.on_commit(_begin_anew)


def _begin_anew() -> None:
    _again(Job.objects.exclude(file_name=""))


def forget_all() -> None:
    """Drops every job, as after a restore: the files belong to another time, and what is done would be done
    again."""
    with transaction.atomic():
        storing.delete(JobPart.objects.all())
        Job.objects.all().delete()


def _again(jobs: "QuerySet[Job]") -> int:
    """What isn't fetched yet waits again; the rest, and what changes rows rather than reads them, ends."""
    anew = {"total": None, "done": 0, "changed": 0, "size": 0, "finished_at": None, "failures": 0}
    with transaction.atomic():
        states = (*UNFINISHED, JobState.DONE)
        pks = list(jobs.filter(state__in=states).select_for_update().values_list("pk", flat=True))
        rows = Job.objects.filter(pk__in=pks)
        rows.filter(file_name="", state__in=UNFINISHED).update(state=JobState.FAILED, **_FREE)
        rows.filter(fetched_at__isnull=False).update(state=JobState.GONE, **_FREE)
        waits = rows.exclude(file_name="").filter(fetched_at=None)
        waits.update(state=JobState.WAITING, **anew, **_FREE)
        storing.delete(JobPart.objects.filter(job__in=pks))
    return len(pks)
