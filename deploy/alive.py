"""`alive.py web|worker`: the health check of a container. Exits with 1 when that part of it isn't well.

Web: what /readyz of this very container says. Worker: it has gone a round lately, by the file that it touches
(WORKER_BEAT); the heartbeat in the database would be another worker's as well. Without Django, since it
is asked every few seconds.
"""

import os
import sys
import time
import urllib.request
from pathlib import Path

# BEAT_WITHIN of clinic/operations/health.py, in seconds; a test compares them.
ROUND_WITHIN = 180


def web() -> bool:
    """Raises OSError where nothing listens, or where the answer is 503."""
    with urllib.request.urlopen(f"http://{os.environ['GUNICORN_BIND']}/readyz", timeout=4) as answer:
        return bool(answer.status == 200)


def worker() -> bool:
    """Raises OSError before the first round."""
    return time.time() - Path(os.environ["WORKER_BEAT"]).stat().st_mtime < ROUND_WITHIN


if __name__ == "__main__":
    try:
        well = {"web": web, "worker": worker}[sys.argv[1]]()
    except OSError as error:
        sys.exit(f"{sys.argv[1]}: {error}")
    sys.exit(0 if well else f"{sys.argv[1]}: not well")
