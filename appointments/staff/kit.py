"""Who may look, who may act, and addresses that may not be there."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from appointments.lifecycle import MoveRefused
from appointments.models import PatientRequest
from appointments.roles import HANDLE, VIEW, name_of
from clinic.time.words import ago_words

View = Callable[..., HttpResponse]
# A page says 'opened by' for as long as the colleague may still be at it.
RECENTLY = timedelta(minutes=30)


def staff_of(request: HttpRequest) -> User:
    """The member of staff who asks."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def only_with(permission: str) -> Callable[[View], View]:
    """A decorator: only for those who hold `permission`; everybody else gets 403."""

    def guarded(view: View) -> View:
        @wraps(view)
        def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.has_perm(permission):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return checked

    return guarded


# Only for those who may work on requests.
for_desk = only_with(HANDLE)


def request_for(request: HttpRequest, pk: int, *permissions: str) -> PatientRequest:
    """The request with this id, for somebody who may see it and holds `permissions` too."""
    if not request.user.has_perms([VIEW, *permissions]):
        raise PermissionDenied
    together = PatientRequest.objects.select_related(
        "treatment", "assignee", "opened_by", "duplicate_of", "page_views"
    )
    return get_object_or_404(together, pk=pk)


def address(name: str, *args: Any) -> str:
    """The address with this name, or nothing where no such page exists."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""


def page_of(patient_request: PatientRequest) -> str:
    """The address of the request's page."""
    return reverse("admin:appointments_patientrequest_change", args=[patient_request.pk])


def way_back(request: HttpRequest) -> str:
    """The page of this site to which the form that was sent wants to return; '' without one."""
    wanted = request.POST.get("next", "")
    is_here = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, request.is_secure())
    return wanted if is_here and wanted.startswith("/") else ""


def back_to(request: HttpRequest, patient_request: PatientRequest, words: str, level: int) -> HttpResponse:
    """Back to where the form was, else to the request's page, with a sentence about what came of it."""
    messages.add_message(request, level, words)
    return HttpResponseRedirect(way_back(request) or page_of(patient_request))


def click(take: Callable[..., str | HttpResponse]) -> Callable[..., HttpResponse]:
    """A step that is taken by one POST, without a page of its own: it says what it did, or answers by itself.
    Refused, it leads back with the reason."""

    @wraps(take)
    def taken(request: HttpRequest, pk: int, **more: Any) -> HttpResponse:
        patient_request = request_for(request, pk, HANDLE)
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        try:
            said = take(request, patient_request, **more)
        except MoveRefused as refusal:
            return back_to(request, patient_request, str(refusal), messages.WARNING)
        return back_to(request, patient_request, said, messages.SUCCESS) if isinstance(said, str) else said

    return taken


def page_title(title: str, form: BaseForm) -> str:
    """The page's title, which says first of all that something has to be mended."""
    return _("Error: %(title)s") % {"title": title} if form.is_bound and form.errors else title


def answer(
    request: HttpRequest, template: str, context: dict[str, Any], status: int = 200
) -> TemplateResponse:
    """A page of the staff's site, kept out of every cache."""
    request.current_app = admin.site.name
    full = {**admin.site.each_context(request), "title": _("Inbox"), **context}
    headers = {"Cache-Control": "no-store"}
    return TemplateResponse(request, f"admin/appointments/{template}", full, status=status, headers=headers)


def seen_version(request: HttpRequest) -> int | None:
    """The version of the request that the form was made from."""
    posted = request.POST.get("version") or request.POST.get("seen_version", "")
    return int(posted) if posted.isascii() and posted.isdigit() and len(posted) < 10 else None


def opened_words(row: PatientRequest, viewer: Any, now: datetime) -> SafeString:
    """'Opened by Kim 3 minutes ago', when it was a colleague and lately."""
    if (
        row.opened_by is None
        or row.opened_at is None
        or row.opened_by == viewer
        or now - row.opened_at > RECENTLY
    ):
        return SafeString()
    words = _("Opened by %(name)s %(ago)s") % {
        "name": name_of(row.opened_by, short=True),
        "ago": ago_words(row.opened_at, now),
    }
    return format_html('<small class="opened">{}</small>', words)
