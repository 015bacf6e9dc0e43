"""Which visits of the same person the clinic knows of, whoever entered them and under whichever request."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from appointments.models import Appointment, AppointmentStatus, PatientRequest
from appointments.models.appointment import COMING, AppointmentQuerySet
from appointments.requests.known import persons
from clinic.models import Practitioner
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


def known_visits(
    patient_request: PatientRequest, among: AppointmentQuerySet, perhaps: set[uuid.UUID] | None = None
) -> list[KnownVisit]:
    """Those of `among` that are the same person's, in order; the times that this very request has ahead are
    left out. Two queries, or three where somebody is perhaps the same person; one where the caller knows who
    is `perhaps`."""
    if perhaps is None:
        perhaps = persons.perhaps_with(patient_request, among)
    if not patient_request.pk and not perhaps:
        return []  # of somebody who is new nothing can be known
    rows = among.filter(request__person__in={patient_request.person, *perhaps})
    if patient_request.pk:
        rows = rows.exclude(Q(request=patient_request.pk, status__in=(AppointmentStatus.PENDING, *COMING)))
    return [
        KnownVisit(row, row.request.person == patient_request.person)
        for row in rows.select_related("practitioner", "request").order_by("start", "pk")
    ]


def last_with(people: Collection[uuid.UUID]) -> Practitioner | None:
    """With whom one of these persons had a time last. One query, none for nobody."""
    rows = Appointment.objects.filter(request__person__in=people).select_related("practitioner")
    last = rows.order_by("-pk").first() if people else None
    return last.practitioner if last else None
