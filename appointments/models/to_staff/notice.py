"""What a member of the staff was told at once."""

from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from appointments.models.to_staff.choice import KIND_OF, Happening, NoticeKind
from clinic.constraints import choices_check


class StaffNoticeQuerySet(models.QuerySet["StaffNotice"]):
    """Questions asked of what staff were told. Time is passed in."""

    def of_browser(self, user_id: int, since: datetime) -> Self:
        """What a page that one has open says, the latest first."""
        return self.filter(user=user_id, in_browser=True, at__gt=since).order_by("-at", "-pk")

    def mail_due(self, now: datetime) -> Self:
        """What waited for the end of quiet hours or of a quarter of an hour, and is due."""
        return self.filter(mail_due_at__isnull=False, mail_due_at__lte=now)


class StaffNotice(models.Model):
    """Something of which one member of staff hears at once: once for each request and moment, whatever it is
    called. It goes with its request, and by itself after a week."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("told to"),
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,  # staff_notice_user
    )
    happening = models.CharField(_("what"), max_length=8, choices=Happening.choices)
    request = models.ForeignKey(
        "appointments.PatientRequest",
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="staff_notices",
        help_text="Empty where it is about several.",
    )
    number = models.PositiveIntegerField(_("about how many requests"), default=1, db_default=1)
    at = models.DateTimeField(_("at"))
    in_browser = models.BooleanField(_("in the browser"), default=False)
    mail_due_at = models.DateTimeField(_("e-mail due"), null=True, blank=True)

    objects = StaffNoticeQuerySet.as_manager()

    class Meta:
        verbose_name = _("notice to staff")
        verbose_name_plural = _("notices to staff")
        default_permissions = ()
        constraints = [
            choices_check("happening", Happening, "staff_notice_happening"),
            models.CheckConstraint(
                condition=Q(number=1) | Q(number__gt=1, request=None), name="staff_notice_number"
            ),
            models.UniqueConstraint(
                fields=["user", "request", "at"],
                condition=Q(request__isnull=False),
                name="staff_notice_once",
            ),
            models.UniqueConstraint(
                fields=["user", "happening", "at"],
                condition=Q(request=None),
                name="staff_notice_of_several_once",
            ),
        ]
        indexes = [
            models.Index(fields=["user", "at"], name="staff_notice_user"),
            models.Index(fields=["at"], name="staff_notice_at"),
            models.Index(
                fields=["mail_due_at"], condition=Q(mail_due_at__isnull=False), name="staff_notice_mail_due"
            ),
        ]

    def __str__(self) -> str:
        return self.get_happening_display()

    @property
    def kind(self) -> NoticeKind:
        return KIND_OF[self.happening]
