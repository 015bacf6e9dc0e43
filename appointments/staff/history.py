"""What the clinic knows of a person from before: requests with their answers, visits, decisions and notes.

For the dermatologist alone. Who is only perhaps the same person is told apart from whom staff confirmed.
"""

from dataclasses import dataclass

from django.db.models import Prefetch
from django.utils.functional import Promise

from appointments.models import Appointment, AppointmentStatus, ClinicalReview, PatientRequest
from appointments.requests.known import persons
from appointments.staff.titles import subject_of
from clinic.time.words import dated_words

MOST = 20


@dataclass(frozen=True)
class Earlier:
    """Another request, and for whom is only perhaps the same person what speaks for it."""

    row: PatientRequest
    subject: str
    is_certain: bool
    reasons: tuple[str | Promise, ...]

    @property
    def visits(self) -> list[tuple[str, Appointment]]:
        """The visits of it, also those that did not take place, each with its day in words."""
        return [(dated_words(each.start), each) for each in self.row.appointments.all()]

    @property
    def flagged(self) -> int:
        """How many of the answers are flagged."""
        return sum(answer.is_flagged for answer in self.row.screening_answers.all())


def earlier_of(patient_request: PatientRequest, titles: dict[int, str]) -> list[Earlier]:
    """The other requests, those of the same person first, the newest first. Six queries."""
    likely = {
        each.patient_request.person: each.reasons
        for each in persons.suggestions(patient_request)
        if each.is_likely
    }
    visits = Appointment.objects.exclude(status=AppointmentStatus.PENDING).select_related("practitioner")
    rows = (
        PatientRequest.objects.filter(person__in={patient_request.person, *likely})
        .exclude(pk=patient_request.pk)
        .select_related("treatment")
        .prefetch_related(
            "screening_answers",
            Prefetch("clinical_reviews", ClinicalReview.objects.select_related("by")),
            Prefetch("appointments", visits),
        )
        .order_by("-received_at", "-pk")
    )
    found = [
        Earlier(
            row, subject_of(row, titles), row.person == patient_request.person, likely.get(row.person, ())
        )
        for row in rows[:MOST]
    ]
    return sorted(found, key=lambda each: not each.is_certain)
