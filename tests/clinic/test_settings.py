"""A start in an environment that is missing or wrong says all of it at once, and what to do."""

from pathlib import Path

import pytest

from tests.clinic.test_checks import PRODUCTION, run_manage

WRONG = {
    "DEBUG": "maybe",
    "VAR_DIR": "/proc/nowhere",
    "SECRET_KEY_FILE": "/nowhere/key",
    "SITE_URL": "ftp://www.example.org",
    "DATABASE_URL": "mysql://a@b/c",
    "EMAIL_URL": "pigeon://roof",
    "OPERATOR_EMAIL": "nobody",
    "BREACHED_PASSWORDS": "/etc/hostname",
    "BOUNCES_URL": "imaps://mail.example.org/INBOX",
    "BOUNCES_ADDRESS": "nowhere",
    "BOUNCES_WEBHOOK": "pigeon",
    "CACHE_URL": "drawer://top",
    "TRUSTED_PROXIES": "some",
    "SESSION_IDLE_MINUTES": "0",
    "OUTBOX_RETRY_SECONDS": "0",
    "RATE_LIMITS": "maybe",
    "STAFF_SECOND_FACTOR": "no",
    "LOG_LEVEL": "LOUD",
    "TIME_ZONE": "Mars/Phobos",
}


def sentences(said: str) -> list[str]:
    return [line for line in said.splitlines() if line.startswith("- ")]


@pytest.mark.parametrize("command", ["check", "migrate", "worker"])
def test_all_that_is_missing_is_named_at_once_with_the_way_out(tmp_path: Path, command: str) -> None:
    result = run_manage(tmp_path, command)
    assert result.returncode != 0
    missing = sentences(result.stderr)
    assert [line.split()[1] for line in missing] == ["SECRET_KEY", "SITE_URL"]
    assert all("is not set. Set it" in line for line in missing)
    assert "make run" in result.stderr
    assert "Traceback" not in result.stderr


def test_all_that_is_wrong_is_named_at_once(tmp_path: Path) -> None:
    result = run_manage(tmp_path, "check", **WRONG)
    assert result.returncode != 0
    assert "Traceback" not in result.stderr
    said = sentences(result.stderr)
    unnamed = [name for name in WRONG if not any(name in line for line in said)]
    assert unnamed == []
    assert len(said) == len(WRONG)


@pytest.mark.parametrize("name", ["TRUSTED_PROXIES", "SESSION_IDLE_MINUTES", "OUTBOX_RETRY_SECONDS"])
def test_a_number_too_low_is_a_sentence(tmp_path: Path, name: str) -> None:
    result = run_manage(tmp_path, "check", **{**PRODUCTION, name: "-1"})
    assert sentences(result.stderr) == [line for line in sentences(result.stderr) if name in line] != []


def test_the_slash_behind_the_address_of_the_site_is_no_path(tmp_path: Path) -> None:
    code = "from django.conf import settings; print('>', settings.SITE_URL, settings.ALLOWED_HOSTS)"
    environment = {**PRODUCTION, "SITE_URL": "https://www.example.org:8443/"}
    result = run_manage(tmp_path, "shell", "-v0", "-c", code, **environment)
    assert "> https://www.example.org:8443 ['www.example.org']" in result.stdout, result.stderr


@pytest.mark.parametrize(
    ("asked", "read"),
    [
        ("", "None False None require 5"),
        ("&disable_server_side_cursors=true&connect_timeout=9", "None True None require 9"),
        ("&pool=true", "0 False {'min_size': 1, 'max_size': 8} require 5"),
    ],
)
def test_how_a_database_is_connected_to_can_be_said_in_its_address(
    tmp_path: Path, asked: str, read: str
) -> None:
    code = (
        "from django.conf import settings; it = settings.DATABASES['default']; options = it['OPTIONS'];"
        "cursors = it['DISABLE_SERVER_SIDE_CURSORS'];"
        "print('>', it['CONN_MAX_AGE'], cursors, options.get('pool'), options['sslmode'],"
        "      options['connect_timeout'])"
    )
    address = f"postgres://site@10.20.0.20/site?sslmode=require{asked}"
    result = run_manage(
        tmp_path, "shell", "--no-imports", "-c", code, **{**PRODUCTION, "DATABASE_URL": address}
    )
    assert f"> {read}\n" in result.stdout
