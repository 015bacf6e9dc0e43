"""Whether a time of a practitioner can be given to anybody, and which of those given no longer can.

The one place that is asked: by free times, offers, bookings, moves, `accept`, messages, the schedule and
Today. What changes the answer takes the lock of a booking first (see clinic.admin.availability).
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db.models import Exists, Q
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from appointments.models import Appointment, AppointmentStatus
from clinic.models import Practitioner, opening_times_of
from clinic.time.hours import OpeningTimes, Span, clinic_day
from treatments.models import Treatment


@dataclass(frozen=True)
class Availability:
    """When a practitioner sees patients, as it stands now, from the day of a moment on."""

    practitioner: Practitioner
    hours: OpeningTimes
    _spans: dict[date, list[Span]] = field(default_factory=dict, compare=False, repr=False)

    def is_there(self, start: datetime, end: datetime) -> bool:
        """Whether all of [start, end) lies within one opening. A day is worked out once."""
        day = clinic_day(start)
        if day not in self._spans:
            self._spans[day] = self.hours.spans(day)
        return any(opens <= start and end <= closes for opens, closes in self._spans[day])

    @classmethod
    def of(cls, practitioner: Practitioner, now: datetime) -> "Availability":
        """Read from the database, whether they see patients too: two queries."""
        return availability_of([practitioner.pk], now)[practitioner.pk]

    def refusal(self, start: datetime, end: datetime, done_by: Iterable[int] = ()) -> str | Promise:
        """Why [start, end) can't be given for a treatment `done_by` these practitioners (none: by all), in
        words for the person who tries; empty when it can."""
        named = {"name": self.practitioner.name}
        if not self.practitioner.is_active:
            return _("%(name)s sees no patients at present.") % named
        if done_by and self.practitioner.pk not in done_by:
            return _("%(name)s doesn't do this treatment.") % named
        if not self.is_there(start, end):
            return _("The practitioner isn't there at that time. Please choose another one.")
        return ""


def availability_of(practitioners: Collection[int], now: datetime) -> dict[int, Availability]:
    """The availability of each, by their keys, from the day of `now` on. Two queries."""
    times = opening_times_of(list(practitioners), since=clinic_day(now))
    return {
        who.pk: Availability(who, times[who.pk]) for who in Practitioner.objects.filter(pk__in=practitioners)
    }


def done_by(treatment: Treatment | None) -> set[int]:
    """The practitioners who do `treatment`; none named means all of them. One query."""
    return set(treatment.practitioners.values_list("pk", flat=True)) if treatment else set()


def practitioners_for(treatment: Treatment | None) -> list[Practitioner]:
    """Those who see patients and do `treatment`, the usual one first, then in order. One query."""
    named = Treatment.practitioners.through.objects.filter(treatment=treatment)
    does_it = Q(pk__in=named.values("practitioner")) | ~Exists(named)
    rows = Practitioner.objects.filter(does_it, is_active=True)
    usual = treatment.usual_practitioner_id if treatment else None
    return sorted(rows, key=lambda who: who.pk != usual)


def doing() -> dict[int | None, set[int]]:
    """The practitioners who do each treatment that names any, by its key. One query."""
    found: dict[int | None, set[int]] = {}
    pairs = Treatment.practitioners.through.objects.values_list("treatment_id", "practitioner_id")
    for treatment, practitioner in pairs:
        found.setdefault(treatment, set()).add(practitioner)
    return found


def clashes(now: datetime | None = None) -> list[Appointment]:
    """The held and booked times after `now` that the present availability no longer allows, the earliest
    first. One query where nothing lies ahead, else at most five."""
    now = now or timezone.now()
    ahead = list(
        Appointment.objects.filter(start__gt=now)
        .filter(Q(status=AppointmentStatus.BOOKED) | Q(status=AppointmentStatus.PENDING, hold_until__gt=now))
        .values_list("pk", "practitioner_id", "start", "end", "request__treatment_id")
    )
    if not ahead:
        return []
    calendars = availability_of({row[1] for row in ahead}, now)
    does = doing()
    broken = [
        pk for pk, who, start, end, about in ahead if calendars[who].refusal(start, end, does.get(about, ()))
    ]
    found = Appointment.objects.filter(pk__in=broken).select_related("practitioner", "request__treatment")
    return list(found.order_by("start", "pk")) if broken else []
