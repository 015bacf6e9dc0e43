"""What programs count and say: rate counts, heartbeats, and the edition of the public pages."""

from collections.abc import Mapping
from datetime import datetime

from django.db import connection, models
from django.db.models import F


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


class Edition(models.Model):
    """How often something was changed that public pages may say. One row: the word that all processes on all
    machines share, by which each knows that what it has kept may be out of date."""

    number = models.PositiveBigIntegerField(default=0)

    class Meta:
        default_permissions = ()
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="edition_one_row")]

    def __str__(self) -> str:
        return str(self.number)

    @classmethod
    def current(cls) -> int:
        """The number; 0 where nothing was changed yet. One query, past the ORM: every process asks it again
        and again."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT number FROM clinic_edition WHERE id = 1")
            row = cursor.fetchone()
        return int(row[0]) if row else 0

    @classmethod
    def advance(cls) -> None:
        """Says that something was changed. Never blocks a reader, and two at once count as two."""
        if not cls.objects.filter(pk=1).update(number=F("number") + 1):
            cls.objects.get_or_create(pk=1, defaults={"number": 1})
