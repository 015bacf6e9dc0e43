"""Whether a page is on the site, in the admin: what is open about it first, then a step or its way back."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, cast

from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinic.signed.signing import PublishingRefused
from clinic.time.words import dated_words
from treatments import on_the_site, publishing
from treatments.admin.kit import answer, page_for
from treatments.admin.moments import MomentForm, chosen, status_of
from treatments.models import MAIN
from treatments.publishing import AnyPage


def _put_on(page: AnyPage, by: User, posted: QueryDict) -> str | Promise:
    on_the_site.put_on(page, by)
    return gettext_lazy("The page is on the site.")


def _take_off(page: AnyPage, by: User, posted: QueryDict) -> str | Promise:
    on_the_site.take_off(page, by)
    return gettext_lazy("The page is off the site. It can be put back here.")


def _plan(page: AnyPage, by: User, posted: QueryDict) -> str | Promise:
    at = cast("datetime", chosen(posted, is_owed=True))
    on_the_site.take_off(page, by, at)
    return _("The page leaves the site on %(moment)s.") % {"moment": dated_words(at)}


def _keep_on(page: AnyPage, by: User, posted: QueryDict) -> str | Promise:
    on_the_site.keep_on(page, by)
    return gettext_lazy("The page stays on the site.")


Step = Callable[[AnyPage, User, QueryDict], str | Promise]
STEPS: dict[str, Step] = {"put-on": _put_on, "take-off": _take_off, "plan": _plan, "keep-on": _keep_on}


def site_page(admin: "ModelAdmin[Any]", request: HttpRequest, pk: int) -> HttpResponse:
    """Where the page stands, and what is open about it; its buttons post a step."""
    page = page_for(admin, request, pk, "change")
    if request.method == "POST":
        return _step(admin, request, page)
    return _show(admin, request, page)


def _show(
    admin: "ModelAdmin[Any]", request: HttpRequest, page: AnyPage, refusal: PublishingRefused | None = None
) -> HttpResponse:
    """After a `refusal` the day and the time that were typed stand there still."""
    now, posted = timezone.now(), request.POST if refusal else None
    is_planned = request.POST.get("step") == "plan"
    live = publishing.live_version(page, MAIN)
    context = {
        "title": _("“%(page)s” on the site") % {"page": live.title if live else page.slug},
        "page": page,
        "live": live,
        "open": [
            (each.words, each.url if request.user.has_perm(each.permission) else "")
            for each in on_the_site.what_is_open(page, now)
        ],
        "moment": MomentForm(posted, now, page.leaves_at, is_owed=is_planned),
        "refusal": refusal,
    }
    return answer(admin, request, "admin/treatments/on_the_site.html", context, status_of(refusal))


def _step(admin: "ModelAdmin[Any]", request: HttpRequest, page: AnyPage) -> HttpResponse:
    step = STEPS.get(request.POST.get("step", ""))
    if step is not None:
        try:
            said = str(step(page, cast("User", request.user), request.POST))
        except PublishingRefused as refusal:
            page.refresh_from_db()
            return _show(admin, request, page, refusal)
        admin.log_change(request, page, said)
        messages.success(request, said)
    return redirect(request.path)
