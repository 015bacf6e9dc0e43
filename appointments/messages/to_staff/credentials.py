"""What a member of the staff is told at once: that what they sign in with has changed. It holds no link, for
nobody should learn to sign in from an e-mail."""

import uuid

from django.contrib.auth.models import User
from django.utils import timezone, translation

from appointments.messages.making import write as write_message
from appointments.messages.to_staff.wording import worded
from clinic.languages import MAIN
from clinic.models import Clinic
from clinic.staff.changed import Change
from clinic.time import words

KIND = "staff_credentials"


def write(user: User, change: Change, address: str) -> None:
    """Queues the notice about the account of `user` to `address`, if there is one."""
    if not address:
        return
    now = timezone.now()
    with translation.override(MAIN):
        when = words.day_and_clock(now)
        said = {"clinic": Clinic.facts(), "name": user.username, "said": str(change.label), "when": when}
    write_message(f"{KIND}:{uuid.uuid4()}:staff", now, address, kind=KIND, **worded(KIND, said))
