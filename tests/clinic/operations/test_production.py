"""What a public machine's settings come to: cookies, passwords, sessions, methods."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.test import Client

from clinic.http.messages import OwnCookie
from tests.clinic.test_checks import PRODUCTION, ROOT

ASKED = (
    "SESSION_COOKIE_NAME", "SESSION_COOKIE_SECURE", "SESSION_COOKIE_HTTPONLY", "SESSION_COOKIE_SAMESITE",
    "SESSION_COOKIE_PATH", "SESSION_COOKIE_DOMAIN", "CSRF_COOKIE_NAME", "CSRF_COOKIE_SECURE",
    "CSRF_COOKIE_HTTPONLY", "CSRF_COOKIE_SAMESITE", "CSRF_COOKIE_DOMAIN", "SECURE_SSL_REDIRECT",
    "SECURE_HSTS_SECONDS", "DEBUG", "STAFF_SECOND_FACTOR", "PASSWORD_HASHERS",
)  # fmt: skip


@pytest.fixture(scope="module")
def production(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The settings that production's environment gives."""
    code = (
        "import json; from django.conf import settings; from clinic.http.messages import OwnCookie;"
        f" found = {{name: getattr(settings, name) for name in {ASKED!r}}};"
        " print('>' + json.dumps(found | {'MESSAGES_COOKIE_NAME': OwnCookie.cookie_name}))"
    )
    result = subprocess.run(
        [sys.executable, "manage.py", "shell", "-v", "0", "-c", code],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "VAR_DIR": str(tmp_path_factory.mktemp("var")), **PRODUCTION},
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, Any] = json.loads(result.stdout.partition(">")[2])
    return found


def test_cookies_are_this_hosts_alone_over_https_and_out_of_reach_of_scripts(
    production: dict[str, Any],
) -> None:
    for cookie in ("SESSION", "CSRF"):
        assert production[f"{cookie}_COOKIE_NAME"].startswith("__Host-")
        assert production[f"{cookie}_COOKIE_SECURE"] is True
        assert production[f"{cookie}_COOKIE_HTTPONLY"] is True
        assert production[f"{cookie}_COOKIE_SAMESITE"] == "Lax"
        assert production[f"{cookie}_COOKIE_DOMAIN"] is None
    assert production["SESSION_COOKIE_PATH"] == "/"
    # Django's own takes the rest from the session's.
    assert production["MESSAGES_COOKIE_NAME"] == "__Host-messages"


@pytest.mark.django_db
def test_no_answer_sets_another_cookie(client: Client, front_desk: User) -> None:
    client.get("/appointments/callback/")
    client.post("/admin/login/", {"username": front_desk.username, "password": "long-enough-for-tests"})
    client.post("/accounts/login/", {"login": front_desk.username, "password": "long-enough-for-tests"})
    client.get("/accounts/sessions/")
    client.post("/accounts/sign-out-everywhere/")
    assert set(client.cookies) <= {
        settings.SESSION_COOKIE_NAME,
        settings.CSRF_COOKIE_NAME,
        OwnCookie.cookie_name,
    }
    assert client.cookies[OwnCookie.cookie_name]["httponly"]


def test_it_is_https_with_a_second_factor_and_no_debugging(production: dict[str, Any]) -> None:
    assert production["SECURE_SSL_REDIRECT"] is True
    assert production["SECURE_HSTS_SECONDS"] >= 365 * 86400
    assert production["DEBUG"] is False
    assert production["STAFF_SECOND_FACTOR"] == "required"
    assert "PBKDF2" in production["PASSWORD_HASHERS"][0]


@pytest.mark.django_db
@pytest.mark.parametrize("password", ["short-one", "password1234", "qwertyuiop12", "ada-lovelace"])
def test_weak_passwords_are_refused(password: str) -> None:
    with pytest.raises(ValidationError):
        validate_password(password, User(username="ada-lovelace"))


@pytest.mark.django_db
@pytest.mark.parametrize(
    "password", ["correct horse battery", "ünïcödé ✓ 漢字 пароль", "x9 tram over the wet bridge at noon " * 4]
)
def test_long_and_strange_passwords_are_taken_whole(password: str) -> None:
    validate_password(password, User(username="ada-lovelace"))
    user = User(username="ada-lovelace")
    user.set_password(password)
    assert user.check_password(password)
    assert not user.check_password(password[:-1])


@pytest.mark.django_db
def test_a_session_is_a_random_key_and_what_it_holds_is_json(client: Client, front_desk: User) -> None:
    client.force_login(front_desk)
    key = client.session.session_key or ""
    assert len(key) >= 32
    assert settings.SESSION_SERIALIZER.endswith("JSONSerializer")


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/", "/admin/", "/accounts/login/", "/appointments/callback/"])
@pytest.mark.parametrize("method", ["TRACE", "PATCH", "DELETE", "MADEUP"])
def test_other_methods_are_refused(desk_client: Client, path: str, method: str) -> None:
    assert desk_client.generic(method, path).status_code == 405
