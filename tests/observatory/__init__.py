"""The rules of Mozilla's HTTP observatory, asked of a site on this machine; part of `make deploy-check`."""

import json
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.run import npm_install

FOLDER = Path(__file__).resolve().parent

# The best that each rule can say of this site, with its points: 130 in all, 135 where a form sets a cookie.
# Beyond these there are 5 for a name on the browsers' list of HTTPS names, which takes a registration, and 5
# for digests of a page's scripts, of which the patients' pages have none.
BEST = {
    "content-security-policy": {"csp-implemented-with-no-unsafe-default-src-none"},  # 10
    "cookies": {"cookies-not-found", "cookies-secure-with-httponly-sessions-and-samesite"},  # 0, 5
    "cross-origin-resource-sharing": {"cross-origin-resource-sharing-not-implemented"},
    "redirection": {"redirection-to-https"},
    "referrer-policy": {"referrer-policy-private"},  # 5
    "strict-transport-security": {"hsts-implemented-max-age-at-least-six-months"},
    "subresource-integrity": {
        "sri-not-implemented-but-no-scripts-loaded",
        "sri-not-implemented-but-all-scripts-loaded-from-secure-origin",
        "sri-not-implemented-response-not-html",
    },
    "x-content-type-options": {"x-content-type-options-nosniff"},
    "x-frame-options": {"x-frame-options-implemented-via-csp"},  # 5
    "cross-origin-resource-policy": {"corp-implemented-with-same-origin"},  # 10
}


def install() -> bool:
    """Puts the rules into the checkout, from the lock here; True when they are there."""
    return npm_install(FOLDER, "@mdn/mdn-http-observatory")


def grades(host: str, http: int, https: int, certificate: Path, paths: Sequence[str]) -> list[dict[str, Any]]:
    """The grade of each page: its path, status, grade, score and what each rule said."""
    done = subprocess.run(
        ["node", str(FOLDER / "grade.js"), host, str(http), str(https), *paths],
        env=os.environ | {"NODE_EXTRA_CA_CERTS": str(certificate)},
        check=True,
        capture_output=True,
        text=True,
        timeout=120,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def shortcomings(grade: dict[str, Any]) -> list[str]:
    """What keeps a page from the best that the rules can give it; nothing at best."""
    found = [
        f"{rule['rule']}: {rule['result']}"
        for rule in grade["rules"]
        if not rule["pass"] or rule["result"] not in BEST[rule["rule"]]
    ]
    return found + ([] if grade["grade"] == "A+" else [f"grade {grade['grade']}"])
