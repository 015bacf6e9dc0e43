"""Picking times on a page of the staff: the free times of one practitioner, grouped by day, and the request's
wishes beside them. Offering, booking and moving share it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from django.http import HttpRequest

from appointments.models import Appointment, PatientRequest
from appointments.scheduling.free_times import FreeTimes, by_day
from clinic.models import Practitioner
from clinic.time.hours import at
from clinic.time.words import clock, day

# A moment as the forms post it.
MOMENT = "%Y%m%dT%H%MZ"


@dataclass(frozen=True)
class Slot:
    """One time to pick: as posted, as read, and whether it is picked."""

    value: str
    label: str
    picked: bool


@dataclass(frozen=True)
class Day:
    """A day and the times to pick on it."""

    label: str
    slots: list[Slot]


def posted_as(moment: datetime) -> str:
    """The moment as forms and links carry it."""
    return moment.astimezone(UTC).strftime(MOMENT)


def read_moments(values: Sequence[str]) -> list[datetime]:
    """The moments that a form or a link carried; what isn't one is left out."""
    found = []
    for value in values:
        try:
            found.append(datetime.strptime(value, MOMENT).replace(tzinfo=UTC))
        except ValueError:
            continue
    return found


def days(starts: Sequence[datetime], picked: Sequence[datetime]) -> list[Day]:
    """Starts as days with times to pick."""
    return [
        Day(day(on_day[0]), [Slot(posted_as(start), clock(start), start in picked) for start in on_day])
        for _day, on_day in by_day(starts)
    ]


def practitioners(request: HttpRequest) -> tuple[list[Practitioner], Practitioner | None]:
    """Everybody who sees patients, and the one that the page is about: named in the address or the form,
    else the first. One query."""
    everybody = list(Practitioner.objects.filter(is_active=True))
    named = request.POST.get("practitioner") or request.GET.get("practitioner")
    chosen = next((who for who in everybody if str(who.pk) == named), None)
    return everybody, chosen or (everybody[0] if everybody else None)


def wishes_in_words(patient_request: PatientRequest) -> dict[str, str]:
    """What the patient asked for, each as a few words; '' where anything does."""
    earliest: date | None = patient_request.earliest_date
    return {
        "days": patient_request.shown_days,
        "parts": patient_request.shown_times,
        "earliest": day(at(earliest, time(12))) if earliest else "",
    }


def pick_context(
    patient_request: PatientRequest, times: FreeTimes | None, picked: Sequence[datetime]
) -> dict[str, Any]:
    """What the list of times needs."""
    return {
        "fitting": days(times.fitting, picked) if times else [],
        "others": days(times.others, picked) if times else [],
        "others_open": bool(times and set(times.others) & set(picked)),
        "wishes": wishes_in_words(patient_request),
    }


def coming_of(patient_request: PatientRequest) -> Appointment | None:
    """The booked appointment of a request, with its practitioner. One query."""
    return Appointment.objects.coming().filter(request=patient_request).select_related("practitioner").first()
