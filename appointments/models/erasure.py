"""The fact that somebody's data was erased, without the data."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Erasure(models.Model):
    """One erased request: enough to know it again in a restored backup, nothing of the person."""

    digest = models.CharField(
        max_length=64, unique=True, help_text="SHA-256 of the request's submission_id, a random number."
    )
    at = models.DateTimeField(_("at"), default=timezone.now)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("by"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text=_("Empty: the command line."),
    )
    reason = models.CharField(_("reason"), max_length=200, help_text=_("No name, no detail of health."))

    class Meta:
        verbose_name = _("erasure")
        verbose_name_plural = _("erasures")
        ordering = ["-at", "-pk"]
        default_permissions = ("view",)
        permissions = [
            ("export_person", "Can export everything about one person"),
            ("erase_person", "Can erase everything about one person"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d}"
