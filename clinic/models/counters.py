"""What programs count and say: rate counts and heartbeats."""

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

    # What the nightly backup beats when its file is whole.
    BACKUP = "backup"

    name = models.CharField(max_length=40, primary_key=True)
    at = models.DateTimeField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.name
