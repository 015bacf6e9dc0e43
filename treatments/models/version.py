"""The words of a page: append-only versions, and the one that the public sees."""

from collections.abc import Iterable
from typing import Any, TypeVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_prose_editor.sanitized import SanitizedProseEditorField

from clinic.constraints import choices_check
from clinic.languages import Language
from clinic.rich_text import EDITOR_EXTENSIONS, clean_body
from treatments.models.page import Article, Treatment


class ContentVersion(models.Model):
    """One wording of a page in one language. Append-only: a change is a new version."""

    language = models.CharField(
        _("language"), max_length=2, choices=Language.choices, default=Language.ENGLISH
    )
    number = models.PositiveIntegerField(_("version"), editable=False)
    title = models.CharField(_("title"), max_length=120)
    summary = models.CharField(
        _("summary"), max_length=300, help_text=_("One or two sentences, for lists and search engines.")
    )
    body = SanitizedProseEditorField(_("text"), extensions=EDITOR_EXTENSIONS)
    change_note = models.CharField(_("what changed"), max_length=200)
    is_clinical = models.BooleanField(
        _("a clinical change"),
        default=True,
        help_text=_("On a page that has been signed off, it shows only after the next sign-off."),
    )
    editor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("editor"),
        null=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="+",
    )
    created_at = models.DateTimeField(_("written at"), auto_now_add=True)
    published_at = models.DateTimeField(_("published at"), null=True, blank=True, editable=False)
    signed_off_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("signed off by"),
        null=True,
        blank=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="+",
    )
    signed_off_at = models.DateTimeField(_("signed off at"), null=True, blank=True, editable=False)

    class Meta:
        abstract = True
        ordering = ["-number"]

    def __str__(self) -> str:
        return f"{self.title} ({self.language} {self.number})"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Cleans the text, whoever wrote it: the editor's field does so for forms alone."""
        self.body = clean_body(self.body)
        super().save(*args, **kwargs)


class TreatmentVersion(ContentVersion):
    """A wording of a treatment's page."""

    page = models.ForeignKey(Treatment, on_delete=models.PROTECT, related_name="versions")

    class Meta(ContentVersion.Meta):
        verbose_name = _("version of a treatment's page")
        verbose_name_plural = _("versions of treatments' pages")
        default_permissions = ("view", "add")
        permissions = [("sign_off_treatmentversion", "Can sign off the medical content of a treatment")]
        constraints = [
            models.UniqueConstraint(fields=["page", "language", "number"], name="treatmentversion_number"),
            choices_check("language", Language, "treatmentversion_language"),
            models.CheckConstraint(
                condition=Q(signed_off_at=None, signed_off_by=None)
                | Q(signed_off_at__isnull=False, signed_off_by__isnull=False),
                name="treatmentversion_signed_off_whole",
            ),
        ]


class ArticleVersion(ContentVersion):
    """A wording of an article."""

    page = models.ForeignKey(Article, on_delete=models.PROTECT, related_name="versions")

    class Meta(ContentVersion.Meta):
        verbose_name = _("version of an article")
        verbose_name_plural = _("versions of articles")
        default_permissions = ("view", "add")
        permissions = [("sign_off_articleversion", "Can sign off the medical content of an article")]
        constraints = [
            models.UniqueConstraint(fields=["page", "language", "number"], name="articleversion_number"),
            choices_check("language", Language, "articleversion_language"),
            models.CheckConstraint(
                condition=Q(signed_off_at=None, signed_off_by=None)
                | Q(signed_off_at__isnull=False, signed_off_by__isnull=False),
                name="articleversion_signed_off_whole",
            ),
        ]


VersionT = TypeVar("VersionT", bound=TreatmentVersion | ArticleVersion)


def shown_version(versions: Iterable[VersionT], language: str) -> VersionT | None:
    """The version that the public sees, out of all versions of one page.

    The newest published one in `language`; once one has been signed off, a clinical change stays back until
    the next sign-off. A page without a version in `language` is shown in English.
    """
    published = [version for version in versions if version.published_at is not None]
    for wanted in (language, Language.ENGLISH):
        candidates = sorted((v for v in published if v.language == wanted), key=lambda v: v.number)
        last_signed = max((v.number for v in candidates if v.signed_off_at is not None), default=None)
        shown: VersionT | None = None
        for version in candidates:
            if last_signed is not None and version.number > last_signed and version.is_clinical:
                break
            shown = version
        if shown is not None:
            return shown
    return None
