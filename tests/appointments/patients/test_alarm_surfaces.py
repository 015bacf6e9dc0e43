"""Every page that says what to do about a sign of alarm says it in the same words, in both languages; others
only once a physician has signed them."""

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst

from appointments.follow_up import aftercare
from appointments.lifecycle import Status
from appointments.models import AppointmentStatus, PatientRequest
from clinic.signed import signing
from clinic.signed.signing import Seen
from tests import builders
from tests.appointments import posts
from tests.treatments.test_alarm import OTHERS
from treatments import content_loader
from treatments.alarm import words, writing
from treatments.models import AlarmWords, Article, Treatment

pytestmark = pytest.mark.django_db


def said_on(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return " ".join(unescape(re.sub(r"<[^>]+>", "", answer.text)).split())


def visited() -> PatientRequest:
    """With aftercare to be read out on the phone."""
    done = timezone.now() - timedelta(hours=30)
    row = builders.appointment_request(
        treatment=Treatment.objects.get(slug="botox"),
        status=Status.COMPLETED,
        received_at=done,
        finished_at=done,
    )
    builders.appointment(row, builders.practitioner(), done, status=AppointmentStatus.FULFILLED)
    return row


@pytest.fixture
def world(client: Client) -> dict[str, PatientRequest]:
    content_loader.load()
    doctor = builders.physician()
    aftercare_page = Article.objects.get(slug="botox-aftercare")
    for version in aftercare_page.versions.all():
        signing.review_again(version, doctor, timezone.now() - timedelta(days=3))
    found = {"visited": visited(), "quiet": builders.appointment_request()}
    assert aftercare.give(timezone.now())
    for name, message in (("911", "I can't breathe"), ("us", "veo doble")):
        client.post(posts.CALLBACK, posts.callback(message=message))
        found[name] = PatientRequest.objects.latest("pk")
    return found


def public_pages(world: dict[str, PatientRequest]) -> Iterator[str]:
    yield from ("/treatments/botox/", "/articles/botox-aftercare/", "/contact/", posts.CALLBACK)
    yield from ("/appointments/request/", "/appointments/request/botox/", posts.CONSULTATION)
    for row in world.values():
        yield f"/appointments/status/{row.token}/"
    yield f"/appointments/status/{world['quiet'].token}/change/"


def staffs_pages(world: dict[str, PatientRequest]) -> Iterator[str]:
    yield from (
        reverse("admin:entry"),
        f"{reverse('admin:entry')}?kind=callback",
        reverse("admin:phone-tasks"),
    )
    yield reverse("admin:treatments_alarmwords_changelist")
    yield reverse("admin:appointments_patientrequest_change", args=[world["911"].pk])


def everywhere(
    client: Client, staff: Client, world: dict[str, PatientRequest]
) -> Iterator[tuple[str, str, str]]:
    """Each page with its language and what it says."""
    for path in public_pages(world):
        yield path, "en", said_on(client, path)
        yield path, "es", said_on(client, f"/es{path}")
    for path in staffs_pages(world):
        yield path, "en", said_on(staff, path)


def test_every_surface_says_the_live_words_and_no_others(
    client: Client, world: dict[str, PatientRequest], dermatologist: User
) -> None:
    staff, doctor, newest = Client(), builders.physician(), AlarmWords.objects.get()
    staff.force_login(doctor)
    shipped = {language: words.said_in(words.SHIPPED, language) for language in ("en", "es")}
    others = {language: words.said_in(OTHERS, language) for language in ("en", "es")}
    draft = writing.save_draft(OTHERS, "Others", doctor, writing.mark_of(newest))
    writing.submit(draft, doctor, timezone.now())
    seen = Seen.of(draft, newest)
    for present, absent in ((shipped, others), (others, shipped)):
        for path, language, page in everywhere(client, staff, world):
            for said in present[language]:
                assert said.line in page, (path, language)
            assert absent[language][1].heading not in page, (path, language)
        form = said_on(client, posts.CALLBACK)
        assert [capfirst(said.signs) in form for said in present["en"]] == [True, True]
        if present is shipped:
            writing.sign_off(draft, seen, doctor, timezone.now())


def test_a_drooping_eyelid_is_listed_as_common_with_the_wish_to_hear_of_it(
    client: Client, world: object
) -> None:
    assert "a drooping eyelid: this is common, but it is one of the signs below too" in said_on(
        client, "/treatments/botox/"
    )
    spanish = said_on(client, "/es/treatments/botox/")
    assert "un párpado caído: es común, pero también es uno de los síntomas de abajo" in spanish
