"""How far a job is, in words for who asked for it."""

from datetime import datetime
from typing import Any

from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from clinic.jobs.kinds import Kind, kind_of
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
        "state": _state(job, kind or Kind(), now),
    }


def _state(job: Job, kind: Kind, now: datetime) -> str:
    if job.is_unfinished:
        if job.total is None:
            return _("Waiting for its turn")
        return _("%(done)s of %(things)s") % {"done": f"{job.done:,}", "things": kind.counted(job.total)}
    if job.has_file(now):
        return _of_file(job, kind)
    if job.state == JobState.FAILED:
        return _("Failed")
    if job.file_name:
        return _("No longer here")
    return _of_steps(job, kind)


def _of_file(job: Job, kind: Kind) -> str:
    sentences = [
        _("%(things)s, %(size)s.") % {"things": kind.counted(job.changed), "size": filesizeformat(job.size)},
        _("Kept until %(moment)s.") % {"moment": dated_words(job.expires_at)},
    ]
    if job.fetched_at:
        sentences.append(_("Last fetched %(moment)s.") % {"moment": dated_words(job.fetched_at)})
    return " ".join(sentences)


def _of_steps(job: Job, kind: Kind) -> str:
    left = (job.total or 0) - job.changed
    sentences = [_("Done for %(things)s.") % {"things": kind.counted(job.changed)}]
    if left:
        sentences.append(kind.left(left))
    return " ".join(sentences)
