"""Figures of the long work that staff ask for."""

from collections.abc import Iterable

from django.utils import timezone
from prometheus_client.core import GaugeMetricFamily

from clinic.models import Job, JobState
from clinic.operations.metrics import at_most


def figures() -> Iterable[GaugeMetricFamily]:
    """For /metrics, read each time. A job that failed counts until its outcome would have been let go."""
    failed = Job.objects.filter(state=JobState.FAILED, expires_at__gt=timezone.now())
    yield GaugeMetricFamily(
        "finetouch_jobs_failed", "Files and steps on many rows that failed within a day.", at_most(failed)
    )
