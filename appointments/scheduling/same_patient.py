"""The other visits of a patient that stand oddly beside one more: staff are asked before they book it, and
told of what came about all the same."""

from collections.abc import Collection
from datetime import date, datetime, time, timedelta
from typing import Any

from appointments.models import Appointment, AppointmentStatus, PatientRequest
from clinic.time.hours import Span, at, clinic_day
from treatments.shown import add_months

VISITS = (AppointmentStatus.BOOKED, AppointmentStatus.ARRIVED, AppointmentStatus.FULFILLED)


def other_visits(
    patient_request: PatientRequest, spans: Collection[Span], but: Appointment | None = None
) -> list[Appointment]:
    """Visits of the same patient, with whomever, that are on the same day as one of `spans`, or, of the same
    treatment, nearer to it than its shortest interval; the earliest first. One query.

    The same patient is who shares the `person` key, or name and phone, for which the search keys have to be
    set. `but` is the appointment that moves.
    """
    if not spans:
        return []
    treatment = patient_request.treatment
    months = (treatment.min_interval_months or 0) if treatment else 0
    days = [clinic_day(start) for start, _end in spans]
    since = at(add_months(min(days), -months), time())
    until = at(add_months(max(days), months) + timedelta(days=1), time())
    asked = PatientRequest.objects
    theirs = asked.of_person(patient_request.person) | asked.like(patient_request)
    rows = (
        Appointment.objects.filter(request__in=theirs.values("pk"), status__in=VISITS)
        .between(since, until)
        .exclude(pk=but.pk if but else 0)
        .select_related("practitioner", "request")
        .order_by("start", "pk")
    )
    return [row for row in rows if any(_is_near(row, day, patient_request, months) for day in days)]


def _is_near(row: Appointment, day: date, patient_request: PatientRequest, months: int) -> bool:
    other = clinic_day(row.start)
    if other == day:
        return True
    is_same = row.request.treatment_id == patient_request.treatment_id
    return is_same and max(other, day) < add_months(min(other, day), months)


def twice_at_once(now: datetime) -> list[tuple[Appointment, Appointment]]:
    """Visits ahead of one patient that overlap, the earlier first: patients may take an offered time although
    they have another visit then. One query, and one more where there are any.

    The same patient is as above.
    """
    ahead = Appointment.objects.coming().filter(start__gt=now).order_by("start", "pk")
    coming = ahead.values_list(
        "pk", "start", "end", "request__person", "request__phone_digits", "request__name_key"
    )
    pairs, running = [], list[Any]()
    for row in coming:
        pk, start, _end, person, phone, name = row
        running = [each for each in running if each[2] > start]
        same = [each for each in running if each[3] == person or each[4:] == (phone, name)]
        pairs += [(each[0], pk) for each in same]
        running.append(row)
    rows = Appointment.objects.select_related("practitioner", "request").in_bulk(
        {pk for pair in pairs for pk in pair}
    )
    return [(rows[first], rows[second]) for first, second in pairs]
