"""What the pages about versions share: who may, where to, what is recorded."""

from typing import Any, cast

from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse

from clinic.signed.signing import permission
from treatments.publishing import AnyPage, AnyVersion


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
