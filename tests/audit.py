"""`make audit`: asks pip-audit whether a known hole is in any locked package, and says so plainly where it
can't find out: by itself pip-audit ends well with 'no known vulnerabilities' when it could look up nothing.

Ends with 0 if every package was looked up and none has a hole, 1 if one has, 2 if any was not looked up.
"""

import json
import subprocess
import sys
from collections.abc import Iterable
from typing import Any

# What runs on the servers first; what only developers run has holes too.
LOCKS = ("deploy/requirements.lock", "requirements.lock", "deploy/installer.lock")
UNREACHABLE = (
    "The data on known holes can't be reached from this machine, so {number} packages were NOT looked up.\n"
    "Run `make audit` on one that reaches them (docs/operations.md, Every month)."
)


def verdict(packages: Iterable[dict[str, Any]]) -> tuple[str, int]:
    """What to say and how to end, of the `dependencies` in pip-audit's JSON."""
    found = {each["name"]: each for each in packages}
    holes = [
        f"{name} {each['version']}: {hole['id']}, mended in {', '.join(hole['fix_versions']) or 'none yet'}"
        for name, each in sorted(found.items())
        for hole in each.get("vulns", ())
    ]
    missed = [name for name, each in found.items() if "skip_reason" in each]
    if missed or not found:
        return "\n".join([*holes, UNREACHABLE.format(number=len(missed) or "all")]), 2
    return "\n".join(holes) or f"{len(found)} packages looked up: no known hole.", 1 if holes else 0


def _ask() -> list[dict[str, Any]]:
    """pip-audit's answer; nothing where it gave up."""
    command = [
        "-m",
        "pip_audit",
        "--disable-pip",
        "--require-hashes",
        "--progress-spinner",
        "off",
        "-f",
        "json",
    ]
    for lock in LOCKS:
        command += ["-r", lock]
    answer = subprocess.run([sys.executable, *command], capture_output=True, text=True, check=False)
    try:
        packages: list[dict[str, Any]] = json.loads(answer.stdout)["dependencies"]
    except ValueError:
        print(answer.stderr.strip().rpartition("\n")[2], file=sys.stderr)  # noqa: T201 - a program for a terminal
        return []
    return packages


if __name__ == "__main__":
    said, code = verdict(_ask())
    print(said)  # noqa: T201
    sys.exit(code)
