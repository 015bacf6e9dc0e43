"""What /metrics says of the machine under the site: the programs beside it, the backup, the disk, the hours.

Each is read anew whenever Prometheus asks, so each is a row or two, whatever the tables hold.
"""

import math
import shutil
from collections.abc import Iterable

from django.conf import settings
from django.utils import timezone
from prometheus_client.core import GaugeMetricFamily

from clinic.models import Heartbeat, opening_times
from clinic.operations import health, metrics
from clinic.time.hours import clinic_day

PROGRAMS = (Heartbeat.WORKER, Heartbeat.BACKUP)


def heartbeats() -> Iterable[GaugeMetricFamily]:
    """How long ago each program beside the site did its work; for ever, if it never has."""
    now = timezone.now()
    beats = dict(Heartbeat.objects.values_list("name", "at"))
    ages = GaugeMetricFamily(
        "finetouch_heartbeat_age_seconds", "Seconds since a program said it is alive.", labels=["program"]
    )
    for name in PROGRAMS:
        ages.add_metric([name], (now - beats[name]).total_seconds() if name in beats else math.inf)
    yield ages
    yield GaugeMetricFamily(
        "finetouch_backup_failed",
        "Whether the last backup that began was not written whole.",
        Heartbeat.last_backup_failed(beats),
    )


def disk() -> Iterable[GaugeMetricFamily]:
    """The room where the site's own data lies (VAR_DIR)."""
    room = shutil.disk_usage(settings.VAR_DIR)
    yield GaugeMetricFamily("finetouch_disk_free_bytes", "Free bytes under VAR_DIR.", room.free)
    yield GaugeMetricFamily("finetouch_disk_size_bytes", "Bytes under VAR_DIR, full or free.", room.total)


def migrations() -> Iterable[GaugeMetricFamily]:
    """Whether the database is as old as the code."""
    waiting = health.migrations(timezone.now())["waiting"]
    yield GaugeMetricFamily(
        "finetouch_migrations_waiting", "Migrations of this release that were not applied.", waiting or 0
    )


def hours() -> Iterable[GaugeMetricFamily]:
    """Whether anybody is there to act: some alarms wait for that."""
    now = timezone.now()
    is_open = opening_times(since=clinic_day(now)).covers(now)
    yield GaugeMetricFamily("finetouch_clinic_open", "Whether the clinic is open at this moment.", is_open)


def register() -> None:
    """Called once, when the app is ready."""
    for source in (heartbeats, disk, migrations, hours):
        metrics.register(source)
