"""What staff decided about two requests: sent by one person, or by two."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class IdentityDecision(models.Model):
    """One pair of requests and the latest word of staff on it; the timelines keep the earlier ones.

    A refused pair is remembered, so that a family that shares a phone is not suggested again.
    """

    request_low = models.ForeignKey("appointments.PatientRequest", on_delete=models.CASCADE, related_name="+")
    request_high = models.ForeignKey(
        "appointments.PatientRequest", on_delete=models.CASCADE, related_name="+"
    )
    is_same = models.BooleanField(_("same person"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("by"), on_delete=models.PROTECT, related_name="+"
    )
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("decision about two requests")
        verbose_name_plural = _("decisions about two requests")
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(fields=["request_low", "request_high"], name="identitydecision_once"),
            models.CheckConstraint(
                condition=Q(request_low__lt=F("request_high")), name="identitydecision_low_before_high"
            ),
        ]

    def __str__(self) -> str:
        return str(_("same person") if self.is_same else _("different people"))
