"""Picking times on a page of the staff: the free times of one practitioner, a week a page, with the request's
wishes beside them. Offering, booking, moving and entering share it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from itertools import islice

from django.db.models import OuterRef, Subquery
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from appointments.availability import practitioners_for
from appointments.models import Appointment, PatientRequest, RequestEvent
from appointments.requests.known.interval import Interval
from appointments.requests.known.visits import last_with
from appointments.scheduling.earlier import own_move
from appointments.scheduling.free_times import AHEAD, FreeTime, Wishes, by_day, days_from, free_time
from appointments.scheduling.rules import LONGEST, SHORTEST, SchedulingError, hold_ends
from appointments.scheduling.same_patient import OtherVisits
from appointments.staff.schedule import desk
from clinic.http.pages import clinic_of
from clinic.models import Practitioner, opening_times_of
from clinic.time.hours import OpeningTimes, Span, at, clinic_day
from clinic.time.words import clock, day, day_and_clock
from treatments.models import Treatment

# A moment as the forms post it.
MOMENT = "%Y%m%dT%H%MZ"
# Further away nothing is meant, and calendars overflow.
YEARS = range(2000, 2200)
WEEK = timedelta(days=7)
# In minutes: by five as far as most visits go, then in the steps in which people think.
LENGTHS = (*range(SHORTEST, 60, 5), *range(60, 120, 15), *range(120, 240, 30), *range(240, LONGEST + 1, 60))


@dataclass(frozen=True)
class Slot:
    """One time to pick: as posted, as read, and whether it is picked."""

    value: str
    label: str
    picked: bool
    refused: bool = False


@dataclass(frozen=True)
class Day:
    """A day and the times to pick on it."""

    label: str
    slots: list[Slot]


def posted_as(moment: datetime) -> str:
    """The moment as forms and links carry it."""
    return moment.astimezone(UTC).strftime(MOMENT)


def read_moments(values: Sequence[str]) -> list[datetime]:
    """The moments that a form or a link carried, each once; what isn't one is left out."""
    found = []
    for value in values:
        try:
            moment = datetime.strptime(value, MOMENT).replace(tzinfo=UTC)
        except ValueError:
            continue
        if moment.year in YEARS and moment not in found:
            found.append(moment)
    return found


def read_day(value: str) -> date | None:
    """The day that a form or a link carried, as YYYY-MM-DD; None for what isn't one."""
    try:
        found = date.fromisoformat(value)
    except ValueError:
        return None
    return found if found.year in YEARS else None


def looked_at_in(request: HttpRequest) -> set[int]:
    """The patient's other visits that somebody has ticked in the form."""
    ticked = request.POST.getlist("confirmed")
    return {int(each) for each in ticked if each.isascii() and each.isdigit() and len(each) < 18}


def practitioners(
    request: HttpRequest, treatment: Treatment | None, earlier: int | None, *, acts: bool = False
) -> tuple[list[Practitioner], Practitioner | None, bool]:
    """Who sees patients and does `treatment`, the one that the page is about, and whether somebody chose that
    one in the form or the address. Else it is who saw the patient `earlier`, else the treatment's usual one,
    else whose times this desk chose last, else the first. One query.

    What the form itself `proposed` and got back is no choice, but who is meant where the form `acts`."""
    everybody = practitioners_for(treatment)
    by_key = {str(who.pk): who for who in everybody}
    sent = request.POST.get("practitioner") or request.GET.get("practitioner", "")
    is_chosen = sent in by_key and sent != request.POST.get("proposed")
    if is_chosen:
        desk.choose(request, sent)
    usual = treatment.usual_practitioner_id if treatment else None
    wanted = (str(earlier), str(usual), desk.chosen(request))
    first = (sent,) if is_chosen or acts else ()
    found = next((by_key[key] for key in (*first, *wanted) if key in by_key), None)
    return everybody, found or next(iter(everybody), None), is_chosen


def request_of(pk: int | None) -> PatientRequest:
    """The request, with treatment, latest step, with whom the person had a time last, and what the patient
    said with a wish for another time. One query."""
    theirs = Appointment.objects.filter(request__person=OuterRef("person")).order_by("-pk")
    rows = PatientRequest.objects.select_related("treatment")
    steps = RequestEvent.objects.filter(request=OuterRef("pk")).exclude(action="").order_by("-at", "-pk")
    rows = rows.annotate(
        earlier_practitioner=Subquery(theirs.values("practitioner")[:1]),
        latest_step=Subquery(steps.values("action")[:1]),
        words_of_wish=own_move.words_of_wish(),
    )
    return get_object_or_404(rows, pk=pk)


def coming_of(patient_request: PatientRequest) -> Appointment | None:
    """The booked appointment of a request, with its practitioner. One query."""
    return Appointment.objects.coming().filter(request=patient_request).select_related("practitioner").first()


def wishes_in_words(patient_request: PatientRequest) -> dict[str, str]:
    """What the patient asked for, each as a few words; '' where anything does."""
    earliest: date | None = patient_request.earliest_date
    return {
        "days": patient_request.shown_days,
        "parts": patient_request.shown_times,
        "earliest": day(at(earliest, time(12))) if earliest else "",
    }


class Picker:
    """One practitioner's times to pick from for a request, and what is picked of them.

    The form or the address names `practitioner`, `minutes`, `from` (the first day of the page) and `start`
    (what is picked); what makes no sense counts as not named. `most` may be picked. `appointment` is the one
    that moves, or that `stays` until another time is taken; `earlier` is the practitioner with whom the
    patient was. Where it `proposes`, the first look finds the best of the times that fit picked; `first_look`
    calls a POST one too. `acts` says that what was sent is to be done.
    """

    def __init__(
        self,
        request: HttpRequest,
        patient_request: PatientRequest,
        now: datetime,
        appointment: Appointment | None = None,
        *,
        earlier: int | None = None,
        most: int = 1,
        proposes: bool = False,
        stays: bool = False,
        first_look: bool = False,
        acts: bool = False,
    ) -> None:
        self.patient_request, self.now, self.clinic = patient_request, now, clinic_of(request)
        self.appointment, self.most, self._stays = appointment, most, stays
        self._sent = request.POST if request.method == "POST" else request.GET
        self._earlier = appointment.practitioner_id if appointment else earlier
        self.other_visits = OtherVisits(patient_request, now)
        self.practitioners, self.who, self.is_chosen = practitioners(
            request, patient_request.treatment, self._earlier, acts=acts
        )
        # As sent, also what isn't free: whoever acts on it is told.
        self.wanted = sorted(read_moments(self._sent.getlist("start")))
        switched = len(set(self._sent.getlist("practitioner"))) > 1
        untouched = (first_look or request.method != "POST") and not self.wanted
        self._proposes = proposes and (untouched or switched)

    def spans(self) -> list[Span]:
        """What is picked, from start to end."""
        return [(start, start + timedelta(minutes=self.minutes)) for start in self.picked]

    def chosen(self) -> tuple[Practitioner, list[datetime]]:
        """Whom and what to act on, as it was sent. Raises SchedulingError where that can't be."""
        named = self._sent.get("practitioner", "")
        if self.who is None or named not in ("", str(self.who.pk)):
            raise SchedulingError(_("This practitioner can't be chosen now. Please choose a time again."))
        if not self.wanted:
            raise SchedulingError(_("Choose a time."))
        return self.who, self.wanted

    @cached_property
    def usual_minutes(self) -> int:
        """How long the visit takes if nobody says otherwise."""
        if self.appointment:
            return round((self.appointment.end - self.appointment.start) / timedelta(minutes=1))
        return self.patient_request.visit_minutes(self.clinic, self.is_consultation)

    @cached_property
    def is_consultation(self) -> bool:
        """Whether it is a consultation; for the one that moves as it was booked."""
        if self.appointment:
            return self.appointment.is_consultation
        return self.other_visits.is_consultation

    @cached_property
    def minutes(self) -> int:
        """How long it is to take."""
        named = self._sent.get("minutes", "")
        return next((length for length in self.lengths if str(length) == named), self.usual_minutes)

    @property
    def chosen_minutes(self) -> int | None:
        """The same for whoever acts on it; None for as long as usual."""
        return None if self.minutes == self.usual_minutes else self.minutes

    @property
    def lengths(self) -> list[int]:
        """What can be chosen, in minutes."""
        return sorted({*LENGTHS, self.usual_minutes})

    @property
    def interval(self) -> Interval:
        """The shortest interval that the times have to keep."""
        return self.other_visits.interval

    @property
    def not_before(self) -> str:
        """The first day that keeps the interval, in words; '' where it bars no day from today on."""
        today = clinic_day(self.now)
        first = self.interval.earliest(today)
        return self._label(first) if first > today else ""

    @cached_property
    def wishes(self) -> Wishes:
        return Wishes.of(
            self.patient_request, self.interval, frozenset(start for start, _words in self._refused)
        )

    @cached_property
    def _refused(self) -> list[tuple[datetime, str]]:
        """The times that the patient has refused, with the words said then, the newest first. One query; none
        for who isn't stored yet, nor for a visit that moves."""
        if self.patient_request._state.adding or self.appointment:
            return []
        return self.patient_request.appointments.refused()

    @property
    def words_of_refusal(self) -> str:
        """What the patient said when nothing suited last."""
        return self._refused[0][1] if self._refused else ""

    @cached_property
    def _hours(self) -> dict[int | None, OpeningTimes]:
        """When the clinic and the practitioner are there. One query."""
        return opening_times_of([None, *([self.who.pk] if self.who else ())], since=clinic_day(self.now))

    @cached_property
    def free(self) -> FreeTime | None:
        """The practitioner's free time; None where nobody sees patients."""
        if self.who is None:
            return None
        length = timedelta(minutes=self.minutes)
        hours = self._hours[self.who.pk]
        leaves = None if self._stays else self.appointment
        return free_time(self.patient_request, self.who, self.now, length, leaves, hours)

    @cached_property
    def picked(self) -> list[datetime]:
        """What is picked and free."""
        if self.free is None:
            return []
        if not self._proposes:
            return [start for start in self.wanted if self.free.has(start)]
        if self.most == 1:
            return list(islice(self.free.fitting(self.wishes), 1))
        return self.free.proposed(self.wishes, self.hold_ends)

    @cached_property
    def hold_ends(self) -> datetime:
        """Until when what is offered now is held at most."""
        return hold_ends(self.now, self.clinic, self._hours[None])

    @property
    def gone(self) -> list[str]:
        """What was picked and isn't free, in words."""
        if self._proposes:
            return []
        return [day_and_clock(start) for start in self.wanted if start not in self.picked]

    @cached_property
    def first(self) -> date:
        """The first day of the page: as asked for; else of the week of what is picked or moves; else when the
        patient's wish starts."""
        today = clinic_day(self.now)
        named, shown = read_day(self._sent.get("from", "")), min(self.wanted, default=None)
        if shown is None and self.appointment:
            shown = self.appointment.start
        if named is None and shown:
            named = clinic_day(shown) - timedelta(days=clinic_day(shown).weekday())
        return min(max(named or self.wishes.begin(today), today), today + AHEAD)

    @property
    def last(self) -> date:
        return self.first + WEEK - timedelta(days=1)

    @property
    def week(self) -> str:
        """The page's days in words."""
        return f"{self._label(self.first)} \N{EN DASH} {self._label(self.last)}"

    @property
    def before(self) -> date | None:
        """Where the page before begins, if there is one."""
        today = clinic_day(self.now)
        return max(self.first - WEEK, today) if self.first > today else None

    @property
    def after(self) -> date | None:
        """Where the page after begins, if there is one."""
        following = self.first + WEEK
        return following if following <= clinic_day(self.now) + AHEAD else None

    @cached_property
    def _starts(self) -> list[datetime]:
        """What is free on the page, with what is picked beside the grid."""
        free = self.free
        shown = (
            {start for each in days_from(self.first, self.last) for start in free.on(each)} if free else set()
        )
        return sorted(
            shown | {start for start in self.picked if self.first <= clinic_day(start) <= self.last}
        )

    @property
    def fitting(self) -> list[Day]:
        """The page's times that suit the patient."""
        return self._days([start for start in self._starts if self.wishes.suit(start)])

    @property
    def others(self) -> list[Day]:
        """The page's other times."""
        return self._days([start for start in self._starts if not self.wishes.suit(start)])

    @property
    def others_open(self) -> bool:
        """Whether one of the others is picked."""
        return any(slot.picked for each in self.others for slot in each.slots)

    @property
    def all_days(self) -> list[Day]:
        """The page's times, and what is picked on other pages."""
        return self._days(sorted({*self._starts, *self.picked}))

    @property
    def elsewhere(self) -> list[Day]:
        """What is picked on other pages."""
        return self._days([start for start in self.picked if start not in self._starts])

    @property
    def next_fitting(self) -> date | None:
        """The next day after the page with a time that suits, for a page without one."""
        if not self.free:
            return None
        later = replace(
            self.wishes, earliest=max(self.last + timedelta(days=1), self.wishes.earliest or self.first)
        )
        return next((clinic_day(start) for start in self.free.fitting(later)), None)

    @property
    def was_with(self) -> Practitioner | None:
        """Who saw the patient, when it is somebody else now. One query for who isn't listed."""
        if self._earlier is None or (self.who and self.who.pk == self._earlier):
            return None
        return Practitioner.objects.filter(pk=self._earlier).first()

    @cached_property
    def perhaps_was_with(self) -> Practitioner | None:
        """Who saw somebody who is perhaps this patient, when it is somebody else now and staff know of nobody
        for certain. A query more where somebody is perhaps the same person."""
        found = last_with(self.other_visits.perhaps) if self._earlier is None else None
        return found if found != self.who else None

    @property
    def could_stay(self) -> bool:
        """Whether that one could see the patient now, too."""
        return self.perhaps_was_with in self.practitioners

    def _label(self, on: date) -> str:
        return day(at(on, time(12)))

    def _days(self, starts: Sequence[datetime]) -> list[Day]:
        return [
            Day(
                self._label(on),
                [
                    Slot(posted_as(start), clock(start), start in self.picked, start in self.wishes.refused)
                    for start in on_day
                ],
            )
            for on, on_day in by_day(starts)
        ]
