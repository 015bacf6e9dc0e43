"""The secret address of a practitioner's calendar."""

import hashlib
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from clinic.models.practitioner import Practitioner


def digest_of(token: str) -> str:
    """What is kept of a token. It is random and long enough that no key is needed: nobody finds it by trying,
    and another SECRET_KEY ends no address."""
    return hashlib.sha256(token.encode()).hexdigest()


class CalendarFeedQuerySet(models.QuerySet["CalendarFeed"]):
    """Questions asked of the addresses."""

    def in_force(self) -> Self:
        """Those of practitioners who see patients, and whose account is the same as when it was made, and
        open."""
        return self.filter(
            user=F("practitioner__user"),
            user__is_active=True,
            user__is_staff=True,
            practitioner__is_active=True,
        )

    def of(self, token: str) -> "CalendarFeed | None":
        """The one that ends in `token`. One query."""
        found = self.filter(digest=digest_of(token)).select_related("practitioner")
        return found.first()


class CalendarFeed(models.Model):
    """A practitioner's calendar, to be read by whoever has its address: one at a time, and none of a token.

    The database deletes it when the account is closed or opened, or loses the staff's rights, and when the
    practitioner gets another account or no longer sees patients (see clinic.feed.guards).
    """

    practitioner = models.OneToOneField(
        Practitioner, on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    digest = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    asked_on = models.DateField(null=True, help_text="The clinic's day on which it was last asked for.")

    objects = CalendarFeedQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        permissions = [("handle_calendarfeed", _("Can make and end every doctor's calendar address"))]

    def __str__(self) -> str:
        return str(self.practitioner_id)
