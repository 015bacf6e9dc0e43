"""Passkeys: offered first, enough alone, tied to this site and to one asking."""

import time
from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from clinic.models import AuditAction, AuditEntry
from clinic.staff import passkeys
from tests.clinic.staff import passkey
from tests.clinic.staff.passkey import Passkey

pytestmark = pytest.mark.django_db
PASSWORD = "long-enough-for-tests"


@pytest.fixture(autouse=True)
def _required(settings: Settings) -> None:
    settings.STAFF_SECOND_FACTOR = "required"
    settings.LOGIN_URL = "account_login"
    cache.clear()


@pytest.fixture
def key(front_desk: User) -> Passkey:
    """The passkey that the front desk has set up, in a browser that is signed out again."""
    key, client = Passkey(), passkey.browser()
    give_password(client, front_desk)
    assert passkey.add(client, key)["Location"] == reverse("mfa_view_recovery_codes")
    client.post(reverse("admin:logout"))
    return key


def give_password(client: Client, user: User) -> Any:
    return client.post(reverse("account_login"), {"login": user.username, "password": PASSWORD})


def is_in(client: Client) -> bool:
    return bool(client.get("/admin/").status_code == 200)


def test_whoever_has_no_factor_is_led_to_a_passkey_first(front_desk: User) -> None:
    client = passkey.browser()
    give_password(client, front_desk)
    answer = client.get("/admin/")
    assert answer["Location"].startswith(reverse("mfa_add_webauthn"))
    page = client.get(answer["Location"]).text
    assert "works on this site only" in page
    assert page.index('data-passkey="new"') < page.index(reverse("mfa_activate_totp"))
    key = Passkey()
    passkey.add(client, key)
    assert set(Authenticator.objects.values_list("type", flat=True)) == {"webauthn", "recovery_codes"}
    assert is_in(client)
    assert client.get(reverse("mfa_view_recovery_codes")).context["unused_codes"]


def test_a_passkey_alone_signs_in(key: Passkey) -> None:
    client = passkey.browser()
    page = client.get(reverse("account_login")).text
    assert page.index("Sign in with a passkey") < page.index('type="password"')
    assert 'autocomplete="username webauthn"' in page
    assert passkey.sign_in(client, key)["Location"] == "/admin/"
    assert is_in(client)
    assert AuditEntry.objects.filter(action=AuditAction.SIGNED_IN, page="mfa_login_webauthn").exists()


def test_it_leads_on_to_what_was_wanted(key: Passkey) -> None:
    client = passkey.browser()
    asked = passkey.options(client)
    sent = {"credential": key.sign(asked), "state": asked["state"], "next": "/admin/auth/"}
    assert client.post(reverse("mfa_login_webauthn"), sent)["Location"] == "/admin/auth/"


def test_it_follows_a_password_too_and_proves_again(key: Passkey, front_desk: User) -> None:
    client = passkey.browser()
    give_password(client, front_desk)
    assert not is_in(client)
    page = client.get(reverse("mfa_authenticate")).text
    assert page.index('data-passkey="proof"') < page.index('name="code"')
    passkey.prove(client, key, "mfa_authenticate")
    assert is_in(client)
    before = client.session.session_key
    proof = client.get(reverse("mfa_reauthenticate_webauthn")).text
    assert reverse("mfa_reauthenticate") in proof
    passkey.prove(client, key)
    assert client.session.session_key != before
    assert is_in(client)


def test_a_proof_asks_for_the_passkey_first(key: Passkey, front_desk: User) -> None:
    client = passkey.browser()
    client.force_login(front_desk)
    assert client.get("/admin/")["Location"].startswith(reverse("mfa_reauthenticate_webauthn"))


class TestRefused:
    def test_what_was_signed_counts_once(self, key: Passkey) -> None:
        first, second = passkey.browser(), passkey.browser()
        asked = passkey.options(first)
        sent = {"credential": key.sign(asked), "state": asked["state"]}
        assert first.post(reverse("mfa_login_webauthn"), sent)["Location"] == "/admin/"
        assert second.post(reverse("mfa_login_webauthn"), sent)["Location"] == reverse("account_login")
        assert not is_in(second)

    def test_what_was_asked_for_long_ago(self, key: Passkey, monkeypatch: pytest.MonkeyPatch) -> None:
        client = passkey.browser()
        asked = passkey.options(client)
        later = time.time() + passkeys.LASTS_SECONDS + 1
        monkeypatch.setattr("django.core.signing.time.time", lambda: later)
        client.post(reverse("mfa_login_webauthn"), {"credential": key.sign(asked), "state": asked["state"]})
        assert not is_in(client)

    @pytest.mark.parametrize("state", ["", "made-up", "e30:1:x"])
    def test_what_nobody_asked_for(self, key: Passkey, state: str) -> None:
        client = passkey.browser()
        asked = passkey.options(client)
        answer = client.post(reverse("mfa_login_webauthn"), {"credential": key.sign(asked), "state": state})
        assert answer["Location"] == reverse("account_login")
        assert not is_in(client)
        entry = AuditEntry.objects.get(action=AuditAction.SIGN_IN_FAILED)
        assert (entry.page, entry.user) == ("mfa_login_webauthn", None)

    def test_one_that_asked_for_neither_finger_nor_pin(self, front_desk: User) -> None:
        """It may follow the password, and alone it opens nothing."""
        plain, client = Passkey(verifies=False), passkey.browser()
        give_password(client, front_desk)
        page = client.get(reverse("mfa_add_webauthn"))
        credential = plain.make(passkey.as_browsers_see(page.context["js_data"]))
        client.post(reverse("mfa_add_webauthn"), {"credential": credential})
        alone, after = passkey.browser(), passkey.browser()
        passkey.sign_in(alone, plain)
        assert not is_in(alone)
        give_password(after, front_desk)
        passkey.prove(after, plain, "mfa_authenticate")
        assert is_in(after)

    def test_a_strangers(self, key: Passkey, front_desk: User) -> None:
        other, client = Passkey(), passkey.browser()
        other._owner = key._owner
        passkey.sign_in(client, other)
        assert not is_in(client)
        give_password(client, front_desk)
        passkey.prove(client, other, "mfa_authenticate")
        assert not is_in(client)
        assert AuditEntry.objects.filter(
            action=AuditAction.SIGN_IN_FAILED, user=front_desk, page="mfa_authenticate"
        ).exists()

    def test_that_of_a_closed_account(self, key: Passkey, front_desk: User) -> None:
        User.objects.filter(pk=front_desk.pk).update(is_active=False)
        client = passkey.browser()
        assert passkey.sign_in(client, key)["Location"] == reverse("account_inactive")
        assert not is_in(client)

    def test_one_that_was_removed_while_it_was_signed_in(self, key: Passkey) -> None:
        client = passkey.browser()
        passkey.sign_in(client, key)
        assert is_in(client)
        Authenticator.objects.filter(type="webauthn").delete()
        assert not is_in(client)


def test_asking_leaves_no_session(front_desk: User) -> None:
    client = passkey.browser()
    client.get(reverse("account_login"))
    asked = passkey.options(client)
    client.post(reverse("mfa_login_webauthn"), {"credential": "{}", "state": asked["state"]})
    client.post(reverse("mfa_login_webauthn"), {"credential": "{}"})
    assert not Session.objects.exists()


def test_an_old_use_does_not_keep_a_later_one_out(key: Passkey) -> None:
    Authenticator.objects.update(last_used_at=timezone.now() - timedelta(seconds=1))
    client = passkey.browser()
    passkey.sign_in(client, key)
    assert is_in(client)
