"""What a database that comes from the past needs before anybody uses it, whichever way it came back: from a
backup (`manage.py restore`) or from PostgreSQL's own archive (`manage.py after_restore`)."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db import transaction

from appointments.messages import paused_mail
from appointments.requests import rights
from appointments.requests.restored import text_stops
from appointments.requests.restored.text_stops import Stop
from clinic.jobs import sweeping


@dataclass(frozen=True)
class Settled:
    """How many requests were erased again, how many consents and numbers are texted no more, and how many
    messages are paused."""

    erased: int
    stopped: int
    paused: int

    def words(self) -> str:
        """For the operator."""
        return (
            f"{self.erased} requests that had been erased since are erased again.\n"
            f"{self.stopped} numbers and consents to texts that had ended since are ended again.\n"
            f"{self.paused} unsent messages are paused, as they may have gone out. See manage.py paused_mail."
        )


def settle(erasures: Iterable[dict[str, Any]], stops: Iterable[Stop] = ()) -> Settled:
    """Brings the tables to this version, signs everybody out, pauses the mail that may have gone out since,
    erases again whom `erasures` (what `rights.erasures()` said at the newest moment) names and texts nobody
    of `stops` (`text_stops.listed()` of then). Nobody else may be connected. May be repeated."""
    call_command("migrate", verbosity=0)
    with transaction.atomic():
        # A session that was signed out since would be signed in again.
        Session.objects.all().delete()
        # What was asked for then may have been done since, and the files are of another time.
        sweeping.forget_all()
        return Settled(
            paused=paused_mail.pause(),
            stopped=text_stops.reapply(stops),
            erased=rights.reapply_erasures(erasures),
        )
