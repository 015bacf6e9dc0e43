"""How long finished requests of one kind and status are kept, where that is shorter than for all."""

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from appointments import lifecycle
from appointments.models.choices import Kind
from clinic.constraints import choices_check
from clinic.models import Clinic


class RetentionPeriod(models.Model):
    """For how many days after its end a request of this kind and status is kept.

    Never longer than `Clinic.keep_finished_days`, which the privacy page tells to patients: a longer one
    counts as that.
    """

    kind = models.CharField(_("kind"), max_length=11, choices=Kind.choices)
    status = models.CharField(
        _("status"), max_length=15, choices=[(status.value, status.label) for status in lifecycle.FINISHED]
    )
    days = models.PositiveSmallIntegerField(
        _("keep for (days)"),
        validators=[MinValueValidator(1)],
        help_text=_("Counted from the day on which the request was finished. Visits are never erased."),
    )

    class Meta:
        verbose_name = _("shorter time of keeping")
        verbose_name_plural = _("shorter times of keeping")
        ordering = ["kind", "status"]
        constraints = [
            choices_check("kind", Kind, "retentionperiod_kind"),
            models.CheckConstraint(condition=Q(status__in=lifecycle.FINISHED), name="retentionperiod_status"),
            models.CheckConstraint(condition=Q(days__gte=1), name="retentionperiod_days"),
            models.UniqueConstraint(
                fields=["kind", "status"],
                name="retentionperiod_once",
                violation_error_message=_("There is a time for this kind and status already."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.get_status_display()}"

    def clean(self) -> None:
        """Not longer than the privacy page says."""
        super().clean()
        longest = Clinic.facts().keep_finished_days
        if self.days is not None and self.days > longest:
            words = _("At most %(days)s days: that is what the privacy page tells patients.")
            raise ValidationError({"days": words % {"days": longest}})
