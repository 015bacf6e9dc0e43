"""The staff's sign-in: the second factor, what ends a session, what is kept, and what a stranger can't do."""

import base64
import hashlib
import hmac
import struct
import time
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from allauth.usersessions.models import UserSession
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from pytest_django import Settings

from appointments.models import RequestEvent
from clinic.models import AuditAction, AuditEntry
from clinic.staff import sealing, sessions
from tests import builders

PASSWORD = "long-enough-for-tests"
SIGN_IN = "/accounts/login/"


@pytest.fixture(autouse=True)
def _own_cache() -> None:
    """Used codes and counted attempts of an earlier test don't count."""
    cache.clear()


@pytest.fixture
def required(settings: Settings) -> None:
    """A second factor is required, as it is unless a demonstration says otherwise."""
    settings.STAFF_SECOND_FACTOR = "required"
    settings.LOGIN_URL = "account_login"


def code_now(secret: str) -> str:
    """The code that an authenticator app would show (RFC 6238)."""
    counter = struct.pack(">Q", int(time.time()) // 30)
    digest = hmac.new(base64.b32decode(secret), counter, hashlib.sha1).digest()
    offset = digest[-1] & 15
    value = struct.unpack(">I", digest[offset : offset + 4])[0] & 0x7FFFFFFF
    return f"{value % 1_000_000:06}"


def with_app(user: User) -> str:
    """Sets an authenticator app up for `user`; returns its secret."""
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    return secret


def give_password(client: Client, user: User, password: str = PASSWORD, **extra: Any) -> Any:
    return client.post(SIGN_IN, {"login": user.username, "password": password}, **extra)


@pytest.mark.usefixtures("required")
@pytest.mark.django_db
class TestSecondFactor:
    def test_a_password_alone_opens_nothing(self, client: Client, front_desk: User) -> None:
        with_app(front_desk)
        assert give_password(client, front_desk).url == reverse("mfa_authenticate")
        answer = client.get("/admin/")
        assert (answer.status_code, answer["Location"].split("?")[0]) == (302, SIGN_IN)

    def test_password_and_code_open_the_admin(self, client: Client, front_desk: User) -> None:
        secret = with_app(front_desk)
        give_password(client, front_desk)
        client.post(reverse("mfa_authenticate"), {"code": code_now(secret)})
        assert client.get("/admin/").status_code == 200

    def test_a_code_counts_once(self, front_desk: User) -> None:
        code = code_now(with_app(front_desk))
        first, second = Client(), Client()
        for browser in (first, second):
            give_password(browser, front_desk)
            browser.post(reverse("mfa_authenticate"), {"code": code})
        assert first.get("/admin/").status_code == 200
        assert second.get("/admin/").status_code == 302

    def test_a_recovery_code_counts_once(self, front_desk: User) -> None:
        with_app(front_desk)
        code = RecoveryCodes.activate(front_desk).get_unused_codes()[0]
        first, second = Client(), Client()
        for browser in (first, second):
            give_password(browser, front_desk)
            browser.post(reverse("mfa_authenticate"), {"code": code})
        assert first.get("/admin/").status_code == 200
        assert second.get("/admin/").status_code == 302

    @pytest.mark.django_db(transaction=True)
    def test_whoever_has_none_is_led_to_set_one_up(self, client: Client, front_desk: User) -> None:
        """Password and code have then been shown: one is in, and out wherever else the password was given."""
        elsewhere = Client()
        for browser in (client, elsewhere):
            give_password(browser, front_desk)
        key = client.session.session_key
        answer = client.get("/admin/")
        assert answer["Location"].startswith(reverse("mfa_add_webauthn"))
        page = client.get(reverse("mfa_activate_totp"))
        assert page.status_code == 200
        secret = page.context["form"].secret
        code = code_now(secret)
        client.post(reverse("mfa_activate_totp"), {"code": code})
        assert set(Authenticator.objects.values_list("type", flat=True)) == {"totp", "recovery_codes"}
        for path in (reverse("mfa_view_recovery_codes"), "/admin/"):
            assert client.get(path).status_code == 200
            assert elsewhere.get(path)["Location"].startswith(SIGN_IN)
        assert client.session.session_key != key
        # The code that set it up has been used.
        give_password(elsewhere, front_desk)
        elsewhere.post(reverse("mfa_authenticate"), {"code": code})
        assert elsewhere.get("/admin/").status_code == 302

    def test_a_password_proves_nothing_more_once_there_is_a_factor(
        self, client: Client, front_desk: User
    ) -> None:
        secret = with_app(front_desk)
        give_password(client, front_desk)
        client.post(reverse("mfa_authenticate"), {"code": code_now(secret)})
        session = client.session
        session[sessions.SIGNED_IN_AT] = time.time() - 3600
        session["account_authentication_methods"] = [
            {**each, "at": time.time() - 3600} for each in session["account_authentication_methods"]
        ]
        session.save()
        proof = reverse("mfa_reauthenticate")
        assert client.get(reverse("mfa_add_webauthn"))["Location"].startswith(proof)
        for send in (client.get, client.post):
            answer = send(reverse("account_reauthenticate"), {"password": PASSWORD})
            assert answer["Location"].startswith(proof)
        assert reverse("account_reauthenticate") not in client.get(proof).text

    def test_each_new_proof_gives_the_session_another_key(self, client: Client, front_desk: User) -> None:
        secret = with_app(front_desk)
        client.force_login(front_desk)
        key = client.session.session_key
        client.post(reverse("mfa_reauthenticate"), {"code": code_now(secret)})
        assert client.get("/admin/").status_code == 200
        assert client.session.session_key != key
        assert UserSession.objects.filter(user=front_desk).count() == 1

    def test_a_factor_more_or_less_ends_the_other_browsers(
        self, front_desk: User, django_capture_on_commit_callbacks: Any
    ) -> None:
        secret = with_app(front_desk)
        first, second = Client(), Client()
        for browser in (first, second):
            Authenticator.objects.update(last_used_at=None)
            cache.clear()
            give_password(browser, front_desk)
            browser.post(reverse("mfa_authenticate"), {"code": code_now(secret)})
            assert browser.get("/admin/").status_code == 200
        with django_capture_on_commit_callbacks(execute=True):
            assert first.post(reverse("mfa_deactivate_totp")).status_code == 302
        assert not Authenticator.objects.exists()
        assert second.get("/admin/")["Location"].startswith(SIGN_IN)

    def test_a_session_without_the_factor_is_sent_to_show_it(
        self, desk_client: Client, front_desk: User
    ) -> None:
        with_app(front_desk)
        assert desk_client.get("/admin/")["Location"].startswith(reverse("mfa_reauthenticate"))
        assert desk_client.post("/admin/", {}).status_code == 302

    def test_every_address_of_the_admin_is_behind_the_gate(self, desk_client: Client) -> None:
        for path in ("/admin/", "/admin/login/", "/admin/jsi18n/", "/admin/autocomplete/", "/admin/today/"):
            assert desk_client.get(path).status_code == 302, path

    def test_nobody_becomes_a_colleague_by_the_plain_sign_in_page(
        self, client: Client, front_desk: User
    ) -> None:
        secret, colleague = with_app(front_desk), builders.staff()
        give_password(client, front_desk)
        client.post(reverse("mfa_authenticate"), {"code": code_now(secret)})
        assert client.get("/admin/").status_code == 200
        answer = client.post("/admin/login/", {"username": colleague.username, "password": PASSWORD})
        assert (answer.status_code, answer["Location"]) == (302, reverse("admin:index"))
        assert client.session["_auth_user_id"] == str(front_desk.pk)

    @pytest.mark.parametrize(
        "name",
        ["mfa_deactivate_totp", "mfa_activate_totp", "mfa_view_recovery_codes", "mfa_add_webauthn",
         "account_change_password", "account_reauthenticate"],
    )  # fmt: skip
    def test_a_password_alone_changes_no_factor(self, client: Client, front_desk: User, name: str) -> None:
        """A session from before the second factor was required, or whatever else let it in."""
        with_app(front_desk)
        client.force_login(front_desk)
        for send in (client.get, client.post):
            answer = send(reverse(name))
            assert (answer.status_code, answer["Location"].split("?")[0]) == (
                302,
                reverse("mfa_reauthenticate"),
            )
        assert Authenticator.objects.filter(type="totp").exists()

    @pytest.mark.parametrize(
        "foreign", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:1"]
    )
    def test_signing_in_leads_to_no_other_site(self, client: Client, front_desk: User, foreign: str) -> None:
        secret = with_app(front_desk)
        at = f"{SIGN_IN}?next={quote(foreign)}"
        client.get(f"/admin/login/?next={quote(foreign)}", follow=True)
        client.post(at, {"login": front_desk.username, "password": PASSWORD, "next": foreign})
        shown = client.post(reverse("mfa_authenticate"), {"code": code_now(secret), "next": foreign})
        again = client.post(reverse("account_reauthenticate"), {"password": PASSWORD, "next": foreign})
        out = client.post(f"{reverse('account_logout')}?next={quote(foreign)}", {"next": foreign})
        for answer in (shown, again, out):
            assert answer.status_code == 302
            assert "evil" not in answer["Location"]
            assert answer["Location"].startswith("/")

    def test_scripts_get_no_sign_in_page(self, client: Client) -> None:
        assert client.get("/admin/today/", headers={"Sec-Fetch-Mode": "cors"}).status_code == 401

    def test_somebody_who_is_no_staff_is_refused(self, client: Client) -> None:
        client.force_login(User.objects.create_user("patient", password=PASSWORD))
        assert client.get("/admin/").status_code == 403

    def test_the_plain_sign_in_page_leads_to_the_real_one(self, client: Client) -> None:
        assert client.get("/admin/login/?next=/admin/")["Location"] == f"{SIGN_IN}?next=%2Fadmin%2F"


@pytest.mark.django_db
def test_a_demonstration_may_go_without(client: Client, front_desk: User) -> None:
    assert client.get("/admin/login/").status_code == 200
    client.post("/admin/login/?next=/admin/", {"username": front_desk.username, "password": PASSWORD})
    assert client.get("/admin/").status_code == 200


@pytest.mark.django_db
def test_secrets_are_sealed_in_the_database(front_desk: User) -> None:
    secret = with_app(front_desk)
    codes = RecoveryCodes.activate(front_desk).get_unused_codes()
    stored = str(list(Authenticator.objects.values_list("data", flat=True)))
    assert secret not in stored
    assert stored.count("sealed:") == 2
    assert not any(code in stored for code in codes)


def test_a_sealed_value_survives_a_new_key_and_nothing_else(settings: Settings) -> None:
    settings.SECRET_KEY = "first" * 10
    sealed = sealing.seal("JBSWY3DP")
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "second" * 10, ["first" * 10]
    assert sealing.unseal(sealed) == "JBSWY3DP"
    settings.SECRET_KEY_FALLBACKS = []
    with pytest.raises(sealing.NotReadable):
        sealing.unseal(sealed)


@pytest.mark.django_db
def test_the_second_factors_outlive_an_old_key(
    client: Client, front_desk: User, settings: Settings, required: None
) -> None:
    settings.SECRET_KEY = "first" * 10
    secret = with_app(front_desk)
    codes = RecoveryCodes.activate(front_desk).get_unused_codes()
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "second" * 10, ["first" * 10]
    call_command("reseal")
    settings.SECRET_KEY_FALLBACKS = []
    give_password(client, front_desk)
    client.post(reverse("mfa_authenticate"), {"code": code_now(secret)})
    assert client.get("/admin/").status_code == 200
    stored = Authenticator.objects.get(type="recovery_codes")
    assert RecoveryCodes(stored).get_unused_codes() == codes
    settings.SECRET_KEY = "third" * 10
    with pytest.raises(CommandError, match="Nothing is changed"):
        call_command("reseal")


@pytest.mark.django_db
def test_nobody_can_sign_up_and_no_other_address_is_open(client: Client) -> None:
    page = client.get(SIGN_IN).content.decode().lower()
    assert "sign up" not in page
    for name in ("account_signup", "account_email", "account_reset_password", "account_confirm_email"):
        with pytest.raises(NoReverseMatch):
            reverse(name)
    assert client.post("/accounts/signup/", {"username": "eve", "password1": PASSWORD}).status_code == 404


@pytest.mark.django_db
class TestAttempts:
    @pytest.fixture(autouse=True)
    def _limits(self, settings: Settings) -> None:
        settings.RATE_LIMITS = True

    def test_guessing_from_one_address_ends(self, front_desk: User) -> None:
        for _ in range(8):
            give_password(Client(), front_desk, "wrong")
        answer = give_password(Client(), front_desk)
        assert answer.status_code == 200
        assert "Too many attempts" in answer.content.decode()

    def test_a_stranger_locks_no_colleague_out(self, front_desk: User) -> None:
        for _ in range(20):
            give_password(Client(), front_desk, "wrong", REMOTE_ADDR="203.0.113.9")
        assert give_password(Client(), front_desk, REMOTE_ADDR="198.51.100.7").status_code == 302

    def test_whoever_has_no_address_is_counted_too(self, front_desk: User) -> None:
        for _ in range(8):
            give_password(Client(), front_desk, "wrong", REMOTE_ADDR="")
        assert "Too many attempts" in give_password(Client(), front_desk, REMOTE_ADDR="").content.decode()

    def test_the_wait_is_minutes(self, front_desk: User, monkeypatch: pytest.MonkeyPatch) -> None:
        for _ in range(9):
            give_password(Client(), front_desk, "wrong")
        # The window slides: what filled the one before weighs for part of a minute more.
        later = timezone.now() + timedelta(minutes=6)
        monkeypatch.setattr("clinic.operations.limits.timezone.now", lambda: later)
        assert give_password(Client(), front_desk).status_code == 302

    def test_the_demonstrations_sign_in_is_counted_too(self, front_desk: User) -> None:
        for _ in range(8):
            Client().post("/admin/login/", {"username": front_desk.username, "password": "wrong"})
        answer = Client().post("/admin/login/", {"username": front_desk.username, "password": PASSWORD})
        assert answer.status_code == 200

    def test_a_wrong_name_and_a_wrong_password_look_the_same(self, client: Client, front_desk: User) -> None:
        wrong = [
            client.post(SIGN_IN, {"login": name, "password": "wrong"})
            for name in (front_desk.username, "nobody")
        ]
        texts = [str(answer.context["form"].errors) for answer in wrong]
        assert texts[0] == texts[1]


def pass_time(client: Client, **clocks: float) -> None:
    """Sets the clocks of the client's session back by as many seconds."""
    session = client.session
    for name, seconds in clocks.items():
        session[name] = session[name] - seconds
    session.save()


@pytest.mark.django_db
class TestEndOfSession:
    def test_half_an_hour_without_a_click_ends_it(self, desk_client: Client) -> None:
        desk_client.get("/admin/")
        pass_time(desk_client, seen_at=31 * 60)
        assert desk_client.get("/admin/")["Location"] == "/admin/login/?next=%2Fadmin%2F"
        assert "_auth_user_id" not in desk_client.session

    def test_a_click_in_time_keeps_it(self, desk_client: Client) -> None:
        pass_time(desk_client, seen_at=29 * 60)
        assert desk_client.get("/admin/").status_code == 200
        pass_time(desk_client, seen_at=29 * 60)
        assert desk_client.get("/admin/").status_code == 200

    def test_a_page_that_refreshes_itself_keeps_nobody_signed_in(self, desk_client: Client) -> None:
        pass_time(desk_client, seen_at=29 * 60)
        desk_client.get("/admin/today/", headers={"Sec-Fetch-Mode": "cors"})
        pass_time(desk_client, seen_at=2 * 60)
        assert desk_client.get("/admin/today/", headers={"Sec-Fetch-Mode": "cors"}).status_code == 401
        assert desk_client.get("/admin/").status_code == 302

    def test_twelve_hours_end_it_whatever_was_clicked(self, desk_client: Client) -> None:
        pass_time(desk_client, signed_in_at=12 * 3600 + 1)
        assert desk_client.get("/admin/").status_code == 302

    def test_a_disabled_user_is_out_at_the_next_click(self, desk_client: Client, front_desk: User) -> None:
        assert desk_client.get("/admin/").status_code == 200
        User.objects.filter(pk=front_desk.pk).update(is_active=False)
        assert desk_client.get("/admin/").status_code == 302

    def test_signing_out_everywhere_ends_the_other_browser_too(
        self, desk_client: Client, front_desk: User
    ) -> None:
        other, colleague = Client(), Client()
        other.force_login(front_desk)
        colleague.force_login(builders.staff())
        desk_client.post(reverse("account_sign_out_everywhere"))
        assert desk_client.get("/admin/").status_code == other.get("/admin/").status_code == 302
        assert colleague.get("/admin/").status_code == 200

    def test_one_finds_ones_sessions_and_ends_one_or_all_others(
        self, desk_client: Client, front_desk: User
    ) -> None:
        phone, tablet, colleague = (
            Client(headers={"user-agent": name}, REMOTE_ADDR=address)
            for name, address in (
                ("Phone", "192.0.2.7"),
                ("Tablet", "2001:db8:1:2:3::4"),
                ("Theirs", "192.0.2.9"),
            )
        )
        for client, user in ((phone, front_desk), (tablet, front_desk), (colleague, builders.staff())):
            client.force_login(user)
            client.get("/admin/")
            pass_time(client, seen_at=2 * 60)
            client.get("/admin/")
        desk_client.get("/admin/")
        page = desk_client.get(reverse("usersessions_list"))
        others = UserSession.objects.filter(user=front_desk).exclude(
            session_key=desk_client.session.session_key
        )
        assert [row.user_agent for row in others.order_by("-last_seen_at")] == ["Tablet", "Phone"]
        for shown in ("Phone", "Tablet", "192.0.2.7", "2001:db8:1:2::"):
            assert shown in page.text
        assert "Theirs" not in page.text
        assert not [row.session_key for row in UserSession.objects.all() if row.session_key in page.text]
        theirs, on_phone = (UserSession.objects.get(ip=address) for address in ("192.0.2.9", "192.0.2.7"))
        desk_client.post(reverse("usersessions_list"), {"session": theirs.pk})
        desk_client.post(reverse("usersessions_list"), {"session": on_phone.pk})
        assert phone.get("/admin/").status_code == 302
        assert [each.get("/admin/").status_code for each in (tablet, colleague, desk_client)] == [200] * 3
        desk_client.post(reverse("usersessions_list"))
        assert tablet.get("/admin/").status_code == 302
        assert [each.get("/admin/").status_code for each in (colleague, desk_client)] == [200, 200]

    def test_a_session_with_a_new_key_is_still_ended_everywhere(
        self, desk_client: Client, front_desk: User
    ) -> None:
        """A new password gives the session that set it another key."""
        desk_client.get("/admin/")
        new = "another-long-password"
        form = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
        assert desk_client.post("/admin/password_change/", form, follow=True).status_code == 200
        other = Client()
        other.force_login(User.objects.get(pk=front_desk.pk))
        assert desk_client.get("/admin/").status_code == 200
        other.post(reverse("account_sign_out_everywhere"))
        assert desk_client.get("/admin/").status_code == 302

    def test_signing_out_clears_what_the_browser_kept(self, desk_client: Client) -> None:
        assert "Clear-Site-Data" not in desk_client.get("/admin/").headers
        answer = desk_client.post(reverse("admin:logout"))
        assert answer["Clear-Site-Data"] == '"cache", "storage"'

    def test_a_new_password_ends_the_other_browser(self, desk_client: Client, front_desk: User) -> None:
        front_desk.set_password("another-long-password")
        front_desk.save()
        assert desk_client.get("/admin/").status_code == 302

    def test_signing_in_gives_the_session_a_new_key(self, client: Client, front_desk: User) -> None:
        client.get(SIGN_IN)
        session = client.session
        session["planted"] = "1"
        session.save()
        before = session.session_key
        client.cookies["sessionid"] = before or ""
        client.post("/admin/login/", {"username": front_desk.username, "password": PASSWORD})
        assert client.cookies["sessionid"].value != before


@pytest.mark.django_db
class TestKeptNote:
    NOTE = "She prefers mornings, and asks for Dr. Umar."

    def note_after_the_end(self, client: Client) -> tuple[Any, str]:
        row = builders.callback_request()
        url = reverse("admin:request-note", args=[row.pk])
        pass_time(client, seen_at=31 * 60)
        return client.post(url, {"note": self.NOTE, "seen_version": row.version}), url

    def test_what_was_written_is_kept_and_can_be_sent(self, desk_client: Client, front_desk: User) -> None:
        answer, url = self.note_after_the_end(desk_client)
        assert answer["Location"] == f"/admin/login/?next={reverse('account_resume').replace('/', '%2F')}"
        assert not RequestEvent.objects.filter(note=self.NOTE).exists()
        desk_client.force_login(front_desk)
        page = desk_client.get(reverse("account_resume"))
        assert self.NOTE in page.content.decode()
        assert page["Cache-Control"] == "no-store, private"
        desk_client.post(url, dict(page.context["fields"]))
        assert RequestEvent.objects.filter(note=self.NOTE).exists()
        assert sessions.KEPT not in desk_client.session

    def test_it_is_sealed_while_it_waits(self, desk_client: Client) -> None:
        self.note_after_the_end(desk_client)
        stored = [row.get_decoded() for row in Session.objects.all()]
        assert any(sessions.KEPT in row for row in stored)
        assert "mornings" not in str(stored)

    def test_a_colleague_at_the_same_computer_does_not_see_it(self, desk_client: Client) -> None:
        self.note_after_the_end(desk_client)
        desk_client.force_login(builders.staff())
        answer = desk_client.get(reverse("account_resume"))
        assert answer.status_code == 302
        assert sessions.KEPT not in desk_client.session

    def test_a_password_is_not_kept(self, client: Client) -> None:
        client.force_login(builders.staff(is_superuser=True))
        pass_time(client, seen_at=31 * 60)
        secret = "a long phrase that nobody guesses"
        client.post("/admin/password_change/", {"old_password": "x", "new_password1": secret})
        assert sessions.KEPT not in client.session

    def test_a_forged_form_is_not_kept(self, front_desk: User) -> None:
        strict = Client(enforce_csrf_checks=True)
        strict.force_login(front_desk)
        answer, _ = self.note_after_the_end(strict)
        assert answer.status_code == 403
        assert sessions.KEPT not in strict.session


@pytest.mark.django_db
def test_a_lost_device_is_helped_by_a_command(desk_client: Client, front_desk: User) -> None:
    with_app(front_desk)
    call_command("reset_second_factor", front_desk.username)
    assert not Authenticator.objects.exists()
    assert desk_client.get("/admin/").status_code == 302
    assert AuditEntry.objects.filter(action=AuditAction.FACTOR_CHANGED, user=front_desk).exists()
    with pytest.raises(CommandError):
        call_command("reset_second_factor", "nobody")


@pytest.mark.django_db
def test_every_page_of_the_sign_in_has_one_heading_and_a_title(desk_client: Client, front_desk: User) -> None:
    texts = [desk_client.get(reverse("account_reauthenticate")).text]
    with_app(front_desk)
    RecoveryCodes.activate(front_desk)
    names = (
        "mfa_index", "mfa_list_webauthn", "mfa_add_webauthn", "mfa_deactivate_totp", "mfa_reauthenticate",
        "mfa_generate_recovery_codes", "mfa_view_recovery_codes",
        "account_inactive", "account_change_password", "account_logout",
    )  # fmt: skip
    for text in (*texts, *(desk_client.get(reverse(name)).text for name in names)):
        assert text.count("<h1") == 1
        assert "FineTouch" in text or "The clinic" in text
        assert " style=" not in text
        assert "<style" not in text


@pytest.fixture
def owner(required: None, client: Client) -> Client:
    """A superuser's browser, in which the factor was shown just now."""
    user = builders.superuser()
    secret = with_app(user)
    give_password(client, user)
    client.post(reverse("mfa_authenticate"), {"code": code_now(secret)})
    return client


def proved_long_ago(client: Client, minutes: int) -> None:
    session = client.session
    name = "account_authentication_methods"
    session[name] = [{**each, "at": time.time() - 60 * minutes} for each in session[name]]
    session[sessions.SIGNED_IN_AT] = time.time() - 60 * minutes
    session.save()


@pytest.mark.django_db
class TestChangesOfAccounts:
    """Who changes who may sign in, and as what, shows the factor once more."""

    def test_the_page_asks_for_a_proof_of_these_minutes(self, owner: Client, front_desk: User) -> None:
        page = reverse("admin:auth_user_change", args=[front_desk.pk])
        assert owner.get(page).status_code == 200
        proved_long_ago(owner, 6)
        for path in (
            page,
            reverse("admin:auth_user_add"),
            reverse("admin:auth_user_password_change", args=[front_desk.pk]),
            reverse("admin:auth_user_delete", args=[front_desk.pk]),
            reverse("admin:auth_group_add"),
        ):
            answer = owner.get(path)
            assert answer["Location"] == f"{reverse('mfa_reauthenticate')}?next={path.replace('/', '%2F')}"
        assert owner.get(reverse("admin:auth_user_changelist")).status_code == 200
        assert owner.get("/admin/").status_code == 200

    def test_a_calendars_address_outlives_the_session_and_takes_a_proof_too(
        self, owner: Client, dermatologist: User
    ) -> None:
        doctor = builders.practitioner(user=dermatologist)
        page = reverse("admin:clinic_practitioner_calendar_make", args=[doctor.pk])
        proved_long_ago(owner, 29)
        assert owner.post(page).status_code == 200
        proved_long_ago(owner, 31)
        assert owner.post(page)["Location"].startswith(reverse("mfa_reauthenticate"))
        # From there one comes back by a link.
        proved_long_ago(owner, 0)
        assert owner.get(page)["Location"] == reverse("admin:clinic_practitioner_calendar", args=[doctor.pk])

    def test_what_was_filled_in_is_taken_for_half_an_hour(self, owner: Client, front_desk: User) -> None:
        page = reverse("admin:auth_user_password_change", args=[front_desk.pk])
        new = "something-else-entirely"
        form = {"usable_password": "true", "password1": new, "password2": new}
        proved_long_ago(owner, 31)
        assert owner.post(page, form)["Location"].startswith(reverse("mfa_reauthenticate"))
        assert User.objects.get(pk=front_desk.pk).check_password(PASSWORD)
        proved_long_ago(owner, 29)
        owner.post(page, form)
        assert User.objects.get(pk=front_desk.pk).check_password(new)
        entry = AuditEntry.objects.get(action=AuditAction.PASSWORD_SET)
        assert (entry.user, entry.object_id) == (User.objects.get(is_superuser=True), str(front_desk.pk))

    def test_so_does_who_looks_after_sessions(self, owner: Client) -> None:
        proved_long_ago(owner, 6)
        for send in (owner.get, owner.post):
            answer = send(reverse("usersessions_list"))
            assert answer["Location"].startswith(reverse("mfa_reauthenticate"))


@pytest.mark.django_db
class TestClosedAccounts:
    @pytest.mark.parametrize("way", ["save", "update", "sql"])
    def test_no_session_comes_back_with_the_account(
        self, desk_client: Client, front_desk: User, way: str
    ) -> None:
        """Not even one that nobody has used while the account was closed."""
        other = Client()
        other.force_login(builders.superuser())
        for browser in (other, desk_client):
            assert browser.get("/admin/").status_code == 200
        others = set(Session.objects.exclude(pk=desk_client.session.session_key).values_list("pk", flat=True))
        front_desk.is_active = False
        if way == "save":
            front_desk.save()
        elif way == "update":
            User.objects.filter(pk=front_desk.pk).update(is_active=False)
        else:
            with connection.cursor() as cursor:
                cursor.execute("UPDATE auth_user SET is_active = false WHERE id = %s", [front_desk.pk])
        User.objects.filter(pk=front_desk.pk).update(is_active=True)
        assert set(Session.objects.values_list("pk", flat=True)) == others
        assert not UserSession.objects.filter(user=front_desk).exists()
        assert [each.get("/admin/").status_code for each in (other, desk_client)] == [200, 302]

    def test_a_sign_in_that_crossed_the_closing_ends_with_the_opening(
        self, desk_client: Client, front_desk: User
    ) -> None:
        desk_client.get("/admin/")
        kept = [*Session.objects.all(), *UserSession.objects.all()]
        User.objects.filter(pk=front_desk.pk).update(is_active=False)
        for row in kept:
            row.save(force_insert=True)
        User.objects.filter(pk=front_desk.pk).update(is_active=True)
        assert not Session.objects.exists()


@pytest.mark.usefixtures("required")
@pytest.mark.django_db
class TestTwoSteps:
    """Between the password and the code lies time."""

    def test_a_new_password_ends_a_sign_in_that_waits(self, client: Client, front_desk: User) -> None:
        secret = with_app(front_desk)
        give_password(client, front_desk)
        front_desk.set_password("another-long-password")
        front_desk.save()
        answer = client.post(reverse("mfa_authenticate"), {"code": code_now(secret)})
        assert answer["Location"] == SIGN_IN
        assert client.get("/admin/").status_code == 302

    def test_a_closed_account_ends_it_too(self, client: Client, front_desk: User) -> None:
        secret = with_app(front_desk)
        give_password(client, front_desk)
        User.objects.filter(pk=front_desk.pk).update(is_active=False)
        client.post(reverse("mfa_authenticate"), {"code": code_now(secret)})
        User.objects.filter(pk=front_desk.pk).update(is_active=True)
        assert client.get("/admin/").status_code == 302

    def test_a_factor_that_is_lost_meanwhile_leads_in_no_circle(
        self, client: Client, front_desk: User
    ) -> None:
        """The device is lost, the password given, and the command run: the sign-in begins anew."""
        with_app(front_desk)
        give_password(client, front_desk)
        call_command("reset_second_factor", front_desk.username)
        assert client.get(SIGN_IN).status_code == 200
        give_password(client, front_desk)
        assert client.get("/admin/")["Location"].startswith(reverse("mfa_add_webauthn"))

    def test_each_is_in_the_audit_with_what_it_was(self, client: Client, front_desk: User) -> None:
        secret = with_app(front_desk)
        give_password(client, front_desk, "wrong")
        give_password(client, front_desk)
        client.post(reverse("mfa_authenticate"), {"code": "123456"})
        client.post(reverse("mfa_authenticate"), {"code": code_now(secret)})
        Authenticator.objects.update(last_used_at=None)
        cache.clear()
        client.post(reverse("mfa_reauthenticate"), {"code": code_now(secret)})
        entries = AuditEntry.objects.order_by("pk").values_list("action", "how", "user__username")
        assert [(action, how) for action, how, name in entries if name == front_desk.username] == [
            (AuditAction.SIGN_IN_FAILED, "password"),
            (AuditAction.GAVE_PASSWORD, "password"),
            (AuditAction.SIGN_IN_FAILED, "totp"),
            (AuditAction.SIGNED_IN, "password totp"),
            (AuditAction.PROVED, "totp"),
        ]


@pytest.mark.django_db
def test_a_new_password_can_be_ended_elsewhere_at_once(desk_client: Client, front_desk: User) -> None:
    """It gives the session another key, which stands in the list before anything else is asked for."""
    desk_client.get("/admin/")
    new = "another-long-password"
    desk_client.post(
        reverse("account_change_password"), {"oldpassword": PASSWORD, "password1": new, "password2": new}
    )
    sessions.end_all(User.objects.get(pk=front_desk.pk))
    assert desk_client.get("/admin/").status_code == 302
