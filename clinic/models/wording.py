"""What the clinic says in its own words where the site brings shipped ones."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from clinic.constraints import choices_check
from clinic.languages import Language

TABLE = "clinic_wording"


class Wording(models.Model):
    """One wording of one text (`clinic.wordings`) in one language. Append-only: the highest number holds, and
    an empty one brings the shipped words back. The number refuses the second of two who change the same."""

    key = models.CharField(_("text"), max_length=80)
    language = models.CharField(_("language"), max_length=2, choices=Language.choices)
    number = models.PositiveIntegerField(_("version"))
    text = models.TextField(_("words"), blank=True)
    editor = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("editor"), on_delete=models.PROTECT, related_name="+"
    )
    at = models.DateTimeField(_("written at"))
    note = models.CharField(_("what changed"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("text")
        verbose_name_plural = _("texts")
        ordering = ["-pk"]
        default_permissions = ("view", "change")
        constraints = [
            models.UniqueConstraint(fields=["key", "language", "number"], name="wording_number"),
            choices_check("language", Language, "wording_language"),
        ]

    def __str__(self) -> str:
        return f"{self.key} ({self.language} {self.number})"
