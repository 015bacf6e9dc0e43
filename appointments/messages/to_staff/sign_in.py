"""What the owner is told at once: that somebody else seems to try a colleague's account. Counts only."""

from datetime import datetime

from django.conf import settings
from django.urls import reverse

from appointments.messages.making import write as write_message
from appointments.messages.to_staff import owners
from appointments.messages.to_staff.wording import worded
from clinic.models import Clinic
from clinic.staff import attempts
from clinic.time.hours import clinic_day

KIND = "staff_sign_in"


def write(now: datetime) -> int:
    """Queues one notice a day for each such account, to the clinic's address and the superusers'; returns how
    many are new. The key holds the day, so that of several workers one writes it."""
    tried = attempts.suspicious(now)
    if not tried:
        return 0
    clinic, addresses = Clinic.current(), owners.addresses()
    day = clinic_day(now)
    return sum(
        _write(account, address, f"{day}.{number}", clinic, now)
        for account in tried
        for number, address in enumerate(addresses)
    )


def _write(account: attempts.Attempts, address: str, of_the_day: str, clinic: Clinic, now: datetime) -> bool:
    page = reverse("admin:auth_user_change", args=[account.user_id])
    said = {"clinic": clinic, "said": attempts.words(account), "account_link": settings.SITE_URL + page}
    key = f"{KIND}:{account.user_id}.{of_the_day}:staff"
    _message, is_new = write_message(key, now, address, kind=KIND, **worded(KIND, said))
    return is_new
