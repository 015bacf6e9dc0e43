"""System checks: what is wrong with this environment, in a sentence that says what to do.

`manage.py check` runs at every start; the settings that only matter on a public machine are looked at when
SITE_URL is public or https, so that a demonstration on one's own computer stays quiet.
"""

import os
import sqlite3
from collections.abc import Sequence
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register as register_check

# WAL can corrupt a database in every SQLite before this one.
WAL_FROM = (3, 51, 3)
# RETURNING, upsert and partial indexes as we use them.
SQLITE_FROM = (3, 35, 0)
_LOCAL_NAMES = ("localhost", "testserver")


def is_public(site_url: str) -> bool:
    """Whether anybody but this machine could reach the site under its address."""
    parts = urlsplit(site_url)
    host = parts.hostname or ""
    if host in _LOCAL_NAMES or host.endswith(".localhost"):
        return False
    try:
        return not ip_address(host).is_loopback
    except ValueError:
        return True


def check_site(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """The settings of a machine that the public reaches."""
    found: list[CheckMessage] = []
    if "*" in settings.ALLOWED_HOSTS or any(host.startswith(".") for host in settings.ALLOWED_HOSTS):
        found.append(Error("ALLOWED_HOSTS lets any name pass.", hint="List the names of the site.", id="clinic.E001"))
    if not is_public(settings.SITE_URL):
        return found
    if settings.DEBUG:
        found.append(Error("DEBUG is on for a public site.", hint="Unset DEBUG.", id="clinic.E002"))
    if not settings.SITE_URL.startswith("https://"):
        found.append(
            Error("SITE_URL is not https.", hint="Patients' data needs HTTPS: set SITE_URL to https://.", id="clinic.E003")
        )
    if urlsplit(settings.SITE_URL).hostname not in settings.ALLOWED_HOSTS:
        found.append(
            Error("ALLOWED_HOSTS lacks the host of SITE_URL.", hint="Add it, or unset ALLOWED_HOSTS.", id="clinic.E004")
        )
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    if any(len(key) < 50 or len(set(key)) < 10 for key in keys):
        found.append(
            Error("SECRET_KEY is short or repeats itself.", hint="Use 50 random characters or more.", id="clinic.E005")
        )
    if settings.STAFF_SECOND_FACTOR == "off":
        found.append(
            Error("Staff sign in with a password alone.", hint="Unset STAFF_SECOND_FACTOR.", id="clinic.E006")
        )
    if not settings.RATE_LIMITS:
        found.append(Error("RATE_LIMITS is off.", hint="Unset RATE_LIMITS.", id="clinic.E007"))
    if settings.EMAIL_BACKEND.endswith("NotSetUp"):
        found.append(
            Warning("EMAIL_URL is not set: every message waits.", hint="Set it to smtp+tls://…", id="clinic.W001")
        )
    elif not settings.EMAIL_BACKEND.endswith("smtp.EmailBackend"):
        found.append(
            Warning("Mail is not sent, but written elsewhere.", hint="Set EMAIL_URL to a mail server.", id="clinic.W002")
        )
    if not settings.TRUSTED_PROXIES:
        found.append(
            Warning(
                "TRUSTED_PROXIES is 0: every visitor would have the proxy's address, and HTTPS goes unseen.",
                hint="Set it to the number of proxies in front, 1 for nginx on this machine.",
                id="clinic.W003",
            )
        )
    if _cache_is_own():
        found.append(
            Warning(
                "Each process has a cache of its own, so a code could be used once in each.",
                hint="Set CACHE_URL to one that the processes share, such as dbcache://clinic_cache.",
                id="clinic.W004",
            )
        )
    return found


def _cache_is_own() -> bool:
    backend = settings.CACHES["default"]["BACKEND"].rsplit(".", 1)[-1]
    return backend in ("LocMemCache", "DummyCache") and os.environ.get("WEB_CONCURRENCY") != "1"


def check_database(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """The version of SQLite, and the way in which it keeps its journal."""
    database = settings.DATABASES["default"]
    if not database["ENGINE"].endswith("sqlite3"):
        return []
    return sqlite_findings(sqlite3.sqlite_version_info, database.get("OPTIONS", {}))


def sqlite_findings(version: tuple[int, ...], options: dict[str, Any]) -> list[CheckMessage]:
    """What is wrong with this version of SQLite under these options."""
    found: list[CheckMessage] = []
    commands = str(options.get("init_command", "")).lower().replace(" ", "")
    if version < SQLITE_FROM:
        found.append(Error("SQLite is too old.", hint="3.35 or newer.", id="clinic.E010"))
    if "journal_mode=wal" in commands and version < WAL_FROM:
        found.append(
            Error(
                "This SQLite can corrupt a database in WAL mode.",
                hint="Use journal_mode=DELETE, or SQLite 3.51.3 or newer.",
                id="clinic.E011",
            )
        )
    if not any(f"synchronous={level}" in commands for level in ("full", "extra", "2", "3")):
        found.append(
            Error(
                "SQLite may answer before a request is on disk.",
                hint="Set PRAGMA synchronous=EXTRA or FULL.",
                id="clinic.E012",
            )
        )
    if options.get("transaction_mode") != "IMMEDIATE":
        found.append(
            Error("SQLite's transactions don't wait their turn.", hint="Set IMMEDIATE.", id="clinic.E013")
        )
    return found


def register() -> None:
    """Called once, when the app is ready."""
    register_check(check_site, Tags.security)
    register_check(check_database, Tags.compatibility)
