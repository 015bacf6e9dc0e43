"""Text messages: who agreed to get them, which numbers want none, and who has written something to read."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from treatments.models import Language

# A number as E.164 writes it: a plus and at most fifteen digits.
LONGEST_NUMBER = 16


class TextConsentQuerySet(models.QuerySet["TextConsent"]):
    """Questions asked of consents."""

    def standing(self) -> Self:
        """Those that were not taken back, whose number is still the request's."""
        return self.filter(ended_at=None)


class TextConsent(models.Model):
    """A patient agreed to text messages about one request at one number, in the words that they saw."""

    request = models.ForeignKey(
        "appointments.PatientRequest",
        on_delete=models.CASCADE,
        related_name="text_consents",
        db_index=False,  # text_consent_request
    )
    number = models.CharField(_("number"), max_length=LONGEST_NUMBER)
    version = models.CharField(_("version of the words"), max_length=20)
    words = models.TextField(_("words"))
    language = models.CharField(_("language"), max_length=2, choices=Language.choices)
    at = models.DateTimeField(_("agreed at"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("noted by"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text=_("Empty: the patient."),
    )
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)

    objects = TextConsentQuerySet.as_manager()

    class Meta:
        verbose_name = _("consent to text messages")
        verbose_name_plural = _("consents to text messages")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["request"], condition=Q(ended_at=None), name="text_consent_one_stands"
            ),
        ]
        indexes = [models.Index(fields=["request", "number"], name="text_consent_request")]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d}"


class TextOptOut(models.Model):
    """Somebody wrote STOP from this number. It holds for every request, now and later, and outlives them all:
    only START from the same phone ends it. The database hands nothing over to it (appointments.guards)."""

    number = models.CharField(_("number"), max_length=LONGEST_NUMBER, unique=True)
    at = models.DateTimeField(_("since"))

    class Meta:
        verbose_name = _("number that wants no text messages")
        verbose_name_plural = _("numbers that want no text messages")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d}"


class TextToRead(models.Model):
    """The patient has written a text that nobody at the clinic has read yet. The words stand on the timeline;
    the row goes once somebody has read them."""

    request = models.OneToOneField(
        "appointments.PatientRequest", on_delete=models.CASCADE, related_name="text_to_read"
    )
    since = models.DateTimeField(_("since"))

    class Meta:
        verbose_name = _("text to read")
        verbose_name_plural = _("texts to read")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.since:%Y-%m-%d}"
