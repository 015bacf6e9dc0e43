"""System checks: what is wrong with this environment, in a sentence that says what to do.

Every command of manage.py runs them, the worker's too, and the WSGI application by `refuse_unsafe`. The
settings that only matter on a public machine are looked at when anybody but this machine could reach the
site, or its address is https, so that a demonstration on one's own computer stays quiet.
"""

import os
import sqlite3
from collections.abc import Sequence
from ipaddress import ip_address
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import ERROR, CheckMessage, Error, Tags, Warning
from django.core.checks import register as register_check
from django.core.exceptions import ImproperlyConfigured

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


def is_reachable() -> bool:
    """Whether others may reach this site: by its address, its https or the name of a host."""
    return (
        is_public(settings.SITE_URL)
        or settings.SITE_URL.startswith("https://")
        or any(is_public(f"//{host}") for host in settings.ALLOWED_HOSTS)
    )


def refuse_unsafe() -> None:
    """Raises ImproperlyConfigured with what is wrong, before the first visitor is served."""
    found = [*check_site(None), *check_database(None)]
    wrong = [f"- {error.msg} {error.hint}" for error in found if error.level >= ERROR]
    if wrong:
        raise ImproperlyConfigured(
            "\n".join(("The site doesn't start, because it wouldn't be safe:", *wrong))
        )


def check_site(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """The settings of a machine that the public reaches."""
    if not is_reachable():
        return []
    return [
        message(said, hint=hint, id=f"clinic.{number}")
        for wrong, message, number, said, hint in (*_findings(), *_findings_of_mail())
        if wrong
    ]


_Finding = tuple[bool, type[Error] | type[Warning], str, str, str]


def _findings() -> list[_Finding]:
    """Whether it is wrong, how bad that is, its number, what is wrong, what to do."""
    hosts = settings.ALLOWED_HOSTS
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return [
        (
            any(host.startswith(("*", ".")) for host in hosts),
            Error, "E001", "ALLOWED_HOSTS lets any name pass.", "List the names of the site.",
        ),
        (settings.DEBUG, Error, "E002", "DEBUG is on for a public site.", "Unset DEBUG."),
        (
            not settings.SITE_URL.startswith("https://"),
            Error, "E003", "SITE_URL is not https.", "Patients' data needs HTTPS: set SITE_URL to https://...",
        ),
        (
            urlsplit(settings.SITE_URL).hostname not in hosts,
            Error, "E004", "ALLOWED_HOSTS lacks the host of SITE_URL.", "Add it, or unset ALLOWED_HOSTS.",
        ),
        (
            any(len(key) < 50 or len(set(key)) < 10 for key in keys),
            Error, "E005", "SECRET_KEY is short or repeats itself.", "Use 50 random characters or more.",
        ),
        (
            settings.STAFF_SECOND_FACTOR == "off",
            Error, "E006", "Staff sign in with a password alone.", "Unset STAFF_SECOND_FACTOR.",
        ),
        (not settings.RATE_LIMITS, Error, "E007", "RATE_LIMITS is off.", "Unset RATE_LIMITS."),
        (
            not settings.TRUSTED_PROXIES,
            Warning, "W003", "TRUSTED_PROXIES is 0: every visitor would have the proxy's address.",
            "Set it to the number of proxies in front, 1 for nginx on this machine.",
        ),
        (
            _cache_is_own(),
            Warning, "W004", "Each process has a cache of its own: a code could be used once in each.",
            "Set CACHE_URL to one that they share, such as db://clinic_cache, and run createcachetable.",
        ),
        (
            not settings.OPERATOR_EMAIL,
            Warning, "W005", "With the database down nobody is told that a program has failed.",
            "Set OPERATOR_EMAIL to the address of who looks after the machine.",
        ),
    ]  # fmt: skip


def _findings_of_mail() -> list[_Finding]:
    """The same of what goes out, and of what comes back."""
    mail = settings.EMAIL_BACKEND
    return [
        (
            _mail_in_the_clear(),
            Error, "E008", "E-mail would leave this machine in the clear.",
            "Use submission:// or smtps:// in EMAIL_URL, or add ?plain=yes if the way there is private.",
        ),
        (
            bool(settings.BOUNCES_WEBHOOK) and not _webhook_is_guarded(),
            Error, "E009", "BOUNCES_WEBHOOK has no secret: anybody could call e-mails undelivered.",
            "Set BOUNCES_WEBHOOK_SECRET to a name, a colon and 24 random characters or more; for mailgun "
            "BOUNCES_WEBHOOK_KEY to its signing key too.",
        ),
        (
            _reports_in_the_clear(),
            Error, "E014", "The password of BOUNCES_URL would leave this machine in the clear.",
            "Use imaps://, or add ?plain=yes if the way there is private.",
        ),
        (
            _texts_in_the_clear(),
            Error, "E015", "Texts would leave this machine in the clear.",
            "Use smpps:// in TEXTS_URL, or add &plain=yes if the way there is private.",
        ),
        (
            mail.endswith("NotSetUp"),
            Warning, "W001", "EMAIL_URL is not set: every message waits.", "Set it to submission://...",
        ),
        (
            not mail.endswith(("NotSetUp", "smtp.EmailBackend")),
            Warning, "W002", "Mail is not sent, but written elsewhere.", "Set EMAIL_URL to a mail server.",
        ),
    ]  # fmt: skip


def _mail_in_the_clear() -> bool:
    if not settings.EMAIL_BACKEND.endswith("smtp.EmailBackend") or settings.EMAIL_PLAIN_ALLOWED:
        return False
    return not (settings.EMAIL_USE_TLS or settings.EMAIL_USE_SSL) and is_public(f"//{settings.EMAIL_HOST}")


def _texts_in_the_clear() -> bool:
    if not settings.TEXTS_HOST or settings.TEXTS_TLS or settings.TEXTS_PLAIN_ALLOWED:
        return False
    return is_public(f"//{settings.TEXTS_HOST}")


def _webhook_is_guarded() -> bool:
    name, _, password = settings.BOUNCES_WEBHOOK_SECRET.partition(":")
    signed = settings.BOUNCES_WEBHOOK != "mailgun" or bool(settings.BOUNCES_WEBHOOK_KEY)
    return bool(name) and len(password) >= 24 and len(set(password)) >= 8 and signed


def _reports_in_the_clear() -> bool:
    parts = urlsplit(settings.BOUNCES_URL)
    is_plain = parts.scheme == "imap" and parse_qs(parts.query).get("plain") != ["yes"]
    return is_plain and is_public(f"//{parts.hostname}")


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
