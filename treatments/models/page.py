"""Treatments and articles: the pages whose words and facts live in versions."""

from typing import Self, TypeVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from clinic.languages import MAIN
from clinic.models import Picture, Practitioner
from clinic.models.address import Addressed
from clinic.models.signed import State
from treatments.models.facts import ArticleFacts, TreatmentFacts
from treatments.models.screening import ScreeningQuestion
from treatments.models.slugs import not_reserved, slug_constraint
from treatments.models.source import Cited

# Taken for arithmetic until the clinic has said how long a visit takes; shown to nobody as a fact.
ASSUMED_VISIT_MINUTES = 30


class Page(Addressed):
    """What a treatment and an article have in common: an address, an order, a state."""

    slug = models.SlugField(
        _("address of the page"),
        unique=True,
        validators=[not_reserved],
        help_text=_("The last part of it. After a change the old address leads to the new one."),
    )
    is_published = models.BooleanField(_("published"), default=False)
    leaves_at = models.DateTimeField(_("leaves the site at"), null=True, blank=True, editable=False)
    is_sample = models.BooleanField(
        _("sample content"),
        default=False,
        help_text=_("Marked as such on the page; only for demonstrations."),
    )
    position = models.PositiveSmallIntegerField(_("order"), default=0)
    review_every_months = models.PositiveSmallIntegerField(
        _("medical review every (months)"),
        default=12,
        validators=[MinValueValidator(1), MaxValueValidator(60)],
    )

    class Meta:
        abstract = True
        ordering = ["position", "slug"]

    def __str__(self) -> str:
        return self.slug

    @property
    def facts(self) -> "TreatmentFacts | ArticleFacts | None":
        """The live version in the main language; each kind of page has its own."""
        raise NotImplementedError

    @property
    def names_medicine(self) -> bool:
        return self.facts is not None and self.facts.names_medicine

    @property
    def picture(self) -> Picture | None:
        return self.facts.picture if self.facts else None

    @property
    def cited(self) -> list[Cited]:
        return self.facts.cited if self.facts else []

    @property
    def drawing(self) -> str:
        return self.facts.drawing if self.facts else ""


_Page = TypeVar("_Page", bound=Page)


class PageQuerySet(models.QuerySet[_Page]):
    """Questions asked of pages."""

    def released(self) -> Self:
        """The pages that have a live version in the main language, and with it facts and questions."""
        return self.filter(versions__state=State.LIVE, versions__language=MAIN)

    def published(self) -> Self:
        """The pages that the public may see; of treatments, those that patients may ask for."""
        return self.released().filter(is_published=True)


class Treatment(Page):
    """A treatment on offer. Its words and its clinical facts live in versions that a dermatologist signs;
    what is not clinical, such as the length of a visit, lives here."""

    visit_minutes = models.PositiveSmallIntegerField(
        _("length of a visit (minutes)"),
        default=ASSUMED_VISIT_MINUTES,
        validators=[MinValueValidator(5), MaxValueValidator(480)],
        help_text=_("30 is what we assume, and patients don't see it; they see any other length."),
    )
    buffer_minutes = models.PositiveSmallIntegerField(
        _("kept free after a visit (minutes)"), default=0, blank=True, validators=[MaxValueValidator(240)]
    )
    practitioners = models.ManyToManyField(
        Practitioner,
        verbose_name=_("done by"),
        blank=True,
        related_name="treatments",
        help_text=_("None ticked: by everybody who sees patients."),
    )
    usual_practitioner = models.ForeignKey(
        Practitioner,
        verbose_name=_("usually done by"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text=_("Whose free times are looked at first."),
    )
    aftercare = models.ForeignKey(
        "Article",
        verbose_name=_("aftercare article"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="aftercare_of",
    )

    objects = PageQuerySet["Treatment"].as_manager()

    class Meta(Page.Meta):
        verbose_name = _("treatment")
        verbose_name_plural = _("treatments")
        constraints = [slug_constraint("treatment")]

    def get_absolute_url(self) -> str:
        return reverse("treatment", args=[self.slug])

    def clean(self) -> None:
        """Nothing typed keeps nothing free."""
        super().clean()
        self.buffer_minutes = self.buffer_minutes or 0

    @property
    def stated_visit_minutes(self) -> int | None:
        """How long a visit takes, if the clinic has said so."""
        return None if self.visit_minutes == ASSUMED_VISIT_MINUTES else self.visit_minutes

    @cached_property
    def facts(self) -> TreatmentFacts | None:
        """The live version in the main language; None before the first release. One query, kept with the
        row."""
        return self.versions.facts().first()

    @property
    def min_age(self) -> int | None:
        return self.facts.min_age if self.facts else None

    @property
    def max_age(self) -> int | None:
        return self.facts.max_age if self.facts else None

    @property
    def effect_months(self) -> int | None:
        return self.facts.effect_months if self.facts else None

    @property
    def min_interval_months(self) -> int | None:
        return self.facts.min_interval_months if self.facts else None

    @property
    def recall_after_weeks(self) -> int | None:
        return self.facts.recall_after_weeks if self.facts else None

    @property
    def screening_questions(self) -> models.QuerySet[ScreeningQuestion]:
        """The questions of the live version."""
        return ScreeningQuestion.objects.filter(
            version__page=self, version__state=State.LIVE, version__language=MAIN
        )

    @property
    def is_offered(self) -> bool:
        """Whether patients may ask for it."""
        return self.is_published and self.facts is not None

    def suits_age(self, age: int) -> bool:
        """Whether `age`, in full years, lies in the range that was signed; never before there is one."""
        if self.min_age is None:
            return False
        return self.min_age <= age and (self.max_age is None or age <= self.max_age)


class Article(Page):
    """An article, such as the aftercare advice; its words live in versions."""

    objects = PageQuerySet["Article"].as_manager()

    class Meta(Page.Meta):
        verbose_name = _("article")
        verbose_name_plural = _("articles")
        constraints = [slug_constraint("article")]

    def get_absolute_url(self) -> str:
        return reverse("article", args=[self.slug])

    @cached_property
    def facts(self) -> ArticleFacts | None:
        """The live version in the main language; None before the first release. One query, kept with the
        row."""
        return self.versions.facts().first()
