"""The timeline of a request: append-only."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from appointments.lifecycle import OF_PATIENT, Action, Status
from appointments.models.choices import CallOutcome, EventKind
from clinic.constraints import choices_check


class AppendOnlyError(Exception):
    """Somebody tried to change a row of a record that only grows."""


class AppendOnly(models.Model):
    """A row that is written once. The database refuses an UPDATE too (see appointments.guards)."""

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Raises AppendOnlyError for a row that is already written."""
        if not self._state.adding:
            raise AppendOnlyError(type(self).__name__)
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Raises AppendOnlyError: a row goes only with the request that it belongs to."""
        raise AppendOnlyError(type(self).__name__)


class RequestEvent(AppendOnly):
    """Something that happened to a request: a move, a note, a call, a message."""

    request = models.ForeignKey(
        "appointments.PatientRequest",
        on_delete=models.CASCADE,
        related_name="events",
        db_index=False,  # event_timeline
    )
    kind = models.CharField(_("kind"), max_length=11, choices=EventKind.choices)
    action = models.CharField(_("step"), max_length=21, choices=Action.choices, blank=True)
    from_status = models.CharField(max_length=15, choices=Status.choices, blank=True)
    to_status = models.CharField(max_length=15, choices=Status.choices, blank=True)
    outcome = models.CharField(_("outcome"), max_length=12, choices=CallOutcome.choices, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("by"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text=_("Empty: the patient, or the clock."),
    )
    at = models.DateTimeField(_("at"))
    note = models.TextField(_("note"), blank=True)
    wish_of_patient = models.BooleanField(
        _("as the patient wished"),
        default=False,
        help_text=_(
            "Whoever recorded it: the patient's own step, or what the patient asked for on the phone."
        ),
    )

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("timeline")
        ordering = ["at", "pk"]
        default_permissions = ("view",)
        constraints = [
            choices_check("kind", EventKind, "event_kind"),
            models.CheckConstraint(
                condition=Q(kind=EventKind.MOVED, action__in=Action.values, to_status__in=Status.values)
                | (~Q(kind=EventKind.MOVED) & Q(action="", to_status="", wish_of_patient=False)),
                name="event_move_whole",
            ),
            models.CheckConstraint(
                condition=Q(kind=EventKind.CALL, outcome__in=CallOutcome.values)
                | (~Q(kind=EventKind.CALL) & Q(outcome="")),
                name="event_call_outcome",
            ),
        ]
        indexes = [models.Index(fields=["request", "at"], name="event_timeline")]

    def __str__(self) -> str:
        return f"{self.get_action_display() or self.get_kind_display()}"

    @property
    def is_patients_wish(self) -> bool:
        """Whether a step was the patient's: taken through the link, or asked for and recorded by staff.

        Steps through the link from before `wish_of_patient` was kept are told by their empty `by`."""
        return self.wish_of_patient or (self.by_id is None and self.action in OF_PATIENT)
