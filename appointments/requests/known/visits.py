"""Which visits of the same person the clinic knows of, whoever entered them and under whichever request."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from appointments.models import Appointment, AppointmentStatus, PatientRequest
from appointments.models.appointment import COMING, AppointmentQuerySet
from appointments.requests.known import persons
from clinic.time.hours import clinic_day


@dataclass(frozen=True)
class KnownVisit:
    """A visit of the same person: by staff's confirmation, or perhaps, by the usual signs."""

    appointment: Appointment
    is_certain: bool

    @property
    def day(self) -> date:
        """The clinic's day of it."""
        return clinic_day(self.appointment.start)


def known_visits(patient_request: PatientRequest, among: AppointmentQuerySet) -> list[KnownVisit]:
    """Those of `among` that are the same person's, in order; the times that this very request has ahead are
    left out. Two queries, or three where somebody is perhaps the same person."""
    perhaps = persons.perhaps_with(patient_request, among)
    rows = among.filter(request__person__in={patient_request.person, *perhaps})
    if patient_request.pk:
        rows = rows.exclude(Q(request=patient_request.pk, status__in=(AppointmentStatus.PENDING, *COMING)))
    return [
        KnownVisit(row, row.request.person == patient_request.person)
        for row in rows.select_related("practitioner", "request").order_by("start", "pk")
    ]
