"""A picture on a page: its files, what they show, and whose they are."""

from dataclasses import dataclass
from urllib.parse import urljoin

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from clinic.constraints import choices_check
from clinic.pictures.formats import FOLDER, FORMATS, SHARED, is_wide

FALLBACK = "jpg"


@dataclass(frozen=True)
class Source:
    """The files of one format, as a browser chooses among them."""

    type: str
    srcset: str


class Standing(models.TextChoices):
    """Where a picture stands towards the page that it is of."""

    SHOWN = "shown", _("On the page")
    PROPOSED = "proposed", _("Waits for a dermatologist")
    EARLIER = "earlier", _("Was on the page")


class Picture(models.Model):
    """One picture in several widths and formats, with its words. Another picture, or other words, are another
    row. One that has left its page stays for some weeks, so that it can come back."""

    digest = models.CharField(_("digest of the files"), max_length=32, editable=False)
    widths = models.JSONField(_("widths"), editable=False)
    height = models.PositiveIntegerField(_("height of the widest"), editable=False)
    alt = models.CharField(
        _("what it shows, in English"),
        max_length=200,
        help_text=_("For people who can't see it: one sentence. No claim about a result."),
    )
    alt_es = models.CharField(_("what it shows, in Spanish"), max_length=200)
    credit = models.CharField(
        _("whose picture it is"),
        max_length=120,
        help_text=_("Shown below it, such as a photographer's name or 'FineTouch Dermatology'."),
    )
    added_at = models.DateTimeField(_("added at"), auto_now_add=True)
    owner = models.CharField(
        _("whose page"), max_length=80, blank=True, default="", db_default="", editable=False
    )
    standing = models.CharField(
        _("standing"),
        max_length=8,
        choices=Standing.choices,
        default=Standing.SHOWN,
        db_default=Standing.SHOWN,
        editable=False,
    )
    left_at = models.DateTimeField(_("left the page at"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("picture")
        verbose_name_plural = _("pictures")
        default_permissions = ()
        constraints = [
            choices_check("standing", Standing, "picture_standing"),
            # A second proposal takes the place of the first.
            models.UniqueConstraint(
                fields=["owner"], condition=Q(standing=Standing.PROPOSED), name="picture_one_proposed"
            ),
            models.CheckConstraint(
                condition=~Q(alt="") & ~Q(alt_es="") & ~Q(credit=""), name="picture_words_whole"
            ),
        ]

    def __str__(self) -> str:
        return self.alt

    @property
    def width(self) -> int:
        return int(self.widths[-1])

    @property
    def shown_alt(self) -> str:
        """The words in place of the picture, in the language of the page."""
        return self.alt_es if get_language() == "es" else self.alt

    def file_name(self, width: int, ending: str) -> str:
        """Under which the storage has a file of it."""
        return f"{FOLDER}/{self.digest}/{width}.{ending}"

    @property
    def url(self) -> str:
        """The widest file that every browser knows."""
        return default_storage.url(self.file_name(self.width, FALLBACK))

    @property
    def shared_url(self) -> str:
        """What goes with a shared link, as a whole address; empty for a picture that isn't wide enough."""
        if not is_wide(self.width, self.height):
            return ""
        return urljoin(settings.SITE_URL, default_storage.url(f"{FOLDER}/{self.digest}/{SHARED}"))

    @property
    def sources(self) -> list[Source]:
        """Every format, best first; the last is the one that every browser knows."""
        return [
            Source(
                kind,
                ", ".join(
                    f"{default_storage.url(self.file_name(width, ending))} {width}w" for width in self.widths
                ),
            )
            for ending, kind in FORMATS.items()
        ]
