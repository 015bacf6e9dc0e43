"""What the attacks on the sign-in are made against: an account, two browsers, a clock, what must be true."""

import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from unittest import mock

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.conf import settings as site
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db import transaction
from django.http import HttpResponse
from django.test import Client, override_settings
from django.urls import reverse
from django.utils import timezone

from appointments import roles
from tests import builders
from tests.clinic.staff import passkey
from tests.clinic.staff.passkey import Passkey

SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
BEGAN = datetime(2026, 11, 30, 16, tzinfo=UTC).timestamp()
IN_BACKGROUND = {"Sec-Fetch-Mode": "cors"}
# The cheapest page of the staff's; test_every_address_of_the_admin_is_behind_the_gate says: all have one gate
PAGE = "/admin/jsi18n/"
LONGEST_IDLE, LONGEST, PENDING, FRESH = 1800, 12 * 3600, 900, 300
GIVEN_FOR = 7 * 86400


@dataclass
class Browser:
    """What one browser has shown, as the steps that were taken say. `proved` are keys of factors, `fresh` is
    when the sign-in or the last proof after it was, `owes` says that the password is somebody else's."""

    client: Client = field(default_factory=passkey.browser)
    gave_password: float | None = None
    is_signed_in: bool = False
    proved: set[int] = field(default_factory=set)
    since: float = 0.0
    seen: float = 0.0
    fresh: float = 0.0
    owes: bool = False
    wrote: bool = False
    had: str = ""

    @property
    def key(self) -> str:
        cookie = self.client.cookies.get(site.SESSION_COOKIE_NAME)
        return cookie.value if cookie else ""

    def forget(self) -> None:
        self.gave_password, self.is_signed_in, self.proved, self.owes = None, False, set(), False


class Attacked:
    """One person's account with its factors, and what each of two browsers may do with it at the moment."""

    def begin(self, has_app: bool, verifies: bool) -> None:
        self.now = BEGAN
        self.undone = ExitStack()
        self.undone.enter_context(transaction.atomic())
        self.undone.callback(transaction.set_rollback, True)
        required = override_settings(STAFF_SECOND_FACTOR="required", LOGIN_URL="account_login")
        self.undone.enter_context(required)
        self.undone.enter_context(mock.patch.object(time, "time", side_effect=lambda: self.now))
        self.undone.enter_context(mock.patch.object(timezone, "now", side_effect=self.moment))
        # The whole example is one transaction: what waits for its commit comes at once.
        at_once = mock.patch.object(transaction, "on_commit", side_effect=lambda call, *_more: call())
        self.undone.enter_context(at_once)
        cache.clear()
        builders.clinic()
        self.password, self.earlier = "long-enough-for-tests", "an-earlier-one-of-theirs"
        self.given_at: float | None = None
        self.user = builders.staff(roles.FRONT_DESK)
        self.verifies, self.key = verifies, Passkey(verifies)
        self.key_used = 0.0
        self.strangers, self.colleagues = Passkey(), Passkey()
        self.colleague = builders.superuser()
        self.browsers = [Browser(), Browser()]
        self.dead: list[str] = []
        self.last_code, self.last_recovery = "000000", "00000000"
        self.sent: dict[str, str] = {}
        self.held: tuple[float, Passkey, dict[str, str]] | None = None
        self.set_up_the_colleague()
        if has_app:
            TOTP.activate(self.user, SECRET)
            RecoveryCodes.activate(self.user)

    def set_up_the_colleague(self) -> None:
        client = passkey.browser()
        client.post(reverse("account_login"), {"login": self.colleague.username, "password": self.password})
        passkey.add(client, self.colleagues)

    # Time, and what is true of the account.

    def moment(self) -> datetime:
        return datetime.fromtimestamp(self.now, UTC)

    def factors(self, *kinds: str) -> list[int]:
        found = Authenticator.objects.filter(user=self.user)
        return [each.pk for each in (found.filter(type__in=kinds) if kinds else found)]

    def works(self) -> bool:
        self.user.refresh_from_db()
        return self.user.is_active

    def password_opens(self) -> bool:
        return self.works() and (self.given_at is None or self.now - self.given_at <= GIVEN_FOR)

    # What the steps do to the browsers.

    def step(self, who: int, send: Callable[[Client], Any]) -> Any:
        """One request of a browser, a second later. A key that it no longer has is dead."""
        browser = self.browsers[who]
        self.expire(browser)
        browser.had = browser.key
        self.now += 1
        answer = send(browser.client)
        if browser.had and browser.key != browser.had:
            self.dead.append(browser.had)
        if browser.is_signed_in:
            browser.seen = self.now
        return answer

    def post(self, who: int, page: str, sent: dict[str, str] | None = None) -> HttpResponse:
        answer: HttpResponse = self.step(who, lambda client: client.post(reverse(page), sent or {}))
        return answer

    def expire(self, browser: Browser) -> None:
        if browser.gave_password and self.now - browser.gave_password > PENDING:
            browser.gave_password = None
        is_over = self.now - browser.seen > LONGEST_IDLE or self.now - browser.since > LONGEST
        if browser.is_signed_in and is_over:
            self.bury(browser)

    def bury(self, browser: Browser) -> None:
        if browser.key:
            self.dead.append(browser.key)
        browser.forget()

    def bury_others(self, who: int | None) -> None:
        for number, browser in enumerate(self.browsers):
            if number != who and browser.is_signed_in:
                self.bury(browser)

    def forget_first_steps(self, who: int | None = None) -> None:
        for number, browser in enumerate(self.browsers):
            if number != who:
                browser.gave_password = None

    def enter(self, browser: Browser, proved: set[int]) -> None:
        browser.forget()
        if self.works():
            browser.is_signed_in, browser.proved = True, proved
            browser.owes = self.given_at is not None
            browser.since = browser.seen = browser.fresh = self.now

    def showed(self, who: int, factor: int) -> None:
        """A right factor was shown in this browser; who knew its key before has no part in that."""
        browser = self.browsers[who]
        if browser.is_signed_in:
            browser.proved.add(factor)
            browser.fresh = self.now
        elif browser.gave_password:
            self.enter(browser, {factor})
        assert browser.key != browser.had

    # What each browser may do.

    def may_enter(self, browser: Browser) -> bool:
        self.expire(browser)
        has_proved = bool(browser.proved & set(self.factors()))
        return (
            browser.is_signed_in and self.works() and self.user.is_staff and has_proved and not browser.owes
        )

    def may_change(self, who: int) -> bool:
        """Whether the session may look after what one signs in with, once it has proved it anew."""
        browser = self.browsers[who]
        self.expire(browser)
        if not (browser.is_signed_in and self.works()):
            return False
        return bool(browser.proved & set(self.factors())) or not self.factors()

    def is_fresh(self, who: int) -> bool:
        return self.now - self.browsers[who].fresh < FRESH

    # What must never happen.

    def is_in(self, browser: Browser) -> bool:
        answer = browser.client.get(PAGE, headers=IN_BACKGROUND)
        return bool(answer.status_code == 200)

    def check_browsers(self) -> None:
        """Each is let in, and signed in, when it should be, and at no other time."""
        for browser in self.browsers:
            assert self.is_in(browser) == self.may_enter(browser)
            if self.works():
                signed_in = SessionStore(browser.key).get(SESSION_KEY) if browser.key else None
                assert signed_in == (str(self.user.pk) if browser.is_signed_in else None)
            if browser.wrote and not browser.proved & set(self.factors()):
                assert browser.client.get(reverse("account_resume"), headers=IN_BACKGROUND).status_code != 200

    def check_the_dead(self) -> None:
        """No key of a session that has ended opens anything."""
        for (key,) in Session.objects.filter(session_key__in=self.dead).values_list("session_key"):
            thief = passkey.browser()
            thief.cookies[site.SESSION_COOKIE_NAME] = key
            assert thief.get(PAGE, headers=IN_BACKGROUND).status_code != 200
            assert thief.get(reverse("mfa_index")).status_code != 200
