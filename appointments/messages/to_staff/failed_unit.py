"""What the operator is told when a unit of the machine has failed. It names the unit alone, nobody's data.

At once and directly, as it may be the worker that failed; by the outbox if the mail server takes it not now.
The address in OPERATOR_EMAIL needs no database, as it may be that which failed.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import DatabaseError
from django.utils import translation
from django.utils.translation import gettext as _

from appointments.messages.faults import error_words
from appointments.messages.making import write
from appointments.messages.to_staff import owners
from clinic.languages import MAIN
from clinic.operations.batches import note_failure

KIND = "staff_unit_failed"
_COMMANDS = """\
    systemctl status %(unit)s
    journalctl -u %(unit)s -n 50"""


@dataclass(frozen=True)
class Told:
    """How many addresses the mail server took it for, and for how many it waits in the outbox."""

    sent: int
    waiting: int


def tell(unit: str, now: datetime) -> Told:
    """Tells the operator, the clinic and the superusers that `unit` has failed."""
    subject, text = _worded(unit)
    sent = waiting = 0
    for address in _addresses():
        try:
            sent += EmailMessage(
                subject, text, to=[address], headers={"Auto-Submitted": "auto-generated"}
            ).send()
        except Exception as error:  # whatever this address meets must not keep the others from hearing it
            note_failure(f"telling that {unit} has failed ({error_words(error)})", error)
            waiting += _queued(address, subject, text, now)
    return Told(sent, waiting)


def _worded(unit: str) -> tuple[str, str]:
    """Subject and text, in English as all that staff are told by e-mail."""
    with translation.override(MAIN):
        said = {"unit": unit, "site": settings.SITE_URL}
        paragraphs = (
            _("The unit %(unit)s of %(site)s has failed."),
            _(
                "It may be one that nobody misses for weeks: a backup, its copy, the archive of the database."
                " On the machine:"
            ),
            _COMMANDS,
            _(
                "What each unit is for, and what to do, stands in docs/operations.md,"
                " “When a unit has failed”."
            ),
        )
        return _("%(unit)s has failed") % said, "\n\n".join(paragraphs) % said + "\n"


def _addresses() -> list[str]:
    try:
        known = owners.addresses()
    except DatabaseError:
        known = []
    return list(dict.fromkeys([*settings.OPERATOR_EMAIL, *known]))


def _queued(address: str, subject: str, text: str, now: datetime) -> bool:
    try:
        said = {"language": MAIN, "subject": subject, "text": text}
        write(f"{KIND}:{uuid.uuid4()}:staff", now, address, kind=KIND, **said)
    except DatabaseError:
        return False
    return True
