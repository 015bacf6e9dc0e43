"""Who would like to hear of an earlier time."""

from datetime import datetime

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from appointments.lifecycle import OPEN
from appointments.models import EarlierWish, EventKind, Kind, PatientRequest, RequestEvent


def may_wish(patient_request: PatientRequest) -> bool:
    """Whether there is anything to come earlier to: an open request for an appointment."""
    return patient_request.kind == Kind.APPOINTMENT and patient_request.status in OPEN


def ask(patient_request: PatientRequest, by: User | None, now: datetime, *, any_doctor: bool = False) -> bool:
    """Notes that the patient wants to hear of an earlier time, whoever says so; whether that changed
    anything. How long they wait counts from the first time. `by` is None for the patient."""
    with transaction.atomic():
        row = PatientRequest.objects.select_for_update().get(pk=patient_request.pk)
        if not may_wish(row):
            return False
        wish, is_new = EarlierWish.objects.get_or_create(
            request=row, defaults={"since": now, "any_doctor": any_doctor, "by": by}
        )
        if not is_new and wish.any_doctor == any_doctor:
            return False
        EarlierWish.objects.filter(pk=wish.pk).update(any_doctor=any_doctor)
        with translation.override(settings.LANGUAGE_CODE):  # for staff, whatever the patient reads
            doctor = _("with any doctor") if any_doctor else _("with the same doctor")
            words = _("Wants to hear of an earlier time, %(doctor)s.") % {"doctor": doctor}
        _note(row, by, now, words)
        return True


def stop(patient_request: PatientRequest, by: User | None, now: datetime) -> bool:
    """Notes that the patient no longer wants to hear of one; whether they did. What was offered already can
    still be taken."""
    with transaction.atomic():
        gone, _rows = EarlierWish.objects.filter(request=patient_request).delete()
        if gone:
            with translation.override(settings.LANGUAGE_CODE):
                words = _("No longer wants to hear of an earlier time.")
            _note(patient_request, by, now, words)
        return bool(gone)


def _note(patient_request: PatientRequest, by: User | None, now: datetime, words: str) -> None:
    RequestEvent.objects.create(request=patient_request, kind=EventKind.CORRECTION, by=by, at=now, note=words)
