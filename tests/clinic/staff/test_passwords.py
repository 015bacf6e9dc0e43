"""Passwords that somebody else chose or would guess, and sign-ins that fail too often."""

import hashlib
from datetime import timedelta
from pathlib import Path
from typing import cast

import pytest
from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from appointments.messages.to_staff import sign_in
from appointments.models import Message
from clinic.models import AuditAction, AuditEntry, Clinic, GivenPassword
from clinic.staff import attempts
from tests import builders

pytestmark = pytest.mark.django_db
FIRST, OWN = "given-by-the-owner-1", "mine-alone-since-today"


@pytest.fixture(autouse=True)
def _own_cache() -> None:
    cache.clear()


@pytest.fixture
def owner_client(clinic: object) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("owner", "owner@example.org", OWN))
    return client


def browser_of(name: str, password: str) -> Client:
    browser = Client()
    browser.post("/admin/login/", {"username": name, "password": password})
    return browser


def made_by(owner: Client, name: str = "newcomer") -> User:
    """An account that the owner makes in the admin, as staff."""
    both = {"username": name, "usable_password": "true", "password1": FIRST, "password2": FIRST}
    assert owner.post(reverse("admin:auth_user_add"), both).status_code == 302
    User.objects.filter(username=name).update(is_staff=True)
    return User.objects.get(username=name)


class TestFirstPassword:
    def test_it_opens_nothing_but_the_choice_of_ones_own(self, owner_client: Client) -> None:
        made_by(owner_client)
        browser = browser_of("newcomer", FIRST)
        for path in ("/admin/", "/admin/today/", "/admin/password_change/"):
            assert browser.get(path)["Location"] == reverse("account_change_password")
        assert browser.get("/admin/today/", headers={"Sec-Fetch-Mode": "cors"}).status_code == 401
        change = {"oldpassword": FIRST, "password1": OWN, "password2": OWN}
        browser.post(reverse("account_change_password"), change)
        assert browser.get("/admin/").status_code == 200
        assert browser_of("newcomer", OWN).get("/admin/").status_code == 200

    def test_one_that_the_owner_gives_later_is_a_first_one_too(self, owner_client: Client) -> None:
        user = builders.staff(username="colleague")
        page = reverse("admin:auth_user_password_change", args=[user.pk])
        owner_client.post(page, {"usable_password": "true", "password1": FIRST, "password2": FIRST})
        assert browser_of("colleague", FIRST).get("/admin/").status_code == 302

    def test_a_superusers_own_stays_ones_own(self, owner_client: Client) -> None:
        owner = User.objects.get(username="owner")
        page = reverse("admin:auth_user_password_change", args=[owner.pk])
        owner_client.post(page, {"usable_password": "true", "password1": FIRST, "password2": FIRST})
        assert browser_of("owner", FIRST).get("/admin/").status_code == 200

    def test_it_ends_after_a_week(self, owner_client: Client) -> None:
        made_by(owner_client)
        GivenPassword.objects.update(at=timezone.now() - timedelta(days=6, hours=23))
        assert "_auth_user_id" in browser_of("newcomer", FIRST).session
        GivenPassword.objects.update(at=timezone.now() - timedelta(days=7, seconds=1))
        assert "_auth_user_id" not in browser_of("newcomer", FIRST).session


@pytest.mark.parametrize(
    "password",
    [
        "FineTouch-2026!",
        "finetouchdermatology",
        "Botox.Clinic.2027",
        "dermatology-umar1",
        "Skin Doctor 90210",
    ],
)
def test_words_that_anybody_would_guess_here_are_no_password(clinic: Clinic, password: str) -> None:
    clinic.name = "FineTouch Dermatology"
    clinic.save()
    builders.practitioner(name="Dr. Umar")
    with pytest.raises(ValidationError, match="anybody would guess"):
        validate_password(password)


@pytest.mark.parametrize("password", ["the clinic dog likes rain", "x9-botox-Trampolin-44"])
def test_one_that_holds_such_a_word_among_others_is_taken(clinic: Clinic, password: str) -> None:
    validate_password(password)


@pytest.mark.parametrize(
    "password",
    [
        "aaaaaaaaaaaa",
        "abcabcabcabc",
        "123456789012",
        "qwertyuiop12",
        "Password2026!",
        "FrontDesk2026",
        "iloveyou1234",
        "a" * 200,
        "HawthorneBlvd21",
        "Torrance90503",
        "receptionist-ada",
    ],
)
def test_what_is_guessed_soon_is_no_password(clinic: Clinic, password: str) -> None:
    clinic.street_address, clinic.city = "21 Hawthorne Blvd.", "Torrance"
    clinic.save()
    with pytest.raises(ValidationError):
        validate_password(password, User(username="ada"))


@pytest.mark.parametrize(
    "password",
    ["correct horse battery", "Ñandú-verde-48-rueda", "日本の海は青いです今日だけ", "t7#Kq0!zPm2v"],
)
def test_what_is_not_is_taken(clinic: Clinic, password: str) -> None:
    validate_password(password, User(username="ada"))


class TestBreached:
    """The list is the operator's, as long as it likes; the digests in it are in order."""

    @pytest.fixture
    def stolen(self, clinic: Clinic, settings: Settings, tmp_path: Path) -> list[str]:
        passwords = [f"stolen-elsewhere-{number}" for number in range(200)]
        digests = sorted(hashlib.sha1(each.encode()).hexdigest().upper() for each in passwords)  # noqa: S324
        lines = [f"{digest}:{7 ** (number % 9)}\r\n" for number, digest in enumerate(digests)]
        settings.BREACHED_PASSWORDS = tmp_path / "list.txt"
        settings.BREACHED_PASSWORDS.write_bytes("".join(lines).encode())
        return passwords

    def test_each_of_the_list_is_refused_and_no_other(self, stolen: list[str]) -> None:
        for password in stolen:
            with pytest.raises(ValidationError, match="stolen elsewhere"):
                validate_password(password)
            validate_password(f"{password}-not")

    def test_a_list_of_one_and_bare_digests_will_do(self, stolen: list[str], settings: Settings) -> None:
        digest = hashlib.sha1(b"a-single-stolen-one").hexdigest()  # noqa: S324
        for line in (digest, f"{digest}\n"):
            cast("Path", settings.BREACHED_PASSWORDS).write_text(line)
            with pytest.raises(ValidationError, match="stolen elsewhere"):
                validate_password("a-single-stolen-one")
            validate_password(stolen[0])

    def test_without_a_list_nothing_is_looked_up(self, stolen: list[str], settings: Settings) -> None:
        settings.BREACHED_PASSWORDS = None
        validate_password(stolen[0])


class TestAttempts:
    @pytest.fixture(autouse=True)
    def _limits(self, settings: Settings) -> None:
        settings.RATE_LIMITS = True

    def failed(self, user: User, times: int, page: str, ago: timedelta = timedelta(hours=1)) -> None:
        for _each in range(times):
            AuditEntry.objects.create(
                user=user, action=AuditAction.SIGN_IN_FAILED, page=page, at=timezone.now() - ago
            )

    def test_the_owner_hears_of_a_stolen_password(self, owner_client: Client) -> None:
        """By Today, by e-mail once a day, and by a figure; a colleague's slips tell nobody."""
        victim, clumsy = builders.staff(username="victim"), builders.staff(username="clumsy")
        self.failed(victim, attempts.CODES - 1, "mfa_authenticate")
        self.failed(clumsy, attempts.PASSWORDS - 1, "account_login")
        self.failed(victim, 5, "mfa_authenticate", ago=timedelta(days=1, hours=1))
        now = timezone.now()
        assert attempts.suspicious(now) == []
        assert sign_in.write(now) == 0
        self.failed(victim, 1, "mfa_reauthenticate")
        assert "knows the password of victim" in owner_client.get("/admin/").text
        Clinic.objects.update(email="desk@example.org")
        now = timezone.now()
        assert sign_in.write(now) == 2
        assert sign_in.write(now) == 0
        told = Message.objects.filter(kind=sign_in.KIND)
        assert {message.recipient for message in told} == {"desk@example.org", "owner@example.org"}
        assert "finetouch_accounts_tried 1.0" in Client().get("/metrics").text

    def test_nobody_else_is_told_on_today(self, desk_client: Client) -> None:
        self.failed(builders.staff(username="victim"), attempts.CODES, "mfa_authenticate")
        assert "victim" not in desk_client.get("/admin/").text

    def test_guessing_above_the_limit_is_counted_too(self, clinic: object) -> None:
        builders.staff(username="victim")
        browser = Client()
        for number in range(attempts.PASSWORDS + 4):
            browser.post("/accounts/login/", {"login": "victim", "password": f"wrong-{number}"})
        assert [(each.username, each.codes) for each in attempts.suspicious(timezone.now())] == [
            ("victim", 0)
        ]

    def test_a_stranger_does_not_fill_the_record(self, clinic: object) -> None:
        browser = Client()
        for number in range(100):
            browser.post("/accounts/login/", {"login": "nobody", "password": f"wrong-{number}"})
        assert AuditEntry.objects.filter(action=AuditAction.SIGN_IN_FAILED).count() < 80
