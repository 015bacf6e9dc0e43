"""Figures for Prometheus at /metrics: how the site answers, and what waits. None of them names a patient.

Who asks has to come from this machine or its private network without a proxy in between, or to know
METRICS_TOKEN. With several processes each counts in files of its own in PROMETHEUS_MULTIPROC_DIR, which has
to be set before this module is loaded (deploy/gunicorn.conf.py does); whichever is asked adds them up.
"""

import ipaddress
import os
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django.conf import settings
from django.db import DatabaseError
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.http import require_safe
from prometheus_client import (
    CONTENT_TYPE_PLAIN_0_0_4,
    CollectorRegistry,
    Counter,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from clinic.http.types import GetResponse
from clinic.operations.logs import method_of, route_of

# Beyond it the figure says no more than "very many".
MOST_COUNTED = 10_000

Source = Callable[[], Iterable[GaugeMetricFamily]]

disable_created_metrics()
_own = CollectorRegistry()
ANSWERS = Counter(
    "finetouch_answers", "Answers by route, method and status.", ("route", "method", "status"), registry=_own
)
SECONDS = Histogram(
    "finetouch_answer_seconds",
    "How long answers took, by route and class of status.",
    ("route", "status"),
    buckets=(0.05, 0.1, 0.25, 0.5, 1.0, 2.5),
    registry=_own,
)
# Without labels, so that it stands at 0 from the start: Prometheus sees no rise in what begins at 1.
FAILURES = Counter(
    "finetouch_failures", "Answers 5xx to whoever wanted something; probes are none.", registry=_own
)
CSP_REPORTS = Counter(
    "finetouch_csp_reports", "What browsers say that the Content-Security-Policy stopped.", registry=_own
)
PROBES = ("healthz", "readyz", "statusz")


def count_answers(get_response: GetResponse) -> GetResponse:
    """Counts each answer by its route, method and status, and by how long it took. Routes are as many as the
    site has addresses in its code: nothing that somebody typed becomes a label."""

    def middleware(request: HttpRequest) -> HttpResponse:
        started = time.monotonic()
        response = get_response(request)
        seconds = time.monotonic() - started
        count_answer(route_of(request), method_of(request), response.status_code, seconds)
        return response

    return middleware


def count_answer(route: str, method: str, status: int, seconds: float) -> None:
    """One answer more."""
    SECONDS.labels(route, f"{status // 100}xx").observe(seconds)
    ANSWERS.labels(route, method, status).inc()
    if status >= 500 and route not in PROBES:
        FAILURES.inc()


_sources: list[Source] = []


def register(source: Source) -> None:
    """Has /metrics show what `source` reads each time it is asked. It has to be quick whatever the tables
    hold: counts by an index, and by `at_most`."""
    if source not in _sources:
        _sources.append(source)


def at_most(rows: QuerySet[Any, Any], most: int = MOST_COUNTED) -> int:
    """How many `rows` there are; `most` where there are more, so that counting ends."""
    return rows.order_by()[:most].count()


class _Read(Collector):
    def collect(self) -> Iterator[GaugeMetricFamily]:
        answers = True
        for source in _sources:
            try:
                yield from list(source())
            except DatabaseError:
                answers = False
            except OSError:  # a folder that isn't there: its figure is missing, the others are told
                continue
        yield GaugeMetricFamily("finetouch_database_up", "Whether the database answers.", answers)


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """The page for Prometheus; the same 404 as any wrong address for everybody else."""
    if not may_read(request):
        raise Http404
    counted = _own
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        counted = CollectorRegistry()
        MultiProcessCollector(counted)
    read = CollectorRegistry()
    read.register(_Read())
    response = HttpResponse(
        generate_latest(counted) + generate_latest(read), content_type=CONTENT_TYPE_PLAIN_0_0_4
    )
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
