"""What a member of the staff can hear at once, and what each chose to."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from appointments.roles import HANDLE, REVIEW
from clinic.time import quiet


class NoticeKind(models.TextChoices):
    """What one can choose to hear."""

    URGENT = "urgent", _("An urgent request")
    MINE = "mine", _("A request of mine: the patient has answered, chosen or cancelled, or it became mine")
    REVIEW = "review", _("A request waits for my decision")
    FAILED = "failed", _("A message could not be delivered, so that somebody has to call")


# Without it nobody hears of the kind: it is what the part of Today takes that shows the same.
MAY_HEAR: dict[str, str] = {
    NoticeKind.URGENT: HANDLE,
    NoticeKind.MINE: HANDLE,
    NoticeKind.REVIEW: REVIEW,
    NoticeKind.FAILED: HANDLE,
}


class Happening(models.TextChoices):
    """What has happened; the words for it are in appointments.messages.to_staff.at_once."""

    URGENT = "urgent", _("Urgent request")
    PATIENT = "patient", _("News from the patient")
    ASSIGNED = "assigned", _("Assigned")
    REVIEW = "review", _("Decision owed")
    FAILED = "failed", _("Message not delivered")


KIND_OF: dict[str, NoticeKind] = {
    Happening.URGENT: NoticeKind.URGENT,
    Happening.PATIENT: NoticeKind.MINE,
    Happening.ASSIGNED: NoticeKind.MINE,
    Happening.REVIEW: NoticeKind.REVIEW,
    Happening.FAILED: NoticeKind.FAILED,
}


class NoticeChoice(models.Model):
    """What one member of staff hears at once, how, and when it is quiet. Who never chose has no row (see
    appointments.messages.to_staff.hearers)."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, primary_key=True, on_delete=models.CASCADE, related_name="notice_choice"
    )
    urgent_by_email = models.BooleanField(default=False, db_default=False)
    urgent_in_browser = models.BooleanField(default=False, db_default=False)
    mine_by_email = models.BooleanField(default=False, db_default=False)
    mine_in_browser = models.BooleanField(default=False, db_default=False)
    review_by_email = models.BooleanField(default=False, db_default=False)
    review_in_browser = models.BooleanField(default=False, db_default=False)
    failed_by_email = models.BooleanField(default=False, db_default=False)
    failed_in_browser = models.BooleanField(default=False, db_default=False)
    quiet_from = models.TimeField(null=True, blank=True)
    quiet_until = models.TimeField(null=True, blank=True, help_text="May be after midnight.")
    urgent_when_quiet = models.BooleanField(default=True, db_default=True)

    class Meta:
        verbose_name = _("choice of notices")
        verbose_name_plural = _("choices of notices")
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=Q(quiet_from=None, quiet_until=None)
                | Q(quiet_from__isnull=False, quiet_until__isnull=False) & ~Q(quiet_from=F("quiet_until")),
                name="notice_choice_quiet_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id}"

    def by_email(self, kind: str) -> bool:
        return bool(getattr(self, f"{kind}_by_email"))

    def in_browser(self, kind: str) -> bool:
        return bool(getattr(self, f"{kind}_in_browser"))

    def quiet_ends(self, kind: str, now: datetime) -> datetime | None:
        """When the quiet hours end that hold `kind` back at `now`; None where nothing does."""
        if self.quiet_from is None or self.quiet_until is None:
            return None
        if kind == NoticeKind.URGENT and self.urgent_when_quiet:
            return None
        return quiet.ends(now, self.quiet_from, self.quiet_until)
