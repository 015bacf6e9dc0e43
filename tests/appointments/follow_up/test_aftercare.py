"""Aftercare: the signed-off version, once, on record; newer words only when somebody confirms them."""

from datetime import datetime, time, timedelta
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from appointments.follow_up import aftercare
from appointments.lifecycle import Action, Status
from appointments.models import AftercareSent, Appointment, Message, PatientRequest
from appointments.staff.messages.aftercare import Send
from clinic.models import Clinic, Job
from clinic.time.hours import at, clinic_day
from tests import builders
from tests.builders import WEDNESDAY
from tests.prepared import job_of, work
from treatments.models import Article, ArticleVersion, Release, State, Treatment

pytestmark = pytest.mark.django_db


@pytest.fixture
def article() -> Article:
    return builders.article("aftercare")


@pytest.fixture
def treatment(article: Article) -> Treatment:
    return builders.treatment("botox", aftercare=article)


def sign_off(
    article: Article, by: User, moment: datetime, number: int = 1, is_clinical: bool = True
) -> ArticleVersion:
    if number == 1:
        article.versions.filter(number=1).update(signed_off_by=by, signed_off_at=moment)
        return article.versions.get(number=1)
    release = Release.SIGNED if is_clinical else Release.PASSED
    version: ArticleVersion = builders.version(
        article, by=by, at=moment, release=release, body=f"<p>Words {number}</p>"
    )
    return version


def visited(
    treatment: Treatment, desk: User, done: datetime, email: str = "ada@example.org"
) -> PatientRequest:
    request = builders.appointment_request(
        treatment=treatment, email=email, status=Status.BOOKED, received_at=done
    )
    builders.appointment(request, builders.practitioner(), done - timedelta(days=1))
    request.move(Action.COMPLETE, desk, now=done)
    return request


def test_the_signed_off_version_is_given_once_and_put_on_record(
    clinic: Clinic, article: Article, treatment: Treatment, front_desk: User, dermatologist: User
) -> None:
    first = sign_off(article, dermatologist, WEDNESDAY - timedelta(days=30))
    builders.version(article, state=State.WAITING, title="Unsigned", body="<p>Unsigned</p>")
    request = visited(treatment, front_desk, WEDNESDAY)
    assert aftercare.give(WEDNESDAY) == 1
    assert aftercare.give(WEDNESDAY) == 0
    given = aftercare.for_patient(request)
    assert given is not None
    assert given.version == first
    assert given.message == Message.objects.get(kind="aftercare")
    shown = render_to_string("appointments/_aftercare.html", {"aftercare": given, "LANGUAGE_CODE": "en"})
    assert first.body in shown
    assert "Unsigned" not in shown
    given.version.body = '<p><a href="/treatments/x/">x</a></p>'
    with override("es"):
        shown = render_to_string("appointments/_aftercare.html", {"aftercare": given, "LANGUAGE_CODE": "es"})
    assert 'href="/es/treatments/x/"' in shown


def test_it_waits_until_the_clinic_day_of_the_visit_has_ended(
    clinic: Clinic, article: Article, treatment: Treatment, front_desk: User, dermatologist: User
) -> None:
    sign_off(article, dermatologist, WEDNESDAY - timedelta(days=30))
    patient_request = visited(treatment, front_desk, WEDNESDAY)
    Appointment.objects.filter(request=patient_request).update(
        start=WEDNESDAY, end=WEDNESDAY + timedelta(minutes=30)
    )
    midnight = at(clinic_day(WEDNESDAY) + timedelta(days=1), time())
    assert aftercare.give(midnight - timedelta(seconds=1)) == 0
    assert aftercare.give(midnight) == 1


def test_nobody_gets_unsigned_words_and_today_says_so(
    clinic: Clinic, article: Article, treatment: Treatment, front_desk: User
) -> None:
    visited(treatment, front_desk, WEDNESDAY)
    assert aftercare.give(WEDNESDAY) == 0
    [blocked] = aftercare.blocked(WEDNESDAY)
    assert (blocked.article, str(blocked.reason)) == (article, str(aftercare.NEVER_SIGNED_OFF))
    assert blocked.title == article.versions.get().title


def test_today_says_it_once_to_those_who_can_mend_it(
    clinic: Clinic, article: Article, treatment: Treatment, front_desk: User, dermatologist: User
) -> None:
    advice = str(aftercare.NEVER_SIGNED_OFF)
    browser = Client()
    for user, reviews_said, advice_said in ((dermatologist, 1, 0), (front_desk, 0, 0)):
        browser.force_login(user)
        shown = unescape(browser.get(reverse("admin:today")).text)
        title = article.versions.get().title
        assert (shown.count(f"{title}</a></th>"), shown.count(advice)) == (reviews_said, advice_said)
    Article.objects.update(is_published=False)
    browser.force_login(dermatologist)
    assert advice in unescape(browser.get(reverse("admin:today")).text), (
        "no review of a page that nobody sees is listed"
    )


def test_an_overdue_review_stops_it_and_a_new_sign_off_lets_it_go_on(
    clinic: Clinic, article: Article, treatment: Treatment, front_desk: User, dermatologist: User
) -> None:
    sign_off(article, dermatologist, WEDNESDAY - timedelta(days=367))
    visited(treatment, front_desk, WEDNESDAY)
    assert aftercare.give(WEDNESDAY) == 0
    assert [each.reason for each in aftercare.blocked(WEDNESDAY)] == [aftercare.REVIEW_OVERDUE]
    sign_off(article, dermatologist, WEDNESDAY)
    assert aftercare.give(WEDNESDAY) == 1
    assert aftercare.blocked(WEDNESDAY) == []


def test_no_visit_no_aftercare(
    clinic: Clinic, article: Article, treatment: Treatment, front_desk: User, dermatologist: User
) -> None:
    sign_off(article, dermatologist, WEDNESDAY)
    request = visited(treatment, front_desk, WEDNESDAY)
    Appointment.objects.filter(request=request).update(status="noshow")
    builders.callback_request(status=Status.IN_PROGRESS).move(Action.COMPLETE, front_desk, now=WEDNESDAY)
    assert aftercare.give(WEDNESDAY) == 0


def test_a_visit_of_long_ago_gets_none(
    clinic: Clinic, article: Article, treatment: Treatment, front_desk: User, dermatologist: User
) -> None:
    sign_off(article, dermatologist, WEDNESDAY)
    visited(treatment, front_desk, WEDNESDAY - timedelta(days=15))
    assert aftercare.give(WEDNESDAY) == 0


def test_a_safety_edit_reaches_those_of_the_last_weeks_after_a_confirmation(
    clinic: Clinic,
    article: Article,
    treatment: Treatment,
    front_desk: User,
    dermatologist: User,
    desk_client: Client,
) -> None:
    now = timezone.now()
    sign_off(article, dermatologist, now - timedelta(days=60))
    early, late = (visited(treatment, front_desk, now - timedelta(days=days)) for days in (50, 5))
    aftercare.give(now - timedelta(days=49))
    aftercare.give(now - timedelta(days=4))
    newer = sign_off(article, dermatologist, now, number=2)
    [update] = aftercare.updates(now)
    assert (update.version, [sent.request for sent in update.outdated]) == (newer, [late])
    assert not Message.objects.filter(kind="aftercare_update").exists()
    page = desk_client.get(reverse("admin:aftercare"))
    assert late.shown_reference in page.text
    assert early.shown_reference not in page.text
    send = reverse("admin:aftercare-send", args=[newer.pk])
    assert desk_client.get(send).status_code == 405
    assert not AftercareSent.objects.filter(version=newer).exists()
    for _click in range(2):
        desk_client.post(send)
    assert AftercareSent.objects.get(version=newer).request == late
    assert Message.objects.get(kind="aftercare_update").request == late
    assert aftercare.updates(now) == []


def test_many_get_what_holds_when_the_worker_gets_to_them(
    clinic: Clinic,
    article: Article,
    treatment: Treatment,
    front_desk: User,
    dermatologist: User,
    desk_client: Client,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Who got it meanwhile gets it once, and once it is overtaken nobody gets it any more."""
    monkeypatch.setattr(Send, "at_once", 2)
    now = timezone.now()
    sign_off(article, dermatologist, now - timedelta(days=60))
    patients = [visited(treatment, front_desk, now - timedelta(days=5)) for _each in range(5)]
    aftercare.give(now - timedelta(days=4))
    newer = sign_off(article, dermatologist, now - timedelta(days=1), number=2)
    send = reverse("admin:aftercare-send", args=[newer.pk])
    asked = desk_client.post(send)
    assert job_of(asked).scope == {"version": newer.pk}, "no patient is named"
    aftercare.send_update(newer, patients[:1], front_desk, now)
    portion: Any = Send.stored

    def overtaken(self: Send, job: Job, keys: list[int]) -> int:
        if patients[3].pk in keys:
            sign_off(article, dermatologist, timezone.now(), number=3)
        return int(portion(self, job, keys))

    monkeypatch.setattr(Send, "stored", overtaken)
    work()
    given = AftercareSent.objects.filter(version=newer)
    assert {sent.request for sent in given} == set(patients[:3])
    assert Message.objects.filter(kind="aftercare_update").count() == 3
    page = unescape(desk_client.get(asked["Location"]).text)
    assert "Done for 2 patients. 2 patients got none" in page
    [update] = aftercare.updates(timezone.now())
    assert (update.version.number, len(update.outdated)) == (3, 5), "Today asks about the next one"
    assert "Nobody got it" in desk_client.post(send, follow=True).text


def test_a_change_without_clinical_meaning_reaches_nobody(
    clinic: Clinic, article: Article, treatment: Treatment, front_desk: User, dermatologist: User
) -> None:
    sign_off(article, dermatologist, WEDNESDAY)
    visited(treatment, front_desk, WEDNESDAY)
    aftercare.give(WEDNESDAY)
    sign_off(article, dermatologist, WEDNESDAY, number=2, is_clinical=False)
    assert aftercare.updates(WEDNESDAY) == []


def test_editors_see_no_patients_there(client: Client, editor: User) -> None:
    client.force_login(editor)
    assert client.get(reverse("admin:aftercare")).status_code == 403
