"""The secret in the address of a practitioner's calendar: made, made anew, ended."""

import secrets
from datetime import datetime

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.urls import reverse

from clinic.models import CalendarFeed, Practitioner
from clinic.models.feed import digest_of

BYTES = 32


class NobodysCalendar(Exception):
    """The practitioner sees no patients, or has no account of the staff that is open."""


def can_have_one(practitioner: Practitioner) -> bool:
    """Whether there is somebody whose calendar it would be."""
    user = practitioner.user
    return practitioner.is_active and user is not None and user.is_active and user.is_staff


def make(practitioner: Practitioner, by: User, now: datetime) -> str:
    """Makes an address and returns it, whole: it is known at this moment alone. The one before ends.

    Raises NobodysCalendar.
    """
    token = secrets.token_urlsafe(BYTES)
    with transaction.atomic():
        fresh = Practitioner.objects.select_for_update(no_key=True, of=("self",)).select_related("user")
        whom = fresh.get(pk=practitioner.pk)
        if not can_have_one(whom):
            raise NobodysCalendar
        made = {
            "user": whom.user,
            "digest": digest_of(token),
            "made_at": now,
            "made_by": by,
            "asked_on": None,
        }
        CalendarFeed.objects.update_or_create(practitioner=whom, defaults=made)
    return settings.SITE_URL + reverse("calendar-feed", args=[token])


def end(practitioner: Practitioner) -> bool:
    """Ends the address at once; whether there was one."""
    return bool(CalendarFeed.objects.filter(practitioner=practitioner).delete()[0])
