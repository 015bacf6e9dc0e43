"""The audit's table, which the database refuses to change."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clinic import append_only
from clinic.constraints import choices_check

# Six years, for which HIPAA's documentation is kept (45 CFR 164.316(b)(2)(i)), the leap days too.
KEPT_FOR = timedelta(days=6 * 365 + 2)
FORGOTTEN_AT_ONCE = 2000


class AuditAction(models.TextChoices):
    """What somebody did."""

    SAW = "saw", _("Saw")
    LISTED = "listed", _("Listed")
    SEARCHED = "searched", _("Searched")
    EXPORTED = "exported", _("Exported")
    CHANGED = "changed", _("Changed")
    ERASED = "erased", _("Erased")
    REFUSED = "refused", _("Was refused")
    SIGNED_IN = "signed_in", _("Signed in")
    GAVE_PASSWORD = "gave_password", _("Gave the password, the first of two steps")
    PROVED = "proved", _("Showed once more who it is")
    SIGNED_OUT = "signed_out", _("Signed out")
    SIGN_IN_FAILED = "sign_in_failed", _("Failed to sign in")
    FACTOR_CHANGED = "factor_changed", _("Changed the second factor")
    PASSWORD_SET = "password_set", _("Set a password")


class AuditEntryQuerySet(models.QuerySet["AuditEntry"]):
    """Questions asked of the audit."""

    def about(self, label: str, keys: list[Any]) -> "AuditEntryQuerySet":
        """Entries about these rows of the model `label` ('app.model'), newest first."""
        return self.filter(model=label, object_id__in=[str(key) for key in keys]).order_by("-at", "-pk")

    def outlived(self, now: datetime) -> "AuditEntryQuerySet":
        """Entries that are older than the audit is kept."""
        return self.filter(at__lt=now - KEPT_FOR)


class AuditEntry(models.Model):
    """One thing that one person did. The database refuses to change it; only time deletes it."""

    at = models.DateTimeField(_("at"), default=timezone.now)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("who"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text=_("Empty: nobody had signed in."),
        db_index=False,  # auditentry_user
    )
    address = models.GenericIPAddressField(_("from"), null=True, blank=True)
    action = models.CharField(_("what"), max_length=14, choices=AuditAction.choices)
    model = models.CharField(_("kind"), max_length=80, blank=True)
    object_id = models.CharField(_("which"), max_length=40, blank=True)
    count = models.PositiveIntegerField(_("how many"), null=True, blank=True)
    page = models.CharField(_("page"), max_length=120, blank=True, help_text=_("The name of the address."))
    how = models.CharField(
        _("by"),
        max_length=60,
        blank=True,
        db_default="",
        help_text=_("With what somebody signed in, or tried to: password, totp, webauthn, recovery_codes."),
    )
    digest = models.CharField(
        _("search"), max_length=16, blank=True, help_text=_("Equal for equal searches.")
    )

    objects = AuditEntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit")
        ordering = ["-at", "-pk"]
        default_permissions = ("view",)
        constraints = [choices_check("action", AuditAction, "auditentry_action")]
        indexes = [
            models.Index(fields=["-at", "-id"], name="auditentry_at"),
            models.Index(fields=["object_id", "-at", "-id"], name="auditentry_row"),
            models.Index(fields=["user", "-at", "-id"], name="auditentry_user"),
            models.Index(fields=["action", "-at", "-id"], name="auditentry_action_at"),
        ]

    def __str__(self) -> str:
        return f"{self.get_action_display()} {self.page}"


def forget(now: datetime) -> int:
    """Deletes entries that have outlived their time, the oldest of them at once; returns how many."""
    oldest = AuditEntry.objects.outlived(now).order_by("at", "pk").values_list("pk", flat=True)
    pks = list(oldest[:FORGOTTEN_AT_ONCE])
    return AuditEntry.objects.filter(pk__in=pks).delete()[0] if pks else 0


TABLE = "clinic_auditentry"


def install_guard(connection: BaseDatabaseWrapper) -> None:
    """Has the database refuse to change an entry; repeating it changes nothing."""
    append_only.install(connection, TABLE)
