"""Who got which version of an aftercare article."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from appointments.models.message import Message
from clinic.time import words
from treatments.models import ArticleVersion


class AftercareSent(models.Model):
    """One version of an article, given to the patient of one request."""

    request = models.ForeignKey(
        "appointments.PatientRequest",
        verbose_name=_("request"),
        on_delete=models.CASCADE,
        related_name="aftercare_sent",
    )
    version = models.ForeignKey(
        ArticleVersion, verbose_name=_("version"), on_delete=models.PROTECT, related_name="aftercare_sent"
    )
    message = models.ForeignKey(
        Message,
        verbose_name=_("message"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text=_("Empty: shown on the patient's page only."),
    )
    at = models.DateTimeField(_("given at"))

    class Meta:
        verbose_name = _("aftercare given")
        verbose_name_plural = _("aftercare given")
        ordering = ["-at", "-pk"]
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(fields=["request", "version"], name="aftercaresent_once"),
        ]
        indexes = [models.Index(fields=["at"], name="aftercaresent_at")]

    def __str__(self) -> str:
        return str(self.version)

    @property
    def day(self) -> str:
        """The clinic's day on which it was given, in words."""
        return words.day(self.at)
