"""What the steps about a request's times have in common."""

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from appointments.messages import notices
from appointments.models import Appointment
from appointments.scheduling import NotLookedAt, SchedulingError
from appointments.scheduling.same_patient import OtherVisits
from appointments.staff.kit import seen_version
from appointments.staff.schedule.picking import coming_of, looked_at_in, request_of, wishes_in_words
from appointments.staff.step_page import StepPage
from clinic.http.pages import clinic_of
from clinic.time.hours import Span
from clinic.time.words import day_and_clock


class TimesPage(StepPage):
    """A step with a `button`; `message` is the kind of message that the patient gets."""

    title: str | Promise
    button: str
    message: str
    about_visit = False  # whether it is about the booked appointment, which has to be there
    others: OtherVisits

    def load(self, pk: int | None) -> None:
        self.patient_request = request_of(pk)
        self.appointment = coming_of(self.patient_request) if self.about_visit else None
        self.others = OtherVisits(self.patient_request, self.now)

    def impossible(self) -> str:
        missing = self.about_visit and self.appointment is None
        return _("There is no booked appointment.") if missing else ""

    def spans(self) -> list[Span]:
        """The times that the patient would get."""
        return []

    def said(self) -> dict[str, Any] | None:
        """What the message would say, see notices.told; None while that is open."""
        return None

    def is_taken(self) -> bool:
        return self.button in self.request.POST

    def ask(self) -> None:
        """Raises SchedulingError until somebody has ticked the patient's other visits, having seen them."""
        if any(each.pk not in self.looked_at for each in self.others.near(self.spans())):
            raise NotLookedAt

    @property
    def looked_at(self) -> set[int]:
        """The other visits that somebody has ticked."""
        return looked_at_in(self.request)

    def is_consultation(self) -> bool:
        """Whether the visit that the step is about is a consultation."""
        return self.appointment.is_consultation if self.appointment else self.others.is_consultation

    @property
    def visit(self) -> Appointment:
        """The booked appointment, of a page that is about it. Raises SchedulingError when it is gone."""
        if self.appointment is None:
            raise SchedulingError(_("There is no booked appointment."))
        return self.appointment

    @property
    def seen_version(self) -> int | None:
        return seen_version(self.request)

    def context(self) -> dict[str, Any]:
        said = self.said()
        is_consultation = self.is_consultation()
        return {
            "title": self.title,
            "problem": self.problem,
            "patient_request": self.patient_request,
            "appointment": self.appointment,
            "appointment_time": day_and_clock(self.appointment.start) if self.appointment else "",
            "wishes": wishes_in_words(self.patient_request),
            "other_visits": [
                (each, day_and_clock(each.visit.appointment.start), each.pk in self.looked_at)
                for each in self.others.near(self.spans())
            ],
            "is_open": said is None,
            "is_consultation": is_consultation,
            "preview": notices.told(
                self.patient_request,
                self.message,
                clinic=clinic_of(self.request),
                is_consultation=is_consultation,
                **said,
            )
            if said
            else None,
        }
