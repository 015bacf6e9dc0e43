"""`manage.py test`: the tests are pytest's. Without a label all that this machine can run, as `make test`."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


class Pytest:
    def __init__(self, **options: Any) -> None:
        """Takes what Django's own runner takes, and leaves it to pytest's configuration."""

    def run_tests(self, labels: Sequence[str]) -> int:
        """The exit status. Labels are pytest's: paths, and `path::name`."""
        command = ["-m", "pytest", "-m", "not browser", *labels] if labels else ["tests/run.py"]
        return subprocess.run([sys.executable, *command], cwd=ROOT, check=False).returncode
