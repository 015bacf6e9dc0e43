"""A practitioner's held and booked times as their calendar shows them: initials and reference, and no word of
what for."""

from collections.abc import Iterator
from datetime import time, timedelta

from django.db.models import Q
from django.utils.translation import gettext as _

from appointments import names, references
from appointments.models import Appointment, AppointmentStatus
from clinic.feed.busy import MOST, Asked, Busy
from clinic.time.hours import at


def visits(asked: Asked) -> Iterator[Busy]:
    """Those that take time; cancelled ones, no-shows and holds that have ended are gone. One query."""
    rows = (
        Appointment.objects.active()
        .filter(Q(hold_until=None) | Q(hold_until__gt=asked.now), practitioner=asked.feed.practitioner_id)
        .between(at(asked.first, time()), at(asked.last + timedelta(days=1), time()))
        .select_related("request")
        .only(
            "uid", "start", "end", "status", "sequence", "created_at",
            "request__reference", "request__first_name", "request__last_name",
        )
        .order_by("start", "pk")
    )  # fmt: skip
    return (_busy(row) for row in rows[:MOST])


def _busy(row: Appointment) -> Busy:
    is_held = row.status == AppointmentStatus.PENDING
    return Busy(
        # Not the UID of the entry that the patient has: in one account, each would overwrite the other.
        key=f"visit-{row.uid}",
        start=row.start,
        end=row.end,
        words=_("Held: %(who)s") % {"who": _who(row)} if is_held else _who(row),
        stamp=row.created_at,
        # Taking an offer is a change too, and the one that the row doesn't count.
        sequence=2 * row.sequence + (not is_held),
        is_tentative=is_held,
    )


def _who(row: Appointment) -> str:
    """The reference first: behind initials that are read from right to left it would be turned around."""
    found = row.request
    return f"{references.shown(found.reference)} {names.initials(found.first_name, found.last_name)}"
