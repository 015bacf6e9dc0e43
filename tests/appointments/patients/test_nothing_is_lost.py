"""What the house refuses comes back as it was typed, with one clear sentence, to be sent again."""

import re
from collections.abc import Callable
from datetime import datetime, time, timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from appointments import roles, scheduling
from appointments.follow_up import recall
from appointments.lifecycle import Action
from appointments.models import Decision, Message, PatientRequest
from appointments.patients.forms import submissions
from appointments.requests import reviewing
from clinic.models import opening_times
from clinic.time.hours import at, clinic_day
from tests import builders
from tests.appointments import posts

pytestmark = pytest.mark.usefixtures("clinic")

FORMS = [(posts.CONSULTATION, posts.appointment), (posts.CALLBACK, posts.callback)]


def typed(page: str) -> posts.Post:
    """What the form on `page` would send, as far as the tests look at it."""
    names = ("first_name", "last_name", "phone", "email", "submission_id", "csrfmiddlewaretoken")
    found = {name: re.search(rf'name="{name}" value="([^"]*)"', page) for name in names}
    return {name: match[1] for name, match in found.items() if match}


def action(page: str) -> str:
    found = re.search(r'<form method="post" action="([^"]*)"', page)
    assert found
    return found[1]


def assert_kept(page: str, post: posts.Post) -> None:
    shown = typed(page)
    for name in ("first_name", "last_name", "phone"):
        assert shown[name] == post[name]
    assert post["message"] in page
    assert re.search(r'name="consent"[^>]* checked', page)
    assert page.count('role="alert"') == 1
    assert "There is a problem" not in page


@pytest.mark.parametrize(("path", "post_of"), FORMS)
class TestOtherWordsFromTheSamePage:
    def test_they_come_back_to_be_sent_as_a_new_request(
        self, client: Client, path: str, post_of: type[posts.Post]
    ) -> None:
        post = post_of(message="For my sister")
        client.post(path, post)
        second = post | {"first_name": "Grace"}

        response = client.post(path, second)

        page = response.content.decode()
        assert response.status_code == 409
        assert response["Cache-Control"] == "no-store"
        assert_kept(page, second)
        assert "Send this as a new request" in page
        fresh = typed(page)["submission_id"]
        assert fresh != post["submission_id"]
        assert client.post(path, second | {"submission_id": fresh}).status_code == 302
        assert list(PatientRequest.objects.order_by("pk").values_list("first_name", "suspected_spam")) == [
            ("Ada", False),
            ("Grace", False),
        ]
        assert Message.objects.filter(kind="acknowledgement").count() == (2 if "email" in post else 0)

    def test_the_first_one_again_still_leads_to_its_page(
        self, client: Client, path: str, post_of: type[posts.Post]
    ) -> None:
        post = post_of()
        first = client.post(path, post)
        client.post(path, post | {"first_name": "Grace"})
        assert client.post(path, post)["Location"] == first["Location"]


def test_the_rate_is_over(client: Client, settings: Settings) -> None:
    settings.RATE_LIMITS = True
    client.post(posts.CALLBACK, posts.callback())
    posts.use_up_the_address()
    post = posts.callback(message="Please call")

    response = client.post(posts.CALLBACK, post)

    page = response.content.decode()
    assert response.status_code == 429
    assert int(response["Retry-After"]) > 0
    assert_kept(page, post)
    assert typed(page)["submission_id"] == post["submission_id"]
    assert PatientRequest.objects.count() == 1


class TestATreatmentThatIsGone:
    def test_what_was_typed_can_be_sent_as_a_consultation(self, client: Client) -> None:
        botox = builders.treatment("botox", questions=1)
        post = posts.appointment(screening_1="no", message="Mornings")
        botox.is_published = False
        botox.save()

        response = client.post("/appointments/request/botox/", post)

        page = response.content.decode()
        assert response.status_code == 404
        assert_kept(page, post)
        assert action(page) == posts.CONSULTATION
        assert client.post(action(page), post).status_code == 302
        assert PatientRequest.objects.get().treatment is None

    def test_also_when_the_cookie_is_blocked(self) -> None:
        post = posts.appointment(message="Kept words")
        response = Client(enforce_csrf_checks=True).post("/appointments/request/gone/", post)
        page = response.content.decode()
        assert (response.status_code, action(page)) == (403, posts.CONSULTATION)
        assert_kept(page, post)

    def test_an_address_that_never_was_shows_nothing_on_get(self, client: Client) -> None:
        response = client.get("/appointments/request/nothing/")
        assert response.status_code == 404
        assert "<form" not in response.content.decode()


@pytest.mark.parametrize(("path", "post_of"), FORMS)
class TestABlockedCookie:
    def test_the_form_comes_back_and_can_be_sent(self, path: str, post_of: type[posts.Post]) -> None:
        strict = Client(enforce_csrf_checks=True)
        post = post_of(message="Kept words")

        response = strict.post(path, post)

        page = response.content.decode()
        assert response.status_code == 403
        assert_kept(page, post)
        assert "cookie" in page
        token = typed(page)["csrfmiddlewaretoken"]
        assert strict.post(path, post | {"csrfmiddlewaretoken": token}).status_code == 302

    def test_another_sites_form_is_not_shown(self, path: str, post_of: type[posts.Post]) -> None:
        strict = Client(enforce_csrf_checks=True)
        for origin in ("https://evil.example", "null"):
            response = strict.post(path, post_of(message="Planted"), headers={"origin": origin})
            assert response.status_code == 403
            assert "Planted" not in response.content.decode()


def test_a_blocked_cookie_behind_a_recalls_link() -> None:
    token = recall.token_for(builders.appointment_request())
    post = posts.appointment(message="Again, please")
    response = Client(enforce_csrf_checks=True).post(f"/appointments/recall/{token}/", post)
    assert response.status_code == 403
    assert_kept(response.content.decode(), post)


def asked(row: PatientRequest) -> str:
    row.move(Action.ASK_REVIEW, builders.staff())
    reviewing.decide(row, Decision.NEEDS_INFORMATION, builders.staff(roles.DERMATOLOGIST), "Since when?")
    return row.get_absolute_url()


def next_week() -> datetime:
    day = clinic_day(timezone.now()) + timedelta(days=7)
    return at(next(opening_times(since=day).open_days_after(day)), time(11))


def held(row: PatientRequest) -> str:
    row.move(Action.TAKE, builders.staff())
    scheduling.offer(row, builders.practitioner(), [next_week()], builders.staff())
    return row.get_absolute_url() + "none-suit/"


def booked(row: PatientRequest) -> str:
    row.move(Action.TAKE, builders.staff())
    scheduling.book(row, builders.practitioner(), next_week(), builders.staff())
    return row.get_absolute_url() + "cancel/"


BEHIND_THE_LINK: dict[str, tuple[Callable[[PatientRequest], str], str]] = {
    "find": (lambda row: "/appointments/find/", "email"),
    "change": (lambda row: row.get_absolute_url() + "change/", "message"),
    "answer": (asked, "answer"),
    "none suit": (held, "words"),
    "cancel": (booked, "words"),
}


@pytest.mark.parametrize("name", BEHIND_THE_LINK)
def test_a_blocked_cookie_on_every_other_page_with_a_form(name: str) -> None:
    row = builders.appointment_request()
    address_of, field = BEHIND_THE_LINK[name]
    address = address_of(row) + ("answer/" if name == "answer" else "")
    before = PatientRequest.objects.values().get()
    response = Client(enforce_csrf_checks=True).post(address, {field: "half a sen", "wish": "none"})
    page = response.content.decode()
    assert (response.status_code, "half a sen" in page, "cookie" in page) == (403, True, True)
    assert PatientRequest.objects.values().get() == before


class TestTheLanguageSwitch:
    @pytest.mark.parametrize("name", BEHIND_THE_LINK)
    def test_it_takes_them_along_on_every_page_with_a_form(self, client: Client, name: str) -> None:
        row = builders.appointment_request()
        address_of, field = BEHIND_THE_LINK[name]
        address = address_of(row)
        before = PatientRequest.objects.values().get()
        switch = re.search(
            r'formaction="([^"]*)" name="(\w+)" value="es"', client.get(address).content.decode()
        )
        assert switch

        response = client.post(switch[1], {field: "half a sen", switch[2]: "es"})

        page = response.content.decode()
        assert (response.status_code, '<html lang="es">' in page) == (200, True)
        assert "half a sen" in page
        assert 'role="alert"' not in page
        assert PatientRequest.objects.values().get() == before
        back = re.search(r'formaction="([^"]*)" name="(\w+)" value="en"', page)
        assert back
        assert client.post(back[1], {field: "half a sen", back[2]: "en"}).status_code == 200

    def test_it_takes_along_what_was_typed(self, client: Client) -> None:
        page = client.get(posts.CALLBACK).content.decode()
        switch = re.search(
            r'<button type="submit" form="form" formaction="([^"]*)" name="(\w+)" value="es"', page
        )
        assert switch
        post = posts.callback(message="Kept words", voicemail_ok=None)

        response = client.post(switch[1], post | {switch[2]: "es"})

        page = response.content.decode()
        assert (response.status_code, switch[1]) == (200, "/es" + posts.CALLBACK)
        assert '<html lang="es">' in page
        assert "Kept words" in page
        assert 'role="alert"' not in page
        assert typed(page) == typed(page) | {key: post[key] for key in ("first_name", "submission_id")}
        assert PatientRequest.objects.count() == 0

    def test_enter_sends_the_form(self, client: Client) -> None:
        page = client.get(posts.CALLBACK).content.decode()
        first = re.search(r"<button[^>]*>", page)
        assert first
        assert 'form="form"' in first[0]
        assert "formaction" not in first[0]


class TestTheTwoSeconds:
    def test_a_second_send_at_once_is_no_spam(self, client: Client) -> None:
        page = client.post(posts.CALLBACK, posts.callback(submission_id="unreadable")).content.decode()
        client.post(posts.CALLBACK, posts.callback(submission_id=typed(page)["submission_id"]))
        assert not PatientRequest.objects.get().suspected_spam

    def test_they_count_from_the_first_look_at_the_form(self, client: Client) -> None:
        loaded = submissions.new_id(timezone.now() - timedelta(seconds=3))
        post = posts.callback(submission_id=str(loaded), phone="1")
        page = client.post(posts.CALLBACK, post).content.decode()
        assert typed(page)["submission_id"] == str(loaded)
        client.post(posts.CALLBACK, post | {"phone": "310 555 0123"})
        assert not PatientRequest.objects.get().suspected_spam
