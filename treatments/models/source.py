"""Where facts of a page come from."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Source(models.Model):
    """Where facts of a page come from; cited on the page."""

    title = models.CharField(_("title"), max_length=200, unique=True)
    publisher = models.CharField(_("publisher"), max_length=120, blank=True)
    url = models.URLField(_("address"), blank=True, help_text=_("Only an address that somebody has opened."))

    class Meta:
        verbose_name = _("source")
        verbose_name_plural = _("sources")
        ordering = ["title"]

    def __str__(self) -> str:
        return f"{self.title}, {self.publisher}" if self.publisher else self.title
