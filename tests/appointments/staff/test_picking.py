"""Picking times: which weeks, whose times, how long, and what is asked before a second visit is booked."""

import re
from datetime import date, datetime, time, timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from appointments import scheduling
from appointments.lifecycle import Status
from appointments.models import Appointment, AppointmentStatus, PatientRequest
from appointments.requests import same_person
from appointments.staff.schedule.picking import Day, Picker, posted_as
from clinic.models import Clinic, Closure, DeskDoctor, Practitioner
from clinic.time.hours import at, clinic_day
from tests import builders
from tests.appointments.posts import open_day
from tests.appointments.staff.test_offers import entry_data, in_progress, page
from treatments.models import Treatment

pytestmark = pytest.mark.django_db


def today() -> date:
    """Asked for at each use: a run may last past midnight."""
    return clinic_day(timezone.now())


@pytest.fixture
def doctor(clinic: Clinic) -> Practitioner:
    return builders.practitioner()


@pytest.fixture
def botox() -> Treatment:
    return builders.treatment("botox", effect_months=4, min_interval_months=3)


def monday(weeks: int, clock: time = time(10)) -> datetime:
    """On the Monday so many weeks from this one."""
    return at(datetime.fromisoformat(open_day(weeks)).date(), clock)


def picker(client: Client, url: str, **query: str | int) -> Picker:
    response = client.get(url, {name.rstrip("_"): value for name, value in query.items()})
    assert response.status_code == 200
    found: Picker = response.context["picker"]
    return found


def values(days: list[Day]) -> list[str]:
    return [slot.value for each in days for slot in each.slots]


@pytest.mark.parametrize("name", ["request-offer", "request-book"])
def test_the_first_page_is_where_the_wish_starts(
    desk_client: Client, doctor: Practitioner, name: str
) -> None:
    earliest = today() + timedelta(days=45)
    shown = picker(desk_client, page(name, in_progress(earliest_date=earliest)))
    assert shown.first == earliest
    assert values(shown.fitting)
    if name == "request-offer":
        assert len(shown.picked) == 3
        assert min(clinic_day(start) for start in shown.picked) >= earliest


def test_pages_go_week_by_week_as_far_as_twelve_months_and_keep_what_is_picked(
    desk_client: Client, doctor: Practitioner
) -> None:
    patient_request, start = in_progress(), monday(2)
    url = page("request-book", patient_request)
    data = {"start": posted_as(start), "practitioner": doctor.pk, "version": patient_request.version}
    for first in (today() + timedelta(days=90), today() + timedelta(days=366)):
        html = desk_client.post(url, {**data, "from": first.isoformat()}).content.decode()
        assert f'value="{posted_as(start)}" checked' in html
        assert "Picked, in other weeks" in html
    last = picker(desk_client, url, from_=(today() + timedelta(days=3000)).isoformat())
    assert (last.first, last.after) == (today() + timedelta(days=366), None)
    first_page = picker(desk_client, url, from_="2001-01-01")
    assert (first_page.first, first_page.before) == (today(), None)
    assert first_page.after == today() + timedelta(days=7)


@pytest.mark.parametrize("weeks", [1, 13, 50])
def test_a_clicked_time_is_picked_always(desk_client: Client, doctor: Practitioner, weeks: int) -> None:
    beside_the_grid = monday(weeks, time(10, 10))
    for url in (page("request-book", in_progress(preferred_days=["fri"])), reverse("admin:entry")):
        shown = picker(desk_client, url, start=posted_as(beside_the_grid), practitioner=doctor.pk)
        assert shown.picked == [beside_the_grid]
        assert shown.first <= clinic_day(beside_the_grid) <= shown.last
        assert posted_as(beside_the_grid) in values(shown.all_days)


def test_a_clicked_time_that_is_gone_is_said(
    desk_client: Client, front_desk: User, doctor: Practitioner
) -> None:
    start = monday(13)
    scheduling.book(in_progress(), doctor, start, front_desk)
    for url in (page("request-book", in_progress()), reverse("admin:entry")):
        response = desk_client.get(url, {"start": posted_as(start), "practitioner": str(doctor.pk)})
        assert response.context["picker"].picked == []
        assert "free any more" in response.content.decode()


def test_a_week_without_a_time_that_fits_leads_to_the_next_one(
    desk_client: Client, doctor: Practitioner
) -> None:
    Closure.objects.create(first_day=today(), last_day=today() + timedelta(days=100))
    shown = picker(desk_client, page("request-book", in_progress()))
    assert shown.fitting == []
    assert shown.next_fitting is not None
    assert shown.next_fitting > today() + timedelta(days=100)


def test_only_who_does_the_treatment_the_usual_one_first(desk_client: Client, botox: Treatment) -> None:
    builders.clinic()
    first, usual, newest = (builders.practitioner(position=number) for number in range(3))
    builders.practitioner(is_active=False)
    botox.practitioners.set([first, usual])
    botox.usual_practitioner = usual
    botox.save()
    shown = picker(desk_client, page("request-book", in_progress(treatment=botox)))
    assert (shown.practitioners, shown.who) == ([usual, first], usual)
    plain = picker(desk_client, page("request-book", in_progress()))
    assert (plain.practitioners, plain.who) == ([first, usual, newest], first)


def test_a_patient_of_one_doctor_stays_with_that_one_and_a_change_is_said(
    desk_client: Client, front_desk: User, doctor: Practitioner
) -> None:
    other, third = builders.practitioner(), builders.practitioner()
    before = in_progress()
    scheduling.book(before, other, monday(2), front_desk)
    again = in_progress(person=before.person)
    url = page("request-book", again)
    shown = picker(desk_client, url)
    assert (shown.who, shown.was_with) == (other, None)
    html = desk_client.get(url, {"practitioner": third.pk}).content.decode()
    assert f"Was with {other.name}" in html
    assert picker(desk_client, url).who == other, "what the desk chose last comes after that"
    assert picker(desk_client, page("request-book", in_progress())).who == third
    assert picker(desk_client, page("request-appointment-move", before)).who == other


def test_whose_times_the_desk_chose_last_comes_first_the_next_day_too(
    desk_client: Client, front_desk: User, doctor: Practitioner
) -> None:
    """Once something was sent; only looking changes nothing for the next day, nor for a colleague."""
    other = builders.practitioner()
    url = page("request-book", in_progress())
    assert picker(desk_client, url).who == doctor
    desk_client.get(url, {"practitioner": other.pk})
    assert not DeskDoctor.objects.exists()
    desk_client.post(url, {"practitioner": other.pk})
    tomorrow, colleague = Client(), Client()
    tomorrow.force_login(front_desk)
    colleague.force_login(builders.staff())
    assert picker(tomorrow, url).who == other
    assert picker(colleague, url).who == doctor


@pytest.mark.parametrize("name", ["request-offer", "request-book"])
def test_who_is_perhaps_of_another_doctor_is_told_and_staff_decide(
    desk_client: Client, front_desk: User, doctor: Practitioner, botox: Treatment, name: str
) -> None:
    usual = builders.practitioner()
    botox.usual_practitioner = usual
    botox.save()
    born = {"date_of_birth": date(1980, 2, 3)}
    before = in_progress(**born)
    builders.appointment(before, doctor, monday(-60), status=AppointmentStatus.FULFILLED)
    again = in_progress(treatment=botox, **born)
    url, words = page(name, again), f"Perhaps was with {doctor.name} so far."
    shown = desk_client.get(url)
    assert shown.context["picker"].who == usual
    assert words in shown.text
    assert reverse("admin:request-same-person", args=[again.pk]) in shown.text
    assert f'href="?practitioner={doctor.pk}"' in shown.text
    with_doctor = desk_client.get(url, {"practitioner": doctor.pk})
    assert with_doctor.context["picker"].who == doctor
    assert "Perhaps was with" not in with_doctor.text
    botox.practitioners.set([usual])
    no_more = desk_client.get(url).text
    assert words in no_more
    assert f'href="?practitioner={doctor.pk}"' not in no_more, "who doesn't do it is no choice"
    same_person.refuse(again, before, front_desk)
    assert "Perhaps was with" not in desk_client.get(url).text


class TestWhomTheEntryProposes:
    """Until the desk chooses a doctor, the treatment's usual one holds."""

    @pytest.fixture
    def usual(self, doctor: Practitioner, botox: Treatment) -> Practitioner:
        usual = builders.practitioner()
        botox.usual_practitioner = usual
        botox.save()
        return usual

    def sent(self, html: str, **values: object) -> dict[str, object]:
        """The form as it came, with what the desk changed in it."""
        proposed = re.search(r'name="proposed" value="(\d+)"', html)
        picked = re.search(r'id="practitioner">.*?value="(\d+)" selected', html)
        assert picked
        own = {"proposed": proposed[1]} if proposed else {}
        return {"kind": "appointment", "practitioner": picked[1], **own, **values}

    def test_a_change_of_treatment_brings_its_doctor(
        self, desk_client: Client, doctor: Practitioner, usual: Practitioner
    ) -> None:
        url = reverse("admin:entry")
        fresh = desk_client.get(url)
        assert fresh.context["picker"].who == doctor
        botoxed = desk_client.post(url, self.sent(fresh.text, treatment="botox", show="1"))
        assert botoxed.context["picker"].who == usual
        back = desk_client.post(url, self.sent(botoxed.text, treatment="consultation", show="1"))
        assert back.context["picker"].who == doctor

    def test_a_chosen_doctor_stays(
        self, desk_client: Client, doctor: Practitioner, usual: Practitioner
    ) -> None:
        url, third = reverse("admin:entry"), builders.practitioner()
        fresh = desk_client.get(url).text
        chosen = desk_client.post(
            url, self.sent(fresh, treatment="consultation", practitioner=third.pk, show="1")
        )
        assert chosen.context["picker"].who == third
        botoxed = desk_client.post(url, self.sent(chosen.text, treatment="botox", show="1"))
        assert botoxed.context["picker"].who == third

    def test_a_time_is_booked_with_whom_the_page_named(
        self, desk_client: Client, doctor: Practitioner, usual: Practitioner
    ) -> None:
        """Also where another desk's choice would be proposed by now."""
        start = posted_as(monday(2))
        data = entry_data(desk_client, practitioner=doctor.pk, proposed=doctor.pk, start=start)
        session = desk_client.session
        session["practitioner"] = str(usual.pk)
        session.save()
        desk_client.post(reverse("admin:entry"), data)
        assert Appointment.objects.get().practitioner == doctor


def test_nobody_else_is_booked_for_a_practitioner_who_was_taken_off(
    desk_client: Client, doctor: Practitioner
) -> None:
    patient_request, gone = in_progress(), builders.practitioner(is_active=False)
    data = {"practitioner": gone.pk, "version": patient_request.version, "start": posted_as(monday(2))}
    response = desk_client.post(page("request-book", patient_request), {**data, "book": "1"})
    assert response.status_code == 409
    assert not Appointment.objects.exists()


@pytest.mark.parametrize(("step", "button"), [("offer", "send"), ("book", "book")])
def test_one_visit_can_be_longer(desk_client: Client, doctor: Practitioner, step: str, button: str) -> None:
    patient_request = in_progress()
    url = page(f"request-{step}", patient_request)
    assert picker(desk_client, url).minutes == 30
    assert picker(desk_client, url, minutes="7").minutes == 30
    data = {"practitioner": doctor.pk, "version": patient_request.version, "start": posted_as(monday(2))}
    desk_client.post(url, {**data, "minutes": "75", button: "1"})
    appointment = patient_request.appointments.get()
    assert appointment.end - appointment.start == timedelta(minutes=75)


def test_a_visit_keeps_its_length_when_it_moves_unless_it_is_changed(
    desk_client: Client, front_desk: User, doctor: Practitioner
) -> None:
    patient_request = in_progress()
    scheduling.book(patient_request, doctor, monday(2), front_desk, minutes=45)
    url = page("request-appointment-move", patient_request)
    shown = picker(desk_client, url)
    assert (shown.minutes, shown.first) == (45, max(today(), clinic_day(monday(2))))
    desk_client.post(url, {"start": posted_as(monday(3)), "move": "1"})
    moved = patient_request.appointments.get()
    assert (moved.start, moved.end) == (monday(3), monday(3, time(10, 45)))
    desk_client.post(url, {"start": posted_as(monday(3)), "minutes": "20", "move": "1"})
    moved.refresh_from_db()
    assert (moved.start, moved.end) == (monday(3), monday(3, time(10, 20)))


@pytest.mark.parametrize("minutes", [0, 4, 481, -30])
def test_no_visit_has_an_absurd_length(doctor: Practitioner, front_desk: User, minutes: int) -> None:
    with pytest.raises(scheduling.SchedulingError, match="5 minutes to 8 hours"):
        scheduling.book(in_progress(), doctor, monday(2), front_desk, minutes=minutes)


def another(person_of: PatientRequest, **values: object) -> PatientRequest:
    return in_progress(person=person_of.person, **values)


@pytest.mark.parametrize("is_by_key", [True, False])
def test_another_visit_in_the_same_minute_is_asked_about_once(
    desk_client: Client, front_desk: User, doctor: Practitioner, is_by_key: bool
) -> None:
    first, start = in_progress(first_name="Grace", last_name="Once", phone="+13105550177"), monday(2)
    visit = scheduling.book(first, builders.practitioner(), start, front_desk)
    same = {"first_name": "Grace", "last_name": "Once", "phone": "+13105550177"}
    second = another(first) if is_by_key else in_progress(**same)
    url = page("request-book", second)
    data = {"practitioner": doctor.pk, "version": second.version, "start": posted_as(start), "book": "1"}
    response = desk_client.post(url, data)
    assert response.status_code == 409
    assert f'name="confirmed" value="{visit.pk}"' in response.content.decode()
    assert f'value="{posted_as(start)}" checked' in response.content.decode()
    assert not second.appointments.exists()
    assert desk_client.post(url, {**data, "confirmed": visit.pk}).status_code == 302
    assert second.appointments.get().start == start


def test_which_visits_of_the_same_patient_are_near(
    front_desk: User, doctor: Practitioner, botox: Treatment
) -> None:
    first, start = in_progress(treatment=botox), monday(2)
    visit = scheduling.book(first, doctor, start, front_desk)

    def found(patient_request: PatientRequest, at_: datetime) -> list[Appointment]:
        spans = [(at_, at_ + timedelta(minutes=30))]
        near = scheduling.other_visits(patient_request, spans, timezone.now())
        return [each.visit.appointment for each in near]

    plain, again = another(first), another(first, treatment=botox)
    assert found(plain, monday(2, time(15))) == [visit], "on the same day"
    assert found(plain, monday(3)) == []
    assert found(again, monday(3)) == [visit], "within the shortest interval"
    assert found(again, start - timedelta(days=7)) == [visit]
    assert found(again, monday(16)) == []
    somebody_else = in_progress(treatment=botox, first_name="Grace")
    assert found(somebody_else, start) == []
    assert found(first, start) == [], "its own time, when it moves"
    scheduling.cancel(visit, front_desk, "ill")
    assert found(again, start) == []


@pytest.mark.parametrize("step", ["offer", "move", "take-offer", "entry"])
def test_every_step_that_gives_a_time_asks(
    desk_client: Client, front_desk: User, doctor: Practitioner, step: str
) -> None:
    first, start = in_progress(last_name="Once", phone="+13105550177"), monday(2)
    visit = scheduling.book(first, builders.practitioner(), start, front_desk)
    second = another(first)
    data: dict[str, object] = {"practitioner": doctor.pk, "start": posted_as(start)}
    if step == "move":
        scheduling.book(second, doctor, monday(4), front_desk)
        url, data["move"] = page("request-appointment-move", second), "1"
    elif step == "take-offer":
        [held] = scheduling.offer(second, doctor, [start], front_desk)
        url, data = page("request-take-offer", second), {"held": held.pk, "book": "1"}
    elif step == "offer":
        url, data["send"] = page("request-offer", second), "1"
    else:
        url = reverse("admin:entry")
        data |= entry_data(desk_client, first_name="Ada", last_name="Once", phone="(310) 555-0177")
    count = PatientRequest.objects.count()
    assert desk_client.post(url, data).status_code == 409
    assert PatientRequest.objects.count() == count
    assert desk_client.post(url, {**data, "confirmed": visit.pk}).status_code == 302
    assert Appointment.objects.filter(start=start).exclude(pk=visit.pk).exists()


def completed(treatment: Treatment, doctor: Practitioner, days_ago: int) -> PatientRequest:
    done = builders.appointment_request(
        status=Status.COMPLETED, finished_at=timezone.now(), treatment=treatment, email="ada@example.org"
    )
    start = at(today() - timedelta(days=days_ago), time(10))
    builders.appointment(done, doctor, start, status=AppointmentStatus.FULFILLED)
    return done


def test_book_again_proposes_the_time_when_the_effect_ends(
    desk_client: Client, doctor: Practitioner, botox: Treatment
) -> None:
    builders.practitioner(position=0)
    Practitioner.objects.filter(pk=doctor.pk).update(position=9)
    done = completed(botox, doctor, 30)
    url = page("request-book-again", done)
    of_request = desk_client.get(page("appointments_patientrequest_change", done)).content.decode()
    assert f'href="{url}">Book again' in of_request
    response = desk_client.get(url)
    shown, form = response.context["picker"], response.context["form"]
    assert shown.who == doctor
    assert shown.first >= today() + timedelta(days=4 * 30 - 30 - 3)
    assert shown.picked == [shown.free.on(clinic_day(shown.picked[0]))[0]]
    assert clinic_day(shown.picked[0]) >= shown.first
    assert form["first_name"].value() == done.first_name
    assert not form["consent"].value()
    data = {
        **entry_data(desk_client, first_name=done.first_name, last_name=done.last_name),
        "phone": str(done.phone),
        "treatment": "botox",
        "practitioner": doctor.pk,
        "start": posted_as(shown.picked[0]),
    }
    assert desk_client.post(url, data).status_code == 302
    again = PatientRequest.objects.latest("pk")
    assert (again.person, again.status, again.treatment) == (done.person, Status.BOOKED, botox)
    assert again.appointments.get().start == shown.picked[0]


def test_book_again_is_never_before_the_shortest_interval(
    desk_client: Client, doctor: Practitioner, botox: Treatment
) -> None:
    builders.version(botox, effect_months=None, recall_after_weeks=1)
    shown = picker(desk_client, page("request-book-again", completed(botox, doctor, 30)))
    assert clinic_day(shown.picked[0]) >= today() + timedelta(days=3 * 30 - 30 - 2)


def test_book_again_for_somebody_else_is_somebody_else(
    desk_client: Client, doctor: Practitioner, botox: Treatment
) -> None:
    done = completed(botox, doctor, 30)
    data = entry_data(desk_client, treatment="botox", first_name="Somebody", last_name="Else")
    assert desk_client.post(page("request-book-again", done), data).status_code == 302
    assert PatientRequest.objects.latest("pk").person != done.person


def test_only_a_finished_visit_is_booked_again(desk_client: Client, doctor: Practitioner) -> None:
    waiting = in_progress()
    html = desk_client.get(page("appointments_patientrequest_change", waiting)).content.decode()
    assert "Book again" not in html


def test_an_entry_keeps_what_was_typed_when_other_times_are_shown(
    desk_client: Client, doctor: Practitioner
) -> None:
    data = entry_data(desk_client, first_name="Halfway", phone="911", message="Long story", store="")
    del data["store"]
    response = desk_client.post(reverse("admin:entry"), {**data, "show": "1"})
    html = response.content.decode()
    assert response.status_code == 200
    for typed in ("Halfway", "Long story", 'value="1985"', 'value="911"'):
        assert typed in html
    assert "There is a problem" not in html
    assert not PatientRequest.objects.exists()


FRAME = ("django_session", "auth_user", "auth_permission", "clinic_auditentry")


@pytest.mark.parametrize("name", ["request-offer", "request-book", "request-appointment-move"])
def test_a_page_of_times_asks_the_database_nine_times_at_most(
    desk_client: Client, doctor: Practitioner, botox: Treatment, name: str
) -> None:
    """However full three practitioners' twelve months are; who is signed in and what the frame of every page
    asks aside."""
    full = builders.appointment_request(status=Status.COMPLETED, finished_at=timezone.now())
    doctors = [doctor, builders.practitioner(), builders.practitioner()]
    days = [today() + timedelta(days=number) for number in range(1, 360)]
    Appointment.objects.bulk_create(
        Appointment(
            request=full,
            practitioner=who,
            status=AppointmentStatus.FULFILLED,
            start=at(day, time(hour)),
            end=at(day, time(hour, 30)),
        )
        for who in doctors
        for day in days
        for hour in (9, 10, 11, 13, 14)
    )
    assert Appointment.objects.count() > 5000
    patient_request = in_progress(treatment=botox)
    if name == "request-appointment-move":
        builders.appointment(patient_request, doctor, monday(3, time(12)))
        PatientRequest.objects.filter(pk=patient_request.pk).update(status=Status.BOOKED)
    url = page(name, patient_request)
    query: dict[str, str] = {} if name == "request-offer" else {"start": posted_as(monday(4, time(12)))}
    desk_client.get(url, query)
    with CaptureQueriesContext(connection) as asked:
        assert desk_client.get(url, query).status_code == 200
    own = [each["sql"] for each in asked if not any(table in each["sql"] for table in FRAME)]
    own.remove(next(sql for sql in own if '"clinic_clinic"' in sql))  # in the frame of every page
    assert len(own) <= 9, own


def listed(client: Client, **query: str | int) -> str:
    return client.get(
        reverse("admin:appointments_appointment_changelist"),
        {name: str(each) for name, each in query.items()},
    ).content.decode()


def test_the_list_of_visits(desk_client: Client, front_desk: User, doctor: Practitioner) -> None:
    other = builders.practitioner()
    early, late = in_progress(first_name="Early"), in_progress(first_name="Later")
    scheduling.book(late, other, monday(4), front_desk)
    scheduling.book(early, doctor, monday(2), front_desk)
    scheduling.offer(in_progress(first_name="Heldonly"), doctor, [monday(5)], front_desk)
    past = in_progress(first_name="Longago")
    builders.appointment(past, doctor, timezone.now() - timedelta(days=40))
    html = listed(desk_client)
    assert html.index("Early") < html.index("Later")
    assert page("appointments_patientrequest_change", early) in html
    assert "Heldonly" not in html
    assert "Longago" not in html
    backwards = listed(desk_client, o="-1")
    assert backwards.index("Later") < backwards.index("Early")
    assert "Later" not in listed(desk_client, day=str(clinic_day(monday(2))))
    assert "Early" in listed(desk_client, day=str(clinic_day(monday(2))))
    assert "Early" not in listed(desk_client, practitioner=other.pk)
    assert "Heldonly" in listed(desk_client, status="pending")
    assert "Longago" in listed(desk_client, day="past")


def test_the_list_of_visits_asks_as_often_for_one_as_for_many(
    desk_client: Client, doctor: Practitioner
) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            listed(desk_client)
        return len(queries)

    builders.appointment(in_progress(), doctor, monday(2))
    listed(desk_client)
    once = asked()
    for number in range(3, 9):
        builders.appointment(in_progress(), doctor, monday(number))
    assert asked() == once
