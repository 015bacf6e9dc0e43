"""What is said: each turn of the story, and nothing in it that must not be."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.template.loader import get_template
from django.test import Client
from django.utils import timezone

from appointments import scheduling
from appointments.lifecycle import Action, ClosedReason, Status
from appointments.messages import notices
from appointments.messages.phone_tasks import phone_task_done, void_stale
from appointments.messages.staleness import is_stale
from appointments.models import (
    ContactBy,
    Decision,
    EventKind,
    Message,
    MessageChannel,
    MessageStatus,
    PatientRequest,
    RequestEvent,
)
from appointments.requests import reviewing
from clinic.models import Clinic
from tests import builders
from tests.builders import WEDNESDAY

pytestmark = pytest.mark.django_db

# The frame of all messages, and what goes to staff.
NOT_FOR_PATIENTS = {
    "base", "staff_credentials", "staff_digest", "staff_notice", "staff_sign_in", "staff_urgent",
}  # fmt: skip
KINDS = sorted(
    {path.stem for path in (settings.BASE_DIR / "templates" / "email").glob("*.txt")} - NOT_FOR_PATIENTS
)
CANARY = "Zzcanary"


def moment(day: int, hour: int, minute: int = 0) -> datetime:
    """In December 2026, by the clinic's clock."""
    return datetime(2026, 12, day, hour + 8, minute, tzinfo=UTC)


EXTRA: dict[str, Any] = {
    "words": "The clinic's own words.",
    "starts": [moment(8, 9, 30), moment(9, 12)],
    "until": moment(7, 15),
    "start": moment(10, 15),
    "new_time": moment(9, 15),
    "reason": "Our doctor is ill.",
    "recall_link": "http://testserver/appointments/recall/x/",
    "stop_link": "http://testserver/appointments/recall/x/stop/",
}


def canary(**values: Any) -> PatientRequest:
    """A request in which everything that somebody typed is marked."""
    if "treatment" not in values:
        values["treatment"] = builders.treatment(f"{CANARY.lower()}-{PatientRequest.objects.count()}")
    return builders.appointment_request(
        **{
            "first_name": f"{CANARY}first",
            "last_name": f"{CANARY}last",
            "message": f"{CANARY}message",
            "email": "canary@example.org",
            "received_at": moment(7, 10),
            "respond_by": moment(8, 15),
        }
        | values
    )


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", ["en", "es"])
def test_no_message_holds_what_was_typed(clinic: Clinic, kind: str, language: str) -> None:
    request = canary(language=language)
    subject, text, html = notices.render(request, kind, **EXTRA)
    for said in (subject, text, html):
        assert str(EXTRA["words"]) not in said
        assert str(EXTRA["reason"]) not in said
        assert not re.search(r"botox|injection|treatment", said, re.IGNORECASE)
    for said in (subject, text, html, notices.spoken(request, kind, **EXTRA)):
        assert CANARY.lower() not in said.lower()
        assert "1990" not in said
        assert "canary@example.org" not in said
    assert subject
    assert "\n" not in subject


@pytest.mark.parametrize("kind", KINDS)
def test_each_message_can_stand_alone(clinic: Clinic, kind: str) -> None:
    request = canary()
    _subject, text, html = notices.render(request, kind, **EXTRA)
    link = f"http://testserver/appointments/status/{request.token}/"
    assert f"\n{link}\n" in text
    assert f'href="{link}">{link}</a>' in html
    assert "911" in text
    assert "(310) 318-1500" in text
    assert "http://testserver/" in text
    assert set(re.findall(r"https?://([^/\s<\"]+)", text + html)) == {"testserver"}
    assert 'lang="en"' in html
    assert "{{" not in text


def test_the_acknowledgement_says_when_how_and_that_it_is_no_appointment(clinic: Clinic) -> None:
    request = canary(respond_by=datetime(2026, 12, 9, 1, 0, tzinfo=UTC))
    _subject, text, _html = notices.render(request, "acknowledgement")
    assert "We answer by phone, by Tuesday, December 8, 5pm." in text
    assert "not yet an appointment" in text
    assert f"Please keep your reference, {request.shown_reference}:" in text
    assert "If you didn't ask us for anything," in text
    by_email = canary(contact_by=ContactBy.EMAIL)
    assert "We answer by e-mail" in notices.render(by_email, "acknowledgement")[1]


def test_words_of_the_clinic_are_inert_in_html() -> None:
    named = builders.clinic(name="<b>Fine</b> & {{ clinic }}")
    _subject, text, html = notices.render(canary(), "booked", clinic=named, start=moment(10, 15))
    assert "<b>Fine</b> & {{ clinic }}" in text
    assert "&lt;b&gt;Fine&lt;/b&gt; &amp; {{ clinic }}" in html
    assert "<b>" not in html


def test_every_kind_that_a_move_sends_has_its_template() -> None:
    for action in Action:
        for status in Status:
            kind = notices.notice_for(
                action, status, ClosedReason.UNREACHABLE, decision=Decision.NEEDS_INFORMATION
            )
            if kind:
                assert kind in KINDS
                get_template(f"email/{kind}.txt")
    for kind in notices.SPOKEN:
        get_template(f"email/spoken/{kind}.txt")
    assert notices.CALL_WITHOUT_EMAIL <= notices.SPOKEN


def sent_kinds(request: PatientRequest) -> list[str]:
    return list(Message.objects.filter(request=request).order_by("pk").values_list("kind", flat=True))


def test_the_story_of_an_appointment(clinic: Clinic, front_desk: User) -> None:
    doctor = builders.practitioner()
    request = canary(received_at=moment(7, 10), treatment=None)
    request.move(Action.TAKE, front_desk, now=moment(7, 11))
    held = scheduling.offer(request, doctor, [moment(9, 10), moment(10, 12)], front_desk, now=moment(7, 11))
    offers = Message.objects.get(kind="offers")
    assert "- Wednesday, December 9, 10am\n- Thursday, December 10, noon\n" in offers.text
    assert "until Tuesday, December 8, 5pm" in offers.text
    scheduling.accept(held[0], now=moment(7, 12))
    booked = Message.objects.get(kind="booked")
    assert "Wednesday, December 9, 10am" in booked.text
    assert f"With {doctor.name}\nIt takes about 30 minutes.\n" in booked.text
    assert booked.appointment_id == held[0].pk
    fresh = request.appointments.coming().get()
    moved = scheduling.move_appointment(fresh, moment(10, 14), front_desk, now=moment(7, 13))
    assert "Thursday, December 10, 2pm" in Message.objects.get(kind="moved").text
    scheduling.cancel(moved, front_desk, "Our doctor is ill.", now=moment(7, 14))
    cancelled = Message.objects.get(kind="cancelled")
    assert "Thursday, December 10, 2pm" in cancelled.text
    assert "You can read on your page why." in cancelled.text
    assert "Our doctor is ill." not in cancelled.text
    assert "Our doctor is ill." in cancelled.spoken
    assert sent_kinds(request) == ["offers", "booked", "moved", "cancelled"]


def test_the_hold_that_ends_is_told_once(clinic: Clinic, front_desk: User) -> None:
    request = canary(treatment=None)
    request.move(Action.TAKE, front_desk, now=moment(7, 11))
    scheduling.offer(request, builders.practitioner(), [moment(9, 10)], front_desk, now=moment(7, 11))
    for _round in range(2):
        scheduling.release_expired(moment(9, 11))
    assert sent_kinds(request) == ["offers", "hold_ended"]


TOLD_BY = {
    Decision.SUITABLE: "decided",
    Decision.CONSULTATION_FIRST: "decided",
    Decision.NEEDS_INFORMATION: "question",
    Decision.NOT_SUITABLE: "declined",
}


def test_a_decision_is_read_behind_the_link_with_her_words_never_her_note(
    client: Client, clinic: Clinic, dermatologist: User
) -> None:
    for decision, kind in TOLD_BY.items():
        row = canary(status=Status.CLINICAL_REVIEW, treatment=None)
        reviewing.decide(row, decision, dermatologist, "Another way is better.", "secret note")
        message = Message.objects.get(request=row)
        assert message.kind == kind
        assert "on your page" in message.text
        assert "Another way is better." not in message.text + message.html
        assert "Another way is better." in message.spoken
        page = client.get(row.get_absolute_url()).content.decode()
        assert "Another way is better." in page
        for said in (message.text, message.spoken, page):
            assert "secret note" not in said


def test_without_e_mail_each_decision_is_told_on_the_phone(clinic: Clinic, dermatologist: User) -> None:
    said = {}
    for decision, kind in TOLD_BY.items():
        row = builders.appointment_request(status=Status.CLINICAL_REVIEW)
        reviewing.decide(row, decision, dermatologist, "Another way is better.")
        task = Message.objects.phone_tasks().get(request=row)
        assert task.kind == kind
        assert "Another way is better." in task.text
        said[decision] = task.text
    assert "this visit is a consultation" in said[Decision.CONSULTATION_FIRST]
    assert "this visit is a consultation" not in said[Decision.SUITABLE]


def test_the_e_mail_about_a_no_reads_like_the_one_about_a_yes(clinic: Clinic) -> None:
    row = canary()
    assert notices.render(row, "declined") == notices.render(row, "decided")


def test_unreachable_is_told_spam_is_not(clinic: Clinic, front_desk: User) -> None:
    for reason, kinds in ((ClosedReason.UNREACHABLE, ["could_not_reach"]), (ClosedReason.SPAM, [])):
        request = builders.callback_request(email="ada@example.org")
        request.move(Action.CLOSE, front_desk, reason=reason)
        assert sent_kinds(request) == kinds


def test_without_email_it_becomes_words_for_the_phone(clinic: Clinic, front_desk: User) -> None:
    request = builders.callback_request(status=Status.IN_PROGRESS)
    request.move(Action.DECLINE, front_desk, "We do not do this.")
    task = Message.objects.phone_tasks().get()
    assert task.channel == MessageChannel.PHONE
    assert task.recipient == request.phone.as_e164
    assert "We do not do this." in task.text
    assert "http" not in task.text
    assert phone_task_done(task, front_desk)
    assert not phone_task_done(task, builders.staff())
    assert RequestEvent.objects.filter(kind=EventKind.MESSAGE, by=front_desk).count() == 1


def test_a_phone_task_that_was_overtaken_leaves_the_list(clinic: Clinic, front_desk: User) -> None:
    request = builders.appointment_request(received_at=moment(7, 10))
    request.move(Action.TAKE, front_desk, now=moment(7, 11))
    held = scheduling.offer(request, builders.practitioner(), [moment(9, 10)], front_desk, now=moment(7, 11))
    assert Message.objects.phone_tasks().get().kind == "offers"
    scheduling.accept(held[0], now=moment(7, 12))
    assert void_stale(moment(7, 12)) == 1
    assert Message.objects.get(kind="offers").status == MessageStatus.VOID


def test_the_preview_shows_what_will_be_sent_and_writes_nothing(clinic: Clinic, front_desk: User) -> None:
    request = canary(status=Status.IN_PROGRESS)
    shown = notices.preview(request, Action.DECLINE, Status.DECLINED, words="Not here.")
    assert shown is not None
    assert not Message.objects.exists()
    request.move(Action.DECLINE, front_desk, "Not here.")
    message = Message.objects.get()
    assert shown == (message.subject, message.text.replace(request.token, "\u2026"))
    assert request.token in message.text, "staff would be taken for the patient behind this link"
    assert notices.preview(request, Action.TAKE, Status.IN_PROGRESS) is None


def test_an_event_writes_its_message_once(clinic: Clinic) -> None:
    request = canary()
    event = RequestEvent.objects.create(request=request, kind=EventKind.RECEIVED, at=WEDNESDAY)
    first = notices.queue(request, "acknowledgement", event)
    second = notices.queue(request, "acknowledgement", event)
    assert first == second
    assert Message.objects.count() == 1


def test_suspected_spam_gets_no_mail(clinic: Clinic) -> None:
    request = canary(suspected_spam=True)
    event = RequestEvent.objects.create(request=request, kind=EventKind.RECEIVED, at=WEDNESDAY)
    notices.after_receipt(request, event)
    assert not Message.objects.exists()


def test_a_no_that_was_taken_back_before_it_went_out_stays_unsent(clinic: Clinic, front_desk: User) -> None:
    now = timezone.now()
    for action, note in ((Action.DECLINE, "Not here."), (Action.CLOSE, ClosedReason.UNREACHABLE)):
        request = builders.appointment_request(status=Status.IN_PROGRESS, email="ada@example.org")
        request.move(action, front_desk, note)
        message = Message.objects.get(request=request)
        assert not is_stale(message, now)
        request.move(Action.REOPEN, front_desk, "A mistake.")
        assert is_stale(Message.objects.get(pk=message.pk), now)
