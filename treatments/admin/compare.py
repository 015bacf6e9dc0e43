"""Any two versions of a page in one language, the differences in words."""

from typing import Any

from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from treatments.admin.differences import differences
from treatments.admin.kit import answer, page_for
from treatments.publishing import AnyPage, AnyVersion


def compare(admin: "ModelAdmin[Any]", request: HttpRequest, pk: int) -> HttpResponse:
    """The two versions ticked in the history as `version`, from the older to the newer."""
    page = page_for(admin, request, pk)
    versions = _ticked(page, request.GET.getlist("version"))
    if len(versions) != 2 or versions[0].language != versions[1].language:
        messages.warning(request, _("Tick two versions of one language to compare them."))
        return redirect(reverse(f"admin:treatments_{page._meta.model_name}_change", args=[page.pk]))
    older, newer = versions
    context = {
        "title": _("%(page)s: version %(older)s and version %(newer)s (%(language)s)")
        % {
            "page": newer.title,
            "older": older.number,
            "newer": newer.number,
            "language": newer.get_language_display(),
        },
        "page": page,
        "older": older,
        "newer": newer,
        "versions": versions,
        "changes": differences(older, newer),
    }
    return answer(admin, request, "admin/treatments/compare.html", context)


def _ticked(page: AnyPage, ids: list[str]) -> list[AnyVersion]:
    """The versions of the page among `ids`, the oldest first."""
    wanted = [int(each) for each in ids[:9] if each.isdecimal() and len(each) < 19]
    versions = page.versions.filter(pk__in=wanted).select_related("editor", "released_by")
    return list(versions.order_by("number", "pk"))
