"""The one shape of the pages on which staff take a step.

GET shows the step. A POST that only wants to see more shows it again with everything that was picked and
typed, and with the message that the patient would get. A POST that takes the step leads back to the request
with what came of it. Where something has to be mended (422) or a colleague was faster (409), the page comes
again with the reason and everything kept; where the step is no longer possible, it leads back with it.
"""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views import View

from appointments.lifecycle import ColleagueWasFaster, MoveRefused
from appointments.models import PatientRequest
from appointments.roles import HANDLE
from appointments.scheduling import SchedulingError
from appointments.staff.kit import answer, back_to, page_of, page_title, request_for, staff_of


class StepPage(View):
    """What the steps have in common."""

    permissions: tuple[str, ...] = (HANDLE,)
    template: str
    patient_request: PatientRequest

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        if not request.user.has_perms(self.permissions):
            raise PermissionDenied
        self.by, self.now = staff_of(request), timezone.now()
        self.problem, self.status = "", 200

    def load(self, pk: int | None) -> None:
        """Reads what the page is about, and what was picked and typed."""
        raise NotImplementedError

    def impossible(self) -> str:
        """Why the step can't be taken now; '' when it can."""
        return ""

    def is_taken(self) -> bool:
        """Whether the POST takes the step."""
        raise NotImplementedError

    def ask(self) -> None:
        """Raises SchedulingError while something has to be confirmed first."""

    def act(self) -> str:
        """Takes the step; returns what to say about it. Raises MoveRefused or SchedulingError."""
        raise NotImplementedError

    def context(self) -> dict[str, Any]:
        """What the page shows."""
        return {}

    def get(self, request: HttpRequest, pk: int | None = None, **more: str) -> HttpResponse:
        self.load(pk)
        return self.show()

    def post(self, request: HttpRequest, pk: int | None = None, **more: str) -> HttpResponse:
        self.load(pk)
        if self.impossible() or not self.is_taken():
            return self.show()
        try:
            self.ask()
            words = self.act()
        except (ColleagueWasFaster, SchedulingError) as refusal:
            self.problem, self.status = str(refusal), getattr(refusal, "status", 409)
            self.load(pk)
            return self.show()
        except MoveRefused as refusal:
            return self.back(str(refusal), messages.WARNING)
        return self.done(words)

    def back(self, words: str, level: int) -> HttpResponse:
        """To where the form was, or to the request."""
        return back_to(self.request, self.patient_request, words, level)

    def done(self, words: str) -> HttpResponse:
        return self.back(words, messages.SUCCESS)

    def show(self) -> HttpResponse:
        """The page, or back with the reason where the step can't be taken any more."""
        if words := self.impossible():
            return self.back(self.problem or words, messages.WARNING)
        return answer(self.request, self.template, self.context(), self.status)


class FormStep(StepPage):
    """A step with a form, which carries the version of the request that it was made from."""

    form: forms.Form

    def build(self, data: Any) -> forms.Form:
        """The form for the request, with what was typed as far as there is any."""
        raise NotImplementedError

    def title(self) -> str:
        raise NotImplementedError

    def load(self, pk: int | None) -> None:
        self.patient_request = row = request_for(self.request, pk or 0, *self.permissions)
        data: Any = self.request.POST if self.request.method == "POST" else None
        if self.problem:  # Whoever reads what a colleague made of it may still go on.
            messages.warning(self.request, self.problem)
            data = {**self.request.POST.dict(), "seen_version": str(row.version)}
        self.form = self.build(data)
        self.form.label_suffix = ""
        self.form.initial.setdefault("seen_version", row.version)
        if self.form.errors and not self.problem:
            self.status = 422

    def is_taken(self) -> bool:
        return self.form.is_valid() and "preview" not in self.request.POST

    def context(self) -> dict[str, Any]:
        row = self.patient_request
        title = page_title(self.title(), self.form)
        return {"title": title, "row": row, "form": self.form, "back": page_of(row)}
