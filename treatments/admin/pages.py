"""Treatments and articles as staff edit them: the facts of a page in its form, its words in versions."""

from typing import Any

from django.contrib import admin
from django.db import models
from django.forms import CheckboxSelectMultiple
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _

from clinic.admin.availability import AvailabilityAdmin
from clinic.admin.pictures import PictureAdmin
from treatments.admin import words
from treatments.models import Language, ScreeningQuestion, shown_version
from treatments.publishing import AnyPage


class ScreeningQuestions(admin.StackedInline[Any, Any]):
    """Questions are never deleted, since answers point at them; one that is no longer asked is marked so."""

    model = ScreeningQuestion
    extra = 0
    can_delete = False
    classes = ("collapse",)


class PageAdmin(PictureAdmin):
    """What a treatment and an article have in common here."""

    list_display = ("title", "slug", "is_published", "position")
    list_display_links = ("title", "slug")
    change_form_template = "admin/treatments/change_form.html"
    search_fields = ("slug",)

    @admin.display(description=_("title"))
    def title(self, page: AnyPage) -> str:
        """The title that the public sees."""
        version = shown_version(page.versions.all(), Language.ENGLISH)
        return version.title if version else "-"

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("versions")

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Boxes to tick: there are few sources."""
        return super().formfield_for_manytomany(
            db_field, request, **(kwargs | {"widget": CheckboxSelectMultiple})
        )

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A page that is no longer wanted is taken off the site; its versions are a record."""
        return False

    def get_urls(self) -> list[Any]:
        """Beside Django's own: writing words, a version, its preview."""
        name = f"treatments_{self.opts.model_name}"

        def view(route: str, function: Any, suffix: str) -> URLPattern:
            def wrapped(request: HttpRequest, **kwargs: Any) -> HttpResponse:
                answer: HttpResponse = function(self, request, **kwargs)
                return answer

            return path(route, self.admin_site.admin_view(wrapped), name=f"{name}_{suffix}")

        return [
            view("<int:pk>/words/<str:language>/", words.write, "words"),
            view("<int:pk>/versions/<int:version_pk>/", words.version_page, "version"),
            view("<int:pk>/versions/<int:version_pk>/preview/", words.preview, "preview"),
            *super().get_urls(),
        ]

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        """Adds the versions, newest first, by language."""
        page = kwargs.get("obj") or (args[3] if len(args) > 3 else None)
        context["wordings"] = words.wordings(page) if page is not None else []
        return super().render_change_form(request, context, *args, **kwargs)


class TreatmentAdmin(PageAdmin, AvailabilityAdmin):
    """A treatment: the facts that drive behaviour, and the questions before an appointment."""

    inlines = (ScreeningQuestions,)
    fieldsets = (
        (None, {"fields": ("slug", "is_published", "position", "names_medicine", "is_sample")}),
        (
            _("Facts, shown on the page and used by the site"),
            {
                "fields": (
                    ("min_age", "max_age"),
                    ("visit_minutes", "buffer_minutes"),
                    "effect_months",
                    ("min_interval_months", "recall_after_weeks"),
                    "aftercare",
                )
            },
        ),
        (_("Who does it"), {"fields": ("practitioners", "usual_practitioner")}),
        (None, {"fields": ("review_every_months", "sources")}),
    )


class ArticleAdmin(PageAdmin):
    """An article."""

    fields = (
        "slug", "is_published", "position", "names_medicine", "is_sample", "review_every_months", "sources",
    )  # fmt: skip


class SourceAdmin(admin.ModelAdmin[Any]):
    """Where the facts come from."""

    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}

    list_display = ("title", "publisher", "url")
    search_fields = ("title", "publisher")
