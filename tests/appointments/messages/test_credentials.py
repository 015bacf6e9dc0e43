"""Whose password or factor changes hears of it, whoever changed it, at the account's own address."""

import uuid

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.contrib.auth.models import User
from django.core import mail
from django.core.cache import cache
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from appointments.messages import outbox
from appointments.models import Message
from clinic.staff.changed import Change
from tests import builders
from tests.clinic.staff import passkey
from tests.clinic.staff.passkey import Passkey

OWN = "desk@example.org"
PASSWORD, NEW = "long-enough-for-tests", "another-long-password"
SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"

pytestmark = pytest.mark.django_db


@pytest.fixture
def person(front_desk: User, clinic: object, settings: Settings) -> User:
    settings.STAFF_SECOND_FACTOR, settings.LOGIN_URL = "required", "account_login"
    cache.clear()
    User.objects.filter(pk=front_desk.pk).update(email=OWN)
    front_desk.refresh_from_db()
    return front_desk


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.db.transaction.on_commit", lambda call, *_more, **_named: call())


def signed_in(user: User) -> Client:
    browser = passkey.browser()
    browser.post(reverse("account_login"), {"login": user.username, "password": PASSWORD})
    return browser


def told() -> list[tuple[str, str]]:
    """To whom, and what of the changes."""
    return [
        (message.recipient, change.value)
        for message in Message.objects.filter(kind="staff_credentials").order_by("pk")
        for change in Change
        if str(change.label) in message.text
    ]


@pytest.mark.usefixtures("at_once")
def test_a_factor_more_less_or_made_anew_is_told(person: User) -> None:
    browser = signed_in(person)
    browser.get(reverse("mfa_activate_totp"))
    session = browser.session
    session["mfa.totp.secret"] = SECRET
    session.save()
    code = format_hotp_value(hotp_value(SECRET, next(yield_hotp_counters_from_time())))
    browser.post(reverse("mfa_activate_totp"), {"code": code})
    assert told() == [(OWN, Change.APP_ADDED)]
    key = Passkey()
    passkey.add(browser, key)
    browser.post(reverse("mfa_generate_recovery_codes"))
    browser.post(reverse("mfa_deactivate_totp"))
    passkey.prove(browser, key)
    row = Authenticator.objects.get(user=person, type=Authenticator.Type.WEBAUTHN)
    browser.post(reverse("mfa_remove_webauthn", args=[row.pk]))
    assert [change for _who, change in told()] == [
        Change.APP_ADDED, Change.KEY_ADDED, Change.CODES_RENEWED, Change.APP_REMOVED, Change.KEY_REMOVED,
    ]  # fmt: skip


def test_a_lost_device_is_told(person: User) -> None:
    call_command("reset_second_factor", person.username)
    assert told() == [(OWN, Change.ALL_REMOVED)]


def test_ones_own_new_password_is_told(person: User) -> None:
    browser = signed_in(person)
    form = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    browser.post(reverse("account_change_password"), form)
    assert told() == [(OWN, Change.PASSWORD)]


def test_so_is_one_that_somebody_else_sets(person: User, admin_client: Client, settings: Settings) -> None:
    settings.STAFF_SECOND_FACTOR = "off"
    signed_in(person)
    form = {"password1": NEW, "password2": NEW, "usable_password": "true"}
    admin_client.post(reverse("admin:auth_user_password_change", args=[person.pk]), form)
    assert told() == [(OWN, Change.PASSWORD)]


def test_the_address_before_hears_of_another_one(
    person: User, admin_client: Client, settings: Settings
) -> None:
    """So that nobody first turns the notices away, then changes the rest."""
    settings.STAFF_SECOND_FACTOR = "off"
    page = reverse("admin:auth_user_change", args=[person.pk])
    shown = admin_client.get(page).context["adminform"].form.initial
    form = {
        "username": person.username, "email": "stranger@example.net", "is_active": "on", "is_staff": "on",
        "groups": [group.pk for group in person.groups.all()],
        "date_joined_0": f"{shown['date_joined']:%Y-%m-%d}", "date_joined_1": "00:00:00",
    }  # fmt: skip
    assert admin_client.post(page, form).status_code == 302
    assert told() == [(OWN, Change.ADDRESS)]


def test_who_has_no_address_or_never_signed_in_is_told_nothing(person: User) -> None:
    newcomer = builders.staff(username="newcomer", email="newcomer@example.org")
    newcomer.set_password(NEW)
    newcomer.save()
    User.objects.filter(pk=person.pk).update(email="")
    call_command("reset_second_factor", person.username)
    assert told() == []


def test_the_notice_says_whose_and_when_and_leads_nowhere(person: User) -> None:
    call_command("reset_second_factor", person.username)
    outbox.deliver_due(uuid.uuid4(), timezone.now())
    (sent,) = mail.outbox
    assert sent.to == [OWN]
    message = Message.objects.get()
    whole = f"{message.subject} {message.text} {message.html}"
    assert person.username in whole
    assert "in person or by phone" in whole
    assert "http" not in message.text
    assert 'href="http' not in message.html
