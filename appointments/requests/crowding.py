"""Many requests under one phone number or e-mail address within an hour. A stranger can type a patient's, so
none is refused for it: each is taken, and the desk is told."""

from collections.abc import Collection
from datetime import datetime

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from appointments.models import EventKind, PatientRequest, RequestEvent
from clinic.operations.limits import Limit

# A family shares a phone.
BY_PHONE = Limit("request-phone", 6, 3600, refuses=False)
BY_EMAIL = Limit("request-email", 6, 3600, refuses=False)


def counted_for(patient_request: PatientRequest) -> list[tuple[Limit, str]]:
    """What a request counts for by what was typed into it, the phone first."""
    patient_request.set_search_keys()
    return [(BY_PHONE, patient_request.phone_digits), (BY_EMAIL, patient_request.email_key)]


def floods_mailbox(over: Collection[Limit]) -> bool:
    """Whether one more confirmation would make the form a way to fill somebody's mailbox. The page that
    comes after sending says all that it would, and later messages go out as ever."""
    return BY_EMAIL in over


def tell(patient_request: PatientRequest, over: Collection[Limit], now: datetime) -> None:
    """Marks the request for the desk, which asks the patient what is theirs, where it is `over` a limit of
    this module."""
    event = mark(patient_request, over, now)
    if event:
        event.save()


def mark(patient_request: PatientRequest, over: Collection[Limit], now: datetime) -> RequestEvent | None:
    """The same; what the timeline says of it is not stored yet."""
    if not over:
        return None
    with translation.override(settings.LANGUAGE_CODE):  # for staff, whatever the patient reads
        words = {
            BY_PHONE: _("More than %(most)s requests came under this phone number within an hour."),
            BY_EMAIL: _("More than %(most)s requests came under this e-mail address within an hour."),
        }
        notes = [text % {"most": limit.most} for limit, text in words.items() if limit in over]
        if not notes:
            return None
        notes.append(_("Somebody may be using it without the patient: call before closing any."))
    patient_request.crowded = True
    PatientRequest.objects.filter(pk=patient_request.pk).update(crowded=True)
    return RequestEvent(request=patient_request, kind=EventKind.MARK, note=" ".join(notes), at=now)
