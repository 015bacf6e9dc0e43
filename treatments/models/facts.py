"""The clinical facts on which the site acts, as columns of a version in the main language."""

from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from clinic.models import Picture
from treatments.models.source import Cited


class TreatmentDrawing(models.TextChoices):
    """What is drawn on the page of a treatment. A choice names what it shows, so that none is right by
    chance."""

    NONE = "", _("Nothing")
    BROW = "brow", _("How it works: the muscles between the brows, in four steps")
    BROW_AND_AFTER = (
        "brow-after",
        _("The muscles between the brows; beside do and don't: upright, no hard exercise or sauna"),
    )


class ArticleDrawing(models.TextChoices):
    """What is drawn beside the do-and-don't lists of an article, one after the other."""

    NONE = "", _("Nothing")
    AFTER = "after", _("Upright, no hard exercise or sauna")
    AFTER_AND_CARE = (
        "after-care",
        _("Upright, no hard exercise or sauna; then fresh food; then water and rest"),
    )


class PageFacts(models.Model):
    """What every page says of itself, and shows beside its words."""

    names_medicine = models.BooleanField(
        _("names a medicine"),
        default=False,
        db_default=False,
        help_text=_("The page then says when to call 911."),
    )
    # A row of its own for each picture and its words, which the database never lets change.
    picture = models.ForeignKey(
        Picture,
        verbose_name=_("picture"),
        null=True,
        blank=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="+",
    )
    sources = models.JSONField(_("sources"), null=True, blank=True, editable=False)

    class Meta:
        abstract = True

    @property
    def cited(self) -> list[Cited]:
        return [Cited(*each) for each in self.sources or []]


class TreatmentFacts(PageFacts):
    """The numbers of a treatment. Each is empty in other languages than the main one."""

    min_age = models.PositiveSmallIntegerField(_("youngest age"), null=True, blank=True)
    max_age = models.PositiveSmallIntegerField(
        _("oldest age"),
        null=True,
        blank=True,
        help_text=_("Outside the range a dermatologist decides first."),
    )
    effect_months = models.PositiveSmallIntegerField(
        _("the effect can last up to (months)"), null=True, blank=True, validators=[MinValueValidator(1)]
    )
    min_interval_months = models.PositiveSmallIntegerField(
        _("shortest time between treatments (months)"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
    )
    recall_after_weeks = models.PositiveSmallIntegerField(
        _("remind patients after (weeks)"), null=True, blank=True, validators=[MinValueValidator(1)]
    )
    drawing = models.CharField(
        _("drawn on the page"),
        max_length=12,
        choices=TreatmentDrawing.choices,
        default=TreatmentDrawing.NONE,
        db_default=TreatmentDrawing.NONE,
        blank=True,
        help_text=_("How it works stands after the second part of the text, the rest beside do and don't."),
    )

    class Meta:
        abstract = True


class ArticleFacts(PageFacts):
    """What an article says of itself."""

    drawing = models.CharField(
        _("drawn on the page"),
        max_length=12,
        choices=ArticleDrawing.choices,
        default=ArticleDrawing.NONE,
        db_default=ArticleDrawing.NONE,
        blank=True,
        help_text=_("Each stands beside a part with do-and-don't lists, in this order."),
    )

    class Meta:
        abstract = True
