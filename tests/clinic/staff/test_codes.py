"""The codes of an authenticator app: the one before counts too, and none counts twice."""

from datetime import UTC, datetime

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from clinic.models import AuditAction, AuditEntry
from clinic.staff.sign_in import NOTED_ABOVE
from tests.threads import at_once

STEP = 30
# Far enough from the present that no real clock can help.
FIRST = 60_000_000
# That of RFC 6238's examples: the codes are the same in every run, and no two of those used here are alike.
SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"


class App:
    """The authenticator app of one person, with a clock that only the test moves."""

    def __init__(self, user: User, monkeypatch: pytest.MonkeyPatch) -> None:
        self._user, self._monkeypatch = user, monkeypatch
        TOTP.activate(user, SECRET)

    def at(self, step: float) -> None:
        """It is now so many steps after the first."""
        seconds = float((FIRST + step) * STEP)
        self._monkeypatch.setattr("allauth.mfa.totp.internal.auth.time.time", lambda: seconds)
        self._monkeypatch.setattr("django.utils.timezone.now", lambda: datetime.fromtimestamp(seconds, UTC))

    def code(self, step: int) -> str:
        """What the app shows in that step."""
        return str(format_hotp_value(hotp_value(SECRET, FIRST + step)))

    def browser(self) -> Client:
        """One that has given the password."""
        browser = Client()
        browser.post("/accounts/login/", {"login": self._user.username, "password": "long-enough-for-tests"})
        return browser

    def signs_in(self, step: int, code: str = "") -> bool:
        """Whether password and code of that step open the admin in a browser that nobody signed in with."""
        browser = self.browser()
        browser.post(reverse("mfa_authenticate"), {"code": code or self.code(step)})
        return browser.get("/admin/").status_code == 200


@pytest.fixture
def app(front_desk: User, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> App:
    settings.STAFF_SECOND_FACTOR = "required"
    settings.LOGIN_URL = "account_login"
    cache.clear()
    return App(front_desk, monkeypatch)


@pytest.mark.django_db
class TestCodes:
    def test_the_code_that_turned_while_it_was_typed_counts(self, app: App) -> None:
        app.at(1.2)
        assert app.signs_in(0)

    @pytest.mark.parametrize("step", [-2, -1, 2, 3])
    def test_no_code_of_another_step_counts(self, app: App, step: int) -> None:
        app.at(1.2)
        assert not app.signs_in(step)

    @pytest.mark.parametrize("used_at", [0.0, 0.9, 1.0, 1.5])
    @pytest.mark.parametrize("again_at", [0.0, 0.95, 1.0, 1.6, 1.99])
    def test_none_counts_twice(self, app: App, used_at: float, again_at: float) -> None:
        """Neither within its step nor after it; allauth's own memory is gone by then, as is a cache after a
        restart."""
        app.at(used_at)
        assert app.signs_in(0)
        cache.clear()
        app.at(max(used_at, again_at))
        assert not app.signs_in(0)

    def test_nor_one_from_before_the_last_that_was_used(self, app: App) -> None:
        app.at(1.1)
        assert app.signs_in(1)
        assert not app.signs_in(0)

    def test_the_next_one_counts(self, app: App) -> None:
        for step in range(3):
            app.at(step + 0.5)
            assert app.signs_in(step)

    def test_spaces_and_dashes_make_no_other_code(self, app: App) -> None:
        app.at(0.5)
        assert app.signs_in(0)
        cache.clear()
        app.at(1.5)
        code = app.code(0)
        assert not app.signs_in(0, f"{code[:3]} {code[3:]}")
        assert not app.signs_in(0, f"{code[:3]}-{code[3:]}")

    def test_it_proves_nothing_a_second_time_either(self, app: App, client: Client, front_desk: User) -> None:
        app.at(0.5)
        assert app.signs_in(0)
        cache.clear()
        app.at(1.5)
        client.force_login(front_desk)
        client.post(reverse("mfa_reauthenticate"), {"code": app.code(0)})
        assert client.get("/admin/").status_code == 302
        app.at(2.5)
        client.post(reverse("mfa_reauthenticate"), {"code": app.code(1)})
        assert client.get("/admin/").status_code == 200

    def test_a_used_code_counts_as_a_wrong_one(self, app: App, settings: Settings) -> None:
        """It doesn't start the count of wrong codes anew."""
        settings.ACCOUNT_RATE_LIMITS = {"login_failed": "2/m/key"}
        app.at(0.5)
        assert app.signs_in(0)
        cache.clear()
        app.at(1.5)
        assert not app.signs_in(0)
        assert not app.signs_in(0)
        assert not app.signs_in(1)

    def test_above_the_limit_a_right_code_is_not_used_up(self, app: App, settings: Settings) -> None:
        settings.ACCOUNT_RATE_LIMITS = {"login_failed": "2/m/key"}
        app.at(0.5)
        for _ in range(2):
            assert not app.signs_in(0, "000000")
        assert not app.signs_in(0)
        cache.clear()
        assert app.signs_in(0)

    def test_above_the_limit_they_are_in_the_audit_too(self, app: App, settings: Settings) -> None:
        """Of one account so many as the record bears."""
        settings.RATE_LIMITS = True
        settings.ACCOUNT_RATE_LIMITS = {"login_failed": "2/m/key"}
        app.at(0.5)
        browser = app.browser()
        noted = AuditEntry.objects.filter(action=AuditAction.SIGN_IN_FAILED)
        for count in range(1, 6):
            browser.post(reverse("mfa_authenticate"), {"code": "000000"})
            assert noted.count() == count
        for _ in range(NOTED_ABOVE.most):
            browser.post(reverse("mfa_authenticate"), {"code": "000000"})
        assert noted.count() == 2 + NOTED_ABOVE.most


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_one_gets_in(app: App, settings: Settings) -> None:
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
    app.at(0.5)
    assert sum(at_once(lambda _: app.signs_in(0), 8)) == 1
    assert Authenticator.objects.filter(last_used_at=None).count() == 0
