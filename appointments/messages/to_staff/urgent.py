"""What staff are told at once: that somebody may need help. Without a word about whom or what."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from appointments.messages.to_staff import at_once, hearers
from appointments.messages.to_staff.at_once import Notice
from appointments.messages.to_staff.wording import worded
from appointments.models.to_staff.choice import Happening, NoticeKind
from clinic.models import Clinic
from treatments.alarm.signs import Level

if TYPE_CHECKING:
    from appointments.models.request import PatientRequest

KIND = "staff_urgent"
# What the patient has been told meanwhile.
TOLD: dict[str, str | Promise] = {
    Level.CALL_911: gettext_lazy("We told them to call 911."),
    Level.CALL_US: gettext_lazy(
        "We told them to call us now and, if they can't reach us, to get help elsewhere today."
    ),
}


def notice(level: str, clinic: Clinic, but: int | None = None) -> Notice:
    """The notice of a sign of that level to the clinic's address and to whoever hears of what is urgent,
    `but` the one who entered it. It is no message of the request, so that nothing of it ever shows to the
    patient."""
    mark = at_once.link_mark()
    said = {"clinic": clinic, "request_link": mark, "told": TOLD.get(level, "")}
    people = hearers.of(NoticeKind.URGENT, but=but)
    always = [clinic.email] if clinic.email else []
    return Notice(Happening.URGENT, people, worded(KIND, said), mark, KIND, always)


def write(patient_request: "PatientRequest", now: datetime, but: int | None = None) -> None:
    """Words and queues it at once, within the caller's transaction."""
    notice(patient_request.alarm, Clinic.current(), but).send([patient_request.pk], now)
