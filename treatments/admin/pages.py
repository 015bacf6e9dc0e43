"""Treatments and articles as staff edit them: where a page stands in its form, its words and facts in
versions.
"""

from dataclasses import dataclass
from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from clinic.admin.addresses import AddressAdmin
from clinic.admin.availability import AvailabilityAdmin
from clinic.admin.pictures import PictureAdmin
from clinic.models import Picture
from clinic.pictures import storing
from clinic.signed.signing import PublishingRefused, permission
from treatments.admin import compare, on_the_site, sign_off, words
from treatments.admin.kit import record, to_version
from treatments.models import MAIN, Language, State
from treatments.publishing import AnyPage, AnyVersion, newest_version, with_picture
from treatments.translations import Standing, standing

STANDINGS = {
    Standing.MISSING: ("", _("None yet, shown in English")),
    Standing.BEHIND: (" sign--flag", _("The English has changed since")),
    Standing.SAME: (" sign--ok", _("As the English")),
}


@dataclass(frozen=True)
class Wording:
    """The versions of a page in one language, the newest first."""

    language: Language
    versions: list[AnyVersion]

    @property
    def draft(self) -> bool:
        return any(version.state == State.DRAFT for version in self.versions)


def wordings(page: AnyPage) -> list[Wording]:
    versions: list[AnyVersion] = list(page.versions.select_related("editor", "released_by"))
    return [
        Wording(language, [version for version in versions if version.language == language])
        for language in Language
    ]


class PageAdmin(AddressAdmin, PictureAdmin):
    """What a treatment and an article have in common here."""

    list_display = ("title", "slug", "is_published", "in_spanish", "position")
    list_display_links = ("title", "slug")
    change_form_template = "admin/treatments/change_form.html"
    search_fields = ("slug",)

    @admin.display(description=_("title"))
    def title(self, page: AnyPage) -> str:
        """The title that the public sees."""
        live = (each for each in page.versions.all() if (each.state, each.language) == (State.LIVE, MAIN))
        return next((each.title for each in live), "-")

    @admin.display(description=Language.SPANISH.label)
    def in_spanish(self, page: AnyPage) -> SafeString:
        """How the Spanish words stand to the English ones."""
        shape, words = STANDINGS[standing(page.versions.all(), Language.SPANISH)]
        return format_html('<span class="sign{}">{}</span>', shape, words)

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("versions")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """How long a review holds is said on the page in the dermatologist's name; before a page leaves the
        site something is said, on a page of its own."""
        fields = super().get_readonly_fields(request, obj)
        fields = (*fields, "is_published") if obj is not None else fields
        versions = self.model.versions.rel.related_model
        if not request.user.has_perm(permission(versions, "sign_off")):
            fields = (*fields, "review_every_months")
        return fields

    picture_waits = True

    def picture_of(self, row: Any) -> Picture | None:
        """Of what was written last, live or not yet."""
        newest = newest_version(row, MAIN)
        return newest.picture if newest else None

    def place_picture(
        self, request: HttpRequest, row: Any, made: storing.Made | None, words: storing.Words
    ) -> HttpResponse:
        picture = storing.keep(row, self.picture_field, made, words, self.picture_of(row))
        return self.put_picture(request, row, picture)

    def put_picture(self, request: HttpRequest, row: Any, picture: Picture | None) -> HttpResponse:
        """Into a version, which somebody signs."""
        try:
            version = with_picture(row, picture, cast("User", request.user), timezone.now())
        except PublishingRefused as refusal:
            messages.error(request, str(refusal))
            return redirect(request.path)
        record(self, request, version, str(_("Another picture")))
        if version.state == State.DRAFT:
            messages.success(request, _("The picture is in the draft. It goes on with it."))
        else:
            messages.success(
                request, _("The picture waits for a dermatologist. So far the page is as it was.")
            )
        return redirect(to_version(version))

    def response_post_save_add(self, request: HttpRequest, obj: Any) -> HttpResponseRedirect:
        """A new page has no words yet: on to them."""
        messages.info(request, _("Now its words. Patients see the page once they are signed off."))
        return redirect(f"admin:treatments_{self.opts.model_name}_words", obj.pk, MAIN)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A page that is no longer wanted is taken off the site; its versions are a record."""
        return False

    def get_urls(self) -> list[Any]:
        """Beside Django's own: writing words, a version, its preview, two versions compared."""
        name = f"treatments_{self.opts.model_name}"

        def view(route: str, function: Any, suffix: str) -> URLPattern:
            def wrapped(request: HttpRequest, **kwargs: Any) -> HttpResponse:
                answer: HttpResponse = function(self, request, **kwargs)
                return answer

            return path(route, self.admin_site.admin_view(wrapped), name=f"{name}_{suffix}")

        return [
            view("<int:pk>/words/<str:language>/", words.write, "words"),
            view("<int:pk>/on-the-site/", on_the_site.site_page, "on_the_site"),
            view("<int:pk>/compare/", compare.compare, "compare"),
            view("<int:pk>/versions/<int:version_pk>/", sign_off.version_page, "version"),
            view("<int:pk>/versions/<int:version_pk>/preview/", sign_off.preview, "preview"),
            *super().get_urls(),
        ]

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        """Adds the versions, newest first, by language."""
        page = kwargs.get("obj") or (args[3] if len(args) > 3 else None)
        context["wordings"] = wordings(page) if page is not None else []
        if page is not None:
            # As the public knows it: the address alone tells nobody which page this is.
            title = self.title(page)
            context["subtitle"] = page.slug if title == "-" else title
        return super().render_change_form(request, context, *args, **kwargs)


class TreatmentAdmin(PageAdmin, AvailabilityAdmin):
    """A treatment, without what a dermatologist signs."""

    fieldsets = (
        (None, {"fields": ("slug", "is_published", "position", "is_sample")}),
        (_("Visits"), {"fields": (("visit_minutes", "buffer_minutes"), "aftercare")}),
        (_("Who does it"), {"fields": ("practitioners", "usual_practitioner")}),
        (None, {"fields": ("review_every_months",)}),
    )


class ArticleAdmin(PageAdmin):
    """An article."""

    fields = ("slug", "is_published", "position", "is_sample", "review_every_months")


class SourceAdmin(admin.ModelAdmin[Any]):
    """Where the facts come from. Versions hold what they cite, so a change here shows with the next one."""

    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}
    # Not the one of pages, which Django would find by the name of the app.
    change_form_template = "admin/change_form.html"

    list_display = ("title", "publisher", "url")

    search_fields = ("title", "publisher")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What no version cites any more is in nobody's way."""
        return False
