"""The staff's pages that offer, book, move and cancel: who may, what they do, what a late colleague sees."""

import itertools
from datetime import datetime, time, timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from appointments import scheduling
from appointments.lifecycle import Action, Status
from appointments.models import Appointment, AppointmentStatus, Message, PatientRequest, RequestSource
from appointments.scheduling.free_times import Wishes, free_time
from appointments.staff.schedule.picking import posted_as
from clinic.models import Clinic, Practitioner
from clinic.time.hours import at, clinic_day
from tests import builders
from treatments.models import State

pytestmark = pytest.mark.django_db
PAGES = (
    "request-offer",
    "request-take-offer",
    "request-book",
    "request-appointment-move",
    "request-appointment-cancel",
    "request-visit",
)


@pytest.fixture
def doctor(clinic: Clinic) -> Practitioner:
    return builders.practitioner()


def in_progress(**values: object) -> PatientRequest:
    return builders.appointment_request(status=Status.IN_PROGRESS, email="ada@example.org", **values)


def page(name: str, request: PatientRequest) -> str:
    return reverse(f"admin:{name}", args=[request.pk])


def free(request: PatientRequest, doctor: Practitioner) -> list[datetime]:
    length = timedelta(minutes=request.visit_minutes(Clinic.current()))
    starts = free_time(request, doctor, timezone.now(), length).fitting(Wishes.of(request))
    return list(itertools.islice(starts, 200))


def booked(doctor: Practitioner, by: User) -> Appointment:
    request = in_progress()
    return scheduling.book(request, doctor, free(request, doctor)[40], by)


def body_of(client: Client, url: str) -> str:
    return client.get(url).content.decode()


def test_what_was_refused_is_not_proposed_again(
    desk_client: Client, front_desk: User, doctor: Practitioner
) -> None:
    """It stands among the other times, marked, and what the patient said stands above."""
    request = in_progress()
    url = page("request-offer", request)
    first = desk_client.get(url).context["picker"].picked
    scheduling.offer(request, doctor, first, front_desk)
    scheduling.none_suits(request, "Solo puedo por la tarde")
    answer = desk_client.get(url)
    picker = answer.context["picker"]
    assert len(picker.picked) == 3
    assert not set(picker.picked) & set(first)
    assert "Solo puedo por la tarde" in answer.text
    marked = {slot.value for each in picker.all_days for slot in each.slots if slot.refused}
    assert marked == {posted_as(start) for start in first if start in picker._starts}
    assert marked
    assert "<small>refused</small>" in answer.text


@pytest.mark.parametrize("button", ["preview", "send"])
@pytest.mark.parametrize("name", ["request-offer", "request-offer-beside"])
def test_more_times_than_can_be_offered_are_refused_before_a_message_is_shown(
    desk_client: Client, front_desk: User, doctor: Practitioner, name: str, button: str
) -> None:
    row = in_progress() if name == "request-offer" else booked(doctor, front_desk).request
    url = page(name, row)
    free = desk_client.get(url).context["picker"]._starts[-4:]
    said = desk_client.post(url, {"start": [posted_as(each) for each in free], button: "1"})
    assert said.status_code == 422
    assert "Choose one to three times." in said.text
    assert said.context["preview"] is None
    assert said.text.count(" checked") == 4
    assert not Message.objects.filter(kind__in=("offers", "times_beside")).exists()


def test_every_page_needs_the_permission(
    client: Client, editor: User, front_desk: User, doctor: Practitioner
) -> None:
    appointment = booked(doctor, front_desk)
    client.force_login(editor)
    for name in PAGES:
        url = page(name, appointment.request)
        assert client.get(url).status_code == 403
        assert client.post(url, {"cancel": "1", "reason": "No."}).status_code == 403
    for name in ("entry", "schedule", "day-sheet"):
        assert client.get(reverse(f"admin:{name}")).status_code == 403
    client.logout()
    assert client.get(page("request-offer", appointment.request)).status_code == 302
    appointment.refresh_from_db()
    assert appointment.status == AppointmentStatus.BOOKED


def test_offering_takes_one_click_from_the_page(
    desk_client: Client, front_desk: User, doctor: Practitioner
) -> None:
    request = builders.appointment_request(email="ada@example.org")
    shown = desk_client.get(page("request-offer", request))
    proposed = shown.context["picker"].picked
    html = shown.content.decode()
    assert html.count(" checked") == 3
    assert "Please choose a time" in html
    data = {
        "practitioner": doctor.pk,
        "version": request.version,
        "start": [posted_as(start) for start in proposed],
        "send": "1",
    }
    answer = desk_client.post(page("request-offer", request), data)
    assert answer.status_code == 302
    request.refresh_from_db()
    assert (request.status, request.assignee) == (Status.OFFERED, front_desk)
    assert list(request.appointments.values_list("start", flat=True)) == proposed
    assert Message.objects.filter(request=request, kind="offers").exists()


def test_the_message_can_be_read_before_anything_is_sent(desk_client: Client, doctor: Practitioner) -> None:
    request = in_progress()
    [start, *_rest] = free(request, doctor)
    data = {"practitioner": doctor.pk, "start": posted_as(start), "preview": "1", "version": request.version}
    html = desk_client.post(page("request-offer", request), data).content.decode()
    assert html.count(" checked") == 1
    assert not Appointment.objects.exists()


def test_a_time_that_went_meanwhile_is_said_and_the_rest_kept(
    desk_client: Client, front_desk: User, doctor: Practitioner
) -> None:
    request = in_progress()
    first, second = free(request, doctor)[40:42]
    scheduling.book(in_progress(first_name="Grace"), doctor, first, front_desk)
    data = {
        "practitioner": doctor.pk,
        "version": request.version,
        "start": [posted_as(first), posted_as(second)],
        "send": "1",
    }
    answer = desk_client.post(page("request-offer", request), data)
    assert answer.status_code == 409
    html = answer.content.decode()
    assert "has just been taken" in html
    assert f'value="{posted_as(second)}" checked' in html
    assert posted_as(first) not in html
    assert request.appointments.count() == 0


def test_the_slower_of_two_colleagues_sees_how_things_stand(
    desk_client: Client, front_desk: User, doctor: Practitioner
) -> None:
    request = in_progress()
    seen, [first, second, *_rest] = request.version, free(request, doctor)
    scheduling.offer(request, doctor, [first], builders.staff())
    data = {"practitioner": doctor.pk, "version": seen, "start": posted_as(second), "send": "1"}
    answer = desk_client.post(page("request-offer", request), data, follow=True)
    assert "A colleague was faster" in answer.content.decode()
    assert request.appointments.count() == 1
    assert (
        "A colleague was faster"
        in desk_client.get(page("request-offer", request), follow=True).content.decode()
    )


def test_a_decision_that_is_owed_is_said_instead_of_times(desk_client: Client, doctor: Practitioner) -> None:
    request = in_progress(decision_owed=True)
    for name in ("request-offer", "request-book"):
        html = desk_client.get(page(name, request), follow=True).content.decode()
        assert "The dermatologist has to decide first." in html


def test_booking_by_phone(desk_client: Client, doctor: Practitioner) -> None:
    request = in_progress()
    start = free(request, doctor)[30]
    link = f"{page('request-book', request)}?practitioner={doctor.pk}&start={posted_as(start)}"
    assert f'value="{posted_as(start)}" checked' in body_of(desk_client, link)
    data = {"practitioner": doctor.pk, "version": request.version, "start": posted_as(start), "book": "1"}
    assert desk_client.post(page("request-book", request), {**data, "start": ""}).status_code == 409
    assert desk_client.post(page("request-book", request), data).status_code == 302
    assert request.appointments.get().start == start


def test_taking_a_held_time_for_a_patient_on_the_phone(
    desk_client: Client, front_desk: User, doctor: Practitioner
) -> None:
    request = in_progress()
    first, second = scheduling.offer(request, doctor, free(request, doctor)[40:42], front_desk)
    url = page("request-take-offer", request)
    assert desk_client.post(url, {"held": "0", "book": "1"}).status_code == 409
    assert desk_client.post(url, {"held": second.pk, "book": "1"}).status_code == 302
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.status, second.status) == (AppointmentStatus.CANCELLED, AppointmentStatus.BOOKED)
    assert request.events.get(action="take_offer").by == front_desk
    assert "No time is held" in desk_client.get(url, follow=True).content.decode()


def test_moving(desk_client: Client, front_desk: User, doctor: Practitioner) -> None:
    appointment = booked(doctor, front_desk)
    start = free(appointment.request, doctor)[60]
    url = page("request-appointment-move", appointment.request)
    assert posted_as(appointment.start) in body_of(desk_client, url), "its own time counts as free"
    data = {"practitioner": doctor.pk, "start": posted_as(start), "move": "1"}
    assert desk_client.post(url, data).status_code == 302
    appointment.refresh_from_db()
    assert (appointment.start, appointment.sequence) == (start, 1)
    assert Message.objects.filter(request=appointment.request, kind="moved").exists()


def test_cancelling_needs_a_reason_that_reaches_the_patient(
    desk_client: Client, front_desk: User, doctor: Practitioner
) -> None:
    appointment = booked(doctor, front_desk)
    url = page("request-appointment-cancel", appointment.request)
    assert desk_client.post(url, {"cancel": "1", "reason": " "}).status_code == 409
    assert (
        "Dr. Who is ill."
        in desk_client.post(url, {"preview": "1", "reason": "Dr. Who is ill."}).content.decode()
    )
    appointment.refresh_from_db()
    assert appointment.status == AppointmentStatus.BOOKED
    assert desk_client.post(url, {"cancel": "1", "reason": "Dr. Who is ill."}).status_code == 302
    appointment.refresh_from_db()
    assert appointment.status == AppointmentStatus.CANCELLED
    assert "Dr. Who is ill." in desk_client.get(appointment.request.get_absolute_url()).text
    assert "You can read on your page why." in Message.objects.get(kind="cancelled").text
    assert "There is no booked appointment." in desk_client.get(url, follow=True).content.decode()


def test_the_visit(desk_client: Client, front_desk: User, doctor: Practitioner) -> None:
    appointment = booked(doctor, front_desk)
    url = page("request-visit", appointment.request)
    assert 'name="step"' not in body_of(desk_client, url)
    assert desk_client.post(url, {"step": "arrived"}).status_code == 409
    today = clinic_day(timezone.now())
    moved = {"start": at(today, time(0)), "end": at(today, time(0)) + timedelta(minutes=30)}
    Appointment.objects.filter(pk=appointment.pk).update(**moved)
    assert 'value="noshow"' in body_of(desk_client, url)
    assert desk_client.post(url, {"step": "arrived"}).status_code == 302
    assert 'value="noshow"' in body_of(desk_client, url), "one who has arrived may leave"
    assert desk_client.post(url, {"step": "fulfilled"}).status_code == 302
    appointment.refresh_from_db()
    assert appointment.status == AppointmentStatus.FULFILLED
    assert PatientRequest.objects.get(pk=appointment.request_id).status == Status.COMPLETED


def entry_data(client: Client, **values: object) -> dict[str, object]:
    form = client.get(reverse("admin:entry")).context["form"]
    return {
        "submission_id": form["submission_id"].value(),
        "source": "phone",
        "language": "en",
        "treatment": "consultation",
        "first_name": "Grace",
        "last_name": "Example",
        "date_of_birth_month": "3",
        "date_of_birth_day": "27",
        "date_of_birth_year": "1985",
        "returning_patient": "no",
        "phone": "(310) 555-0123",
        "contact_by": "phone",
        "consent": "on",
        "store": "1",
        **values,
    }


def test_a_treatment_that_nobody_has_released_is_no_choice_and_the_entry_says_why(
    desk_client: Client, clinic: Clinic
) -> None:
    fillers = builders.treatment("fillers", version=False)
    builders.version(fillers, state=State.WAITING)
    hidden = builders.treatment("hidden", is_published=False)
    shown = desk_client.get(reverse("admin:entry")).text
    assert 'value="fillers"' not in shown
    assert "no dermatologist has signed off its page and questions yet" in shown
    for treatment, why in ((fillers, "no dermatologist has signed off"), (hidden, "isn&#x27;t published")):
        data = entry_data(desk_client, treatment=treatment.slug, first_name="Kept")
        response = desk_client.post(reverse("admin:entry"), data)
        assert response.status_code == 422
        assert "Kept" in response.text
        assert why in response.text
    assert not PatientRequest.objects.exists()


def test_a_caller_on_one_screen_with_a_time(
    desk_client: Client, front_desk: User, doctor: Practitioner
) -> None:
    start = free(PatientRequest(), doctor)[30]
    data = entry_data(desk_client, practitioner=doctor.pk, start=posted_as(start))
    answer = desk_client.post(reverse("admin:entry"), data)
    request = PatientRequest.objects.get()
    assert answer.status_code == 302, answer.context["errors"]
    assert (request.status, request.source, request.assignee) == (
        Status.BOOKED,
        RequestSource.PHONE,
        front_desk,
    )
    assert not request.suspected_spam
    assert request.appointments.get().start == start
    assert request.events.get(kind="received").by == front_desk


def test_a_walk_in_without_a_time_waits_in_the_inbox(desk_client: Client, doctor: Practitioner) -> None:
    data = entry_data(desk_client, source="walk-in", language="es")
    assert desk_client.post(reverse("admin:entry"), data).status_code == 302
    assert desk_client.post(reverse("admin:entry"), data).status_code == 302
    request = PatientRequest.objects.get()
    assert (request.status, request.source, request.language) == (
        Status.IN_PROGRESS,
        RequestSource.WALK_IN,
        "es",
    )


def test_the_same_rules_as_for_patients(desk_client: Client, doctor: Practitioner) -> None:
    answer = desk_client.post(reverse("admin:entry"), entry_data(desk_client, phone="911", first_name=" "))
    assert answer.status_code == 422
    html = answer.content.decode()
    assert "There is a problem" in html
    assert 'href="#id_phone"' in html
    young = clinic_day(timezone.now()).year - 10
    answer = desk_client.post(reverse("admin:entry"), entry_data(desk_client, date_of_birth_year=str(young)))
    assert "under 18" in answer.content.decode()
    assert not PatientRequest.objects.exists()


def test_a_flagged_caller_is_stored_and_not_booked(desk_client: Client, doctor: Practitioner) -> None:
    treatment = builders.treatment(questions=1)
    start = free(PatientRequest(), doctor)[30]
    data = entry_data(
        desk_client,
        treatment=treatment.slug,
        screening_1="yes",
        practitioner=doctor.pk,
        start=posted_as(start),
    )
    answer = desk_client.post(reverse("admin:entry"), data, follow=True)
    assert "stored, but not booked" in answer.content.decode()
    assert PatientRequest.objects.get().status == Status.CLINICAL_REVIEW
    assert not Appointment.objects.exists()


def kinds_sent() -> list[str]:
    return list(Message.objects.values_list("kind", flat=True))


def test_whoever_is_booked_at_once_hears_only_that(desk_client: Client, doctor: Practitioner) -> None:
    start = free(PatientRequest(), doctor)[30]
    chosen = {"practitioner": doctor.pk, "start": posted_as(start), "email": "grace@example.org"}
    data = entry_data(desk_client, **chosen)
    desk_client.post(reverse("admin:entry"), data)
    assert kinds_sent() == ["booked"]
    desk_client.post(reverse("admin:entry"), data)
    assert kinds_sent() == ["booked"], "sent twice, an entry is one"
    assert PatientRequest.objects.count() == 1


def test_whoever_is_not_booked_hears_that_we_have_the_request(
    desk_client: Client, front_desk: User, doctor: Practitioner
) -> None:
    taken = booked(doctor, front_desk)
    Message.objects.all().delete()
    chosen = {"practitioner": doctor.pk, "start": posted_as(taken.start), "email": "grace@example.org"}
    answer = desk_client.post(reverse("admin:entry"), entry_data(desk_client, **chosen), follow=True)
    assert "stored, but not booked" in answer.content.decode()
    assert kinds_sent() == ["acknowledgement"]
    assert PatientRequest.objects.latest("pk").assignee == front_desk


def callback_data(client: Client, **values: object) -> dict[str, object]:
    form = client.get(reverse("admin:entry"), {"kind": "callback"}).context["form"]
    return {
        "kind": "callback",
        "submission_id": form["submission_id"].value(),
        "source": "phone",
        "language": "es",
        "topic": "billing",
        "first_name": "Grace",
        "phone": "(310) 555-0123",
        "voicemail_ok": "yes",
        "consent": "on",
        "store": "1",
        **values,
    }


def test_a_callback_taken_at_the_desk_waits_for_whoever_calls(
    desk_client: Client, front_desk: User, clinic: Clinic
) -> None:
    data = callback_data(desk_client, source="walk-in")
    assert desk_client.post(reverse("admin:entry"), data).status_code == 302
    (row,) = PatientRequest.objects.calls_due(timezone.now())
    assert (row.kind, row.source, row.language, row.status) == ("callback", "walk-in", "es", Status.NEW)
    assert row.events.get(kind="received").by == front_desk
    assert not row.suspected_spam


def test_a_callback_has_the_patients_rules_and_warning(desk_client: Client, clinic: Clinic) -> None:
    answer = desk_client.post(reverse("admin:entry"), callback_data(desk_client, topic=""))
    assert answer.status_code == 422
    assert 'href="#id_topic_0"' in answer.content.decode()
    urgent = callback_data(desk_client, topic="after-treatment", warning_signs="yes")
    answer = desk_client.post(reverse("admin:entry"), urgent, follow=True)
    assert "call 911 now" in answer.content.decode()
    assert PatientRequest.objects.get().urgent


@pytest.mark.parametrize("step", ["move", "cancel"])
def test_the_second_of_two_who_change_an_appointment_is_told(
    desk_client: Client, front_desk: User, doctor: Practitioner, step: str
) -> None:
    appointment = booked(doctor, front_desk)
    request = appointment.request
    seen = PatientRequest.objects.get(pk=request.pk).version
    assert f'name="version" value="{seen}"' in body_of(
        desk_client, page(f"request-appointment-{step}", request)
    )
    first, second = free(request, doctor)[60], free(request, doctor)[62]
    scheduling.move_appointment(appointment, first, front_desk)
    response = desk_client.post(
        page(f"request-appointment-{step}", request),
        {step: "1", "version": seen, "start": posted_as(second), "reason": "The doctor is ill."},
    )
    assert response.status_code == 409
    assert "A colleague was faster" in response.text
    assert Appointment.objects.coming().get(request=request).start == first


@pytest.mark.parametrize(("step", "button"), [("offer", "send"), ("book", "book")])
def test_a_colleague_who_changed_the_request_meanwhile_was_faster(
    desk_client: Client, front_desk: User, doctor: Practitioner, step: str, button: str
) -> None:
    patient_request = in_progress()
    url, seen = page(f"request-{step}", patient_request), patient_request.version
    assert f'name="version" value="{seen}"' in body_of(desk_client, url)
    # Put back and taken again: the step is as possible as before, but it is not what was looked at.
    colleague = builders.staff()
    patient_request.move(Action.PUT_BACK, colleague)
    patient_request.move(Action.TAKE, colleague)
    data = {"practitioner": doctor.pk, "start": posted_as(free(patient_request, doctor)[40]), button: "1"}
    response = desk_client.post(url, {**data, "version": seen})
    assert response.status_code == 409
    assert "A colleague was faster" in response.text
    assert not Appointment.objects.exists()
    assert not Message.objects.filter(request=patient_request).exists()
    patient_request.refresh_from_db()
    assert desk_client.post(url, {**data, "version": patient_request.version}).status_code == 302
