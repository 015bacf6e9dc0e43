"""The privacy notice in the clinic's own words: consents name the version that was shown."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from appointments.follow_up import recall
from appointments.models import PatientRequest
from appointments.requests import rights
from clinic.models import PrivacyNotice, privacy_version
from clinic.privacy import PRIVACY_VERSION
from tests import builders
from tests.appointments import posts
from treatments import content_loader
from treatments.models import Treatment

pytestmark = pytest.mark.django_db

ADMIN = "/admin/clinic/privacynotice/"
CALL = "/appointments/callback/"


@pytest.fixture(autouse=True)
def content(db: None) -> None:
    content_loader.load()


def written(by: User, days: int = 0, words: str = "<p>We keep little.</p>") -> PrivacyNotice:
    starts = timezone.now() + timedelta(days=days)
    return PrivacyNotice.objects.create(words=words, words_es="<p>Poco.</p>", starts_at=starts, editor=by)


def page(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200
    return response.content.decode()


class TestOnTheSite:
    def test_the_shipped_one_stands_until_there_is_another(self, client: Client, editor: User) -> None:
        written(editor, days=1)
        said = page(client, "/privacy/")
        assert f"Version {PRIVACY_VERSION} of this notice." in said
        assert "We keep little" not in said
        assert "Earlier versions" not in said

    def test_the_present_one_has_its_day_and_the_older_ones_can_be_read(
        self, client: Client, editor: User, django_assert_max_num_queries: DjangoAssertNumQueries
    ) -> None:
        first = written(editor, days=-2, words="<p>The first.</p>")
        second = written(editor)
        with django_assert_max_num_queries(3):
            said = page(client, "/privacy/")
        assert "We keep little." in said
        assert f"Version {second.version} of this notice, in force since" in said
        assert f"/privacy/{first.version}/" in said
        assert f"/privacy/{PRIVACY_VERSION}/" in said
        assert "Poco." in page(client, "/es/privacy/")
        older = page(client, f"/privacy/{first.version}/")
        assert "The first." in older
        assert "no longer in force" in older
        assert "your name and date of birth" in page(client, f"/privacy/{PRIVACY_VERSION}/")

    def test_one_that_has_not_begun_is_no_page(self, client: Client, editor: User) -> None:
        coming = written(editor, days=3)
        assert client.get(f"/privacy/{coming.version}/").status_code == 404
        assert client.get("/privacy/2020-01/").status_code == 404

    def test_two_of_one_day_have_two_names(self, editor: User) -> None:
        assert len({written(editor).version for _number in range(3)}) == 3

    def test_the_database_refuses_a_change(self, editor: User) -> None:
        written(editor)
        with pytest.raises(DatabaseError), transaction.atomic():
            PrivacyNotice.objects.update(words="Another")

    def test_markup_is_cleaned_whoever_wrote_it(self, client: Client, editor: User) -> None:
        written(editor, words="<p onclick=x>Hi<script>alert(1)</script></p>")
        said = page(client, "/privacy/")
        assert "onclick" not in said
        assert "<script>alert" not in said


def shown_version(html: str) -> str:
    found = re.search(r'name="privacy_version" value="([^"]*)"', html)
    assert found
    return found[1]


class TestConsent:
    def test_it_names_the_version_that_was_shown(self, client: Client, editor: User) -> None:
        assert shown_version(page(client, CALL)) == PRIVACY_VERSION
        notice = written(editor)
        assert shown_version(page(client, CALL)) == notice.version
        answer = client.post(CALL, posts.callback() | {"privacy_version": notice.version})
        assert answer.status_code == 302
        assert PatientRequest.objects.get().privacy_version == notice.version

    def test_a_notice_that_has_changed_is_asked_about_again_and_nothing_is_lost(
        self, client: Client, editor: User
    ) -> None:
        data = posts.callback() | {"privacy_version": PRIVACY_VERSION, "message": "Kept words"}
        notice = written(editor)
        answer = client.post(CALL, data)
        said = answer.content.decode()
        assert answer.status_code == 422
        assert "Our privacy notice has changed" in said
        assert "Kept words" in said
        assert shown_version(said) == notice.version
        assert not re.search(r'name="consent"[^>]*checked', said)
        assert not PatientRequest.objects.exists()
        assert client.post(CALL, data | {"privacy_version": notice.version}).status_code == 302
        assert PatientRequest.objects.get().privacy_version == notice.version

    def test_a_program_that_names_none_agrees_to_the_present_one(self, client: Client, editor: User) -> None:
        notice = written(editor)
        assert client.post(CALL, posts.callback()).status_code == 302
        assert PatientRequest.objects.get().privacy_version == notice.version

    def test_whichever_way_it_comes_it_names_the_one_in_force(
        self, client: Client, front_desk: User, dermatologist: User, editor: User
    ) -> None:
        """By either form, behind a recall's link, taken down by staff, and in the copy of the data."""
        notice, desk = written(editor), Client()
        desk.force_login(front_desk)
        earlier = builders.appointment_request(treatment=Treatment.objects.get(slug="botox"))
        answers = {f"screening_{number}": "no" for number in range(1, 9)}
        asked, botox = posts.appointment(**answers), "/appointments/request/botox/"
        entry = {
            "kind": "appointment",
            "source": "phone",
            "language": "en",
            "treatment": "botox",
            "store": "1",
        }
        ways: list[tuple[Client, str, posts.Post]] = [
            (client, CALL, posts.callback()),
            (client, botox, asked),
            (client, f"/appointments/recall/{recall.token_for(earlier)}/", posts.appointment(**answers)),
            (desk, reverse("admin:entry"), posts.appointment(**answers) | entry),
        ]
        for browser, path, post in ways:
            if browser is not desk:
                assert shown_version(page(client, path)) == notice.version, path
            assert browser.post(path, post).status_code == 302, path
            row = PatientRequest.objects.latest("pk")
            assert row.privacy_version == notice.version, path
            copy = rights.copy_of(row, dermatologist)
            assert notice.version in str(copy["requests"][-1]["fields"])
        assert PatientRequest.objects.count() == 1 + len(ways)

    @pytest.mark.parametrize("forged", ["2099-01-01", "<script>", "x" * 21])
    def test_a_version_that_never_was_is_asked_about(self, client: Client, forged: str) -> None:
        assert client.post(CALL, posts.callback() | {"privacy_version": forged}).status_code == 422
        assert not PatientRequest.objects.exists()


class TestInTheAdmin:
    @pytest.fixture
    def owner(self, client: Client, dermatologist: User) -> Client:
        client.force_login(dermatologist)
        return client

    def data(self, **values: Any) -> dict[str, Any]:
        return {
            "words": "<p>Ours.</p>", "words_es": "<p>Nuestro.</p>", "starts_at_0": "", "starts_at_1": "",
            "note": "", "seen": "",
        } | values  # fmt: skip

    def test_the_owner_starts_from_the_shipped_words(self, owner: Client) -> None:
        said = page(owner, f"{ADMIN}add/")
        assert "your name and date of birth" in said
        assert "su nombre" in said.lower()

    def test_one_click_puts_nothing_in_force(self, owner: Client) -> None:
        """What changes is shown first, and which version consents will name."""
        asked = owner.post(f"{ADMIN}add/", self.data()).content.decode()
        assert not PrivacyNotice.objects.exists()
        assert "Ours." in asked
        assert "Nuestro." in asked
        assert "your name and date of birth" in asked
        named = re.search(r"each consent names version ([\d-]+)\.", asked)
        assert named
        back = owner.post(f"{ADMIN}add/", self.data(_back="1")).content.decode()
        assert "Ours." in back
        assert not PrivacyNotice.objects.exists()
        owner.post(f"{ADMIN}add/", self.data(_confirmed="1"))
        assert PrivacyNotice.objects.get().version == named[1]

    def test_what_was_confirmed_is_checked_again(self, owner: Client, editor: User) -> None:
        written(editor)
        assert "meanwhile" in owner.post(f"{ADMIN}add/", self.data(_confirmed="1")).content.decode()
        assert PrivacyNotice.objects.count() == 1

    def test_what_she_writes_is_in_force_at_once(self, owner: Client, dermatologist: User) -> None:
        assert owner.post(f"{ADMIN}add/", self.data(_confirmed="1")).status_code == 302
        assert "Ours." in page(owner, "/privacy/")
        assert PrivacyNotice.objects.get().editor == dermatologist
        assert privacy_version(timezone.now()) == PrivacyNotice.objects.get().version

    @pytest.mark.parametrize(
        "values",
        [
            {"words_es": ""}, {"words": "<p> </p>"}, {"starts_at_0": "2020-01-01", "starts_at_1": "00:00"},
            {"seen": "2026-12-02"},
        ],
    )  # fmt: skip
    def test_what_cant_stand_is_refused(self, owner: Client, values: dict[str, str]) -> None:
        assert owner.post(f"{ADMIN}add/", self.data(**values)).status_code == 200
        assert not PrivacyNotice.objects.exists()

    def test_the_second_of_two_is_told(self, owner: Client, editor: User) -> None:
        theirs = written(editor)
        answer = owner.post(f"{ADMIN}add/", self.data()).content.decode()
        assert theirs.version in answer
        assert "Ours." in answer
        assert PrivacyNotice.objects.count() == 1

    def test_the_page_is_shown_before_saving(self, owner: Client) -> None:
        for language, words in (("en", "Ours."), ("es", "Nuestro.")):
            said = owner.post(f"{ADMIN}preview/{language}/", self.data()).content.decode()
            assert words in said
        assert not PrivacyNotice.objects.exists()

    def test_an_editor_has_no_part_in_it(self, client: Client, editor: User) -> None:
        client.force_login(editor)
        assert client.get(ADMIN).status_code == 403
        assert client.post(f"{ADMIN}add/", self.data()).status_code == 403
        assert client.post(f"{ADMIN}preview/en/", self.data()).status_code == 403
