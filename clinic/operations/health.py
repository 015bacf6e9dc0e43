"""What load balancers and monitors ask. Cheap, and without a word about any patient."""

import shutil
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache

from django.conf import settings
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest, JsonResponse
from django.utils import timezone

from clinic.models import Heartbeat

# The worker beats every 15 seconds; one message may hold it up for a few of the server's timeouts.
BEAT_WITHIN = timedelta(minutes=3)
FREE_BYTES = 200 * 1024 * 1024


def healthz(request: HttpRequest) -> JsonResponse:
    """The process answers."""
    return _no_store(JsonResponse({"status": "ok"}))


def readyz(request: HttpRequest) -> JsonResponse:
    """Everything that the site needs is there: 200, or 503 with what is not."""
    now = timezone.now()
    checks = {name: _answer(check, now) for name, check in _checks.items()}
    ready = all(check["ok"] for check in checks.values())
    answer = {"status": "ok" if ready else "not ready", "checks": checks}
    return _no_store(JsonResponse(answer, status=200 if ready else 503))


def _no_store(response: JsonResponse) -> JsonResponse:
    response["Cache-Control"] = "no-store"
    return response


Found = dict[str, bool | float | int | None]
Check = Callable[[datetime], Found]


def database(now: datetime) -> Found:
    """It answers."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return {"ok": True}


def migrations(now: datetime) -> Found:
    """None waits to be applied."""
    waiting = len(_known_migrations() - set(MigrationRecorder(connection).applied_migrations()))
    return {"ok": not waiting, "waiting": waiting}


def worker(now: datetime) -> Found:
    """It said lately that it is alive."""
    beat = Heartbeat.objects.filter(name="worker").values_list("at", flat=True).first()
    if beat is None:
        return {"ok": False, "seconds_ago": None}
    return {"ok": now - beat < BEAT_WITHIN, "seconds_ago": max(0, round((now - beat).total_seconds()))}


def disk(now: datetime) -> Found:
    """There is room for data to be written."""
    free = shutil.disk_usage(settings.VAR_DIR).free
    return {"ok": free > FREE_BYTES, "free_megabytes": free // (1024 * 1024)}


_checks: dict[str, Check] = {
    "database": database,
    "migrations": migrations,
    "worker": worker,
    "disk": disk,
}


def register(name: str, check: Check) -> None:
    """Adds to what /readyz asks: `check` says whether all is well under 'ok', and a number or two."""
    _checks[name] = check


def _answer(check: Check, now: datetime) -> Found:
    """What a check finds; one that can't look has found a fault."""
    try:
        return check(now)
    except Exception:  # the words of the error may name hosts and users
        return {"ok": False}


@cache
def _known_migrations() -> frozenset[tuple[str, str]]:
    """The migrations of this release; they don't change while it runs."""
    loader = MigrationLoader(None)
    return frozenset(loader.disk_migrations or {})
