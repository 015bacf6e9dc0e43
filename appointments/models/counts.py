"""What is counted: the looks at a patient's page, and what came of the requests of each day, from which the
owner's figures are added up."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from appointments.models.choices import RequestSource
from clinic.constraints import choices_check
from treatments.models import Language, Treatment


class PageViews(models.Model):
    """The looks at one request's page: a link that is passed around shows here."""

    request = models.OneToOneField(
        "appointments.PatientRequest", on_delete=models.CASCADE, related_name="page_views"
    )
    views = models.PositiveIntegerField(_("views"), default=1)
    last_at = models.DateTimeField(_("last seen at"))

    class Meta:
        verbose_name = _("views of the patient's page")
        verbose_name_plural = _("views of the patient's page")
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.views)


class Figure(models.TextChoices):
    """What is counted, of the requests that a day has brought."""

    REQUESTS = "requests", _("Requests")
    ANSWERED = "answered", _("First answers, by the hours they took")
    KEPT = "kept", _("Promises kept")
    BROKEN = "broken", _("Promises broken")
    OFFERS = "offers", _("Offers")
    TAKEN = "taken", _("Offers taken")
    NOT_TAKEN = "not_taken", _("Offers not taken")
    REFUSED = "refused", _("Offers refused")
    VISITS = "visits", _("Requests that became visits")
    NO_SHOWS = "no_shows", _("No-shows")
    LATE = "late", _("Late cancellations")
    CLOSED = "closed", _("Closed, by reason")
    EARLIER = "earlier", _("Earlier times filled")
    MESSAGES_FAILED = "failed", _("Messages failed")


class CountedDay(models.Model):
    """A clinic day that has been counted, and when: the one counted longest ago is counted anew first."""

    day = models.DateField(primary_key=True)
    counted_at = models.DateTimeField(db_index=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.day}"


class DayCount(models.Model):
    """One figure of the requests that one clinic day has brought, by treatment, source and language. No row
    stands for nothing."""

    day = models.ForeignKey(CountedDay, on_delete=models.CASCADE, related_name="counts", db_index=False)
    treatment = models.ForeignKey(
        Treatment, null=True, blank=True, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    source = models.CharField(max_length=8, choices=RequestSource.choices)
    language = models.CharField(max_length=2, choices=Language.choices)
    figure = models.CharField(max_length=9, choices=Figure.choices)
    detail = models.CharField(
        max_length=12, blank=True, help_text="The reason; of an answer, the hours within which it came."
    )
    number = models.PositiveIntegerField()

    class Meta:
        verbose_name = _("figures of a day")
        verbose_name_plural = _("figures of the days")
        # In no group: the owner has it, and gives it to whom they like.
        default_permissions = ("view",)
        constraints = [
            choices_check("source", RequestSource, "day_count_source"),
            choices_check("language", Language, "day_count_language"),
            choices_check("figure", Figure, "day_count_figure"),
            models.CheckConstraint(condition=Q(number__gt=0), name="day_count_of_something"),
            models.UniqueConstraint(
                fields=["day", "treatment", "source", "language", "figure", "detail"],
                condition=Q(treatment__isnull=False),
                name="day_count_once",
            ),
            models.UniqueConstraint(
                fields=["day", "source", "language", "figure", "detail"],
                condition=Q(treatment=None),
                name="day_count_once_without_treatment",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.figure} {self.number}"
