"""Who mail is from, where replies go, and the calendar entry that comes along and brings itself up to date.

The entry is read by another library than the one that wrote it."""

import re
import uuid
from datetime import datetime, time, timedelta
from email import message_from_bytes
from email.message import EmailMessage as Parsed
from email.policy import default
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

import pytest
import vobject
from django.contrib.auth.models import User
from django.core import mail
from django.test import Client
from django.utils import timezone

from appointments import scheduling
from appointments.lifecycle import Status
from appointments.messages import outbox
from appointments.messages.calendar_files import web_calendars
from appointments.models import Appointment, Message, PatientRequest
from appointments.scheduling import mending
from clinic.models import Clinic
from clinic.time.hours import at, clinic_day
from tests import builders

pytestmark = pytest.mark.django_db
RECIPIENT = "ana@example.org"


def sent(now: datetime) -> list[Parsed]:
    """What goes out by `now`, as a mail program reads it."""
    mail.outbox.clear()
    outbox.deliver_due(uuid.uuid4(), now)
    return [message_from_bytes(each.message().as_bytes(), policy=default) for each in mail.outbox]


def invitation(message: Parsed) -> tuple[str, Any]:
    """The method of the part that mail programs act on, and its entry; it is the attached file's too."""
    [part] = [each for each in message.walk() if each.get_content_type() == "text/calendar"]
    text = part.get_content()
    [attached] = list(message.iter_attachments())
    assert attached.get_filename() == "appointment.ics"
    file = cast("bytes", attached.get_payload(decode=True)).decode()
    assert file.replace("\r\n", "\n") == text.replace("\r\n", "\n")
    calendar = vobject.readOne(file)
    assert calendar.method.value == part.get_param("method")
    return calendar.method.value, calendar.vevent


@pytest.fixture
def ten() -> datetime:
    monday = clinic_day(timezone.now()) + timedelta(days=14 - clinic_day(timezone.now()).weekday())
    return at(monday, time(10))


@pytest.fixture
def row(clinic: Clinic) -> PatientRequest:
    return builders.appointment_request(
        status=Status.IN_PROGRESS, email=RECIPIENT, treatment=builders.treatment("botox")
    )


@pytest.fixture
def booked(row: PatientRequest, ten: datetime, front_desk: User) -> Appointment:
    held = scheduling.offer(row, builders.practitioner(), [ten], front_desk)
    Message.objects.all().delete()
    return scheduling.accept(held[0])


def soon() -> datetime:
    return timezone.now() + timedelta(seconds=5)


def test_the_invitation_follows_the_appointment_by_itself(booked: Appointment, front_desk: User) -> None:
    [first] = sent(soon())
    method, entry = invitation(first)
    assert (method, entry.sequence.value, entry.status.value) == ("REQUEST", "0", "CONFIRMED")
    assert (entry.dtstart.value, entry.dtend.value) == (booked.start, booked.end)
    minute, now = timedelta(minutes=1), timezone.now()
    moved = scheduling.move_appointment(booked, booked.end, front_desk, now=now + minute)
    [second] = sent(now + 2 * minute)
    method, later = invitation(second)
    assert (method, later.sequence.value, later.dtstart.value) == ("REQUEST", "1", moved.start)
    scheduling.cancel(moved, front_desk, "The doctor is ill.", now=now + 3 * minute)
    [third] = sent(now + 4 * minute)
    method, gone = invitation(third)
    assert (method, gone.sequence.value, gone.status.value) == ("CANCEL", "2", "CANCELLED")
    for each in (later, gone):
        assert each.uid.value == entry.uid.value
        assert each.organizer.value == entry.organizer.value
    assert entry.dtstamp.value < later.dtstamp.value < gone.dtstamp.value
    assert "The doctor is ill." not in third.as_string()


def test_a_calendar_knows_who_invites_whom(booked: Appointment) -> None:
    [message] = sent(soon())
    _method, entry = invitation(message)
    assert entry.organizer.value == "mailto:no-reply@testserver"
    assert entry.organizer.params["CN"] == ["FineTouch Dermatology"]
    assert entry.attendee.value == f"mailto:{RECIPIENT}"
    # The patient has chosen the time: no program asks whether it is accepted.
    assert (entry.attendee.params["PARTSTAT"], entry.attendee.params["RSVP"]) == (["ACCEPTED"], ["FALSE"])
    assert entry.__dict__["contents"]["class"][0].value == "PRIVATE"


@pytest.mark.parametrize("wish", ["another", "none"])
def test_what_the_patient_cancels_leaves_the_calendar(client: Client, booked: Appointment, wish: str) -> None:
    sent(soon())
    client.post(f"{booked.request.get_absolute_url()}cancel/", {"wish": wish})
    [message] = sent(soon())
    assert invitation(message)[0] == "CANCEL"


def test_other_times_take_the_old_one_off(booked: Appointment, front_desk: User) -> None:
    sent(soon())
    later = [booked.start + timedelta(days=1)]
    mending.offer_instead(booked, booked.practitioner, later, front_desk, "Ill.", timezone.now())
    [message] = sent(soon())
    method, entry = invitation(message)
    assert (method, entry.dtstart.value, entry.sequence.value) == ("CANCEL", booked.start, "1")


def test_a_mail_about_nothing_booked_brings_no_entry(
    row: PatientRequest, ten: datetime, front_desk: User
) -> None:
    scheduling.offer(row, builders.practitioner(), [ten], front_desk)
    [message] = sent(soon())
    assert list(message.iter_attachments()) == []


def test_no_entry_holds_the_link_or_a_word_about_the_visit(
    client: Client, booked: Appointment, front_desk: User
) -> None:
    """Neither the mailed one, nor the file from the page, nor the links to calendars on the web."""
    [message] = sent(soon())
    _method, entry = invitation(message)
    file = client.get(f"{booked.request.get_absolute_url()}appointment.ics").text
    links = [url for _name, url in web_calendars(booked, Clinic.current())]
    for said in (entry.serialize(), file, *links):
        unfolded = said.replace("\r\n ", "").casefold()
        for word in (booked.request.token, "/status/", "botox", "consult", booked.request.last_name):
            assert word.casefold() not in unfolded


def test_the_link_to_a_calendar_says_what_the_file_says(booked: Appointment) -> None:
    links = dict(web_calendars(booked, Clinic.current()))
    google = parse_qs(urlsplit(links["Google Calendar"]).query)
    assert google["dates"] == [f"{booked.start:%Y%m%dT%H%M%SZ}/{booked.end:%Y%m%dT%H%M%SZ}"]
    assert google["text"] == ["Appointment at FineTouch Dermatology"]
    outlook = parse_qs(urlsplit(links["Outlook"]).query)
    assert outlook["startdt"] == [f"{booked.start:%Y-%m-%dT%H:%M:%SZ}"]


def test_mail_is_from_the_clinic_and_replies_reach_it_where_it_has_an_address(
    row: PatientRequest, ten: datetime, front_desk: User
) -> None:
    scheduling.offer(row, builders.practitioner(), [ten], front_desk)
    [message] = sent(soon())
    assert message["From"] == "FineTouch Dermatology <no-reply@testserver>"
    assert message["Reply-To"] is None
    body = cast("Any", message.get_body(("plain",))).get_content()
    assert "Nobody can read replies to this e-mail, so please call us at (310) 318-1500" in body
    Clinic.objects.update(email="desk@example.org")
    scheduling.none_suits(row)
    Message.objects.all().delete()
    scheduling.offer(row, builders.practitioner(), [ten + timedelta(days=1)], front_desk)
    [message] = sent(soon())
    assert message["Reply-To"] == "desk@example.org"
    body = cast("Any", message.get_body(("plain",))).get_content()
    assert "You can reply to this e-mail," in body
    assert "Nobody can read replies" not in re.sub(r"\s+", " ", message.as_string())


def test_a_name_in_the_environment_wins(
    settings: Any, row: PatientRequest, ten: datetime, front_desk: User
) -> None:
    settings.DEFAULT_FROM_EMAIL = "The desk <desk@clinic.example>"
    scheduling.offer(row, builders.practitioner(), [ten], front_desk)
    [message] = sent(soon())
    assert message["From"] == "The desk <desk@clinic.example>"
