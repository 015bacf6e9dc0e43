"""The steps of the attacks on the sign-in. Both browsers take all: the owner's steps are those of an attacker
who has what the step needs."""

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.contrib.auth import SESSION_KEY
from django.test import Client, override_settings
from django.urls import reverse
from hypothesis import strategies as st
from hypothesis.stateful import rule

from tests.clinic.staff import passkey
from tests.clinic.staff.attacked import IN_BACKGROUND, LONGEST, PAGE, SECRET, Attacked
from tests.clinic.staff.passkey import Passkey

WHO = st.integers(0, 1)
CODES = [
    "right", "right", "right", "wrong", "again", "at once", "next", "recovery", "recovery", "recovery again",
]  # fmt: skip


def code_at(step: int) -> str:
    return str(format_hotp_value(hotp_value(SECRET, step)))


class Proofs(Attacked):
    """Signing in and out, and showing a factor once more."""

    @rule(who=WHO, which=st.sampled_from(["right", "right", "right", "earlier", "wrong"]))
    def give_password(self, who: int, which: str) -> None:
        browser = self.browsers[who]
        typed = {"right": self.password, "earlier": self.earlier, "wrong": "made-up"}[which]
        self.post(who, "account_login", {"login": self.user.username, "password": typed})
        if browser.is_signed_in or browser.gave_password:
            return  # led on, to the admin or to the second step
        if which == "right" and self.password_opens():
            if self.factors("totp", "webauthn"):
                browser.forget()
                browser.gave_password = self.now
            else:
                self.enter(browser, set())

    @rule(who=WHO, which=st.sampled_from(CODES))
    def show_code(self, who: int, which: str) -> None:
        """Half a minute later, when a new code has come up; or the last one `at once`."""
        browser = self.browsers[who]
        self.now += 2 if which == "at once" else 31
        step = int(self.now + 1) // 30
        kept = Authenticator.objects.filter(user=self.user, type="recovery_codes").first()
        unused = RecoveryCodes(kept).get_unused_codes() if kept else []
        typed = {
            "right": code_at(step),
            "next": code_at(step + 1),
            "wrong": "123456",
            "again": self.last_code,
            "at once": self.last_code,
            "recovery": unused[0] if unused else "99999999",
            "recovery again": self.last_recovery,
        }[which]
        self.expire(browser)
        is_asked = browser.is_signed_in or browser.gave_password
        self.post(who, "mfa_reauthenticate" if browser.is_signed_in else "mfa_authenticate", {"code": typed})
        kind = {"right": "totp", "recovery": "recovery_codes"}.get(which, "")
        if not (kind and is_asked and self.works() and self.factors(kind)):
            return
        if which == "right":
            self.last_code = typed
        elif not unused:
            return
        else:
            self.last_recovery = typed
        self.showed(who, self.factors(kind)[0])

    @rule(who=WHO, way=st.sampled_from(["right", "recovery"]))
    def sign_in(self, who: int, way: str) -> None:
        self.give_password(who, "right")
        self.show_code(who, way)

    @rule(
        who=WHO, whose=st.sampled_from(["theirs", "theirs", "colleague's", "stranger's"]), alone=st.booleans()
    )
    def show_passkey(self, who: int, whose: str, alone: bool) -> None:
        browser = self.browsers[who]
        used = {"theirs": self.key, "colleague's": self.colleagues, "stranger's": self.strangers}[whose]
        self.expire(browser)
        was_in, is_asked = browser.is_signed_in, browser.is_signed_in or browser.gave_password
        if alone and whose == "colleague's":
            return  # see `let_the_colleague_sign_in`
        if alone:
            self.step(who, lambda client: self.sign_in_by(client, used))
        else:
            page = "mfa_reauthenticate_webauthn" if was_in else "mfa_authenticate"
            self.step(who, lambda client: passkey.prove(client, used, page))
        keys = self.factors("webauthn")
        if whose != "theirs" or not keys or not self.works():
            return
        if alone and not is_asked and self.verifies:
            self.enter(browser, {keys[0]})
        elif is_asked and not alone:
            self.showed(who, keys[0])
        else:
            return
        self.key_used = self.now

    def sign_in_by(self, client: Client, key: Passkey) -> None:
        asked = passkey.options(client)
        if "state" in asked:
            self.sent = {"credential": key.sign(asked), "state": asked["state"]}
            client.post(reverse("mfa_login_webauthn"), self.sent)

    @rule(who=WHO)
    def send_a_passkeys_answer_again(self, who: int) -> None:
        """Somebody kept what a browser sent. `check_browsers` sees that it opens nothing."""
        self.post(who, "mfa_login_webauthn", self.sent)

    @rule()
    def have_a_passkey_sign_and_keep_it(self) -> None:
        self.now += 1
        asked = passkey.options(passkey.browser())
        signed = {"credential": self.key.sign(asked), "state": asked["state"]}
        self.held = (self.now, self.key, signed)

    @rule(who=WHO)
    def send_what_was_kept(self, who: int) -> None:
        """It counts for ten minutes, until the key is used otherwise, and in place of a password alone."""
        browser = self.browsers[who]
        self.expire(browser)
        if self.held is None or browser.is_signed_in or browser.gave_password:
            return
        asked_at, key, signed = self.held
        self.held = None
        self.post(who, "mfa_login_webauthn", signed)
        keys = self.factors("webauthn")
        is_good = (
            key is self.key and self.verifies and self.now - asked_at <= 600 and self.key_used < asked_at
        )
        if is_good and keys and self.works():
            self.enter(browser, {keys[0]})
            self.key_used = self.now

    @rule(who=WHO)
    def repeat_the_password(self, who: int) -> None:
        """It proves nothing once there is a factor."""
        browser = self.browsers[who]
        self.expire(browser)
        self.post(who, "account_reauthenticate", {"password": self.password})
        if browser.is_signed_in and self.works() and not self.factors():
            browser.fresh = self.now

    @rule(who=WHO)
    def use_the_plain_page(self, who: int) -> None:
        """Django's own, which knows no factor. `check_browsers` sees that nobody is signed in by it."""
        self.post(who, "admin:login", {"username": self.user.username, "password": self.password})

    @rule(who=WHO)
    def be_left_from_a_demonstration(self, who: int) -> None:
        """A session from when the site asked for no factor is worth no more than its password."""
        browser = self.browsers[who]
        self.expire(browser)
        if browser.is_signed_in:
            return
        with override_settings(STAFF_SECOND_FACTOR="off", LOGIN_URL="admin:login"):
            self.use_the_plain_page(who)
        if self.password_opens() and self.user.is_staff:
            self.enter(browser, set())

    @rule(who=WHO)
    def let_the_colleague_sign_in(self, who: int) -> None:
        """At this browser, where somebody has ended; the plain page makes nobody the other of them."""
        browser = self.browsers[who]
        self.expire(browser)
        if browser.is_signed_in or browser.gave_password:
            return
        self.step(who, lambda client: passkey.sign_in(client, self.colleagues))
        resumed = browser.client.get(reverse("account_resume"), headers=IN_BACKGROUND)
        assert resumed.status_code == 302
        assert self.is_in(browser)
        self.use_the_plain_page(who)
        assert browser.client.session[SESSION_KEY] == str(self.colleague.pk)
        self.post(who, "account_logout")
        browser.wrote = False

    @rule(who=WHO)
    def sign_out(self, who: int) -> None:
        browser = self.browsers[who]
        key, was_in = browser.key, browser.is_signed_in
        self.post(who, "account_logout")
        if was_in and key:
            self.dead.append(key)
        browser.forget()

    @rule(who=WHO)
    def sign_out_everywhere(self, who: int) -> None:
        self.expire(self.browsers[who])
        may = self.browsers[who].is_signed_in and self.works()
        self.post(who, "account_sign_out_everywhere")
        if may:
            self.bury_others(None)

    @rule(who=WHO)
    def stay_as_long_as_one_can(self, who: int) -> None:
        """Clicking every half-hour."""
        for _each in range(LONGEST // 1700 + 1):
            self.now += 1700
            self.click(who)

    @rule(who=WHO)
    def click(self, who: int) -> None:
        self.step(who, lambda client: client.get(PAGE))
