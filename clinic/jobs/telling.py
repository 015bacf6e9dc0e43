"""How far a job is, in words for who asked for it."""

from datetime import datetime
from typing import Any

from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clinic.jobs.kinds import kind_of
from clinic.models import Job, JobState
from clinic.time.words import dated_words


def told(job: Job, now: datetime) -> dict[str, Any]:
    """What the pages say of it."""
    kind = kind_of(job)
    return {
        "job": job,
        "words": kind.words if kind else job.kind,
        "asked": dated_words(job.asked_at),
        "has_file": job.has_file(now),
        "failed": job.state == JobState.FAILED,
        "has_been_done": job.state == JobState.DONE and not job.file_name,
        "state": _state(job, now),
    }


def _state(job: Job, now: datetime) -> str:
    if job.is_unfinished:
        if job.total is None:
            return _("Waiting for its turn")
        return _("%(done)s of %(total)s rows") % {"done": f"{job.done:,}", "total": f"{job.total:,}"}
    if job.has_file(now):
        return _of_file(job)
    if job.state == JobState.FAILED:
        return _("Failed")
    if job.file_name:
        return _("No longer here")
    return _of_steps(job)


def _of_file(job: Job) -> str:
    rows = ngettext("%(rows)s row, %(size)s.", "%(rows)s rows, %(size)s.", job.changed)
    sentences = [
        rows % {"rows": f"{job.changed:,}", "size": filesizeformat(job.size)},
        _("Kept until %(moment)s.") % {"moment": dated_words(job.expires_at)},
    ]
    if job.fetched_at:
        sentences.append(_("Last fetched %(moment)s.") % {"moment": dated_words(job.fetched_at)})
    return " ".join(sentences)


def _of_steps(job: Job) -> str:
    changed = ngettext("Done for %(count)s request.", "Done for %(count)s requests.", job.changed)
    left = (job.total or 0) - job.changed
    sentences = [changed % {"count": f"{job.changed:,}"}]
    if left:
        sentences.append(left_as_they_are(left))
    return " ".join(sentences)


def left_as_they_are(count: int) -> str:
    """Of how many a step was not taken, and why."""
    sorry = ngettext(
        "%(count)s request was left as it is: this step isn't possible there now.",
        "%(count)s requests were left as they are: this step isn't possible there now.",
        count,
    )
    return sorry % {"count": f"{count:,}"}
