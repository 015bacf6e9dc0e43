"""Treatments and articles: the pages whose words live in versions."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from clinic.models import Picture, Practitioner
from treatments.models.source import Source

# Taken for arithmetic until the clinic has said how long a visit takes; shown to nobody as a fact.
ASSUMED_VISIT_MINUTES = 30


class Page(models.Model):
    """What a treatment and an article have in common: an address, an order, sources, a state."""

    slug = models.SlugField(_("address of the page"), unique=True)
    is_published = models.BooleanField(_("published"), default=False)
    is_sample = models.BooleanField(
        _("sample content"),
        default=False,
        help_text=_("Marked as such on the page; only for demonstrations."),
    )
    position = models.PositiveSmallIntegerField(_("order"), default=0)
    names_medicine = models.BooleanField(
        _("names a medicine"), default=False, help_text=_("The page then says when to call 911.")
    )
    picture = models.OneToOneField(
        Picture,
        verbose_name=_("picture"),
        null=True,
        blank=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    sources = models.ManyToManyField(Source, verbose_name=_("sources"), blank=True)
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


class TreatmentQuerySet(models.QuerySet["Treatment"]):
    """Questions asked of treatments."""

    def published(self) -> "TreatmentQuerySet":
        """The treatments that patients may see and ask for."""
        return self.filter(is_published=True)


class Treatment(Page):
    """A treatment on offer. Facts that drive behaviour live here alone; its words live in versions."""

    min_age = models.PositiveSmallIntegerField(_("youngest age"), default=18)
    max_age = models.PositiveSmallIntegerField(
        _("oldest age"),
        null=True,
        blank=True,
        help_text=_("Outside the range a dermatologist decides first."),
    )
    visit_minutes = models.PositiveSmallIntegerField(
        _("length of a visit (minutes)"),
        default=ASSUMED_VISIT_MINUTES,
        validators=[MinValueValidator(5), MaxValueValidator(480)],
        help_text=_("30 is what we assume, and patients don't see it; they see any other length."),
    )
    effect_months = models.PositiveSmallIntegerField(
        _("the effect can last up to (months)"), null=True, blank=True, validators=[MinValueValidator(1)]
    )
    min_interval_months = models.PositiveSmallIntegerField(
        _("not again before (months)"), null=True, blank=True, validators=[MinValueValidator(1)]
    )
    recall_after_weeks = models.PositiveSmallIntegerField(
        _("ask back after (weeks)"), null=True, blank=True, validators=[MinValueValidator(1)]
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

    objects = TreatmentQuerySet.as_manager()

    class Meta(Page.Meta):
        verbose_name = _("treatment")
        verbose_name_plural = _("treatments")
        constraints = [
            models.CheckConstraint(
                condition=Q(max_age=None) | Q(min_age__lte=F("max_age")),
                name="treatment_age_range",
                violation_error_message=_("The oldest age can't be below the youngest."),
            ),
            models.CheckConstraint(
                condition=Q(min_interval_months=None)
                | Q(effect_months=None)
                | Q(min_interval_months__lte=F("effect_months")),
                name="treatment_interval_within_effect",
                violation_error_message=_("The shortest interval can't be longer than the effect."),
            ),
        ]

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

    def suits_age(self, age: int) -> bool:
        """Whether `age`, in full years, lies in the range given for the treatment."""
        return self.min_age <= age and (self.max_age is None or age <= self.max_age)


class ArticleQuerySet(models.QuerySet["Article"]):
    """Questions asked of articles."""

    def published(self) -> "ArticleQuerySet":
        """The articles that the public may see."""
        return self.filter(is_published=True)


class Article(Page):
    """An article, such as the aftercare advice; its words live in versions."""

    objects = ArticleQuerySet.as_manager()

    class Meta(Page.Meta):
        verbose_name = _("article")
        verbose_name_plural = _("articles")

    def get_absolute_url(self) -> str:
        return reverse("article", args=[self.slug])
