"""What programs count and say: rate counts and heartbeats."""

from collections.abc import Mapping
from datetime import datetime

from django.db import models


class RateCount(models.Model):
    """How often something happened within one window of time; counted by clinic.limits."""

    key = models.CharField(max_length=80, help_text="What is counted and a keyed digest of for whom.")
    window = models.DateTimeField(help_text="When the window began.")
    count = models.PositiveIntegerField(default=0)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["key", "window"], name="ratecount_once")]
        indexes = [models.Index(fields=["window"], name="ratecount_window")]

    def __str__(self) -> str:
        return f"{self.key} {self.count}"


class Heartbeat(models.Model):
    """When a program that runs beside the site last said that it is alive."""

    WORKER = "worker"
    # What the nightly backup beats when its file is whole, and what it notes when it isn't.
    BACKUP, BACKUP_FAILED = "backup", "backup failed"

    name = models.CharField(max_length=40, primary_key=True)
    at = models.DateTimeField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.name

    @classmethod
    def last_backup_failed(cls, beats: Mapping[str, datetime]) -> bool:
        """Whether the last backup was not written whole; `beats` are the last moments by name."""
        failed, whole = beats.get(cls.BACKUP_FAILED), beats.get(cls.BACKUP)
        return failed is not None and (whole is None or whole < failed)
