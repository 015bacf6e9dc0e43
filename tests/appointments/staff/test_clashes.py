"""A change of the calendar as staff make it: shown before it is saved, and on Today until it is mended."""

import html
import re
from datetime import date, time, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from appointments import scheduling
from appointments.lifecycle import Status
from appointments.models import Appointment, AppointmentStatus, Message, PatientRequest
from appointments.staff.kit import page_of
from appointments.staff.schedule import mending
from appointments.staff.schedule.picking import posted_as
from clinic.models import (
    Clinic,
    Closure,
    HolidayDecision,
    OpeningHours,
    Practitioner,
    SpecialOpening,
    opening_times,
)
from clinic.time.holidays import next_holidays
from clinic.time.hours import at, clinic_day
from tests import builders

pytestmark = pytest.mark.django_db(transaction=True)

ADD = "/admin/clinic/closure/add/"
MEND = reverse("admin:clashes")


def day() -> date:
    """A Wednesday in two to three weeks, on which nobody has a holiday."""
    today = clinic_day(timezone.now())
    found = today + timedelta(days=14 + (2 - today.weekday()) % 7)
    HolidayDecision.objects.get_or_create(day=found, defaults={"is_closed": False})
    return found


@pytest.fixture
def doctor(clinic: Clinic) -> Practitioner:
    return builders.practitioner()


def visit(doctor: Practitioner, hour: int = 10, **values: Any) -> Appointment:
    """Of somebody of their own, by birthday, unless told otherwise."""
    born = date(1960, 1, 1) + timedelta(days=PatientRequest.objects.count())
    values = {"email": "ada@example.org", "status": Status.BOOKED, "date_of_birth": born} | values
    return builders.appointment(builders.appointment_request(**values), doctor, at(day(), time(hour)))


def offer(doctor: Practitioner, hour: int) -> Appointment:
    row = builders.appointment_request(email="ada@example.org", status=Status.OFFERED)
    until = timezone.now() + timedelta(days=2)
    start = at(day(), time(hour))
    return builders.appointment(row, doctor, start, status=AppointmentStatus.PENDING, hold_until=until)


def closure(**values: str) -> dict[str, str]:
    shown = day().isoformat()
    return {"practitioner": "", "first_day": shown, "last_day": shown, "starts": "", "ends": ""} | values


def test_a_superuser_is_shown_it_too(client: Client, doctor: Practitioner) -> None:
    """Whose menu asks the database for more than the desk's."""
    client.force_login(builders.superuser())
    visit(doctor)
    shown = client.post(ADD, closure())
    assert (shown.status_code, "1 time no longer fits" in shown.text) == (409, True)


def test_a_closure_over_given_times_is_shown_before_it_is_saved(
    desk_client: Client, doctor: Practitioner
) -> None:
    booked, held = visit(doctor), offer(doctor, 11)
    shown = desk_client.post(ADD, closure())
    assert shown.status_code == 409
    assert "2 times no longer fit" in shown.text
    assert booked.request.full_name in shown.text
    assert not Closure.objects.exists()
    saved = desk_client.post(ADD, closure(_confirmed="Save"))
    assert saved.status_code == 302
    assert saved.headers["Location"] == f"{MEND}?{urlencode({'only': f'{booked.pk},{held.pk}'})}"
    assert Closure.objects.count() == 1
    held.refresh_from_db()
    assert held.status == AppointmentStatus.CANCELLED
    row = PatientRequest.objects.get(pk=held.request_id)
    assert row.status == Status.IN_PROGRESS
    assert "1</strong> <span>booked while closed" in desk_client.get(reverse("admin:index")).text


def test_back_from_the_question_keeps_what_was_typed(desk_client: Client, doctor: Practitioner) -> None:
    visit(doctor)
    typed = closure(reason="Painters are here", first_day="2020-01-01", last_day="2020-01-02")
    asked = desk_client.post(ADD, typed)
    assert 'name="_back"' in asked.text
    back = desk_client.post(ADD, typed | {"_back": "1"})
    assert back.status_code == 200
    assert "Painters are here" in back.text
    assert 'value="2020-01-02"' in back.text
    assert "errornote" not in back.text
    assert not Closure.objects.exists()


def test_back_to_the_holidays_keeps_the_ticks(desk_client: Client, doctor: Practitioner) -> None:
    url, [first, second, *_others] = (
        "/admin/clinic/holidaydecision/",
        next_holidays(clinic_day(timezone.now()), ""),
    )
    back = desk_client.post(url, {"closed": [second.day.isoformat()], "seen": "1", "_back": "1"})
    ticks = dict(re.findall(r'name="closed" value="([^"]+)" id="[^"]+"( checked)?', back.text))
    assert (ticks[first.day.isoformat()], ticks[second.day.isoformat()]) == ("", " checked")
    assert not HolidayDecision.objects.exclude(day=day()).exists()


def test_back_from_deleting_leads_to_the_row(desk_client: Client, doctor: Practitioner) -> None:
    row = Closure.objects.create(first_day=day(), last_day=day())
    back = desk_client.post(f"/admin/clinic/closure/{row.pk}/delete/", {"post": "yes", "_back": "1"})
    assert back.headers["Location"] == f"/admin/clinic/closure/{row.pk}/change/"
    assert Closure.objects.exists()


def test_a_closure_that_breaks_nothing_is_saved_at_once(desk_client: Client, doctor: Practitioner) -> None:
    visit(doctor, 15)
    assert desk_client.post(ADD, closure(starts="9am", ends="12")).status_code == 302
    stored = Closure.objects.get()
    assert (stored.starts, stored.ends) == (time(9), time(12))


@pytest.mark.parametrize(
    "ahead",
    [
        {"last_day": 16_000},
        {"last_day": 370},
        {"first_day": 365, "last_day": 365},
        {"first_day": -2_000, "last_day": -1_999},
    ],
    ids=["much too long", "a year too long", "a year too late", "passed"],
)
def test_a_likely_slip_of_the_year_is_questioned(
    desk_client: Client, doctor: Practitioner, ahead: dict[str, int]
) -> None:
    values = {name: (day() + timedelta(days=days)).isoformat() for name, days in ahead.items()}
    shown = desk_client.post(ADD, closure(**values))
    assert shown.status_code == 409
    assert "right?" in shown.text
    assert not Closure.objects.exists()
    assert desk_client.post(ADD, closure(_confirmed="Yes", **values)).status_code == 302


def test_what_goes_on_beside_the_work_may_last_a_year(desk_client: Client, doctor: Practitioner) -> None:
    """Lunch, until next year."""
    until = (day() + timedelta(days=370)).isoformat()
    assert desk_client.post(ADD, closure(starts="noon", ends="1pm", last_day=until)).status_code == 302


def test_shortened_hours_and_a_doctor_who_leaves_are_shown_too(
    client: Client, dermatologist: User, doctor: Practitioner
) -> None:
    client.force_login(dermatologist)
    visit(doctor, 16)
    hours = {"practitioner": "", "weekday": "2", "opens": "9:00 AM", "closes": "1 p.m."}
    assert client.post("/admin/clinic/openinghours/add/", hours).status_code == 409
    assert not OpeningHours.objects.exists()
    fields = {"slug": doctor.slug, "name": doctor.name, "position": "0"}
    forms = {
        f"{name}-{part}": "0"
        for name in ("openinghours_set", "closure_set")
        for part in ("TOTAL_FORMS", "INITIAL_FORMS")
    }
    shown = client.post(f"/admin/clinic/practitioner/{doctor.pk}/change/", fields | forms)
    assert shown.status_code == 409
    assert Practitioner.objects.get(pk=doctor.pk).is_active


def test_who_does_a_treatment_is_shown_too(client: Client, dermatologist: User, doctor: Practitioner) -> None:
    client.force_login(dermatologist)
    treatment = builders.treatment("botox")
    visit(doctor, 16, treatment=treatment)
    other = builders.practitioner()
    fields = {
        "slug": "botox", "is_published": "on", "position": "0", "visit_minutes": "30",
        "review_every_months": "12", "practitioners": [str(other.pk)],
    }  # fmt: skip
    url = f"/admin/treatments/treatment/{treatment.pk}/change/"
    assert client.post(url, fields).status_code == 409
    assert not treatment.practitioners.exists()
    assert client.post(url, fields | {"_confirmed": "1"}).status_code == 302
    assert treatment.practitioners.get() == other


@pytest.mark.parametrize(
    ("form", "values", "asked"),
    [
        ("closure_set", {"first_day": "2020-01-01", "last_day": "2020-01-02"}, "It has passed already."),
        ("closure_set", {"first_day": "2072-01-01", "last_day": "2072-01-02"}, "more than a year from now"),
        ("openinghours_set", {"weekday": "5", "opens": "9", "closes": "1"}, "The clinic isn&#x27;t open"),
    ],
)
def test_a_slip_beside_a_doctor_is_questioned_too(
    client: Client,
    dermatologist: User,
    doctor: Practitioner,
    form: str,
    values: dict[str, str],
    asked: str,
) -> None:
    client.force_login(dermatologist)
    fields = {"slug": doctor.slug, "name": doctor.name, "position": "0", "is_active": "on"}
    for name in ("openinghours_set", "closure_set"):
        fields |= {f"{name}-TOTAL_FORMS": str(int(name == form)), f"{name}-INITIAL_FORMS": "0"}
    fields |= {f"{form}-0-{name}": value for name, value in values.items()}
    url = f"/admin/clinic/practitioner/{doctor.pk}/change/"
    shown = client.post(url, fields)
    assert shown.status_code == 409
    assert asked in shown.text
    assert client.post(url, fields | {"_confirmed": "1"}).status_code == 302


def test_an_opening_on_a_closed_day_is_questioned(desk_client: Client, doctor: Practitioner) -> None:
    Closure.objects.create(practitioner=doctor, first_day=day(), last_day=day() + timedelta(days=9))
    saturday = day() + timedelta(days=3)
    opening = {"day": saturday.isoformat(), "opens": "9", "closes": "1"}
    url = "/admin/clinic/specialopening/add/"
    shown = desk_client.post(url, opening | {"practitioner": doctor.pk})
    assert "it stays closed then" in shown.text
    assert desk_client.post(url, opening | {"practitioner": ""}).status_code == 302
    assert SpecialOpening.objects.get().closes == time(13)


def test_a_block_made_from_the_schedule_leads_back_there(desk_client: Client, doctor: Practitioner) -> None:
    shown = desk_client.get(reverse("admin:schedule"), {"view": "day", "day": day().isoformat()})
    [link, *_others] = map(html.unescape, re.findall(r'href="([^"]+closure/add/[^"]+)"', shown.text))
    form = desk_client.get(link)
    assert 'value="9am"' in form.text
    assert 'value="5pm"' in form.text
    sent = closure(practitioner=str(doctor.pk), starts="2pm", ends="4pm", _save="Save")
    saved = desk_client.post(link, sent)
    assert saved.headers["Location"] == f"{reverse('admin:schedule')}?view=day&day={day()}"
    assert "Blocked" in desk_client.get(saved.headers["Location"]).text
    elsewhere = desk_client.post(f"{ADD}?next=//example.org/", closure(starts="9", ends="10", _save="Save"))
    assert elsewhere.headers["Location"] == "/admin/clinic/closure/"


def test_a_free_weekday_every_week(desk_client: Client, doctor: Practitioner) -> None:
    sent = closure(practitioner=str(doctor.pk), last_day="", weekly="on")
    assert desk_client.post(ADD, sent).status_code == 302
    thursday = day() + timedelta(weeks=30, days=1)
    HolidayDecision.objects.get_or_create(day=thursday, defaults={"is_closed": False})
    hours = opening_times(doctor)
    assert not hours.is_open_on(thursday - timedelta(days=1))
    assert hours.is_open_on(thursday)
    assert not hours.is_open_on(day())
    never = desk_client.post(ADD, closure(last_day=""))
    assert never.status_code == 200
    assert "for whole days a last day" in never.text


def test_taking_a_single_opening_away_is_shown_too(desk_client: Client, doctor: Practitioner) -> None:
    saturday = day() + timedelta(days=3)
    opening = SpecialOpening.objects.create(day=saturday, opens=time(9), closes=time(12))
    builders.appointment(builders.appointment_request(status=Status.BOOKED), doctor, at(saturday, time(10)))
    url = f"/admin/clinic/specialopening/{opening.pk}/delete/"
    assert desk_client.post(url, {"post": "yes"}).status_code == 409
    assert SpecialOpening.objects.exists()
    assert desk_client.post(url, {"post": "yes", "_confirmed": "1"}).status_code == 302
    assert not SpecialOpening.objects.exists()


def test_two_colleagues_decide_about_holidays_at_once(desk_client: Client, doctor: Practitioner) -> None:
    """Who changes one day leaves the others as they are, also what was decided since the page was opened."""
    url, first = "/admin/clinic/holidaydecision/", next_holidays(clinic_day(timezone.now()), "")[1:4]
    days = [each.day for each in first]
    for each in first:
        HolidayDecision.objects.create(day=each.day, is_closed=True)
    was = {"was_closed": [day.isoformat() for day in days], "seen": "1"}
    desk_client.post(url, was | {"closed": [day.isoformat() for day in days[1:]]})
    desk_client.post(url, was | {"closed": [day.isoformat() for day in days[:2]]})
    decided = dict(HolidayDecision.objects.values_list("day", "is_closed"))
    assert [decided[day] for day in days] == [False, True, False]


def test_a_day_that_is_no_holiday_any_more_can_be_opened(desk_client: Client, doctor: Practitioner) -> None:
    HolidayDecision.objects.filter(day=day()).update(is_closed=True)
    url = "/admin/clinic/holidaydecision/"
    assert "Closed, as decided earlier" in desk_client.get(url).text
    desk_client.post(url, {"closed": []})
    assert not HolidayDecision.objects.filter(is_closed=True).exists()


def test_holidays_are_decided_on_one_page(desk_client: Client, doctor: Practitioner) -> None:
    url = "/admin/clinic/holidaydecision/"
    assert "Day" in desk_client.get(url).text
    assert desk_client.post(url, {"closed": ["2026-12-25"]}).status_code == 302
    decided = dict(HolidayDecision.objects.values_list("day", "is_closed"))
    assert decided[date(2026, 12, 25)]
    assert not decided[date(2027, 1, 1)]
    assert "Is the clinic closed on" not in desk_client.get(reverse("admin:index")).text


class TestMending:
    def test_all_are_offered_other_times_at_once(self, desk_client: Client, doctor: Practitioner) -> None:
        visits = [visit(doctor, hour) for hour in (9, 10, 11)] + [visit(doctor, 13, email="", language="es")]
        Closure.objects.create(practitioner=doctor, first_day=day(), last_day=day())
        page = desk_client.get(MEND)
        assert page.text.count("choice_") == 4
        words = {"for_all": "offer", "words_en": "Our doctor is ill.", "words_es": "El doctor está enfermo."}
        preview = desk_client.post(MEND, words | {"preview": "1"})
        assert "Our doctor is ill." in preview.text
        assert "El doctor está enfermo." in preview.text
        assert not Message.objects.exists()
        done = desk_client.post(MEND, words | {"send": "1", "line": [each.pk for each in visits]})
        assert done.headers["Location"] == reverse("admin:index")
        for each in visits:
            assert PatientRequest.objects.get(pk=each.request_id).status == Status.OFFERED
        assert Message.objects.filter(kind="other_times", channel="email").count() == 3
        assert Message.objects.filter(kind="other_times", channel="phone", language="es").count() == 1

    def test_who_lost_a_held_time_is_offered_others_in_the_same_step(
        self, desk_client: Client, doctor: Practitioner
    ) -> None:
        booked, held = visit(doctor), offer(doctor, 11)
        saved = desk_client.post(ADD, closure(_confirmed="Save"))
        page = desk_client.get(saved.headers["Location"])
        assert "Held, has ended" in page.text
        assert page.text.count('name="choice_') == 2
        by_hand = desk_client.get(reverse("admin:request-offer", args=[held.request_id])).text
        assert "We are sorry: our hours have changed, so we can no longer keep" in html.unescape(by_hand)
        today = desk_client.get(reverse("admin:index")).text
        assert "We took the held times back" in today
        assert "the patient didn&#x27;t choose" not in today
        words = {"for_all": "offer", "words_en": "Our doctor is ill.", "words_es": "El doctor está enfermo."}
        done = desk_client.post(MEND, words | {"send": "1", "line": [booked.pk, held.pk]})
        assert done.headers["Location"] == reverse("admin:index")
        assert PatientRequest.objects.get(pk=held.request_id).status == Status.OFFERED
        assert Message.objects.filter(request=held.request_id, kind="offers").count() == 1
        assert "We took the held times back" not in desk_client.get(reverse("admin:index")).text

    def test_words_on_the_phone_that_tell_a_fallen_time_are_not_to_be_said_yet(
        self, desk_client: Client, doctor: Practitioner, front_desk: User
    ) -> None:
        booked = visit(doctor, email="")
        scheduling.move_appointment(booked, at(day(), time(14)), front_desk)
        task, said = Message.objects.phone_tasks().get(), "Don’t say this yet"
        pages = (reverse("admin:phone-tasks"), page_of(booked.request))
        done = reverse("admin:request-said", args=[booked.request_id, task.pk])
        for page in pages:
            assert said not in desk_client.get(page).text
            assert done in desk_client.get(page).text
        closed = Closure.objects.create(practitioner=doctor, first_day=day(), last_day=day())
        for page in pages:
            assert said in desk_client.get(page).text
            assert done not in desk_client.get(page).text
        ticked = {"action": "said", "_selected_action": [task.pk]}
        shown = desk_client.post("/admin/appointments/message/", ticked, follow=True)
        assert "1 is not to be said yet" in shown.text
        assert Message.objects.phone_tasks().get() == task
        closed.delete()
        for page in pages:
            assert said not in desk_client.get(page).text

    def test_left_for_now_they_stay_on_today(self, desk_client: Client, doctor: Practitioner) -> None:
        booked = visit(doctor)
        Closure.objects.create(practitioner=doctor, first_day=day(), last_day=day())
        sent = {
            "for_all": "leave",
            "words_en": "Ill.",
            "words_es": "Enfermo.",
            "send": "1",
            "line": booked.pk,
        }
        shown = desk_client.post(MEND, sent, follow=True)
        assert shown.redirect_chain == [(reverse("admin:index"), 302)]
        assert "1 is left for now and stays on Today." in shown.text
        assert "1</strong> <span>booked while closed" in shown.text
        assert not Message.objects.exists()

    def test_each_may_have_its_own_choice(self, desk_client: Client, doctor: Practitioner) -> None:
        other = builders.practitioner()
        gone, moved, left = visit(doctor, 9), visit(doctor, 10), visit(doctor, 11)
        Closure.objects.create(practitioner=doctor, first_day=day(), last_day=day())
        desk_client.post(
            MEND,
            {
                "for_all": "leave", "words_en": "Ill.", "words_es": "Enfermo.", "send": "1",
                "line": [gone.pk, moved.pk, left.pk],
                f"choice_{gone.pk}": "cancel", f"choice_{moved.pk}": f"to-{other.pk}",
            },
        )  # fmt: skip
        for each in (gone, moved, left):
            each.refresh_from_db()
        assert gone.status == AppointmentStatus.CANCELLED
        assert (moved.status, moved.practitioner) == (AppointmentStatus.BOOKED, other)
        assert left.status == AppointmentStatus.BOOKED
        assert {each.kind for each in Message.objects.all()} == {"cancelled", "moved"}

    def test_all_can_go_to_another_doctor_who_is_named(
        self, desk_client: Client, doctor: Practitioner
    ) -> None:
        other = builders.practitioner(name="Dr. Rossi")
        visits = [visit(doctor, hour, language="es" if hour == 9 else "en") for hour in (9, 10)]
        Closure.objects.create(practitioner=doctor, first_day=day(), last_day=day())
        choice = {"for_all": f"to-{other.pk}", "words_en": "Ill.", "words_es": "Enfermo."}
        preview = desk_client.post(MEND, choice | {"preview": "1"})
        assert preview.text.count("With Dr. Rossi") + preview.text.count("Atiende: Dr. Rossi") == 2
        desk_client.post(MEND, choice | {"send": "1", "line": [each.pk for each in visits]})
        for each in visits:
            each.refresh_from_db()
            assert (each.practitioner, each.status) == (other, AppointmentStatus.BOOKED)
        texts = sorted(each.text for each in Message.objects.filter(kind="moved"))
        assert "The time itself is the same as before." in texts[1] + texts[0]
        assert all("no longer holds" not in text for text in texts)

    def test_somebody_looks_at_the_patients_other_visit_before_another_doctor_takes_over(
        self, desk_client: Client, doctor: Practitioner
    ) -> None:
        other, booked = builders.practitioner(), visit(doctor)
        again = visit(builders.practitioner(), person=booked.request.person)
        Closure.objects.create(practitioner=doctor, first_day=day(), last_day=day())
        sent = {"for_all": f"to-{other.pk}", "words_en": "Ill.", "words_es": "Enfermo.", "send": "1"}
        asked = desk_client.post(MEND, sent | {"line": booked.pk}, follow=True)
        assert f'name="confirmed" value="{again.pk}"' in asked.text
        assert Appointment.objects.get(pk=booked.pk).practitioner == doctor
        desk_client.post(MEND, sent | {"line": booked.pk, "confirmed": again.pk})
        assert Appointment.objects.get(pk=booked.pk).practitioner == other

    def test_no_time_is_offered_on_a_day_on_which_the_patient_comes_already(
        self, desk_client: Client, doctor: Practitioner
    ) -> None:
        """By the patient's wishes only that weekday suits."""
        booked = visit(doctor, preferred_days=["wed"])
        again = at(day() + timedelta(weeks=1), time(16))
        row = builders.appointment_request(status=Status.BOOKED, person=booked.request.person)
        builders.appointment(row, builders.practitioner(), again)
        Closure.objects.create(practitioner=doctor, first_day=day(), last_day=day())
        [line] = desk_client.get(MEND).context["lines"]
        assert line.proposal.starts
        assert clinic_day(again) not in {clinic_day(start) for start in line.proposal.starts}

    def test_a_choice_stays_chosen_when_the_messages_are_shown(
        self, desk_client: Client, doctor: Practitioner
    ) -> None:
        other, booked = builders.practitioner(), visit(doctor)
        Closure.objects.create(practitioner=doctor, first_day=day(), last_day=day())
        choice = {f"choice_{booked.pk}": f"to-{other.pk}", "words_en": "Ill.", "words_es": "Enfermo."}
        shown = desk_client.post(MEND, choice | {"for_all": "offer", "preview": "1"})
        assert f'<option value="to-{other.pk}" selected>' in shown.text

    @pytest.mark.parametrize("choice", ["to-", "to-x", "to-²", f"to-{'9' * 30}", "what"])
    def test_a_choice_that_is_none_changes_nothing(
        self, desk_client: Client, doctor: Practitioner, choice: str
    ) -> None:
        booked = visit(doctor)
        Closure.objects.create(practitioner=doctor, first_day=day(), last_day=day())
        sent = {
            "for_all": "leave",
            "words_en": "Ill.",
            "words_es": "Enfermo.",
            "line": booked.pk,
            "send": "1",
        }
        assert desk_client.post(MEND, sent | {f"choice_{booked.pk}": choice}).status_code == 302
        assert Appointment.objects.get(pk=booked.pk) == booked
        assert not Message.objects.exists()

    def test_the_suggested_reason_is_the_doctors_absence_where_the_clinic_is_open(
        self, desk_client: Client, doctor: Practitioner
    ) -> None:
        visit(doctor)
        away = Closure.objects.create(practitioner=doctor, first_day=day(), last_day=day())
        shown = html.unescape(desk_client.get(MEND).text)
        assert f"{doctor.name} is away that day." in shown
        assert f"{doctor.name} no estará en la clínica ese día." in shown
        visit(builders.practitioner(), 11)
        Closure.objects.update(practitioner=None)
        assert "Our hours on that day have changed." in desk_client.get(MEND).text
        Appointment.objects.exclude(practitioner=doctor).delete()
        assert "Our hours on that day have changed." in desk_client.get(MEND).text, "all are closed"
        Closure.objects.filter(pk=away.pk).update(practitioner=doctor, starts=time(9), ends=time(12))
        assert "Our hours on that day have changed." in desk_client.get(MEND).text, "a part of the day"

    def test_only_who_was_on_the_page_is_told(self, desk_client: Client, doctor: Practitioner) -> None:
        """A colleague closed another day meanwhile: those patients have another reason."""
        seen, meanwhile = visit(doctor, 9), visit(doctor, 10)
        Closure.objects.create(practitioner=doctor, first_day=day(), last_day=day())
        words = {"for_all": "cancel", "words_en": "Our doctor is ill.", "words_es": "Enfermo."}
        desk_client.post(MEND, words | {"send": "1", "line": seen.pk})
        seen.refresh_from_db()
        meanwhile.refresh_from_db()
        assert (seen.status, meanwhile.status) == (AppointmentStatus.CANCELLED, AppointmentStatus.BOOKED)
        assert meanwhile.request.full_name in desk_client.get(f"{MEND}?only={meanwhile.pk}").text
        assert meanwhile.request.full_name not in desk_client.get(f"{MEND}?only=9{meanwhile.pk}").text

    def test_of_many_some_are_done_at_once_and_the_others_follow(
        self, desk_client: Client, doctor: Practitioner, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """No web process is held long by a doctor who is away for months."""
        monkeypatch.setattr(mending, "AT_ONCE", 2)
        visits = [visit(doctor, hour) for hour in (9, 10, 11, 13, 14)]
        Closure.objects.create(practitioner=doctor, first_day=day(), last_day=day())
        page, shown = desk_client.get(MEND), []
        assert "2 of them are on this page. 3 more follow" in page.text
        words = {"for_all": "cancel", "words_en": "Our doctor is ill.", "words_es": "Enfermo."}
        visit(doctor, 15)
        while page.status_code == 200:
            lines = [line.appointment.pk for line in page.context["lines"]]
            shown.append(lines)
            assert len(lines) <= 2
            sent = words | {"line": lines, "later": page.context["later"]["keys"]}
            preview = desk_client.post(MEND, sent | {"preview": "1"})
            assert [line.appointment.pk for line in preview.context["lines"]] == lines
            page = desk_client.post(MEND, sent | {"send": "1", f"choice_{visits[0].pk}": "leave"})
            if page.status_code == 200:
                assert "Our doctor is ill." in page.text
        assert page.headers["Location"] == reverse("admin:index")
        assert [pk for lines in shown for pk in lines] == [each.pk for each in visits]
        cancelled = Appointment.objects.filter(status=AppointmentStatus.CANCELLED)
        assert set(cancelled) == set(visits[1:]), "one was left, one broke meanwhile"

    def test_what_the_page_showed_is_what_is_held(self, desk_client: Client, doctor: Practitioner) -> None:
        other, booked = builders.practitioner(), visit(doctor)
        Closure.objects.create(practitioner=doctor, first_day=day(), last_day=day())
        start = at(day() + timedelta(days=1), time(16))
        sent = {
            "for_all": "offer", "words_en": "Ill.", "words_es": "Enfermo.", "send": "1", "line": booked.pk,
            f"start_{booked.pk}": posted_as(start), f"with_{booked.pk}": other.pk,
        }  # fmt: skip
        desk_client.post(MEND, sent)
        held = Appointment.objects.held().get(request=booked.request_id)
        assert (held.start, held.practitioner) == (start, other)
        assert f"With {other.name}" in Message.objects.get(kind="other_times").text

    def test_it_is_for_the_desk(self, client: Client, editor: User) -> None:
        client.force_login(editor)
        assert client.get(MEND).status_code == 403
