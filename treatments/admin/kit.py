"""What the pages about versions share: who may, where to, what is recorded."""

from typing import Any, cast

from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from treatments.models import SignedText
from treatments.publishing import AnyPage, AnyVersion
from treatments.signing import PublishingRefused, Seen, permission


def page_for(admin: "ModelAdmin[Any]", request: HttpRequest, pk: int, action: str = "view") -> AnyPage:
    """The page, for somebody who may see it, or may `action` it."""
    page = admin.get_object(request, str(pk))
    if page is None:
        raise Http404
    if not admin.has_view_permission(request, page):
        raise PermissionDenied
    if action != "view" and not request.user.has_perm(permission(page, action)):
        raise PermissionDenied
    return cast("AnyPage", page)


def version_of(page: AnyPage, pk: int) -> AnyVersion:
    """A version of the page, with the people who had to do with it."""
    people = (
        "editor",
        "released_by__practitioner",
        "signed_off_by__practitioner",
        "returned_by",
        "translated_from",
    )
    version: AnyVersion | None = page.versions.select_related(*people).filter(pk=pk).first()
    if version is None:
        raise Http404
    return version


def to_version(version: AnyVersion, suffix: str = "version") -> str:
    name = f"admin:treatments_{version.page._meta.model_name}_{suffix}"
    return reverse(name, args=[version.page_id, version.pk])


def record(admin: "ModelAdmin[Any]", request: HttpRequest, version: AnyVersion, words: str) -> None:
    """Writes into the page's history."""
    admin.log_change(request, version.page, f"{words}: {version.number} ({version.language})")


def answer(
    admin: "ModelAdmin[Any]", request: HttpRequest, template: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    # Rendered at once: the text that is in the context may be in another language than the page.
    context = {**admin.admin_site.each_context(request), "opts": admin.opts, **context}
    return TemplateResponse(request, template, context, status=status).render()


def seen_words(version: SignedText, live: SignedText | None) -> str:
    """The version's id, number and state, and the id of the one that is live."""
    return f"{version.pk}-{version.number}-{version.state}-{live.pk if live else 0}"


def seen_of(posted: QueryDict) -> Seen:
    """What `seen_words` wrote. Raises PublishingRefused for anything else."""
    parts = posted.get("seen", "").split("-")
    if len(parts) != 4 or not all(part.isdecimal() and len(part) < 19 for part in (*parts[:2], parts[3])):
        raise PublishingRefused(_("Please load the page again."))
    return Seen(int(parts[0]), int(parts[1]), parts[2], int(parts[3]) or None)
