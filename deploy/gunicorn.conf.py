"""Gunicorn behind nginx: docs/operations.md. `make run` uses it too, with its own --bind and threads.

Two settings come from the environment: GUNICORN_BIND and WEB_CONCURRENCY (processes).
"""

import os
import shutil
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
preload_app = False
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


def on_starting(server: Any) -> None:
    """Counters begin anew with each start, which Prometheus knows how to read; a reload keeps them."""
    shutil.rmtree(_counts, ignore_errors=True)
    Path(_counts).mkdir(parents=True)


def child_exit(server: Any, worker: Any) -> None:
    """What a process has counted stays; only what it said about itself alone goes with it."""
    from prometheus_client import multiprocess  # not before the folder is there

    multiprocess.mark_process_dead(worker.pid)
