"""What the steps about a request's times have in common."""

from functools import cached_property
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from appointments import scheduling
from appointments.messages import notices
from appointments.models import Appointment
from appointments.scheduling import SchedulingError
from appointments.staff.kit import seen_version
from appointments.staff.schedule.picking import coming_of, request_of, wishes_in_words
from appointments.staff.step_page import StepPage
from clinic.time.hours import Span
from clinic.time.words import day_and_clock


class TimesPage(StepPage):
    """A step with a `button`; `message` is the kind of message that the patient gets."""

    title: str | Promise
    button: str
    message: str
    about_visit = False  # whether it is about the booked appointment, which has to be there

    def load(self, pk: int | None) -> None:
        self.patient_request = request_of(pk)
        self.appointment = coming_of(self.patient_request) if self.about_visit else None
        self.__dict__.pop("other_visits", None)

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
        seen = self.request.POST.getlist("confirmed")
        if any(str(each.pk) not in seen for each in self.other_visits):
            raise SchedulingError(
                _("This patient has another visit near that time. Please look, and tick it.")
            )

    @cached_property
    def other_visits(self) -> list[Appointment]:
        """The patient's other visits that stand oddly beside the picked times. One query."""
        return scheduling.other_visits(self.patient_request, self.spans(), self.appointment)

    def is_consultation(self) -> bool:
        """Whether the visit that the step is about is a consultation. A query at most."""
        if self.appointment:
            return self.appointment.is_consultation
        return self.patient_request.is_for_consultation()

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
        said, confirmed = self.said(), self.request.POST.getlist("confirmed")
        is_consultation = self.is_consultation()
        return {
            "title": self.title,
            "problem": self.problem,
            "patient_request": self.patient_request,
            "appointment": self.appointment,
            "appointment_time": day_and_clock(self.appointment.start) if self.appointment else "",
            "wishes": wishes_in_words(self.patient_request),
            "other_visits": [
                (each, day_and_clock(each.start), str(each.pk) in confirmed) for each in self.other_visits
            ],
            "is_open": said is None,
            "is_consultation": is_consultation,
            "preview": notices.told(
                self.patient_request, self.message, is_consultation=is_consultation, **said
            )
            if said
            else None,
        }
