"""The calendar of a doctor for their own phone: a page on which its secret address is made, shown once, made
anew and ended. For the doctor, and for whoever may handle everybody's."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from clinic.audit.recording import AuditAction, record
from clinic.feed import secret
from clinic.models import CalendarFeed, Practitioner
from clinic.staff.site import address

HANDLE = "clinic.handle_calendarfeed"
PAGE = "clinic_practitioner_calendar"


def may_handle(user: Any, whose: Practitioner) -> bool:
    """Whether the address is the user's own, or everybody's is theirs to handle."""
    return whose.user_id == user.pk or bool(user.has_perm(HANDLE))


class CalendarAdmin(admin.ModelAdmin[Any]):
    """The admin of doctors, with the address of each one's calendar."""

    def get_urls(self) -> list[Any]:
        """Beside the others, the page of the address, and making and ending it. Whoever comes to these two by
        a link, as after showing the second factor, is led to the page."""
        steps = require_http_methods(["GET", "HEAD", "POST"])
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/calendar/", view(require_safe(self.calendar_view)), name=PAGE),
            path("<int:pk>/calendar/make/", view(steps(self.make_calendar)), name=f"{PAGE}_make"),
            path("<int:pk>/calendar/end/", view(steps(self.end_calendar)), name=f"{PAGE}_end"),
            *super().get_urls(),
        ]

    def calendar_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Says what the address gives away, whether there is one, and when it was last used."""
        return self._page(request, self._whose(request, pk))

    def make_calendar(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Makes the address and shows it: on this page alone, since only its digest is kept."""
        whose = self._whose(request, pk)
        if request.method != "POST" or not isinstance(request.user, User):
            return redirect(address(PAGE, pk))
        try:
            made = secret.make(whose, request.user, timezone.now())
        except secret.NobodysCalendar:
            return self._page(request, whose, status=409)
        self._note(request, whose, _("Made an address for the calendar."))
        return self._page(request, whose, made=made)

    def end_calendar(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ends the address at once."""
        whose = self._whose(request, pk)
        if request.method == "POST" and secret.end(whose):
            self._note(request, whose, _("Ended the address of the calendar."))
            messages.success(request, _("The address has ended. Whoever still has it gets nothing any more."))
        return redirect(address(PAGE, pk))

    def _whose(self, request: HttpRequest, pk: int) -> Practitioner:
        """Raises Http404, PermissionDenied."""
        whose = Practitioner.objects.select_related("user").filter(pk=pk).first()
        if whose is None:
            raise Http404
        if not may_handle(request.user, whose):
            raise PermissionDenied
        return whose

    def _note(self, request: HttpRequest, whose: Practitioner, words: str) -> None:
        record(request, AuditAction.CHANGED, whose)
        self.log_change(request, whose, words)

    def _page(
        self, request: HttpRequest, whose: Practitioner, made: str = "", status: int = 200
    ) -> TemplateResponse:
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "row": whose,
            "title": _("Calendar address"),
            "feed": CalendarFeed.objects.in_force()
            .select_related("made_by")
            .filter(practitioner=whose)
            .first(),
            "can_have_one": secret.can_have_one(whose),
            "is_own": whose.user_id == request.user.pk,
            "made": made,
            "subscribe": made.replace("https://", "webcal://", 1).replace("http://", "webcal://", 1),
            "row_url": self.has_view_permission(request, whose)
            and address("clinic_practitioner_change", whose.pk),
        }
        return TemplateResponse(request, "admin/clinic/calendar.html", context, status=status)

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        """Adds the way to the page, for those whose it is."""
        row = kwargs.get("obj") or (args[3] if len(args) > 3 else None)
        if row is not None and may_handle(request.user, row):
            context["calendar_url"] = address(PAGE, row.pk)
        return super().render_change_form(request, context, *args, **kwargs)
