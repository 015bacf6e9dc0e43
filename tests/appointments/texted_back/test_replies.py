"""What patients text back."""

from datetime import UTC, datetime, time, timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client

from appointments.lifecycle import Status
from appointments.messages.notices import queue
from appointments.messages.texts import consent
from appointments.messages.texts.inbound import Reply
from appointments.models import (
    Appointment,
    EventKind,
    Message,
    MessageChannel,
    NoticeChoice,
    OtherTimeWish,
    PatientRequest,
    StaffNotice,
    TextOptOut,
    TextToRead,
)
from appointments.texted_back import replies
from clinic.time.hours import at, clinic_day
from tests import builders
from tests.appointments.messages.texts.written import agreed, text_for
from tests.builders import WEDNESDAY

pytestmark = pytest.mark.django_db
TEXTS = Message.objects.filter(channel=MessageChannel.TEXT)


def write(row: PatientRequest, words: str, now: datetime = WEDNESDAY) -> None:
    replies.take(Reply(row.phone.as_e164, words), now)


def said(row: PatientRequest) -> list[str]:
    return list(row.events.filter(kind=EventKind.TEXT).values_list("note", flat=True))


@pytest.mark.parametrize(
    "words", ["STOP", "stop.", " Stop! ", "ALTO", "Unsubscribe", "opt-out", "STOP ALL", "Cancelar"]
)
def test_stop_holds_at_once_for_every_request_of_the_number_and_is_answered_once(words: str) -> None:
    row, other = agreed(phone="+13105550123"), agreed(phone="+13105550123")
    waiting = [text_for(row), text_for(other)]
    write(row, words)
    assert {Message.objects.get(pk=each.pk).status for each in waiting} == {"void"}
    assert consent.number_of(other) == ""
    write(row, words)
    [answer] = TEXTS.filter(status="queued")
    assert (answer.kind, answer.recipient) == ("text_stopped", "+13105550123")
    assert list(consent.wanted(TEXTS, WEDNESDAY)) == [answer]


def test_what_stop_takes_out_is_a_call_for_who_has_no_e_mail() -> None:
    row = agreed()
    text_for(row)
    write(row, "STOP")
    assert [task.kind for task in Message.objects.phone_tasks()] == ["offers"]
    [note] = row.events.filter(kind=EventKind.MESSAGE).values_list("note", flat=True)
    assert "is not sent any more. Please call." in note


def test_a_text_that_is_stopped_beside_an_e_mail_is_told_on_the_timeline() -> None:
    row = agreed(email="ada@example.org")
    text_for(row)
    write(row, "STOP")
    assert not Message.objects.phone_tasks().exists()
    [note] = row.events.filter(kind=EventKind.MESSAGE).values_list("note", flat=True)
    assert note.endswith("is not sent any more.")


def test_of_the_call_that_a_stopped_text_asks_for_staff_hear(front_desk: User) -> None:
    NoticeChoice.objects.create(user=front_desk, failed_in_browser=True)
    row = agreed()
    text_for(row)
    write(row, "STOP")
    assert [each.happening for each in StaffNotice.objects.filter(user=front_desk)] == ["failed"]


def test_stop_from_a_number_of_no_request_is_kept_and_answered_to_nobody() -> None:
    replies.take(Reply("+13105550199", "STOP"), WEDNESDAY)
    assert TextOptOut.objects.get().number == "+13105550199"
    assert not TEXTS.exists()


def test_a_tick_doesnt_undo_stop_but_start_does() -> None:
    row = agreed()
    write(row, "STOP")
    again = agreed(phone=row.phone.as_e164)
    assert consent.number_of(again) == ""
    write(row, "START")
    assert consent.number_of(again) == row.phone.as_e164
    assert TEXTS.filter(kind="text_started").count() == 1


def test_help_is_answered_once_a_day_at_any_hour() -> None:
    row = agreed()
    night = at(clinic_day(WEDNESDAY), time(23))
    for _twice in range(2):
        write(row, "AYUDA", night)
    [answer] = consent.wanted(TEXTS, night)
    assert answer.kind == "text_help"
    assert "STOP" in answer.text
    assert said(row) == []


def test_help_after_stop_is_written_to_nobody() -> None:
    row = agreed()
    write(row, "STOP")
    write(row, "HELP")
    assert [each.kind for each in TEXTS] == ["text_stopped"]


def test_any_other_reply_lands_on_the_timeline_and_on_today(desk_client: Client) -> None:
    row = agreed(first_name="Ada", last_name="Lovelace")
    write(row, "Can I bring my <sister>?")
    assert said(row) == ["Can I bring my <sister>?"]
    page = desk_client.get("/admin/").text
    assert "Can I bring my &lt;sister&gt;?" in page
    assert "Ada Lovelace" in page
    seen = row.events.get(kind=EventKind.TEXT).pk
    address = f"/admin/appointments/patientrequest/{row.pk}/texts-read/"
    write(row, "And my brother?", WEDNESDAY + timedelta(minutes=1))
    desk_client.post(address, {"seen": seen})
    assert TextToRead.objects.exists()  # the second one was not on the page yet
    desk_client.post(address, {"seen": row.events.filter(kind=EventKind.TEXT).latest("pk").pk})
    assert not TextToRead.objects.exists()
    assert "my brother" not in desk_client.get("/admin/").text


def test_told_twice_it_is_one() -> None:
    row = agreed()
    write(row, "Thank you")
    write(row, "Thank you", WEDNESDAY + timedelta(minutes=2))
    write(row, "Thank you", WEDNESDAY + timedelta(minutes=20))
    assert said(row) == ["Thank you", "Thank you"]


def test_two_asks_for_another_time_and_keeps_the_booked_one() -> None:
    row = agreed(status=Status.BOOKED)
    builders.appointment(row, builders.practitioner(), WEDNESDAY + timedelta(days=1))
    write(row, "2")
    assert OtherTimeWish.objects.get().request == row
    assert said(row) == ["2"]
    assert not TextToRead.objects.exists()


@pytest.mark.parametrize("words", ["1", "2"])
def test_a_number_that_means_nothing_here_is_read_by_somebody(words: str) -> None:
    row = agreed()
    write(row, words)
    assert TextToRead.objects.get().request == row


def test_one_confirms_the_time_of_which_the_patient_was_reminded() -> None:
    row = agreed(status=Status.BOOKED)
    visit = builders.appointment(row, builders.practitioner(), WEDNESDAY + timedelta(days=1), sequence=3)
    queue(row, "reminder_days", None, visit, cause="reminder", now=WEDNESDAY)
    write(row, "1")
    visit.refresh_from_db()
    assert visit.confirmed_at == WEDNESDAY
    assert not TextToRead.objects.exists()


def test_one_about_a_time_that_has_moved_since_is_read_by_somebody() -> None:
    row = agreed(status=Status.BOOKED)
    visit = builders.appointment(row, builders.practitioner(), WEDNESDAY + timedelta(days=1), sequence=3)
    queue(row, "reminder_days", None, visit, cause="reminder", now=WEDNESDAY)
    Appointment.objects.update(sequence=4)
    write(row, "1")
    visit.refresh_from_db()
    assert visit.confirmed_at is None
    assert TextToRead.objects.get().request == row


def test_a_sign_of_alarm_is_heard_as_anywhere(front_desk: User) -> None:
    row = agreed()
    write(row, "I can't breathe")
    row.refresh_from_db()
    assert row.alarm
    assert row.urgent


def test_it_lands_on_the_request_about_which_we_wrote_last() -> None:
    first, second = agreed(phone="+13105550123"), agreed(phone="+13105550123")
    text_for(second)
    text_for(first, at=WEDNESDAY + timedelta(hours=1))
    write(second, "Yes please")
    assert (said(first), said(second)) == (["Yes please"], [])


def test_a_number_that_was_corrected_speaks_for_nobody_any_more() -> None:
    row = agreed(phone="+13105550123")
    text_for(row)
    PatientRequest.objects.filter(pk=row.pk).update(phone="+13105550124", phone_digits="13105550124")
    replies.take(Reply("+13105550123", "Hello"), WEDNESDAY)
    assert said(row) == []


def test_suspected_spam_says_nothing() -> None:
    row = builders.callback_request(suspected_spam=True)
    write(row, "Hello")
    assert said(row) == []


def test_the_patient_reads_of_the_text_but_not_its_words(client: Client) -> None:
    row = agreed(received_at=datetime.now(UTC))
    write(row, "Something private")
    page = client.get(row.get_absolute_url()).text
    assert "You sent us a text message." in page
    assert "Something private" not in page
