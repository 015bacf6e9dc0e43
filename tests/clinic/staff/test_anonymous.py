"""Whoever has not signed in writes no session, however often and with whatever: the table can't be filled."""

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from tests import access_table, access_world, builders
from tests.appointments import posts
from tests.clinic.staff.test_sign_in import give_password, with_app

pytestmark = pytest.mark.django_db


@pytest.fixture(params=["required", "off"])
def _factor(request: pytest.FixtureRequest, settings: Settings) -> None:
    settings.STAFF_SECOND_FACTOR = request.param
    settings.LOGIN_URL = "account_login" if request.param == "required" else "admin:login"
    cache.clear()


@pytest.mark.usefixtures("_factor")
def test_no_address_leaves_one() -> None:
    """Read, or sent nonsense, by a stranger and by a patient."""
    world = access_world.build()
    left = []
    for role in ("anonymous", "patient"):
        for row in access_table.ROWS:
            for method in ("GET", "POST"):
                path = world.path(row, role)
                Client().generic(method, path, b"nonsense=1", "application/x-www-form-urlencoded")
                if Session.objects.exists():
                    Session.objects.all().delete()
                    left.append(f"{method} {path}")
    assert left == []


@pytest.mark.usefixtures("_factor")
def test_no_form_leaves_one(front_desk: User) -> None:
    """Sent well, sent badly, and each kind of sign-in that fails."""
    builders.treatment("botox")
    client = Client()
    forms = {
        "/appointments/request/botox/": posts.appointment(),
        "/es/appointments/request/botox/": posts.appointment(first_name=""),
        "/appointments/callback/": posts.callback(),
        "/appointments/find/": {"email": "ada@example.com"},
        "/admin/login/": {"username": front_desk.username, "password": "wrong"},
        reverse("account_login"): {"login": front_desk.username, "password": "wrong"},
        reverse("mfa_authenticate"): {"code": "123456"},
        reverse("mfa_login_webauthn"): {"credential": "{}", "state": "made-up"},
        reverse("account_logout"): {},
        reverse("admin:logout"): {},
    }
    for path, form in forms.items():
        client.get(path, headers={"Accept": "application/json"})
        client.post(path, form)
        assert not Session.objects.exists(), path


def test_the_right_password_is_the_first_that_leaves_one(front_desk: User, settings: Settings) -> None:
    """It has to be remembered until the code is given; whoever signs out or gives up takes it along."""
    settings.STAFF_SECOND_FACTOR = "required"
    with_app(front_desk)
    client = Client()
    give_password(client, front_desk)
    assert Session.objects.count() == 1
    client.post(reverse("account_logout"))
    assert not Session.objects.exists()
