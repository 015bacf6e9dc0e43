"""Figures for Prometheus at /metrics: how the site answers, and what waits. None of them names a patient.

Who asks has to come from this machine or its private network without a proxy in between, or to know
METRICS_TOKEN. Counts of answers are gathered in each process and added up in one small SQLite file beside the
data, so that every process tells the same; the file may be lost, counters then begin anew.
"""

import atexit
import ipaddress
import os
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.module_loading import import_string
from django.views.decorators.http import require_safe

from clinic.models import Heartbeat
from clinic.operations.logs import method_of, route_of

GetResponse = Callable[[HttpRequest], HttpResponse]
Labels = tuple[tuple[str, str], ...]

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
FLUSH_EVERY = 1.0  # seconds
BUCKETS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5)


@dataclass(frozen=True)
class Figure:
    """One metric: its name, 'gauge' or 'counter', what it says, and a value for each set of labels."""

    name: str
    kind: str
    words: str
    values: Iterable[tuple[Labels, float]]

    def lines(self) -> Iterator[str]:
        """The lines of Prometheus' text format."""
        yield f"# HELP {self.name} {self.words}"
        yield f"# TYPE {self.name} {self.kind}"
        for labels, value in self.values:
            shown = ",".join(f'{name}="{_escaped(text)}"' for name, text in labels)
            yield f"{self.name}{{{shown}}} {value:g}" if shown else f"{self.name} {value:g}"


def gauge(name: str, words: str, value: float) -> Figure:
    """A metric with a single value."""
    return Figure(name, "gauge", words, [((), value)])


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


class Counts:
    """Counters that all processes of this machine share through the file at `path`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._waiting: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._flushed_at = time.monotonic()
        self._process = os.getpid()

    def add(self, keys: Iterable[str]) -> None:
        """Counts one for each key; written to the file about once a second."""
        with self._lock:
            if self._process != os.getpid():  # a fork has inherited what its parent still had to write
                self._waiting, self._process = Counter(), os.getpid()
            self._waiting.update(keys)
            if time.monotonic() - self._flushed_at < FLUSH_EVERY:
                return
        self.flush()

    def flush(self) -> None:
        """Writes what this process has counted since. A full disk or a damaged file costs counts alone."""
        with self._lock:
            waiting, self._waiting = self._waiting, Counter()
            self._flushed_at = time.monotonic()
            if not waiting or self._process != os.getpid():
                return
        try:
            with closing(self._open()) as file, file:
                file.executemany(
                    "INSERT INTO counts VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET n = n + excluded.n",
                    list(waiting.items()),
                )
        except sqlite3.OperationalError:  # locked, or the disk is full: perhaps the next time
            with self._lock:
                self._waiting.update(waiting)
        except sqlite3.DatabaseError:
            self.path.unlink(missing_ok=True)

    def read(self) -> dict[str, int]:
        """All counts, by key."""
        self.flush()
        try:
            with closing(self._open()) as file:
                return dict(file.execute("SELECT key, n FROM counts ORDER BY key"))
        except sqlite3.DatabaseError:
            return {}

    def _open(self) -> sqlite3.Connection:
        file = sqlite3.connect(self.path, timeout=1)
        # Nothing here is worth waiting for the disk.
        file.execute("PRAGMA synchronous=OFF")
        file.execute(
            "CREATE TABLE IF NOT EXISTS counts (key TEXT PRIMARY KEY, n INTEGER NOT NULL) WITHOUT ROWID"
        )
        return file


answers = Counts(settings.VAR_DIR / "metrics.sqlite3")
atexit.register(answers.flush)


def count_answers(get_response: GetResponse) -> GetResponse:
    """Counts each answer by its route, method and status, and by how long it took."""

    def middleware(request: HttpRequest) -> HttpResponse:
        started = time.monotonic()
        response = get_response(request)
        seconds = time.monotonic() - started
        limit = next((str(bucket) for bucket in BUCKETS if seconds <= bucket), "+Inf")
        answers.add([f"{route_of(request)}|{method_of(request)}|{response.status_code}", f"seconds|{limit}"])
        return response

    return middleware


def _answered() -> Iterator[Figure]:
    counts = answers.read()
    by_route, seconds = [], {}
    for key, number in counts.items():
        if key.startswith("seconds|"):
            seconds[key.partition("|")[2]] = number
        else:
            names = zip(("route", "method", "status"), key.split("|"), strict=True)
            by_route.append((tuple(names), float(number)))
    yield Figure("finetouch_answers_total", "counter", "Answers by route, method and status.", by_route)
    total, buckets = 0, []
    for limit in (*map(str, BUCKETS), "+Inf"):
        total += seconds.get(limit, 0)
        buckets.append(((("le", limit),), float(total)))
    yield Figure(
        "finetouch_answers_within_seconds", "counter", "Answers that took at most so many seconds.", buckets
    )


def heartbeats() -> Iterable[Figure]:
    """How long ago each program beside the site said that it is alive."""
    now = timezone.now()
    ages = [
        ((("program", name),), (now - at).total_seconds())
        for name, at in Heartbeat.objects.values_list("name", "at")
    ]
    yield Figure(
        "finetouch_heartbeat_age_seconds", "gauge", "Seconds since a program said it is alive.", ages
    )


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """The page for Prometheus; the same 404 as any wrong address for everybody else."""
    if not may_read(request):
        raise Http404
    figures = list(_answered())
    database_answers = 1
    for source in settings.METRICS_SOURCES:
        try:
            figures += list(import_string(source)())
        except DatabaseError:
            database_answers = 0
    figures.append(gauge("finetouch_database_up", "Whether the database answers.", database_answers))
    text = "\n".join(line for figure in figures for line in figure.lines()) + "\n"
    response = HttpResponse(text, content_type=CONTENT_TYPE)
    response["Cache-Control"] = "no-store"
    return response


def may_read(request: HttpRequest) -> bool:
    """With METRICS_TOKEN set, whoever has it; else who comes straight from this machine or its network.

    A request that a proxy passed on has X-Forwarded-For and comes from outside, whatever its last hop.
    """
    if settings.METRICS_TOKEN:
        given = request.headers.get("Authorization", "")
        return constant_time_compare(given, f"Bearer {settings.METRICS_TOKEN}")
    if "X-Forwarded-For" in request.headers or "Forwarded" in request.headers:
        return False
    address = request.META.get("REMOTE_ADDR", "")
    if not address:  # over the unix socket, which the outside can't reach
        return True
    try:
        return ipaddress.ip_address(address).is_private
    except ValueError:
        return False
