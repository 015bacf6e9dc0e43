"""The words of a page in the admin: writing a version, looking at it, publishing it and signing it off."""

from dataclasses import dataclass
from typing import Any, cast

from csp.decorators import csp_update
from django import forms
from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.contrib.admin.widgets import AdminTextareaWidget, AdminTextInputWidget
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_prose_editor.widgets import AdminProseEditorWidget
from js_asset.media import Media

from clinic.rich_text import EDITOR_STYLE
from treatments import publishing, shown
from treatments.admin.differences import Change, differences
from treatments.effect_curve import effect_curve
from treatments.models import Language, Treatment, TreatmentVersion, shown_version
from treatments.publishing import AnyPage, AnyVersion, PublishingRefused, Words, permission


class WordsForm(forms.ModelForm[TreatmentVersion]):
    """Title, summary and text; articles have the same fields."""

    class Meta:
        model = TreatmentVersion
        fields = ("title", "summary", "body", "change_note", "is_clinical")
        widgets = {
            "title": AdminTextInputWidget,
            "summary": AdminTextareaWidget(attrs={"rows": 3}),
            "body": AdminProseEditorWidget,
            "change_note": AdminTextInputWidget,
        }


@dataclass(frozen=True)
class Wording:
    """The versions of a page in one language."""

    language: Language
    versions: list[AnyVersion]
    shown: AnyVersion | None


def wordings(page: AnyPage) -> list[Wording]:
    """The versions of a page by language, the newest first, each with the one that the public sees."""
    versions: list[AnyVersion] = list(page.versions.select_related("editor", "signed_off_by"))
    found = []
    for language in Language:
        own = [version for version in versions if version.language == language]
        found.append(Wording(language, own, shown_version(own, language)))
    return found


def _page(admin: "ModelAdmin[Any]", request: HttpRequest, pk: int, action: str = "view") -> AnyPage:
    """The page, for somebody who may see it, or may `action` it."""
    page = admin.get_object(request, str(pk))
    if page is None:
        raise Http404
    if not admin.has_view_permission(request, page):
        raise PermissionDenied
    if action != "view" and not request.user.has_perm(permission(page, action)):
        raise PermissionDenied
    return cast("AnyPage", page)


def _version(page: AnyPage, pk: int) -> AnyVersion:
    version = page.versions.select_related("editor", "signed_off_by").filter(pk=pk).first()
    if version is None:
        raise Http404
    return version


def _to(version: AnyVersion, suffix: str = "version") -> str:
    name = f"admin:treatments_{version.page._meta.model_name}_{suffix}"
    return reverse(name, args=[version.page_id, version.pk])


def _answer(
    admin: "ModelAdmin[Any]", request: HttpRequest, template: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    # Rendered at once: the text that is in the context may be in another language than the page.
    context = {**admin.admin_site.each_context(request), "opts": admin.opts, **context}
    return TemplateResponse(request, template, context, status=status).render()


@csp_update({"style-src": [EDITOR_STYLE]})  # type: ignore[arg-type]
def write(admin: "ModelAdmin[Any]", request: HttpRequest, pk: int, language: str) -> HttpResponse:
    """Writes the next version of a page's words, starting from the newest one."""
    page = _page(admin, request, pk, "change")
    if language not in Language.values:
        raise Http404
    newest = page.versions.filter(language=language).first() or page.versions.first()
    initial = {name: getattr(newest, name) for name in ("title", "summary", "body")} if newest else {}
    form = WordsForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        by = cast("User", request.user)
        with transaction.atomic():
            version = publishing.new_version(page, language, Words(**form.cleaned_data), by)
            _record(admin, request, version, _("New version"))
            if "_publish" in request.POST:
                _publish(admin, request, version)
        messages.success(request, _("Version %(number)s is saved.") % {"number": version.number})
        return redirect(_to(version))
    context = {
        "title": _("New version of “%(page)s” (%(language)s)")
        % {"page": newest.title if newest else page.slug, "language": Language(language).label},
        "page": page,
        "newest": newest,
        "form": form,
        "language": language,
        "media": Media.from_media(admin.media + form.media, nonce=str(request.csp_nonce)),  # type: ignore[attr-defined]
    }
    status = 422 if form.errors else 200
    return _answer(admin, request, "admin/treatments/words.html", context, status)


def _record(admin: "ModelAdmin[Any]", request: HttpRequest, version: AnyVersion, words: str) -> None:
    """Writes into the page's history."""
    admin.log_change(request, version.page, f"{words}: {version.number} ({version.language})")


def _publish(admin: "ModelAdmin[Any]", request: HttpRequest, version: AnyVersion) -> str | Promise:
    if not publishing.publish(version, cast("User", request.user), timezone.now()):
        return gettext_lazy("It was published before.")
    _record(admin, request, version, _("Published"))
    return gettext_lazy("The version is published.")


def _sign_off(admin: "ModelAdmin[Any]", request: HttpRequest, version: AnyVersion) -> str | Promise:
    if not publishing.sign_off(version, cast("User", request.user), timezone.now()):
        return gettext_lazy("It was signed off before.")
    _record(admin, request, version, _("Signed off"))
    return gettext_lazy("The medical content is signed off.")


def _review_again(admin: "ModelAdmin[Any]", request: HttpRequest, version: AnyVersion) -> str | Promise:
    renewed = publishing.review_again(version, cast("User", request.user), timezone.now())
    admin.log_change(
        request, version.page, f"Reviewed again as version {renewed.number} ({version.language})"
    )
    return gettext_lazy("The medical review is renewed.")


STEPS = {"publish": _publish, "sign-off": _sign_off, "review-again": _review_again}


def version_page(admin: "ModelAdmin[Any]", request: HttpRequest, pk: int, version_pk: int) -> HttpResponse:
    """One version: who wrote it and what changed against the words on the site; publishes and signs off."""
    page = _page(admin, request, pk)
    version = _version(page, version_pk)
    if request.method == "POST":
        step = STEPS.get(request.POST.get("step", ""))
        try:
            if step is not None:
                messages.success(request, str(step(admin, request, version)))
        except PublishingRefused as refusal:
            messages.error(request, str(refusal))
        return redirect(_to(version))
    in_language: list[AnyVersion] = list(page.versions.filter(language=version.language))
    on_site = shown_version(in_language, version.language)
    may_sign_off = request.user.has_perm(permission(version, "sign_off"))
    may_change = request.user.has_perm(permission(page, "change"))
    newer_is_published = any(v.published_at and v.number > version.number for v in in_language)
    earlier = on_site if on_site and on_site.pk != version.pk else _before(in_language, version)
    changes: list[Change] = differences(earlier, version) if earlier else []
    context = {
        "title": f"{version.title}: {_('version')} {version.number} ({version.get_language_display()})",
        "page": page,
        "version": version,
        "on_site": on_site,
        "earlier": earlier,
        "changes": changes,
        "preview_url": _to(version, "preview"),
        "may_publish": may_change and version.published_at is None and not newer_is_published,
        "may_sign_off": may_sign_off and version.signed_off_at is None,
        "may_review_again": may_sign_off
        and may_change
        and version.signed_off_at is not None
        and on_site is not None
        and version.pk == on_site.pk
        and not newer_is_published,
    }
    return _answer(admin, request, "admin/treatments/version.html", context)


def _before(versions: list[AnyVersion], version: AnyVersion) -> AnyVersion | None:
    earlier = [each for each in versions if each.number < version.number]
    return max(earlier, key=lambda each: each.number, default=None)


def preview(admin: "ModelAdmin[Any]", request: HttpRequest, pk: int, version_pk: int) -> HttpResponse:
    """A version as the site would show it."""
    page = _page(admin, request, pk)
    version = _version(page, version_pk)
    kind = "treatment" if isinstance(page, Treatment) else "article"
    months = page.effect_months if isinstance(page, Treatment) else None
    context = {
        "shown": shown.Shown(version, None),
        kind: page,
        "sources": list(page.sources.all()),
        "curve": effect_curve(months) if months else None,
        "structured_data": "",
        "version_url": _to(version),
    }
    with translation.override(version.language):
        return TemplateResponse(request, f"admin/treatments/preview_{kind}.html", context).render()
