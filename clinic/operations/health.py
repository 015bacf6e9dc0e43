"""What load balancers and monitors ask. Cheap, and without a word about any patient."""

import shutil
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache

from django.conf import settings
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import resolve
from django.utils import timezone
from django.views.decorators.http import require_safe

from clinic.http.types import GetResponse
from clinic.models import Heartbeat
from clinic.operations.metrics import may_read

# The worker beats every 15 seconds; one message may hold it up for a few of the server's timeouts.
BEAT_WITHIN = timedelta(minutes=3)
# One is made every night; this leaves it two hours.
BACKUP_WITHIN = timedelta(hours=26)
FREE_BYTES = 200 * 1024 * 1024


def answer_probes(get_response: GetResponse) -> GetResponse:
    """Answers the probes before anything looks at the host: a balancer asks each machine by its number."""

    def middleware(request: HttpRequest) -> HttpResponse:
        probe = PROBES.get(request.path_info.removeprefix("/"))
        if probe is None or request.method not in ("GET", "HEAD"):
            return get_response(request)
        request.resolver_match = resolve(request.path_info)
        return probe(request)

    return middleware


def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return _no_store(JsonResponse({"status": "ok"}))


def readyz(request: HttpRequest) -> HttpResponse:
    """This machine can serve: 200, or 503 with what is missing. What only delays mail is no reason to leave
    patients without the site; that is /statusz."""
    return _found("ready", {"database": database, "migrations": migrations})


@require_safe
def statusz(request: HttpRequest) -> HttpResponse:
    """Everything that the site needs is well: 200, or 503 with what is not. Read by whom /metrics is."""
    if not may_read(request):
        raise Http404
    return _found("ok", _checks)


def _found(well: str, checks: "dict[str, Check]") -> HttpResponse:
    now = timezone.now()
    found = {name: _answer(check, now) for name, check in checks.items()}
    all_well = all(check["ok"] for check in found.values())
    answer = {"status": well if all_well else f"not {well}", "checks": found}
    return _no_store(JsonResponse(answer, status=200 if all_well else 503))


def _no_store(response: JsonResponse) -> HttpResponse:
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
    at = Heartbeat.objects.filter(name=Heartbeat.WORKER).values_list("at", flat=True).first()
    return _within(BEAT_WITHIN, at, now)


def backup(now: datetime) -> Found:
    """One was written whole lately, and none failed since."""
    beats = dict(Heartbeat.objects.values_list("name", "at"))
    failed = Heartbeat.last_backup_failed(beats)
    found = _within(BACKUP_WITHIN, beats.get(Heartbeat.BACKUP), now)
    return {**found, "ok": bool(found["ok"]) and not failed, "failed": failed}


def _within(within: timedelta, at: datetime | None, now: datetime) -> Found:
    if at is None:
        return {"ok": False, "seconds_ago": None}
    return {"ok": now - at < within, "seconds_ago": max(0, round((now - at).total_seconds()))}


def disk(now: datetime) -> Found:
    """There is room for data to be written."""
    free = shutil.disk_usage(settings.VAR_DIR).free
    return {"ok": free > FREE_BYTES, "free_megabytes": free // (1024 * 1024)}


_checks: dict[str, Check] = {
    "database": database,
    "migrations": migrations,
    "worker": worker,
    "disk": disk,
    "backup": backup,
}


def register(name: str, check: Check) -> None:
    """Adds to what /statusz asks: `check` says whether all is well under 'ok', and a number or two."""
    _checks[name] = check


def _answer(check: Check, now: datetime) -> Found:
    """What a check finds; one that can't look has found a fault."""
    try:
        return check(now)
    except Exception:  # the words of the error may name hosts and users
        return {"ok": False}


@cache
def _known_migrations() -> frozenset[tuple[str, str]]:
    """The migrations of this release; they don't change while it runs. A squashed one changes nothing that
    those in its place don't, and is written down by the next migrate."""
    loader = MigrationLoader(None)
    return frozenset((loader.disk_migrations or {}).keys() - loader.replacements.keys())


PROBES = {"healthz": healthz, "readyz": readyz, "statusz": statusz}
