"""The steps of the attacks on the sign-in that change what somebody signs in with, and what others do to the
account meanwhile."""

from collections.abc import Callable
from typing import Any
from unittest import mock

from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from hypothesis import strategies as st
from hypothesis.stateful import rule

from appointments import roles
from tests.clinic.staff import passkey
from tests.clinic.staff.attack_steps import WHO, Proofs, code_at
from tests.clinic.staff.attacked import PAGE, SECRET
from tests.clinic.staff.passkey import Passkey

PROVES = st.sampled_from([True, True, False])


def posting(page: str, *keys: int) -> Callable[[Client], Any]:
    return lambda client: client.post(reverse(page, args=keys))


class Changes(Proofs):
    """By whoever has a session."""

    def prove_again(self, who: int) -> None:
        """What changes the sign-in asks for a fresh proof; whoever may, gives it."""
        if not (self.may_change(who) and self.browsers[who].proved):
            return
        if self.factors("totp"):
            self.show_code(who, "right")
        else:
            self.show_passkey(who, "theirs", alone=False)

    def changes(self, who: int, send: Callable[[Client], Any], proves: bool = True) -> None:
        """A change of the factors, by who may and has proved it anew; it ends the other's session."""
        if proves:
            self.prove_again(who)
        may = self.may_change(who)
        before = self.factors()
        self.step(who, send)
        after = self.factors()
        if before == after:
            return
        browser = self.browsers[who]
        assert may
        assert self.is_fresh(who)
        self.bury_others(who)
        gone = set(before) - set(after)
        for each in self.browsers:
            each.proved -= gone
        if not before:
            # Whoever sets the first one up has shown it, in a session of another key.
            assert browser.key != browser.had
            shown = Authenticator.objects.filter(pk__in=after).exclude(type="recovery_codes")
            browser.proved |= {each.pk for each in shown}
            self.key_used = self.now

    @rule(who=WHO, proves=PROVES)
    def add_app(self, who: int, proves: bool) -> None:
        def send(client: Client) -> Any:
            page = client.get(reverse("mfa_activate_totp"))
            if page.status_code == 200 and "form" in (page.context or {}):
                session = client.session
                session["mfa.totp.secret"] = SECRET
                session.save()
            self.last_code = code_at(int(self.now) // 30)
            return client.post(reverse("mfa_activate_totp"), {"code": self.last_code})

        self.now += 60
        self.changes(who, send, proves)

    @rule(who=WHO, proves=PROVES)
    def remove_app(self, who: int, proves: bool) -> None:
        self.changes(who, posting("mfa_deactivate_totp"), proves)

    @rule(who=WHO, proves=PROVES)
    def add_passkey(self, who: int, proves: bool) -> None:
        if not self.factors("webauthn"):
            self.key = Passkey(self.verifies)
            self.changes(who, lambda client: passkey.add(client, self.key, alone=self.verifies), proves)

    @rule(who=WHO, proves=PROVES)
    def remove_passkey(self, who: int, proves: bool) -> None:
        for pk in self.factors("webauthn"):
            self.changes(who, posting("mfa_remove_webauthn", pk), proves)

    @rule(who=WHO, proves=PROVES)
    def make_new_recovery_codes(self, who: int, proves: bool) -> None:
        self.changes(who, posting("mfa_generate_recovery_codes"), proves)

    @rule(who=WHO, in_the_admin=st.booleans())
    def change_password(self, who: int, in_the_admin: bool) -> None:
        """On either page; the admin's is closed to whoever has not chosen the password."""
        new = f"a-new-long-password-{int(self.now)}"
        if in_the_admin:
            may = self.may_enter(self.browsers[who])
            form = {"old_password": self.password, "new_password1": new, "new_password2": new}
            self.post(who, "admin:password_change", form)
        else:
            may = self.may_change(who)
            form = {"oldpassword": self.password, "password1": new, "password2": new}
            self.post(who, "account_change_password", form)
        self.user.refresh_from_db()
        assert self.user.check_password(new) == may
        if may:
            self.password_becomes(new, who)
            self.browsers[who].owes = False

    def password_becomes(self, new: str, who: int | None = None, given_at: float | None = None) -> None:
        self.earlier, self.password, self.given_at = self.password, new, given_at
        self.bury_others(who)
        self.forget_first_steps(who)

    @rule(who=WHO, proves=PROVES)
    def end_the_others(self, who: int, proves: bool) -> None:
        if proves:
            self.prove_again(who)
        may = self.may_change(who)
        self.post(who, "usersessions_list")
        if may and self.is_fresh(who):
            self.bury_others(who)

    @rule(who=WHO)
    def write_on_after_the_end(self, who: int) -> None:
        """What is sent too late is kept for its writer, who has to show the factor to see it again."""
        browser = self.browsers[who]
        if not self.may_enter(browser):
            return
        self.now += 31 * 60
        self.bury(browser)
        browser.client.post("/admin/clinic/closure/add/", {"note": "What somebody wrote about a patient"})
        browser.wrote = True


class Events(Changes):
    """Without any of the two browsers."""

    @rule(minutes=st.sampled_from([1, 6, 11, 16, 29, 31, 6 * 60, 13 * 60, 8 * 24 * 60]))
    def time_passes(self, minutes: int) -> None:
        self.now += minutes * 60
        for browser in self.browsers:
            self.expire(browser)

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

    @rule(by_script=st.booleans())
    def close_the_account_and_open_it_again(self, by_script: bool) -> None:
        """Before anybody clicks."""
        for is_active in (False, True):
            if by_script:
                User.objects.filter(pk=self.user.pk).update(is_active=is_active)
            else:
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
    def have_a_password_set_on_the_server(self) -> None:
        """As `manage.py changepassword` does, for somebody who then goes on with it."""
        self.user.refresh_from_db()
        new = f"set-on-the-server-{int(self.now)}"
        self.user.set_password(new)
        self.user.save()
        self.password_becomes(new, given_at=self.given_at)

    @rule(shows_late=st.booleans())
    def have_the_colleague_give_a_password(self, shows_late: bool) -> None:
        """A superuser, by a fresh proof; it opens nothing but the page on which one chooses one's own."""
        client = passkey.browser()
        passkey.sign_in(client, self.colleagues)
        for _each in range(2 if shows_late else 0):
            self.now += 16 * 60
            client.get(PAGE)
        self.now += 1
        new = f"given-by-a-colleague-{int(self.now)}"
        form = {"password1": new, "password2": new, "usable_password": "true"}
        client.post(reverse("admin:auth_user_password_change", args=[self.user.pk]), form)
        self.user.refresh_from_db()
        assert self.user.check_password(new) == (not shows_late)
        if not shows_late:
            self.password_becomes(new, given_at=self.now)
