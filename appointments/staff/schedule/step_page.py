"""The one shape of the steps about a request's times.

GET shows the step. A POST without the step's button shows it again with everything that was picked and typed,
and with the message that the patient would get. A POST with the button takes the step: done, it leads back to
the request; refused, it shows the page with the reason and everything kept (409), or leads back too when the
step is no longer possible.
"""

from functools import cached_property
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.views import View

from appointments import scheduling
from appointments.messages import notices
from appointments.models import Appointment, PatientRequest
from appointments.roles import HANDLE
from appointments.scheduling import SchedulingError
from appointments.staff.kit import answer, back_to, seen_version, staff_of
from appointments.staff.schedule.picking import coming_of, request_of, wishes_in_words
from clinic.time.hours import Span
from clinic.time.words import day_and_clock


class StepPage(View):
    """What the steps have in common. `message` is the kind of message that the patient gets."""

    title: str | Promise
    template: str
    button: str
    message: str
    about_visit = False  # whether it is about the booked appointment, which has to be there
    patient_request: PatientRequest

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        if not request.user.has_perm(HANDLE):
            raise PermissionDenied
        self.by, self.now = staff_of(request), timezone.now()
        self.problem, self.status = "", 200

    def load(self, pk: int | None) -> None:
        """Reads what the page is about, and what was picked and typed."""
        self.patient_request = request_of(pk)
        self.appointment = coming_of(self.patient_request) if self.about_visit else None
        self.__dict__.pop("other_visits", None)

    def impossible(self) -> str:
        """Why the step can't be taken now; '' when it can."""
        missing = self.about_visit and self.appointment is None
        return _("There is no booked appointment.") if missing else ""

    def spans(self) -> list[Span]:
        """The times that the patient would get."""
        return []

    def said(self) -> dict[str, Any] | None:
        """What the message would say, see notices.told; None while that is open."""
        return None

    def act(self) -> str:
        """Takes the step; returns what to say about it. Raises SchedulingError."""
        raise NotImplementedError

    def context(self) -> dict[str, Any]:
        """What the page shows besides."""
        return {}

    def get(self, request: HttpRequest, pk: int | None = None) -> HttpResponse:
        self.load(pk)
        return self.show()

    def post(self, request: HttpRequest, pk: int | None = None) -> HttpResponse:
        self.load(pk)
        if self.button not in request.POST or self.impossible():
            return self.show()
        try:
            self.ask()
            words = self.act()
        except SchedulingError as error:
            self.problem, self.status = str(error), getattr(error, "status", 409)
            self.load(pk)
            return self.show()
        return self.done(words)

    def done(self, words: str) -> HttpResponse:
        """Back to the request."""
        return back_to(self.request, self.patient_request, words, messages.SUCCESS)

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

    def show(self) -> HttpResponse:
        """The page, or back with the reason where nothing can be chosen any more."""
        if words := self.impossible():
            return back_to(self.request, self.patient_request, self.problem or words, messages.WARNING)
        said, confirmed = self.said(), self.request.POST.getlist("confirmed")
        is_consultation = self.is_consultation()
        context = {
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
            **self.context(),
        }
        return answer(self.request, self.template, context, status=self.status)
