"""Each wrong setting of a public machine is a sentence at the start, and a right one is silence."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from clinic import checks

ROOT = Path(__file__).resolve().parents[2]
KEY = "9f2c7d1e-aB3$kLmN0pQrStUvWxYz-5678-iuytrewq-2468-XYZ"
PRODUCTION = {
    "SECRET_KEY": KEY,
    "SITE_URL": "https://www.example.org",
    "DATABASE_URL": "postgres://clinic@127.0.0.1/clinic",
    "EMAIL_URL": "submission://user:secret@mail.example.org:587",
    "CACHE_URL": "db://clinic_cache",
    "TRUSTED_PROXIES": "1",
    "OPERATOR_EMAIL": "operator@example.org",
}


@pytest.fixture
def public(settings: Settings) -> Settings:
    """A machine on which everything is right."""
    settings.SITE_URL = "https://www.example.org"
    settings.ALLOWED_HOSTS = ["www.example.org"]
    settings.DEBUG = False
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = KEY, []
    settings.STAFF_SECOND_FACTOR = "required"
    settings.RATE_LIMITS = True
    settings.TRUSTED_PROXIES = 1
    settings.OPERATOR_EMAIL = ["operator@example.org"]
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_USE_TLS, settings.EMAIL_USE_SSL = "mail.example.org", True, False
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache"}}
    return settings


def found() -> set[str]:
    return {str(message.id) for message in checks.check_site(None)}


def test_a_right_machine_is_silent(public: Settings) -> None:
    assert found() == set()


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("ALLOWED_HOSTS", ["*", "www.example.org"], "clinic.E001"),
        ("OPERATOR_EMAIL", [], "clinic.W005"),
        ("ALLOWED_HOSTS", [".example.org", "www.example.org"], "clinic.E001"),
        ("DEBUG", True, "clinic.E002"),
        ("SITE_URL", "http://www.example.org", "clinic.E003"),
        ("ALLOWED_HOSTS", ["example.org"], "clinic.E004"),
        ("SECRET_KEY", "short", "clinic.E005"),
        ("SECRET_KEY", "ab" * 40, "clinic.E005"),
        ("SECRET_KEY_FALLBACKS", ["short"], "clinic.E005"),
        ("STAFF_SECOND_FACTOR", "off", "clinic.E006"),
        ("RATE_LIMITS", False, "clinic.E007"),
        ("EMAIL_USE_TLS", False, "clinic.E008"),
        ("BOUNCES_WEBHOOK", "postmark", "clinic.E009"),
        ("BOUNCES_URL", "imap://bounces:secret@mail.example.org/INBOX", "clinic.E014"),
        ("EMAIL_BACKEND", "clinic.operations.mail.NotSetUp", "clinic.W001"),
        ("EMAIL_BACKEND", "django.core.mail.backends.filebased.EmailBackend", "clinic.W002"),
        ("TRUSTED_PROXIES", 0, "clinic.W003"),
        ("CACHES", {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}, "clinic.W004"),
    ],
)
def test_each_wrong_setting_is_named(public: Settings, name: str, value: Any, expected: str) -> None:
    setattr(public, name, value)
    assert found() == {expected}


def test_mail_in_the_clear_stays_on_this_machine_unless_told_otherwise(public: Settings) -> None:
    public.EMAIL_USE_TLS = False
    public.EMAIL_HOST = "localhost"
    assert found() == set()
    public.EMAIL_HOST, public.EMAIL_PLAIN_ALLOWED = "mail.example.org", True
    assert found() == set()
    public.EMAIL_PLAIN_ALLOWED, public.EMAIL_USE_SSL = False, True
    assert found() == set()


@pytest.mark.parametrize(
    ("provider", "secret", "key", "is_well"),
    [
        ("postmark", "finetouch:0123456789abcdef01234567", "", True),
        ("postmark", "0123456789abcdef0123456789abcdef", "", False),
        ("postmark", ":0123456789abcdef01234567", "", False),
        ("postmark", "finetouch:short", "", False),
        ("postmark", "finetouch:" + "a" * 30, "", False),
        ("mailgun", "finetouch:0123456789abcdef01234567", "", False),
        ("mailgun", "finetouch:0123456789abcdef01234567", "a-signing-key", True),
        ("", "", "", True),
    ],
)
def test_a_webhook_has_a_secret_that_nobody_guesses(
    public: Settings, provider: str, secret: str, key: str, is_well: bool
) -> None:
    public.BOUNCES_WEBHOOK, public.BOUNCES_WEBHOOK_SECRET, public.BOUNCES_WEBHOOK_KEY = provider, secret, key
    assert found() == (set() if is_well else {"clinic.E009"})


@pytest.mark.parametrize(
    "url",
    [
        "",
        "imaps://bounces:secret@mail.example.org/INBOX",
        "imap://bounces:secret@127.0.0.1/INBOX",
        "imap://bounces:secret@mail.example.org/INBOX?plain=yes",
        "maildir:///var/mail/bounces",
    ],
)
def test_a_mailbox_may_be_asked_in_the_clear_only_on_a_private_way(public: Settings, url: str) -> None:
    public.BOUNCES_URL = url
    assert found() == set()


@pytest.mark.parametrize(
    ("address", "hosts"),
    [
        ("https://localhost", ["localhost"]),
        ("http://127.0.0.1:8000", ["127.0.0.1", "www.example.org"]),
        ("http://127.0.0.1:8000", ["*"]),
    ],
)
def test_a_site_that_others_may_reach_is_looked_at_whatever_its_address_says(
    public: Settings, address: str, hosts: list[str]
) -> None:
    public.SITE_URL, public.ALLOWED_HOSTS, public.STAFF_SECOND_FACTOR = address, hosts, "off"
    assert "clinic.E006" in found()


UNSAFE = {
    **PRODUCTION,
    "DEBUG": "on",
    "SECRET_KEY": "short",
    "STAFF_SECOND_FACTOR": "off",
    "ALLOWED_HOSTS": "*",
    "EMAIL_URL": "smtp://mail.example.org",
}


def test_an_unsafe_site_serves_nobody_and_says_why(tmp_path: Path) -> None:
    load = [sys.executable, "-c", "import clinic.wsgi"]
    result = run(load, tmp_path, **UNSAFE)
    assert result.returncode != 0
    said = [line for line in result.stderr.splitlines() if line.startswith("- ")]
    assert len(said) == 6, result.stderr  # the host of SITE_URL is missing too
    assert run(load, tmp_path, **PRODUCTION).returncode == 0
    for command in (["worker", "--once"], ["demo"]):
        assert run_manage(tmp_path, *command, **UNSAFE).returncode != 0


def test_the_demonstration_stays_at_home(tmp_path: Path, copied_database: str) -> None:
    result = run_manage(tmp_path, "demo", **{**PRODUCTION, "DATABASE_URL": copied_database})
    assert result.returncode != 0
    assert "public" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ({"EMAIL_URL": "smtps://mail.example.org"}, "465 True False"),
        ({"EMAIL_URL": "smtps://mail.example.org:2465"}, "2465 True False"),
        ({"EMAIL_URL": "submission://mail.example.org"}, "587 False True"),
        ({"DEFAULT_FROM_EMAIL": "Skin, Inc. <a@example.org>"}, '"Skin, Inc." <a@example.org>'),
        ({"DEFAULT_FROM_EMAIL": '"Skin, Inc." <a@example.org>'}, '"Skin, Inc." <a@example.org>'),
        ({"DEFAULT_FROM_EMAIL": "a@example.org"}, "a@example.org"),
        ({}, "no-reply@www.example.org"),
        ({"DEFAULT_FROM_EMAIL": r'"A \"B\"" <a@example.org>'}, r'"A \"B\"" <a@example.org>'),
        ({"DEFAULT_FROM_EMAIL": r'A "B" <a@example.org>'}, r'"A \"B\"" <a@example.org>'),
        ({}, "HSTS False False"),
        ({"HSTS_SUBDOMAINS": "off", "HSTS_PRELOAD": "on"}, "HSTS False False"),
        ({"HSTS_SUBDOMAINS": "on", "HSTS_PRELOAD": "on"}, "HSTS True True"),
    ],
)
def test_what_the_environment_comes_to(tmp_path: Path, given: dict[str, str], read: str) -> None:
    code = (
        "from django.conf import settings as s; print('>', s.EMAIL_PORT, s.EMAIL_USE_SSL, s.EMAIL_USE_TLS);"
        "print('>', s.DEFAULT_FROM_EMAIL);"
        "print('> HSTS', s.SECURE_HSTS_INCLUDE_SUBDOMAINS, s.SECURE_HSTS_PRELOAD)"
    )
    result = run_manage(tmp_path, "shell", "-v0", "-c", code, **{**PRODUCTION, **given})
    assert f"> {read}" in result.stdout.splitlines(), result.stderr


@pytest.mark.parametrize(
    "sender", ["Skin, Inc.", "a@b@c", "<>", "Skin <nobody>", "a@example.org, b@", "Skin\nBcc: b@c.d <a@b.c>"]
)
def test_a_sender_that_no_server_takes_is_a_sentence_at_the_start(tmp_path: Path, sender: str) -> None:
    result = check_in(tmp_path, **PRODUCTION, DEFAULT_FROM_EMAIL=sender)
    assert result.returncode != 0
    assert "- DEFAULT_FROM_EMAIL is" in result.stderr
    assert "Traceback" not in result.stderr


def test_ones_own_computer_is_left_alone(settings: Settings) -> None:
    settings.SITE_URL = "http://127.0.0.1:8000"
    settings.ALLOWED_HOSTS = ["127.0.0.1"]
    assert found() == set()


GOOD = {
    "transaction_mode": "IMMEDIATE",
    "init_command": "PRAGMA journal_mode=DELETE; PRAGMA synchronous=EXTRA;",
}


@pytest.mark.parametrize(
    ("version", "options", "expected"),
    [
        ((3, 40, 1), GOOD, set()),
        ((3, 34, 0), GOOD, {"clinic.E010"}),
        (
            (3, 51, 2),
            GOOD | {"init_command": "PRAGMA journal_mode = WAL; PRAGMA synchronous=FULL"},
            {"clinic.E011"},
        ),
        ((3, 51, 3), GOOD | {"init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL"}, set()),
        ((3, 40, 1), GOOD | {"init_command": "PRAGMA synchronous=NORMAL"}, {"clinic.E012"}),
        ((3, 40, 1), {**GOOD, "transaction_mode": "DEFERRED"}, {"clinic.E013"}),
    ],
)
def test_sqlite(version: tuple[int, ...], options: dict[str, Any], expected: set[str]) -> None:
    assert {str(message.id) for message in checks.sqlite_findings(version, options)} == expected


def check_in(tmp_path: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return run_manage(tmp_path, "check", "--deploy", "--fail-level", "WARNING", **environment)


def run_manage(tmp_path: Path, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return run([sys.executable, "manage.py", *command], tmp_path, **environment)


def run(command: list[str], tmp_path: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "VAR_DIR": str(tmp_path), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_deployment_check_is_silent_in_production(tmp_path: Path) -> None:
    result = check_in(tmp_path, **PRODUCTION)
    assert result.returncode == 0, result.stdout + result.stderr
    # Those that want HSTS for subdomains and in the browsers' own list, which are the owner's to say.
    assert "no issues (2 silenced)" in result.stdout


def test_it_speaks_up_when_the_second_factor_is_off(tmp_path: Path) -> None:
    result = check_in(tmp_path, **PRODUCTION, STAFF_SECOND_FACTOR="off")
    assert result.returncode != 0
    assert "clinic.E006" in result.stderr


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY is not set"),
        ({"SITE_URL": "http://[::1"}, "SITE_URL is no address"),
        ({"SITE_URL": "http://127.0.0.1:99999"}, "SITE_URL is no address"),
        ({"DATABASE_URL": "mysql://a@b/c"}, "DATABASE_URL has to be"),
        ({"TIME_ZONE": "Mars/Phobos"}, "TIME_ZONE is 'Mars/Phobos'"),
        ({"VAR_DIR": "/proc/nowhere"}, "VAR_DIR can't be made"),
        ({"SESSION_IDLE_MINUTES": "-5"}, "SESSION_IDLE_MINUTES is -5, but can't be below 1"),
        ({"RATE_LIMITS": "maybe"}, "RATE_LIMITS is 'maybe'"),
    ],
)
def test_a_wrong_environment_is_a_sentence_not_a_traceback(
    tmp_path: Path, wrong: dict[str, str], said: str
) -> None:
    result = check_in(tmp_path, **{**PRODUCTION, **wrong})
    assert result.returncode != 0
    assert said in result.stderr
    assert "Traceback" not in result.stderr


def test_an_unreachable_database_is_a_sentence_not_a_traceback(tmp_path: Path) -> None:
    result = run_manage(
        tmp_path, "migrate", **{**PRODUCTION, "DATABASE_URL": f"sqlite:///{tmp_path}/nowhere/db.sqlite3"}
    )
    assert result.returncode != 0
    assert result.stderr.startswith("The database said: unable to open database file")
    assert "Traceback" not in result.stderr


def test_pages_work_before_static_files_are_collected(tmp_path: Path, copied_database: str) -> None:
    """Nothing but an environment, migrations and the WSGI application: no collectstatic."""
    # A machine's own loopback, so that the page comes over http.
    here = {"SECRET_KEY": KEY, "SITE_URL": "http://127.0.0.1:8000", "DATABASE_URL": copied_database}
    assert run_manage(tmp_path, "migrate", "-v0", **here).returncode == 0
    code = (
        "from django.test import Client; import re; c = Client(HTTP_HOST='127.0.0.1');"
        "page = c.get('/'); sheet = re.search(r'/static/[^\"]+[.]css', page.content.decode())[0];"
        "print('>', page.status_code, c.get(sheet).status_code, c.get('/nowhere').status_code)"
    )
    result = run_manage(tmp_path, "shell", "-v0", "-c", code, **here)
    assert "> 200 200 404" in result.stdout, result.stderr
