"""Passkeys in a browser with an authenticator of its own, and the same pages without JavaScript."""

from collections.abc import Callable
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import User
from django.contrib.sessions.backends.db import SessionStore
from django.core.cache import cache
from playwright.sync_api import BrowserContext, Page, expect
from pytest_django import Settings
from pytest_playwright import CreateContextCallback

from appointments import roles
from clinic.staff import sessions
from tests import builders
from tests.browser.conftest import CheckAxe
from tests.clinic.staff.test_sign_in import PASSWORD, code_now, with_app

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def desk(settings: Settings) -> User:
    """Somebody of the front desk, where a second factor is required."""
    settings.STAFF_SECOND_FACTOR = "required"
    settings.LOGIN_URL = "account_login"
    settings.ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
    cache.clear()
    builders.clinic()
    return builders.staff(roles.FRONT_DESK)


def with_authenticator(context: BrowserContext, page: Page) -> Callable[[str, Any], Any]:
    """Gives the browser an authenticator that asks for a finger and gets it; returns what speaks to it."""
    session = context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    added = session.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
    number = added["authenticatorId"]
    return lambda name, value: session.send(f"WebAuthn.{name}", {"authenticatorId": number, **value})


def give_password(page: Page, user: User) -> None:
    page.goto("/admin/")
    page.get_by_label("Username").fill(user.username)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def sign_out(page: Page) -> None:
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Logged out")
    page.goto("/admin/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")


def test_set_up_then_sign_in_and_prove_by_the_passkey(
    new_context: CreateContextCallback, desk: User, look: CheckAxe
) -> None:
    context = new_context()
    # As browsers that offer no passkey in a field: this authenticator would take the offer at once.
    context.add_init_script("delete PublicKeyCredential.isConditionalMediationAvailable")
    page = context.new_page()
    with_authenticator(context, page)

    give_password(page, desk)
    expect(page.get_by_role("heading", level=1)).to_have_text("Set up a passkey")
    look(page)
    page.get_by_role("button", name="Set up a passkey").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your recovery codes")
    look(page)
    page.get_by_role("link", name="Go on to Today").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Today")

    sign_out(page)
    look(page)
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Today")

    # The key alone changes nothing about the sign-in once some time has passed.
    grow_old(page)
    page.goto("/accounts/2fa/recovery-codes/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Confirm that it is you")
    look(page)
    page.get_by_role("button", name="Use your passkey or security key").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your recovery codes")

    page.goto("/admin/")
    sign_out(page)
    give_password(page, desk)
    expect(page.get_by_role("heading", level=1)).to_have_text("Your second factor")
    look(page)
    page.get_by_role("button", name="Use your passkey or security key").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Today")


def test_the_browser_offers_the_passkey_by_itself(new_context: CreateContextCallback, desk: User) -> None:
    """In the field of the name; this authenticator takes the offer at once, a person by a click."""
    context = new_context()
    page = context.new_page()
    with_authenticator(context, page)
    give_password(page, desk)
    page.get_by_role("button", name="Set up a passkey").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your recovery codes")
    page.goto("/admin/")
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Logged out")
    page.goto("/admin/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Today")


def grow_old(page: Page) -> None:
    """As if the sign-in of this browser lay an hour back."""
    [cookie] = [each for each in page.context.cookies() if each["name"] == "sessionid"]
    session = SessionStore(cookie["value"])
    session[sessions.SIGNED_IN_AT] -= 3600
    session.save()


def test_a_device_that_refuses_leaves_the_other_way(
    new_context: CreateContextCallback, desk: User, look: CheckAxe
) -> None:
    context = new_context()
    page = context.new_page()
    speak = with_authenticator(context, page)
    speak("setUserVerified", {"isUserVerified": False})
    give_password(page, desk)
    page.get_by_role("button", name="Set up a passkey").click()
    expect(page.get_by_role("alert").filter(has_text="That didn’t work")).to_be_visible()
    look(page)
    page.get_by_role("link", name="Set up an authenticator app").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Set up your authenticator app")
    assert not Authenticator.objects.exists()


def test_without_javascript_a_code_opens_all(
    new_context: CreateContextCallback, desk: User, check_axe: CheckAxe
) -> None:
    page = new_context(java_script_enabled=False).new_page()
    give_password(page, desk)
    expect(page.get_by_role("button", name="Set up a passkey")).to_be_hidden()
    expect(page.get_by_text("A passkey needs JavaScript")).to_be_visible()
    page.get_by_role("link", name="Set up an authenticator app").click()
    expect(page.get_by_label("Code", exact=False).first).to_be_visible()
    secret = with_app(desk)
    page.goto("/accounts/login/")
    page.goto("/admin/")
    page.get_by_label("Code").fill(code_now(secret))
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Today")
