"""Where facts of a page come from."""

from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Cited:
    """A source as a version cites it: it says so for good, whatever becomes of the row."""

    title: str
    publisher: str = ""
    url: str = ""

    def __str__(self) -> str:
        return f"{self.title}, {self.publisher}" if self.publisher else self.title


class Source(models.Model):
    """Where facts of a page come from, to choose from when a version is written."""

    title = models.CharField(_("title"), max_length=200, unique=True)
    publisher = models.CharField(_("publisher"), max_length=120, blank=True)
    url = models.URLField(_("address"), blank=True, help_text=_("Only an address that somebody has opened."))

    class Meta:
        verbose_name = _("source")
        verbose_name_plural = _("sources")
        ordering = ["title"]

    def __str__(self) -> str:
        return f"{self.title}, {self.publisher}" if self.publisher else self.title

    @property
    def cited(self) -> Cited:
        return Cited(self.title, self.publisher, self.url)
