"""The versions of a page: its words in one language, and in the main language the clinical facts with
them.
"""

from typing import Any, Self, TypeVar

from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Q, Subquery, When
from django.db.models.functions import Coalesce, JSONObject
from django.utils.translation import gettext_lazy as _
from django_prose_editor.sanitized import SanitizedProseEditorField

from clinic.constraints import choices_check
from clinic.languages import MAIN, Language
from clinic.models import Practitioner
from clinic.models.signed import Release, SignedText, State, signed_constraints
from clinic.rich_text import EDITOR_EXTENSIONS, clean_body
from treatments.models.facts import ArticleDrawing, ArticleFacts, TreatmentDrawing, TreatmentFacts
from treatments.models.page import Article, Treatment

_Version = TypeVar("_Version", bound="ContentVersion")


class VersionQuerySet(models.QuerySet[_Version]):
    """Questions asked of versions."""

    def live(self) -> Self:
        """What the public sees, as far as its page is published."""
        return self.filter(state=State.LIVE)

    def facts(self) -> Self:
        """The live versions in the main language: they carry the facts of their pages."""
        return self.live().filter(language=MAIN)

    def with_newer_english(self) -> Self:
        """Each with `english_is_newer`: whether English words that somebody stands for have gone live since
        the version that this one translates. What a dermatologist passed as not clinical doesn't count."""
        since = self.model._default_manager.filter(
            page=OuterRef("page"),
            language=MAIN,
            number__gt=Coalesce(OuterRef("translated_from__number"), 0),
            published_at__isnull=False,
        ).exclude(release=Release.PASSED)
        return self.annotate(english_is_newer=~Q(language=MAIN) & Exists(since))

    def with_first_published(self) -> Self:
        """Each with `first_published_at`: when a version of the same text went live first."""
        ever = self.model._default_manager.filter(page=OuterRef("page"), language=OuterRef("language"))
        first = ever.exclude(published_at=None).order_by("published_at").values("published_at")[:1]
        return self.annotate(first_published_at=Subquery(first))

    def with_doctor(self) -> Self:
        """Each treatment's with `told_doctor`: the columns of who usually does it, else of the doctor in the
        menu, and of the portrait."""
        columns = {name: F(name) for name in ("slug", "name", "role", "role_es", "biography", "biography_es")}
        picture = ("digest", "widths", "height", "alt", "alt_es", "credit")
        portrait = JSONObject(**{name: F(f"portrait__{name}") for name in picture})
        doctors = Practitioner.objects.filter(is_active=True).order_by("-is_lead", "position", "name")
        told = doctors.values(told=JSONObject(**columns, portrait=portrait))
        usual = told.filter(pk=OuterRef("page__usual_practitioner"))
        return self.annotate(told_doctor=Coalesce(Subquery(usual[:1]), Subquery(told[:1])))

    def with_treatment(self, language: str) -> Self:
        """Each article's with `told_treatment`: address and title of the first treatment on the site whose
        aftercare it is, in `language` where that has words."""
        offered = TreatmentVersion.objects.facts().filter(page__is_published=True, page__is_sample=False)
        live = TreatmentVersion.objects.live().filter(
            page__aftercare=OuterRef("page"), page__in=offered.values("page"), language__in={MAIN, language}
        )
        in_language = Case(When(language=language, then=0), default=1)
        first = live.order_by("page__position", "page__slug", in_language)
        told = JSONObject(slug=F("page__slug"), title=F("title"), language=F("language"))
        return self.annotate(told_treatment=Subquery(first.values(told=told)[:1]))


class ContentVersion(SignedText):
    """One wording of a page in one language. In the main language it carries the page's facts too; a version
    in another language is shown with the facts of the live one in the main language."""

    page_id: int  # of the foreign key that each kind of page has

    language = models.CharField(_("language"), max_length=2, choices=Language.choices, default=MAIN)
    title = models.CharField(_("title"), max_length=120)
    summary = models.CharField(
        _("summary"), max_length=300, help_text=_("One or two sentences, for lists and search engines.")
    )
    translated_from = models.ForeignKey(
        "self",
        verbose_name=_("says what this version in the main language says"),
        null=True,
        blank=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="translations",
    )
    body = SanitizedProseEditorField(_("text"), extensions=EDITOR_EXTENSIONS)

    class Meta(SignedText.Meta):
        abstract = True

    def __str__(self) -> str:
        return f"{self.title} ({self.language} {self.number})"

    def of_same_text(self) -> models.QuerySet[Self]:
        return type(self)._default_manager.filter(page_id=self.page_id, language=self.language)

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Cleans the text, whoever wrote it: the editor's field does so for forms alone."""
        self.body = clean_body(self.body)
        super().save(*args, **kwargs)


def main_alone_shows(name: str) -> models.CheckConstraint:
    """A picture and sources are the page's, in whichever language it is read."""
    condition = Q(language=MAIN) | Q(picture__isnull=True, sources__isnull=True)
    return models.CheckConstraint(condition=condition, name=f"{name}_main_alone_shows")


def main_translates_nothing(name: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        condition=~Q(language=MAIN) | Q(translated_from=None), name=f"{name}_main_translates_nothing"
    )


def drawn_as_chosen(name: str, drawings: type[models.TextChoices]) -> list[models.CheckConstraint]:
    """One of the drawings, said in the main language alone like every fact."""
    in_main = models.CheckConstraint(
        condition=Q(language=MAIN) | Q(drawing=""), name=f"{name}_drawing_in_main_language"
    )
    return [choices_check("drawing", drawings, f"{name}_drawing"), in_main]


class TreatmentVersion(TreatmentFacts, ContentVersion):
    """A wording of a treatment's page, and what its numbers are."""

    page = models.ForeignKey(Treatment, on_delete=models.PROTECT, related_name="versions")

    objects = VersionQuerySet["TreatmentVersion"].as_manager()

    class Meta(ContentVersion.Meta):
        verbose_name = _("version of a treatment's page")
        verbose_name_plural = _("versions of treatments' pages")
        default_permissions = ("view", "add")
        permissions = [("sign_off_treatmentversion", "Can sign off the medical content of a treatment")]
        constraints = [
            *signed_constraints("treatmentversion", "page", "language"),
            choices_check("language", Language, "treatmentversion_language"),
            models.CheckConstraint(
                condition=Q(language=MAIN, min_age__isnull=False)
                | ~Q(language=MAIN)
                & Q(
                    names_medicine=False, min_age=None, max_age=None, effect_months=None,
                    min_interval_months=None, recall_after_weeks=None,
                ),
                name="treatmentversion_facts_in_main_language",
            ),
            main_translates_nothing("treatmentversion"),
            main_alone_shows("treatmentversion"),
            *drawn_as_chosen("treatmentversion", TreatmentDrawing),
            models.CheckConstraint(
                condition=Q(max_age=None) | Q(min_age__lte=F("max_age")),
                name="treatmentversion_age_range",
                violation_error_message=_("The oldest age can't be below the youngest."),
            ),
            models.CheckConstraint(
                condition=Q(min_interval_months=None)
                | Q(effect_months=None)
                | Q(min_interval_months__lte=F("effect_months")),
                name="treatmentversion_interval_within_effect",
                violation_error_message=_("The shortest interval can't be longer than the effect."),
            ),
        ]  # fmt: skip


class ArticleVersion(ArticleFacts, ContentVersion):
    """A wording of an article."""

    page = models.ForeignKey(Article, on_delete=models.PROTECT, related_name="versions")

    objects = VersionQuerySet["ArticleVersion"].as_manager()

    class Meta(ContentVersion.Meta):
        verbose_name = _("version of an article")
        verbose_name_plural = _("versions of articles")
        default_permissions = ("view", "add")
        permissions = [("sign_off_articleversion", "Can sign off the medical content of an article")]
        constraints = [
            *signed_constraints("articleversion", "page", "language"),
            choices_check("language", Language, "articleversion_language"),
            models.CheckConstraint(
                condition=Q(language=MAIN) | Q(names_medicine=False),
                name="articleversion_facts_in_main_language",
            ),
            main_translates_nothing("articleversion"),
            main_alone_shows("articleversion"),
            *drawn_as_chosen("articleversion", ArticleDrawing),
        ]


VersionT = TypeVar("VersionT", bound=TreatmentVersion | ArticleVersion)
