"""The outbox: every message to a patient or to staff, as it was worded when it was written."""

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from appointments.models.appointment import Appointment
from appointments.models.choices import HeldUp, MessageChannel, MessageStatus
from appointments.models.lists import literal
from appointments.models.timeline import RequestEvent
from clinic.constraints import choices_check
from treatments.models import Language

# What time brings to many at once, and nobody sits waiting for: it goes out when nothing else waits.
CAN_WAIT = ("recall", "aftercare", "reminder_days")

# What the site sends, unlike what somebody says.
BY_ITSELF = (MessageChannel.EMAIL, MessageChannel.TEXT)

# As literals: SQLite uses the partial indexes of what waits and of what is said only for a query that spells
# their condition out.
_QUEUED, _BY_PHONE = literal(MessageStatus.QUEUED.value), literal(MessageChannel.PHONE.value)
SAID_ON_THE_PHONE = Q(channel=_BY_PHONE)
_FAILED = Q(
    channel=literal(MessageChannel.EMAIL.value),
    status=literal(MessageStatus.FAILED.value),
)


class MessageQuerySet(models.QuerySet["Message"]):
    """Questions asked of the outbox. Time is passed in."""

    def to_send(self, now: datetime, channel: str = MessageChannel.EMAIL) -> Self:
        """E-mails, or texts, that may go out now and that no worker holds."""
        return self.filter(
            Q(lease_until=None) | Q(lease_until__lte=now),
            channel=channel,
            status=_QUEUED,
            next_attempt_at__lte=now,
        )

    def unsent(self, channel: str = MessageChannel.EMAIL) -> Self:
        """E-mails, or texts, that still have to go out."""
        return self.filter(channel=channel, status=_QUEUED)

    def on_their_way(self) -> Self:
        """All that the site still has to send by itself, by e-mail or as a text."""
        return self.filter(channel__in=BY_ITSELF, status=_QUEUED)

    def held_up(self, channel: str = MessageChannel.EMAIL) -> Self:
        """E-mails, or texts, that wait until somebody mends how the site sends."""
        return self.unsent(channel).exclude(held_up="")

    def phone_tasks(self) -> Self:
        """Words that the front desk still has to say on the phone."""
        return self.filter(SAID_ON_THE_PHONE, status=_QUEUED)

    def failed(self) -> Self:
        """E-mails that could not be delivered."""
        return self.filter(_FAILED)

    def void(self) -> int:
        """Takes them out of the outbox, as overtaken; returns how many."""
        return self.filter(status=MessageStatus.QUEUED).update(
            status=MessageStatus.VOID, lease_until=None, leased_by=None
        )

    def reopen(self) -> int:
        """Puts what was taken out back; returns how many."""
        return self.filter(status=MessageStatus.VOID).update(status=MessageStatus.QUEUED)


class Message(models.Model):
    """One message to one recipient. `key` names what it is about, so that it is written once."""

    request = models.ForeignKey(
        "appointments.PatientRequest",
        verbose_name=_("request"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="messages",
    )
    event = models.ForeignKey(
        RequestEvent, null=True, blank=True, on_delete=models.CASCADE, related_name="messages"
    )
    appointment = models.ForeignKey(
        Appointment, null=True, blank=True, on_delete=models.CASCADE, related_name="messages"
    )
    appointment_sequence = models.PositiveIntegerField(
        null=True, blank=True, help_text="A message about an appointment that has changed since is void."
    )
    key = models.CharField(
        max_length=120, unique=True, help_text="Kind, cause and recipient: one row for each."
    )
    kind = models.CharField(_("kind"), max_length=30, help_text="The template's name in templates/email/.")
    channel = models.CharField(
        _("by"), max_length=5, choices=MessageChannel.choices, default=MessageChannel.EMAIL
    )
    recipient = models.CharField(_("to"), max_length=254)
    language = models.CharField(_("language"), max_length=2, choices=Language.choices)
    subject = models.CharField(_("subject"), max_length=200)
    text = models.TextField(_("text"))
    html = models.TextField(blank=True)
    spoken = models.TextField(
        blank=True, help_text="The words to say on the phone, should the e-mail never arrive; empty: none."
    )
    unsubscribe_url = models.CharField(
        max_length=300, blank=True, help_text="Where one POST stops messages of this kind (RFC 8058)."
    )
    message_id = models.CharField(max_length=120, unique=True)
    status = models.CharField(
        _("status"), max_length=6, choices=MessageStatus.choices, default=MessageStatus.QUEUED
    )
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    created_at = models.DateTimeField(_("written at"))
    next_attempt_at = models.DateTimeField(_("next attempt"))
    tried_since = models.DateTimeField(
        _("tried since"),
        null=True,
        blank=True,
        help_text="Patience counts from here, if not from the writing.",
    )
    lease_until = models.DateTimeField(null=True, blank=True)
    leased_by = models.UUIDField(null=True, blank=True)
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)
    complained_at = models.DateTimeField(_("called spam at"), null=True, blank=True, editable=False)
    last_error = models.CharField(_("last error"), max_length=120, blank=True)
    carrier_id = models.CharField(
        max_length=64, blank=True, default="", db_default="", editable=False,
        help_text="A text's name with whoever carries it, by which its receipt comes.",
    )  # fmt: skip
    delivered_at = models.DateTimeField(_("delivered at"), null=True, blank=True, editable=False)
    held_up = models.CharField(
        max_length=7, choices=HeldUp.choices, blank=True, default="", db_default="", editable=False,
        help_text="It met a fault of the set-up, not its own.",
    )  # fmt: skip

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ["created_at", "pk"]
        default_permissions = ("view",)
        constraints = [
            choices_check("channel", MessageChannel, "message_channel"),
            choices_check("status", MessageStatus, "message_status"),
            choices_check("language", Language, "message_language"),
            models.CheckConstraint(condition=Q(held_up__in=["", *HeldUp.values]), name="message_held_up"),
            models.CheckConstraint(
                condition=Q(status=MessageStatus.SENT, sent_at__isnull=False)
                | (~Q(status=MessageStatus.SENT) & Q(sent_at=None)),
                name="message_sent_at",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_attempt_at"],
                condition=Q(status=MessageStatus.QUEUED),
                name="message_to_send",
            ),
            models.Index(fields=["-created_at", "-id"], name="message_created"),
            models.Index(fields=["status", "created_at"], name="message_status_created"),
            models.Index(fields=["kind", "created_at"], name="message_kind_created"),
            models.Index(fields=["created_at"], condition=SAID_ON_THE_PHONE, name="message_said"),
            models.Index(
                fields=["request"], condition=SAID_ON_THE_PHONE & Q(status=_QUEUED), name="message_to_say"
            ),
            models.Index(fields=["created_at"], condition=_FAILED, name="message_failed"),
            models.Index(fields=["created_at"], condition=Q(request=None), name="message_to_staff"),
            models.Index(fields=["carrier_id"], condition=~Q(carrier_id=""), name="message_carrier_id"),
        ]

    def __str__(self) -> str:
        return self.subject
