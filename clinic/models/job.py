"""Long work that staff ask for and the worker does, with the file that may come of it."""

from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from clinic.constraints import choices_check


class JobState(models.TextChoices):
    """Where a job stands."""

    WAITING = "waiting", _("Waiting")
    UNDER_WAY = "under_way", _("Under way")
    DONE = "done", _("Ready")
    FAILED = "failed", _("Failed")
    GONE = "gone", _("No longer kept")


UNFINISHED = (JobState.WAITING, JobState.UNDER_WAY)


class JobQuerySet(models.QuerySet["Job"]):
    """Questions asked of the jobs. Time is passed in."""

    def to_work_on(self, now: datetime) -> Self:
        """Those that no worker holds at present, whose turn is longest ago first."""
        free = Q(lease_until=None) | Q(lease_until__lte=now)
        return self.filter(free, state__in=UNFINISHED).order_by("worked_at", "pk")

    def held_by(self, worker: object) -> Self:
        """The one that this worker still holds: the condition of whatever it writes."""
        return self.filter(leased_by=worker, state__in=UNFINISHED)


class Job(models.Model):
    """One piece of long work. It goes through rows by their keys, which are fixed when it begins."""

    kind = models.CharField(max_length=40, help_text="A name of clinic.jobs.kinds.")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    asked_at = models.DateTimeField()
    scope = models.JSONField(
        default=dict, help_text="Which rows: keys and choices. Never a name, never what somebody typed."
    )
    state = models.CharField(max_length=9, choices=JobState.choices, default=JobState.WAITING)
    total = models.PositiveIntegerField(null=True, help_text="How many rows; empty until it has begun.")
    done = models.PositiveIntegerField(default=0, help_text="How many of them it has gone through.")
    changed = models.PositiveIntegerField(default=0, help_text="In how many of these there was something.")
    recorded = models.PositiveIntegerField(
        default=0,
        db_default=0,
        help_text="So far it has ever come: for these rows everything was written that goes along with them.",
    )
    file_name = models.CharField(max_length=80, blank=True, help_text="Empty: no file comes of it.")
    size = models.PositiveBigIntegerField(default=0, help_text="Bytes of the file, as it is fetched.")
    finished_at = models.DateTimeField(null=True, blank=True)
    fetched_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField()
    worked_at = models.DateTimeField(help_text="When it last had its turn.")
    failures = models.PositiveSmallIntegerField(default=0, help_text="Turns since anything was done.")
    lease_until = models.DateTimeField(null=True, blank=True)
    leased_by = models.UUIDField(null=True, blank=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        constraints = [
            choices_check("state", JobState, "job_state"),
            models.CheckConstraint(
                condition=~Q(state=JobState.DONE)
                | Q(finished_at__isnull=False, total__isnull=False, total=F("done")),
                name="job_done_is_whole",
            ),
            models.CheckConstraint(
                condition=Q(total=None, done=0) | Q(total__isnull=False, done__lte=F("total")),
                name="job_done_of_total",
            ),
        ]
        indexes = [
            models.Index(fields=["worked_at"], condition=Q(state__in=UNFINISHED), name="job_to_work_on"),
            models.Index(fields=["asked_by", "-asked_at"], name="job_of_whom"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

    @property
    def is_unfinished(self) -> bool:
        return self.state in UNFINISHED

    def has_file(self, now: datetime) -> bool:
        """Whether there is something to fetch."""
        return bool(self.file_name) and self.state == JobState.DONE and self.expires_at > now


class JobPart(models.Model):
    """One encrypted file of a job; without this row, which has its key, nobody can read it."""

    # The part that holds the keys of the rows.
    KEYS = 0

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="parts")
    number = models.PositiveIntegerField(help_text="0, or the place of its first row, counted from 1.")
    name = models.CharField(max_length=32, unique=True, help_text="Of the file; random.")
    size = models.PositiveIntegerField(help_text="Bytes of the encrypted file.")
    sealed_key = models.CharField(max_length=400)

    class Meta:
        default_permissions = ()
        ordering = ["number"]
        # However many workers take a job for theirs, each portion is done once.
        constraints = [models.UniqueConstraint(fields=["job", "number"], name="jobpart_once")]

    def __str__(self) -> str:
        return self.name
