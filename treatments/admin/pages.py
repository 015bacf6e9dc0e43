"""Treatments and articles as staff edit them: where a page stands in its form, its words and facts in
versions.
"""

from dataclasses import dataclass
from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.db import models
from django.forms import CheckboxSelectMultiple
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from clinic.admin.addresses import AddressAdmin
from clinic.admin.availability import AvailabilityAdmin
from clinic.admin.pictures import PictureAdmin
from clinic.signed.signing import may_sign, permission
from treatments.admin import compare, on_the_site, sign_off, words
from treatments.models import MAIN, Language, State, TreatmentVersion
from treatments.publishing import AnyPage, AnyVersion
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


def stands_alone(page: AnyPage) -> bool:
    """Whether no dermatologist stands for what is on the page, or is going to be. One query."""
    shown = page.versions.filter(state__in=(State.LIVE, State.SCHEDULED))
    return not shown.filter(signed_off_at__isnull=False).exists()


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

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Boxes to tick: there are few sources."""
        return super().formfield_for_manytomany(
            db_field, request, **(kwargs | {"widget": CheckboxSelectMultiple})
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """How long a review holds is said on the page in the dermatologist's name, and so are the sources;
        before a page leaves the site something is said, on a page of its own."""
        fields = super().get_readonly_fields(request, obj)
        fields = (*fields, "is_published") if obj is not None else fields
        versions = self.model.versions.rel.related_model
        if not request.user.has_perm(permission(versions, "sign_off")):
            fields = (*fields, "review_every_months")
        if obj is not None and not self.decides_on_picture(request, obj):
            fields = (*fields, "sources")
        return fields

    def decides_on_picture(self, request: HttpRequest, row: Any) -> bool:
        """On a page that a dermatologist stands for, only one who signs."""
        return stands_alone(row) or may_sign(cast("User", request.user), row.versions.model)

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
        (None, {"fields": ("review_every_months", "sources")}),
    )


class ArticleAdmin(PageAdmin):
    """An article."""

    fields = ("slug", "is_published", "position", "is_sample", "review_every_months", "sources")


class SourceAdmin(admin.ModelAdmin[Any]):
    """Where the facts come from."""

    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}
    # Not the one of pages, which Django would find by the name of the app.
    change_form_template = "admin/change_form.html"

    list_display = ("title", "publisher", "url")

    # Each is asked about by itself.
    actions = None

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What a signed page cites is changed by those who sign."""
        if not super().has_change_permission(request, obj):
            return False
        if obj is None or may_sign(cast("User", request.user), TreatmentVersion):
            return True
        return all(map(stands_alone, [*obj.treatment_set.all(), *obj.article_set.all()]))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and self.has_change_permission(request, obj)

    search_fields = ("title", "publisher")
