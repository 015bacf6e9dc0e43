"""Who calls: the people whom the clinic knows already, found by one search, told apart from their family,
with what is open or booked for each."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from appointments.lifecycle import OPEN
from appointments.models import Appointment, Kind, PatientRequest
from appointments.requests.known import persons
from appointments.staff.kit import address, page_of
from clinic.time.words import day_and_clock

MOST_ROWS = 100
MOST_PEOPLE = 20


@dataclass
class Known:
    """One person as far as the clinic knows: what staff joined, or what is likely to be one person's."""

    rows: list[PatientRequest]
    open_rows: list[tuple[PatientRequest, str]] = field(default_factory=list)
    visits: list[tuple[str, str]] = field(default_factory=list)

    @property
    def latest(self) -> PatientRequest:
        """The newest request, of an appointment if there is one: it holds the date of birth."""
        return next((row for row in self.rows if row.kind == Kind.APPOINTMENT), self.rows[0])

    @property
    def form(self) -> str:
        """The address of the entry that is filled in for this person."""
        return address("admin:request-book-again", self.latest.pk)

    def is_of(self, row: PatientRequest) -> bool:
        """Whether `row` is this person's too."""
        return any(row.person == each.person or persons.compare(each, row).is_likely for each in self.rows)


def people(typed: str) -> list[Known]:
    """Who is found by what was typed, the newest first. A family that shares a phone stays several people.

    Three queries.
    """
    found: list[Known] = []
    rows = PatientRequest.objects.in_inbox().search(typed).select_related("treatment").order_by("-pk")
    for row in rows[:MOST_ROWS]:
        known = next((each for each in found if each.is_of(row)), None)
        if known:
            known.rows.append(row)
        else:
            found.append(Known([row]))
    return _with_what_is_open(found[:MOST_PEOPLE])


def of(patient_request: PatientRequest) -> Known:
    """The person of a request. Two queries."""
    return _with_what_is_open([Known([patient_request])])[0]


def _with_what_is_open(found: Sequence[Known]) -> list[Known]:
    persons = {row.person for known in found for row in known.rows}
    theirs = PatientRequest.objects.in_inbox().filter(person__in=persons)
    is_open = list(theirs.filter(status__in=OPEN).select_related("treatment").order_by("-pk"))
    coming = list(
        Appointment.objects.coming()
        .filter(request__person__in=persons)
        .select_related("request", "practitioner")
        .order_by("start")
    )
    for known in found:
        own = {row.person for row in known.rows}
        known.open_rows = [(row, page_of(row)) for row in is_open if row.person in own]
        known.visits = [
            (f"{day_and_clock(each.start)}, {each.practitioner.name}", page_of(each.request))
            for each in coming
            if each.request.person in own
        ]
    return list(found)
