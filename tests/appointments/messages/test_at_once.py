"""What each member of the staff hears at once: as each chose, once, and never of what they did themselves."""

from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils import timezone

from appointments import roles, scheduling
from appointments.lifecycle import Action, Status
from appointments.messages import phone_tasks
from appointments.messages.texts.inbound import Reply
from appointments.messages.to_staff import at_once, gathered, urgent
from appointments.models import (
    Decision,
    Happening,
    Message,
    MessageStatus,
    NoticeChoice,
    NoticeKind,
    PatientRequest,
    StaffNotice,
)
from appointments.requests import alarm, assignment, correction, intake, reviewing, spam
from appointments.requests.moves import move_many
from appointments.texted_back import replies
from clinic.audit import recording
from clinic.time.hours import at, clinic_day
from tests import builders, threads
from tests.builders import WEDNESDAY
from tests.test_canary import found_in

pytestmark = pytest.mark.django_db

SICK = "I can't breathe"
LATER = WEDNESDAY + timedelta(hours=1)
NIGHT = at(clinic_day(WEDNESDAY), time(23))
MORNING = at(clinic_day(WEDNESDAY) + timedelta(days=1), time(7))
QUIET: dict[str, Any] = {"quiet_from": time(20), "quiet_until": time(7)}


def hears(*kinds: str, role: str = roles.FRONT_DESK, name: str = "", **more: Any) -> User:
    """A member of the staff who hears of these kinds in both ways."""
    user = builders.physician() if role == "physician" else builders.staff(role)
    user.email = f"{name or user.username}@clinic.example"
    user.save()
    ways = {f"{kind}_{way}": True for kind in kinds for way in ("by_email", "in_browser")}
    NoticeChoice.objects.create(user=user, **ways | more)
    return user


def mails(kind: str = "staff_notice") -> list[str]:
    rows = Message.objects.filter(kind=kind).order_by("recipient", "pk")
    return list(rows.values_list("recipient", flat=True))


def told() -> list[tuple[str, str]]:
    rows = StaffNotice.objects.order_by("user__email", "pk")
    return [(each.user.email, each.happening) for each in rows.select_related("user")]


def urgent_one(now: datetime = WEDNESDAY, by: User | None = None) -> PatientRequest:
    return intake.receive(
        PatientRequest(
            kind="callback", topic="after-treatment", first_name="Kanarion", phone="+13105550177",
            message=SICK, privacy_version="1",
        ), [], now, by,
    )  # fmt: skip


def in_hand(assignee: User | None = None, **values: Any) -> PatientRequest:
    values = {"status": Status.IN_PROGRESS, "received_at": WEDNESDAY, "assignee": assignee} | values
    return builders.appointment_request(**values)


def answered(row: PatientRequest, doctor: User) -> None:
    row.move(Action.ASK_REVIEW, doctor, now=WEDNESDAY)
    reviewing.decide(row, Decision.NEEDS_INFORMATION, doctor, "How are you?", now=WEDNESDAY)
    StaffNotice.objects.all().delete()
    Message.objects.filter(kind="staff_notice").delete()
    reviewing.answer(row, "I am well", LATER)


def none_suits(row: PatientRequest, doctor: User) -> None:
    scheduling.offer(row, builders.practitioner(), [WEDNESDAY + timedelta(days=7)], doctor, now=WEDNESDAY)
    scheduling.none_suits(row, "", now=LATER)


def chose(row: PatientRequest, doctor: User) -> None:
    [held] = scheduling.offer(
        row, builders.practitioner(), [WEDNESDAY + timedelta(days=7)], doctor, now=WEDNESDAY
    )
    scheduling.accept(held, now=LATER)


def withdrew(row: PatientRequest, doctor: User) -> None:
    row.move(Action.WITHDRAW, None, now=LATER)


def wrote(row: PatientRequest, doctor: User) -> None:
    replies.take(Reply(row.phone.as_e164, "I am late"), LATER)


def changed(row: PatientRequest, doctor: User) -> None:
    row.message = "After work, please"
    correction.correct(row, ["message"], None, "", row.version, LATER)


@pytest.mark.parametrize("does", [answered, none_suits, chose, withdrew, wrote, changed])
@pytest.mark.usefixtures("clinic")
def test_the_one_whose_request_it_is_hears_of_its_patient(does: Callable[..., None]) -> None:
    mine, other = hears(NoticeKind.MINE), hears(NoticeKind.MINE)
    hears(NoticeKind.URGENT, NoticeKind.REVIEW, NoticeKind.FAILED)
    row = in_hand(mine, email="ada@example.org")
    does(row, builders.staff(roles.DERMATOLOGIST))
    assert (mails(), told()) == ([mine.email], [(mine.email, Happening.PATIENT)])
    message, notice = Message.objects.get(kind="staff_notice"), StaffNotice.objects.get()
    assert (message.created_at, notice.at, notice.request, message.request) == (LATER, LATER, row, None)
    assert f"/admin/appointments/patientrequest/{row.pk}/change/" in message.text
    assert "/admin/hear/" in message.text
    assert other.email not in mails()


@pytest.mark.usefixtures("clinic")
def test_what_staff_do_is_no_news_from_the_patient() -> None:
    mine, colleague = hears(NoticeKind.MINE), builders.staff()
    row = in_hand(mine)
    row.move(Action.WITHDRAW, colleague, now=LATER)
    assert told() == []


@pytest.mark.usefixtures("clinic")
def test_what_a_colleague_gives_is_heard_and_what_one_takes_is_not() -> None:
    to, by = hears(NoticeKind.MINE), hears(NoticeKind.MINE)
    rows = PatientRequest.objects.filter(pk__in=[in_hand().pk, in_hand().pk, in_hand().pk])
    assert assignment.assign(rows, by, by, WEDNESDAY) == 3
    assert told() == []
    one = PatientRequest.objects.filter(pk=rows[0].pk)
    assignment.assign(one, to, by, WEDNESDAY)
    assignment.assign(rows, to, by, LATER)
    assert told() == [(to.email, Happening.ASSIGNED)] * 2
    assert list(StaffNotice.objects.order_by("pk").values_list("number", "request")) == [
        (1, one[0].pk), (2, None),
    ]  # fmt: skip
    first, second = Message.objects.filter(kind="staff_notice").order_by("pk")
    assert (first.subject, second.subject) == ("A request is yours now", "2 requests are yours now")
    assert assignment.assign(rows, to, by, LATER) == 0
    assert len(told()) == 2


@pytest.mark.usefixtures("clinic")
def test_the_dermatologist_hears_that_a_decision_is_owed() -> None:
    doctor = hears(NoticeKind.REVIEW, role=roles.DERMATOLOGIST)
    desk, root = hears(NoticeKind.REVIEW, name="desk"), builders.staff()
    row = in_hand()
    row.move(Action.ASK_REVIEW, root, now=LATER)
    assert (mails(), told()) == ([doctor.email], [(doctor.email, Happening.REVIEW)])
    in_hand().move(Action.ASK_REVIEW, doctor, now=LATER)
    assert len(told()) == 1, "not of what she did herself"
    move_many(PatientRequest.objects.filter(pk__in=[in_hand().pk, in_hand().pk]), Action.ASK_REVIEW, root)
    assert StaffNotice.objects.latest("pk").number == 2
    assert desk.email not in mails()


def test_a_flagged_request_is_heard_on_receipt_and_spam_once_it_is_freed() -> None:
    builders.clinic()
    doctor, desk = hears(NoticeKind.REVIEW, role=roles.DERMATOLOGIST), builders.staff()
    for suspected in (False, True):
        flagged = PatientRequest(
            kind="appointment", treatment=builders.treatment(), first_name="Grace", phone="+13105550178",
            date_of_birth="1930-05-17", privacy_version="1", suspected_spam=suspected,
        )  # fmt: skip
        flagged.date_of_birth = flagged._meta.get_field("date_of_birth").to_python("1930-05-17")
        intake.receive(flagged, [], WEDNESDAY)
        assert told() == [(doctor.email, Happening.REVIEW)]
    spam.free(PatientRequest.objects.filter(suspected_spam=True), desk, LATER)
    assert told() == [(doctor.email, Happening.REVIEW)] * 2


def failed(row: PatientRequest, key: str = "k") -> Message:
    return Message.objects.create(
        request=row, key=key, kind="offers", recipient="ada@example.org", language="en", subject="s",
        text="t", spoken="Please say it.", message_id=f"<{key}@x>", status=MessageStatus.FAILED,
        created_at=WEDNESDAY, next_attempt_at=WEDNESDAY,
    )  # fmt: skip


@pytest.mark.usefixtures("clinic")
def test_what_could_not_be_delivered_is_heard_once() -> None:
    desk = hears(NoticeKind.FAILED)
    message = failed(in_hand())
    for _each in range(2):
        phone_tasks.ask_for_call(message, LATER)
    assert (mails(), told()) == ([desk.email], [(desk.email, Happening.FAILED)])
    phone_tasks.ask_for_call(failed(in_hand(), "l"), LATER, has_failed=False, is_known=True)
    assert len(told()) == 1
    phone_tasks.ask_for_call(failed(in_hand(), "m"), LATER, has_failed=False)
    assert len(told()) == 2


def test_what_is_urgent_is_heard_as_before_until_somebody_chooses() -> None:
    builders.clinic(email="desk@clinic.example")
    builders.physician(email="doctor@clinic.example")
    builders.physician(email="gone@clinic.example", is_active=False)
    builders.staff(email="other@clinic.example")
    urgent_one()
    assert (mails("staff_urgent"), told()) == (["desk@clinic.example", "doctor@clinic.example"], [])


def test_what_is_urgent_is_heard_by_who_chose_it_and_by_the_clinic_always() -> None:
    builders.clinic(email="desk@clinic.example")
    quiet_doctor = hears(role="physician", name="z")
    chose, one_way = hears(NoticeKind.URGENT, name="a"), hears(urgent_in_browser=True, name="b")
    urgent_one()
    assert mails("staff_urgent") == ["a@clinic.example", "desk@clinic.example"]
    assert told() == [(chose.email, "urgent"), (one_way.email, "urgent")]
    assert quiet_doctor.email not in str(told())
    urgent_one(LATER, by=chose)
    assert told() == [(chose.email, "urgent"), (one_way.email, "urgent"), (one_way.email, "urgent")]


@pytest.mark.parametrize("loses", ["is_active", "is_staff", "groups", "email"])
def test_who_is_gone_or_may_not_any_more_hears_nothing(loses: str) -> None:
    builders.clinic()
    user = hears(*NoticeKind)
    if loses == "groups":
        user.groups.clear()
    else:
        User.objects.filter(pk=user.pk).update(**{loses: "" if loses == "email" else False})
    urgent_one()
    assert mails() + mails("staff_urgent") == []
    assert bool(told()) == (loses == "email"), "without an address the browser still tells"


def test_of_one_moment_each_hears_once_and_the_worst() -> None:
    builders.clinic()
    doctor = hears(*NoticeKind, role="physician")
    desk = hears(NoticeKind.MINE, name="a")
    row = in_hand(doctor)
    row.move(Action.ASK_REVIEW, desk, now=WEDNESDAY)
    reviewing.decide(row, Decision.NEEDS_INFORMATION, doctor, "How are you?", now=WEDNESDAY)
    StaffNotice.objects.all().delete()
    Message.objects.filter(kind="staff_notice").delete()
    reviewing.answer(row, SICK, LATER)
    assert told() == [(doctor.email, "urgent")]
    assert (mails(), mails("staff_urgent")) == ([], [doctor.email])
    with pytest.raises(IntegrityError), transaction.atomic():
        StaffNotice.objects.create(user=doctor, request=row, at=LATER, happening="review")


def test_in_quiet_hours_an_e_mail_waits_and_comes_as_one_of_what_still_holds() -> None:
    builders.clinic()
    doctor = hears(*NoticeKind, role=roles.DERMATOLOGIST, **QUIET, urgent_when_quiet=False)
    over, seen, first, second = (in_hand(status=Status.NEW) for _each in range(4))
    for minute, row in enumerate((over, seen, first, second)):
        row.move(Action.ASK_REVIEW, None, now=NIGHT + timedelta(minutes=minute))
    signs = urgent_one(NIGHT)
    assert mails() + mails("staff_urgent") == []
    assert set(StaffNotice.objects.values_list("in_browser", "mail_due_at")) == {(False, MORNING)}
    over.move(Action.WITHDRAW, None, now=NIGHT + timedelta(hours=1))
    entry = recording.record(None, recording.AuditAction.SAW, seen, user=doctor)
    assert entry.at
    _look_at(seen, doctor)
    assert gathered.write(MORNING - timedelta(seconds=1)) == 0
    assert gathered.write(MORNING) == 1
    assert gathered.write(MORNING) == 0
    [message] = Message.objects.filter(kind="staff_notice")
    assert message.subject == "3 things to look at"
    assert "- An urgent request came in.\n- 2 requests wait for your decision." in message.text
    assert (message.recipient, message.next_attempt_at) == (doctor.email, MORNING)
    assert found_in(f"{message.subject} {message.text} {message.html}") == []
    assert signs.shown_reference not in message.text


def _look_at(row: PatientRequest, by: User) -> None:
    """As if `by` had opened it in the night."""
    StaffNotice.objects.filter(request=row).update(at=timezone.now() - timedelta(minutes=1))


def test_one_that_waited_leads_to_its_request() -> None:
    builders.clinic()
    doctor = hears(NoticeKind.REVIEW, role=roles.DERMATOLOGIST, **QUIET)
    row = in_hand()
    row.move(Action.ASK_REVIEW, builders.staff(), now=NIGHT)
    doctor.notice_choice.quiet_until = time(9)
    doctor.notice_choice.save()
    assert gathered.write(MORNING) == 0, "it is quiet for longer now"
    assert gathered.write(MORNING + timedelta(hours=2)) == 1
    message = Message.objects.get(kind="staff_notice")
    assert message.subject == "A request waits for your decision"
    assert f"/{row.pk}/change/" in message.text


@pytest.mark.parametrize("loses", ["permission", "choice", "account"])
def test_what_waited_is_not_sent_to_who_hears_it_no_more(loses: str) -> None:
    builders.clinic()
    doctor = hears(NoticeKind.REVIEW, role=roles.DERMATOLOGIST, **QUIET)
    in_hand().move(Action.ASK_REVIEW, builders.staff(), now=NIGHT)
    if loses == "permission":
        doctor.groups.clear()
    elif loses == "choice":
        NoticeChoice.objects.update(review_by_email=False)
    else:
        User.objects.filter(pk=doctor.pk).update(is_active=False)
    assert gathered.write(MORNING) == 0
    assert mails() == []
    assert not StaffNotice.objects.filter(mail_due_at__isnull=False).exists()


@pytest.mark.parametrize("comes", [True, False])
def test_what_is_urgent_may_come_in_quiet_hours(comes: bool) -> None:
    builders.clinic()
    user = hears(NoticeKind.URGENT, **QUIET, urgent_when_quiet=comes)
    urgent_one(NIGHT)
    assert mails("staff_urgent") == ([user.email] if comes else [])
    assert StaffNotice.objects.get().in_browser == comes


@pytest.mark.usefixtures("clinic")
def test_a_flood_is_gathered() -> None:
    desk = hears(NoticeKind.FAILED, NoticeKind.URGENT)
    number = at_once.MOST_IN_A_ROW + 7
    for each in range(number):
        phone_tasks.ask_for_call(failed(in_hand(), f"m{each}"), LATER + timedelta(seconds=each))
    assert mails() == [desk.email] * at_once.MOST_IN_A_ROW
    assert len(told()) == number
    urgent_one(LATER + timedelta(minutes=1))
    assert mails("staff_urgent") == [desk.email], "what is urgent never waits for the others"
    gathered.write(LATER + timedelta(minutes=16))
    assert Message.objects.filter(kind="staff_notice").latest("pk").subject.startswith("7 messages")


def test_what_is_told_goes_with_its_request_and_after_a_week() -> None:
    builders.clinic()
    hears(*NoticeKind)
    first, second = urgent_one(), urgent_one(LATER)
    assert StaffNotice.objects.count() == 2
    PatientRequest.objects.filter(pk=first.pk).delete()
    assert StaffNotice.objects.get().request == second
    assert gathered.forget(LATER + gathered.KEPT_FOR) == 0
    assert gathered.forget(LATER + gathered.KEPT_FOR + timedelta(seconds=1)) == 1


@pytest.mark.parametrize("values", [{"quiet_from": time(8)}, {"quiet_from": time(8), "quiet_until": time(8)}])
def test_the_database_keeps_quiet_hours_whole(values: dict[str, time], front_desk: User) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        NoticeChoice.objects.create(user=front_desk, **values)


@pytest.mark.django_db(transaction=True)
def test_of_many_workers_one_writes_what_waited() -> None:
    builders.clinic()
    hears(NoticeKind.REVIEW, role=roles.DERMATOLOGIST, **QUIET)
    for minute in range(5):
        in_hand().move(Action.ASK_REVIEW, None, now=NIGHT + timedelta(minutes=minute))
    assert sum(threads.at_once(lambda _number: gathered.write(MORNING), 8)) == 1
    assert len(mails()) == 1


def test_who_enters_spam_that_is_urgent_frees_it_without_hearing_it() -> None:
    builders.clinic()
    by, other = hears(NoticeKind.URGENT, name="a"), hears(NoticeKind.URGENT, name="b")
    row = in_hand(urgent=True, suspected_spam=True)
    spam.free(PatientRequest.objects.filter(pk=row.pk), by, LATER)
    alarm.hear(row, SICK, LATER + timedelta(minutes=1))
    assert told() == [(by.email, "urgent"), (other.email, "urgent"), (other.email, "urgent")]
    assert urgent.KIND == "staff_urgent"
