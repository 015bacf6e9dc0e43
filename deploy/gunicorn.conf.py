"""Gunicorn behind nginx: docs/operations.md. `make run` uses it too, with its own --bind and threads.

Two settings come from the environment: GUNICORN_BIND and WEB_CONCURRENCY (processes).
"""

import gc
import os
from pathlib import Path
from typing import Any

wsgi_app = "clinic.wsgi:application"
bind = os.environ.get("GUNICORN_BIND", "unix:/run/finetouch/gunicorn.sock")
# The socket is for nginx's group, which the unit runs this with.
umask = 0o007

# Processes without threads had the best worst-case times under load, and each keeps one connection to the
# database. nginx takes slow clients off their hands.
worker_class = "sync"
workers = int(os.environ.get("WEB_CONCURRENCY", "3"))
# The site is loaded once, and the processes are forked from it: they share its memory, and a fresh one is
# there at once. A reload starts fresh processes of the same code and settings; new ones need a restart.
preload_app = True
gc.disable()  # until all is loaded: what a collection would look through then stays for good
timeout = 30
graceful_timeout = 20
# Fresh processes now and then, never all at once.
max_requests = 5000
max_requests_jitter = 500

# A second way in that nobody needs.
control_socket_disable = True

# nginx has checked these; the application reads no other header of a proxy but X-Forwarded-For and -Proto.
limit_request_line = 4094
limit_request_fields = 50
limit_request_field_size = 8190
forwarded_allow_ips = "127.0.0.1,::1"

# Requests are logged by the application, by route and without patients' links. What gunicorn itself has to
# say goes through the same formatter.
accesslog = None
logconfig_dict = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "clinic.operations.logs.JsonFormatter"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        "gunicorn.error": {
            "handlers": ["console"],
            "level": os.environ.get("LOG_LEVEL", "INFO"),
            "propagate": False,
        },
    },
}

# Where the processes count for /metrics, one file each; prometheus_client reads the name when it is loaded.
_counts = os.environ.setdefault(
    "PROMETHEUS_MULTIPROC_DIR", str(Path(os.environ.get("VAR_DIR", "var")).resolve() / "metrics")
)


Path(_counts).mkdir(parents=True, exist_ok=True)


def on_starting(server: Any) -> None:
    """Counters begin anew with each start, which Prometheus knows how to read; a reload keeps them. The site
    is loaded by now and has files of its own there."""
    for file in Path(_counts).iterdir():
        if not file.name.endswith(f"_{os.getpid()}.db"):
            file.unlink()


def when_ready(server: Any) -> None:
    """What else takes long is read before the fork: the addresses with their views, for which the first
    visitor of each process would wait. No process looks through what was loaded before it, which would make
    each page of memory its own."""
    from django.urls import get_resolver  # not before the site is loaded

    len(get_resolver().reverse_dict)
    gc.freeze()
    gc.enable()


def post_fork(server: Any, worker: Any) -> None:
    """The room on the disk for what a process counts is taken before its first answer."""
    from clinic.operations import counts  # not before the folder is there

    counts.take_room()


def child_exit(server: Any, worker: Any) -> None:
    """What a process has counted stays, without the room for more; only what it said about itself alone goes
    with it."""
    from prometheus_client import multiprocess  # not before the folder is there

    from clinic.operations import counts

    multiprocess.mark_process_dead(worker.pid)
    counts.give_room_back(worker.pid)
