"""Correcting what a patient told us: the columns, the marks that hang on them, and who has to look again."""

from collections.abc import Collection
from datetime import datetime

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import translation
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from appointments import emails, phones
from appointments.lifecycle import ColleagueWasFaster
from appointments.messages.phone_tasks import readdress
from appointments.messages.texts import consent
from appointments.models import EventKind, PatientRequest, RequestEvent
from appointments.models.search import renew_names
from appointments.requests import alarm, links, screening
from appointments.requests.moves import news_for_assignee
from clinic.time.hours import clinic_day

# By these two requests are known as one person's.
SIGNS = {"first_name", "last_name", "date_of_birth", "phone", "email"}
# What is worked out from the corrected columns and stored beside them.
WORKED_OUT = (
    "name_key", "email_key", "phone_digits", "phone_digits_reversed",
    "phone_to_check", "email_to_check", "age_flagged", "calling_ended_at",
)  # fmt: skip


def correct(
    patient_request: PatientRequest,
    changed: Collection[str],
    by: User | None,
    note: str,
    seen_version: int,
    now: datetime,
    *,
    mails_link: bool = True,
) -> None:
    """Stores the `changed` columns of a row that holds their new values already, if nobody has changed the
    request since `seen_version`; else raises ColleagueWasFaster. `by` is None for the patient. The timeline
    names the columns and never their values.

    Another phone or e-mail renews the patient's link, mailed unless `mails_link` is off, and what waits goes
    there; another age, other signs of who it is and another earliest date may bring requests to the
    dermatologist, or take them off her list.
    """
    _mark(patient_request, changed, now)
    columns = {name: getattr(patient_request, name) for name in (*changed, *WORKED_OUT)}
    with transaction.atomic():
        affected = _affected(patient_request, changed)
        seen = PatientRequest.objects.filter(pk=patient_request.pk, version=seen_version)
        if not seen.update(**columns, version=seen_version + 1):
            raise ColleagueWasFaster(
                _("A colleague was faster: the request has changed since you opened it.")
            )
        event = RequestEvent.objects.create(
            request=patient_request, kind=EventKind.CORRECTION, by=by, at=now, note=_words(changed, note)
        )
        _hear(patient_request, changed, by, now)
        if {"email", "phone"} & set(changed):
            _reach(patient_request, changed, now)
            links.renew(patient_request, event, mails_link)
        if {"first_name", "last_name"} & set(changed):
            renew_names(patient_request.pk, patient_request.first_name, patient_request.last_name)
        if {"earliest_date", *SIGNS} & set(changed):
            stored = PatientRequest.objects.select_for_update().get(pk=patient_request.pk)
            screening.screen(stored, now)
            screening.look_again(affected | _affected(patient_request, changed), now)


def _reach(patient_request: PatientRequest, changed: Collection[str], now: datetime) -> None:
    """What waits goes to the new phone and e-mail; texts end with the number that agreed to them."""
    if "phone" in changed:
        consent.end_with_number(patient_request, now)
    readdress(patient_request, now)


def _hear(patient_request: PatientRequest, changed: Collection[str], by: User | None, now: datetime) -> None:
    """Of what the patient changed the assignee hears; a new message may name a sign of alarm."""
    if by is None:
        news_for_assignee(patient_request, now)
    if "message" in changed and by is None:
        alarm.hear(patient_request, patient_request.message, now)


def _affected(patient_request: PatientRequest, changed: Collection[str]) -> set[int]:
    """Whose screening hangs on the signs of this request as they are stored now."""
    if not SIGNS & set(changed):
        return set()
    return screening.affected_by(PatientRequest.objects.get(pk=patient_request.pk))


def _mark(patient_request: PatientRequest, changed: Collection[str], now: datetime) -> None:
    patient_request.set_search_keys()
    if "phone" in changed:
        patient_request.phone_to_check = phones.to_check(patient_request.phone)
        patient_request.calling_ended_at = None  # with the right number the calling goes on
    if "email" in changed:
        patient_request.email_to_check = emails.to_check(patient_request.email)
    if "date_of_birth" in changed:
        screening.set_age_flag(patient_request, clinic_day(now))


def _words(changed: Collection[str], note: str) -> str:
    with translation.override(settings.LANGUAGE_CODE):  # for staff, whatever the patient reads
        names = ", ".join(_name_of(name) for name in changed)
        return (_("Corrected: %(names)s. %(note)s") % {"names": names, "note": note}).strip()


def _name_of(field: str) -> str:
    column = PatientRequest._meta.get_field(field)
    return capfirst(str(getattr(column, "verbose_name", field)))
