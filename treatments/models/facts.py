"""The clinical facts on which the site acts, as columns of a version in the main language."""

from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _


class PageFacts(models.Model):
    """What every page says of itself."""

    names_medicine = models.BooleanField(
        _("names a medicine"),
        default=False,
        db_default=False,
        help_text=_("The page then says when to call 911."),
    )

    class Meta:
        abstract = True


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
        _("not again before (months)"), null=True, blank=True, validators=[MinValueValidator(1)]
    )
    recall_after_weeks = models.PositiveSmallIntegerField(
        _("ask back after (weeks)"), null=True, blank=True, validators=[MinValueValidator(1)]
    )

    class Meta:
        abstract = True
