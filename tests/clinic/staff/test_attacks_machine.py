"""One member of staff in two browsers and whoever wants in, in any order: no page of the staff's is answered
without a factor that is this person's and was shown in that session, and what has ended never opens again.

Some hundred steps in the normal run, the same each time; `make fuzz` takes many thousand.
"""

import os
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from unittest import mock

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from django.conf import settings as site
from django.contrib.auth.models import Group, User
from django.core.cache import cache
from django.core.management import call_command
from django.db import transaction
from django.test import Client, override_settings
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from appointments import roles
from tests import builders
from tests.clinic.staff import passkey
from tests.clinic.staff.passkey import Passkey

MANY = os.environ.get("HYPOTHESIS_PROFILE") == "many"
RUN = settings(
    max_examples=300 if MANY else 8,
    stateful_step_count=50 if MANY else 25,
    deadline=None,
    derandomize=not MANY,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=[*HealthCheck],
)
SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
BEGAN = datetime(2026, 11, 30, 16, tzinfo=UTC).timestamp()
IN_BACKGROUND = {"Sec-Fetch-Mode": "cors"}
PAGE = "/admin/today/"
WHO = st.integers(0, 1)
LONGEST_IDLE, LONGEST, PENDING = 1800, 12 * 3600, 900


@dataclass
class Browser:
    """What one browser has shown, as the steps that were taken say. `proved` are keys of factors."""

    client: Client = field(default_factory=passkey.browser)
    gave_password: float | None = None
    is_signed_in: bool = False
    proved: set[int] = field(default_factory=set)
    since: float = 0.0
    seen: float = 0.0

    @property
    def key(self) -> str:
        cookie = self.client.cookies.get(site.SESSION_COOKIE_NAME)
        return cookie.value if cookie else ""

    def forget(self) -> None:
        self.gave_password, self.is_signed_in, self.proved = None, False, set()


class Attacks(RuleBasedStateMachine):
    """Both browsers take every step: the owner's steps are an attacker's who has what the step needs."""

    @initialize(has_app=st.sampled_from([True, True, False]), has_key=st.booleans(), are_in=st.booleans())
    def open_the_clinic(self, has_app: bool, has_key: bool, are_in: bool) -> None:
        """Most begin with somebody signed in: Hypothesis leaves rules out, a different set each time."""
        self.now = BEGAN
        self.undone = ExitStack()
        self.undone.enter_context(transaction.atomic())
        self.undone.callback(transaction.set_rollback, True)
        self.undone.enter_context(
            override_settings(STAFF_SECOND_FACTOR="required", LOGIN_URL="account_login")
        )
        self.undone.enter_context(mock.patch.object(time, "time", side_effect=lambda: self.now))
        self.undone.enter_context(mock.patch.object(timezone, "now", side_effect=self.moment))
        # The whole example is one transaction: what waits for its commit comes at once.
        at_once = mock.patch.object(transaction, "on_commit", side_effect=lambda call, *_more: call())
        self.undone.enter_context(at_once)
        cache.clear()
        builders.clinic()
        self.password, self.earlier = "long-enough-for-tests", "an-earlier-one-of-theirs"
        self.user = builders.staff(roles.FRONT_DESK)
        self.key, self.strangers = Passkey(), Passkey()
        self.browsers = [Browser(), Browser()]
        self.dead: list[str] = []
        self.last_code, self.last_recovery = "000000", "00000000"
        if has_app:
            TOTP.activate(self.user, SECRET)
            RecoveryCodes.activate(self.user)
        self.sign_in_whole(0)
        if has_key:
            self.add_passkey(0)
        if are_in:
            self.sign_in_whole(1)

    def teardown(self) -> None:
        try:
            if hasattr(self, "dead"):
                self.what_has_ended_opens_nothing(all_of_them=True)
        finally:
            self.undone.close()

    # What the steps have in common.

    def moment(self) -> datetime:
        return datetime.fromtimestamp(self.now, UTC)

    def factors(self, *kinds: str) -> list[int]:
        found = Authenticator.objects.filter(user=self.user)
        return [each.pk for each in (found.filter(type__in=kinds) if kinds else found)]

    def works(self) -> bool:
        self.user.refresh_from_db()
        return self.user.is_active

    def step(self, who: int, send: Any) -> Any:
        """One request of a browser. A key that it no longer has is dead."""
        browser = self.browsers[who]
        self.expire(browser)
        before = browser.key
        self.now += 1
        answer = send(browser.client)
        if before and browser.key != before:
            self.dead.append(before)
        if browser.is_signed_in:
            browser.seen = self.now
        return answer

    def expire(self, browser: Browser) -> None:
        if browser.gave_password and self.now - browser.gave_password > PENDING:
            browser.gave_password = None
        if browser.is_signed_in and (
            self.now - browser.seen > LONGEST_IDLE or self.now - browser.since > LONGEST
        ):
            self.bury(browser)

    def bury(self, browser: Browser) -> None:
        if browser.key:
            self.dead.append(browser.key)
        browser.forget()

    def bury_others(self, who: int | None) -> None:
        for number, browser in enumerate(self.browsers):
            if number != who and browser.is_signed_in:
                self.bury(browser)

    def showed(self, who: int, factor: int) -> None:
        """A right factor was shown in this browser."""
        browser = self.browsers[who]
        if browser.is_signed_in:
            browser.proved.add(factor)
        elif browser.gave_password:
            self.enter(browser, {factor})

    def enter(self, browser: Browser, proved: set[int]) -> None:
        browser.forget()
        if self.works():
            browser.is_signed_in, browser.proved = True, proved
            browser.since = browser.seen = self.now

    def may_change(self, who: int) -> bool:
        """Whether the session may look after what one signs in with."""
        browser = self.browsers[who]
        self.expire(browser)
        if not (browser.is_signed_in and self.works()):
            return False
        return bool(browser.proved & set(self.factors())) or not self.factors()

    def is_in(self, who: int) -> bool:
        answer = self.browsers[who].client.get(PAGE, headers=IN_BACKGROUND)
        return bool(answer.status_code == 200)

    def sign_in_whole(self, who: int) -> None:
        self.give_password(who, "right")
        self.show_code(who, "right")

    # The steps.

    @rule(who=WHO, which=st.sampled_from(["right", "right", "right", "earlier", "wrong"]))
    def give_password(self, who: int, which: str) -> None:
        browser = self.browsers[who]
        typed = {"right": self.password, "earlier": self.earlier, "wrong": "made-up"}[which]
        was_in = browser.is_signed_in
        self.step(
            who,
            lambda client: client.post(
                reverse("account_login"), {"login": self.user.username, "password": typed}
            ),
        )
        if was_in and browser.is_signed_in and self.works():
            return
        if browser.gave_password:
            return  # led on to the second step
        if which == "right" and self.works():
            if self.factors("totp", "webauthn"):
                browser.forget()
                browser.gave_password = self.now
            else:
                self.enter(browser, set())

    @rule(
        who=WHO,
        which=st.sampled_from(
            ["right", "right", "right", "wrong", "again", "next", "recovery", "recovery", "recovery again"]
        ),
    )
    def show_code(self, who: int, which: str) -> None:
        browser = self.browsers[who]
        self.now += 31
        step = int(self.now + 1) // 30
        kept = Authenticator.objects.filter(user=self.user, type="recovery_codes").first()
        unused = RecoveryCodes(kept).get_unused_codes() if kept else []
        typed = {
            "right": str(format_hotp_value(hotp_value(SECRET, step))),
            "next": str(format_hotp_value(hotp_value(SECRET, step + 1))),
            "wrong": "123456",
            "again": self.last_code,
            "recovery": unused[0] if unused else "99999999",
            "recovery again": self.last_recovery,
        }[which]
        self.expire(browser)
        is_asked = browser.is_signed_in or browser.gave_password
        page = "mfa_reauthenticate" if browser.is_signed_in else "mfa_authenticate"
        self.step(who, lambda client: client.post(reverse(page), {"code": typed}))
        kind = {"right": "totp", "recovery": "recovery_codes"}.get(which, "")
        if kind and is_asked and self.works() and self.factors(kind):
            if which == "right":
                self.last_code = typed
            elif not unused:
                return
            else:
                self.last_recovery = typed
            self.showed(who, self.factors(kind)[0])
            assert self.is_in(who) == (self.user.is_staff)

    @rule(who=WHO, whose=st.sampled_from(["theirs", "theirs", "a stranger's"]), alone=st.booleans())
    def show_passkey(self, who: int, whose: str, alone: bool) -> None:
        browser = self.browsers[who]
        used = self.key if whose == "theirs" else self.strangers
        self.expire(browser)
        was_in, is_asked = browser.is_signed_in, browser.is_signed_in or browser.gave_password
        if alone:
            self.step(who, lambda client: passkey.sign_in(client, used))
        else:
            page = "mfa_reauthenticate_webauthn" if was_in else "mfa_authenticate"
            self.step(who, lambda client: passkey.prove(client, used, page))
        keys = self.factors("webauthn")
        if whose != "theirs" or not keys or not self.works():
            return
        if alone and not is_asked:
            self.enter(browser, {keys[0]})
        elif is_asked and not alone:
            self.showed(who, keys[0])
        else:
            return
        assert self.is_in(who) == self.user.is_staff

    @rule(who=WHO)
    def sign_out(self, who: int) -> None:
        browser = self.browsers[who]
        key, was_in = browser.key, browser.is_signed_in
        self.step(who, lambda client: client.post(reverse("account_logout")))
        if was_in and key:
            self.dead.append(key)
        browser.forget()

    @rule(who=WHO)
    def sign_out_everywhere(self, who: int) -> None:
        self.expire(self.browsers[who])
        may = self.browsers[who].is_signed_in and self.works()
        self.step(who, lambda client: client.post(reverse("account_sign_out_everywhere")))
        if may:
            self.bury_others(None)

    @rule(who=WHO)
    def end_the_others(self, who: int) -> None:
        may = self.may_change(who) and self.browsers[who].proved
        self.sign_again(who)
        self.step(who, lambda client: client.post(reverse("usersessions_list")))
        if may:
            self.bury_others(who)

    def sign_again(self, who: int) -> None:
        """What changes the sign-in asks for a fresh proof; whoever may, gives it."""
        if self.may_change(who) and self.browsers[who].proved and self.factors("totp"):
            self.show_code(who, "right")

    @rule(who=WHO)
    def change_password(self, who: int) -> None:
        may = self.may_change(who)
        new = f"a-new-long-password-{int(self.now)}"
        form = {"oldpassword": self.password, "password1": new, "password2": new}
        self.step(who, lambda client: client.post(reverse("account_change_password"), form))
        self.user.refresh_from_db()
        assert self.user.check_password(new) == may
        if may:
            self.earlier, self.password = self.password, new
            self.bury_others(who)
            self.forget_first_steps(who)

    def forget_first_steps(self, who: int | None = None) -> None:
        for number, browser in enumerate(self.browsers):
            if number != who:
                browser.gave_password = None

    def changes(self, who: int, send: Any) -> None:
        """A change of the factors, which only who may can make, and which ends the others' sessions."""
        self.sign_again(who)
        may = self.may_change(who)
        before = self.factors()
        self.step(who, send)
        after = self.factors()
        if before != after:
            assert may
            self.bury_others(who)
            gone = set(before) - set(after)
            for browser in self.browsers:
                browser.proved -= gone
            if not before:
                # Whoever sets the first one up has shown it.
                shown = Authenticator.objects.filter(pk__in=after).exclude(type="recovery_codes")
                self.browsers[who].proved |= {each.pk for each in shown}

    @rule(who=WHO)
    def add_app(self, who: int) -> None:
        def send(client: Client) -> Any:
            page = client.get(reverse("mfa_activate_totp"))
            if page.status_code == 200 and "form" in (page.context or {}):
                session = client.session
                session["mfa.totp.secret"] = SECRET
                session.save()
            step = int(self.now) // 30
            code = format_hotp_value(hotp_value(SECRET, step))
            self.last_code = str(code)
            return client.post(reverse("mfa_activate_totp"), {"code": code})

        self.now += 60
        self.changes(who, send)

    @rule(who=WHO, way=st.sampled_from(["right", "recovery"]))
    def sign_in(self, who: int, way: str) -> None:
        self.give_password(who, "right")
        self.show_code(who, way)

    @rule(who=WHO)
    def remove_app(self, who: int) -> None:
        self.changes(who, lambda client: client.post(reverse("mfa_deactivate_totp")))

    @rule(who=WHO)
    def add_passkey(self, who: int) -> None:
        if not self.factors("webauthn"):
            self.changes(who, lambda client: passkey.add(client, self.key))

    @rule(who=WHO)
    def remove_passkey(self, who: int) -> None:
        for pk in self.factors("webauthn"):
            self.changes(who, lambda client, pk=pk: client.post(reverse("mfa_remove_webauthn", args=[pk])))

    @rule(who=WHO)
    def make_new_recovery_codes(self, who: int) -> None:
        self.changes(who, lambda client: client.post(reverse("mfa_generate_recovery_codes")))

    @rule(minutes=st.sampled_from([1, 6, 16, 29, 31, 6 * 60, 13 * 60]))
    def time_passes(self, minutes: int) -> None:
        self.now += minutes * 60
        for browser in self.browsers:
            self.expire(browser)

    @rule(who=WHO)
    def click(self, who: int) -> None:
        self.step(who, lambda client: client.get("/admin/"))

    @rule(is_active=st.booleans(), by_script=st.booleans())
    def open_or_close_the_account(self, is_active: bool, by_script: bool) -> None:
        if by_script:
            User.objects.filter(pk=self.user.pk).update(is_active=is_active)
        else:
            self.user.refresh_from_db()
            self.user.is_active = is_active
            self.user.save()
        if not is_active:
            self.bury_others(None)
            self.forget_first_steps()
            if by_script:
                for browser in self.browsers:  # found out at the next click
                    browser.client.get(PAGE, headers=IN_BACKGROUND)

    @rule()
    def close_the_account_and_open_it_again(self) -> None:
        """Before anybody clicks."""
        for is_active in (False, True):
            self.user.refresh_from_db()
            self.user.is_active = is_active
            self.user.save()
        self.bury_others(None)

    @rule(is_staff=st.booleans())
    def give_or_take_the_group(self, is_staff: bool) -> None:
        group = Group.objects.get(name=roles.FRONT_DESK)
        (self.user.groups.add if is_staff else self.user.groups.remove)(group)
        User.objects.filter(pk=self.user.pk).update(is_staff=is_staff)

    @rule()
    def lose_the_device(self) -> None:
        with mock.patch("sys.stdout"):
            call_command("reset_second_factor", self.user.username)
        for browser in self.browsers:
            browser.proved = set()
        self.bury_others(None)
        self.forget_first_steps()

    @rule()
    def superuser_gives_a_password(self) -> None:
        self.user.refresh_from_db()
        self.earlier, self.password = self.password, f"given-by-the-owner-{int(self.now)}"
        self.user.set_password(self.password)
        self.user.save()
        self.bury_others(None)
        self.forget_first_steps()

    # What must never happen.

    @invariant()
    def only_who_has_shown_a_factor_is_answered(self) -> None:
        if not hasattr(self, "browsers"):
            return
        for who, browser in enumerate(self.browsers):
            self.expire(browser)
            may = (
                browser.is_signed_in
                and self.works()
                and self.user.is_staff
                and bool(browser.proved & set(self.factors()))
            )
            assert self.is_in(who) == may

    @invariant()
    def what_has_ended_opens_nothing(self, all_of_them: bool = False) -> None:
        if not hasattr(self, "dead"):
            return
        for key in self.dead if all_of_them else self.dead[-3:]:
            thief = passkey.browser()
            thief.cookies[site.SESSION_COOKIE_NAME] = key
            assert thief.get(PAGE, headers=IN_BACKGROUND).status_code != 200
            assert thief.get(reverse("mfa_index")).status_code != 200


@pytest.mark.django_db
def test_nobody_gets_in_without_a_factor_and_what_has_ended_stays_ended() -> None:
    run_state_machine_as_test(Attacks, settings=RUN)
