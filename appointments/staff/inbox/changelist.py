"""The inbox: one list over both kinds of request, what waits longest first."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from appointments import references
from appointments.lifecycle import WAITING, Action, Status
from appointments.models import Kind, PatientRequest
from appointments.roles import EXPORT, HANDLE, VIEW, name_of
from appointments.staff import urls
from appointments.staff.inbox import actions, filters, scope
from appointments.staff.inbox.export import ask_for_csv
from appointments.staff.kit import address, opened_words
from appointments.staff.request import page
from appointments.staff.titles import subject_of, treatment_titles
from clinic.models import opening_times
from clinic.staff.read_only import CappedList, LongList
from clinic.time.hours import OpeningTimes
from clinic.time.words import counted_since, due_words, is_overdue, moment_words


@dataclass(frozen=True)
class Seen:
    """What one line of the list needs beside its row."""

    about: str
    waits_for_answer: bool
    due: SafeString
    now: datetime
    viewer: Any


def _due(respond_by: datetime, now: datetime, times: OpeningTimes) -> SafeString:
    return format_html(
        '<span class="due{}">{}</span> <small>{}</small>',
        " overdue" if is_overdue(respond_by, now) else "",
        due_words(respond_by, now, times),
        moment_words(respond_by),
    )


def _seen(row: PatientRequest) -> Seen:
    return cast(Seen, row.__dict__["seen"])


# Where what waits is no request: since when it waits.
SINCE = {filters.WROTE_BACK: "text_to_read__since", filters.ANOTHER_TIME: "other_time_wish__since"}


class InboxList(CappedList):
    """The list of one page of the inbox."""

    def get_ordering(self, request: HttpRequest, queryset: Any) -> list[Any]:
        """What waits longest first; lists in which nothing waits, the newest first."""
        state = filters.state_of(request)
        if state in SINCE:
            return [SINCE[state], "pk"]
        waits = state in ("waiting", "overdue", "due-today", "mine")
        if waits or request.GET.get("calls") == "due":
            return ["-urgent", "respond_by", "pk"]
        return ["-received_at", "-pk"]

    def get_results(self, request: HttpRequest) -> None:
        """Beside the rows, what their words are made of: read once, however many rows."""
        super().get_results(request)
        titles, times, now = (
            treatment_titles(request),
            opening_times(since=counted_since(timezone.now())),
            timezone.now(),
        )
        rows = list(self.result_list)
        shown = PatientRequest.objects.filter(pk__in=[row.pk for row in rows])
        asked = set(shown.with_open_question().values_list("pk", flat=True))
        # Many an answer is promised by the same moment.
        moments = {row.respond_by for row in rows if row.status in WAITING}
        dues = {each: _due(each, now, times) for each in moments}
        for row in rows:
            due = dues[row.respond_by] if row.status in WAITING else SafeString()
            row.__dict__["seen"] = Seen(subject_of(row, titles), row.pk in asked, due, now, request.user)
        self.result_list = rows
        self.state = filters.state_of(request)
        self.tabs = next(spec for spec in self.filter_specs if isinstance(spec, filters.StateFilter))
        self.mistyped_reference = bool(
            self.query and not rows and references.looks_like(self.query) and not references.read(self.query)
        )
        self.title = _("Inbox")


class InboxAdmin(LongList):
    """The inbox and the addresses of everything that is done to a request.

    Nothing is added, changed or deleted through the admin's own forms: every step has its own small page.
    """

    list_display = ("who", "what", "about", "state", "flags", "due", "assigned")
    list_display_links = ("who",)
    list_filter = filters.FILTERS
    list_select_related = ("assignee", "opened_by")
    sortable_by = ()
    search_fields = ("reference",)
    search_help_text = gettext_lazy("Name, phone, e-mail, date of birth, reference")
    preserve_filters = False
    empty_value_display = ""
    actions = (
        actions.take,
        actions.assign,
        actions.not_spam,
        actions.close_as_spam,
        actions.not_spam_after_all,
        actions.export,
    )

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return InboxList

    def get_queryset(self, request: HttpRequest) -> Any:
        """With each row, whether something has to be said to the patient on the phone."""
        return super().get_queryset(request).annotate(has_words_to_say=filters.HAS_WORDS_TO_SAY)

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        """The one search box of the clinic, see PatientRequestQuerySet.search."""
        return (queryset.search(search_term) if search_term.strip() else queryset), False

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Only the inbox's own filters: a look-up by any column would be an oracle."""
        return lookup in filters.PARAMETERS

    def to_field_allowed(self, request: HttpRequest, to_field: str) -> bool:
        return False

    def has_handle_permission(self, request: HttpRequest) -> bool:
        """Who may act on requests; named by the bulk actions."""
        return request.user.has_perm(HANDLE)

    def has_export_permission(self, request: HttpRequest) -> bool:
        """Who may take the list away; named by the export."""
        return request.user.has_perm(EXPORT)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Freeing is offered where suspected spam is shown, taking where it isn't."""
        possible = super().get_actions(request)
        hidden = {
            "spam": ("take", "assign", "not_spam_after_all"),
            "closed-spam": ("take", "assign", "not_spam", "close_as_spam"),
        }
        for name in hidden.get(filters.state_of(request), ("not_spam", "not_spam_after_all")):
            possible.pop(name, None)
        return possible

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        export = path("export/", wrap(self.export_view), name="requests-export")
        return [export, *urls.in_admin(urls.INBOX, wrap), *super().get_urls()]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        can_export = self.has_export_permission(request)
        response = super().changelist_view(request, {**(extra_context or {}), "can_export": can_export})
        if isinstance(response, TemplateResponse) and response.context_data and "cl" in response.context_data:
            shown = response.context_data["cl"]
            response.context_data["tabs"] = list(shown.tabs.choices(shown))
        return response

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The request's page; it has no form of its own, so nothing can be posted to it."""
        if request.method not in ("GET", "HEAD"):
            raise PermissionDenied
        if not object_id.isdecimal():
            if request.user.has_perm(VIEW):
                raise Http404
            raise PermissionDenied
        return page.show(request, int(object_id))

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The timeline on the request's page is its history."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        page = reverse("admin:appointments_patientrequest_change", args=[object_id])
        return HttpResponseRedirect(f"{page}#timeline")

    def export_view(self, request: HttpRequest) -> HttpResponse:
        """The current list, with its filters and its search, as CSV: made by the worker."""
        if request.method != "POST" or not request.user.has_perms([VIEW, EXPORT]):
            raise PermissionDenied
        return ask_for_csv(request, scope.of_list(request, self.get_changelist_instance(request)))

    @admin.display(description=gettext_lazy("Who"))
    def who(self, row: PatientRequest) -> SafeString:
        return format_html(
            '<bdi class="who">{}</bdi> <small class="reference">{}</small>',
            row.full_name,
            row.shown_reference,
        )

    @admin.display(description=gettext_lazy("Kind"))
    def what(self, row: PatientRequest) -> str:
        # Django's `get_kind_display` puts all choices together anew for each line.
        return str(Kind(row.kind).label)

    @admin.display(description=gettext_lazy("About"))
    def about(self, row: PatientRequest) -> str:
        return _seen(row).about

    @admin.display(description=gettext_lazy("Status"))
    def state(self, row: PatientRequest) -> SafeString:
        words = _("With the patient") if _seen(row).waits_for_answer else Status(row.status).label
        return format_html('<span class="status status-{}">{}</span>', row.status, words)

    @admin.display(description=gettext_lazy("Flags"))
    def flags(self, row: PatientRequest) -> SafeString:
        words = filters.flag_words(row, beside_status=True)
        return format_html_join(" ", '<span class="flag">{}</span>', ((each,) for each in words))

    @admin.display(description=gettext_lazy("Due"))
    def due(self, row: PatientRequest) -> SafeString:
        return _seen(row).due

    @admin.display(description=gettext_lazy("Assignee"))
    def assigned(self, row: PatientRequest) -> SafeString:
        seen = _seen(row)
        name = format_html("{}", name_of(row.assignee, short=True)) if row.assignee else self._take(row)
        return format_html("{} {}", name, opened_words(row, seen.viewer, seen.now))

    def _take(self, row: PatientRequest) -> SafeString:
        """'Nobody', with a button that takes the request at once."""
        is_free = row.status == Status.NEW and not row.suspected_spam
        if not is_free or not _seen(row).viewer.has_perm(HANDLE):
            return format_html("{}", _("Nobody"))
        return format_html(
            '<button type="submit" class="take" formaction="{}" name="seen_version" value="{}"'
            ' aria-label="{}">{}</button>',
            address("admin:request-take", row.pk),
            row.version,
            _("Take %(reference)s") % {"reference": row.shown_reference},
            Action.TAKE.label,
        )
