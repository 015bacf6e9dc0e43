"""The privacy notice in the clinic's own words."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from clinic.privacy import PRIVACY_VERSION, SHIPPED
from clinic.rich_text import clean_body
from clinic.time.hours import clinic_day
from clinic.time.words import long_date

NOTICE_TABLE = "clinic_privacynotice"


class PrivacyNoticeQuerySet(models.QuerySet["PrivacyNotice"]):
    """Questions asked of the versions."""

    def begun(self, now: datetime) -> "PrivacyNoticeQuerySet":
        """Those that are or were in force, the present one first."""
        return self.filter(starts_at__lte=now).order_by("-starts_at", "-pk")


class PrivacyNotice(models.Model):
    """One version of the notice, in both languages, in force from a moment on. Append-only: consents name it.
    Before the first of them the shipped one is in force."""

    version = models.CharField(_("version"), max_length=20, unique=True, editable=False)
    words = models.TextField(_("English"))
    words_es = models.TextField(_("Spanish"))
    starts_at = models.DateTimeField(_("in force from"))
    editor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("editor"),
        editable=False,
        on_delete=models.PROTECT,
        related_name="+",
    )
    created_at = models.DateTimeField(_("written at"), auto_now_add=True)
    note = models.CharField(_("what changed"), max_length=200, blank=True)

    objects = PrivacyNoticeQuerySet.as_manager()

    class Meta:
        verbose_name = _("version of the privacy notice")
        verbose_name_plural = _("privacy notice")
        ordering = ["-starts_at", "-pk"]
        default_permissions = ("view", "add")
        indexes = [models.Index(fields=["-starts_at"], name="privacynotice_starts")]

    def __str__(self) -> str:
        return self.version

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Names the version by its first day, and cleans the words, whoever wrote them."""
        self.version = self.version or self.next_version()
        self.words, self.words_es = clean_body(self.words), clean_body(self.words_es)
        super().save(*args, **kwargs)

    def next_version(self) -> str:
        """The name that it gets when it is stored."""
        day = f"{clinic_day(self.starts_at):%Y-%m-%d}"
        taken = {*SHIPPED, *PrivacyNotice.objects.values_list("version", flat=True)}
        names = (f"{day}-{number}" if number > 1 else day for number in range(1, len(taken) + 2))
        return next(name for name in names if name not in taken)

    @property
    def shown_words(self) -> str:
        """The words in the language of the page."""
        return self.words_es if get_language() == "es" else self.words

    @property
    def since(self) -> str:
        return long_date(clinic_day(self.starts_at))


def privacy_version(now: datetime) -> str:
    """The version that is in force. One query."""
    own = PrivacyNotice.objects.begun(now).values_list("version", flat=True).first()
    return own or PRIVACY_VERSION
