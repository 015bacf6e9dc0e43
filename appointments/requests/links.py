"""The patient's link. Whoever has it is taken for the patient: it is renewed when an address was wrong, and
closes some weeks after the last event, whether the request has ended or is only silent."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.db.models import Max
from django.utils import translation
from django.utils.translation import gettext as _

from appointments import lifecycle
from appointments.messages.notices import queue
from appointments.messages.phone_tasks import relink
from appointments.models import EventKind, PatientRequest, RequestEvent
from appointments.models.request import new_token
from clinic.operations.limits import Limit

CLOSES_AFTER = timedelta(weeks=8)
# So many links of one person are mailed at once, the latest.
MOST_AT_ONCE = 10
# So often an hour they go to one mailbox, whoever asks for them; what doesn't is in the mails of that hour.
AGAIN = Limit("link-again", 5, 3600)


def is_closed(patient_request: PatientRequest, now: datetime) -> bool:
    """Whether the link shows nothing about the patient any more: some weeks after the request ended or, of an
    open one, after the last that happened or is to happen. Two queries for an old one that is open."""
    if patient_request.finished_at is not None:
        return now - patient_request.finished_at > CLOSES_AFTER
    if now - patient_request.received_at <= CLOSES_AFTER:
        return False
    last = patient_request.events.aggregate(at=Max("at"))["at"]
    if last is not None and now - last <= CLOSES_AFTER:
        return False
    return not patient_request.appointments.filter(end__gt=now - CLOSES_AFTER).exists()


def renew(patient_request: PatientRequest, event: RequestEvent, mailed: bool = True) -> None:
    """Ends the link at once; the new one goes to the address on file, unless it is not to be `mailed`. Within
    the transaction of `event`.

    Suspected spam gets no mail, so that the form can't be made to write to strangers.
    """
    old, patient_request.token = patient_request.token, new_token()
    PatientRequest.objects.filter(pk=patient_request.pk).update(token=patient_request.token)
    relink(patient_request, old)
    if mailed and not patient_request.suspected_spam and not is_closed(patient_request, event.at):
        queue(patient_request, "new_link", event)


def end_now(patient_request: PatientRequest, by: User, now: datetime) -> None:
    """Renews the link because staff say so."""
    note = _("The patient's old link ends; the new one goes to the e-mail address on file, if any.")
    _end(patient_request, note, now, by)


def mail_again(now: datetime, **wanted: Any) -> int:
    """Mails the links of open requests with these columns to the addresses on file; returns how many.

    To nobody for suspected spam, to nobody without an e-mail address: they have to call; and to no mailbox
    that got them often enough within the hour.
    """
    rows = PatientRequest.objects.in_inbox().filter(**wanted, status__in=lifecycle.OPEN).exclude(email="")
    latest = list(rows.order_by("-received_at")[:MOST_AT_ONCE])
    mailboxes = {key for key in {row.email_key for row in latest} if AGAIN.allows(key)}
    found = [row for row in latest if row.email_key in mailboxes]
    for row in found:
        if is_closed(row, now):
            _end_closed(row, now)
        else:
            queue(row, "link_again", None, cause=f"request:{row.pk}.{now.timestamp():.0f}", now=now)
    return len(found)


def _end_closed(patient_request: PatientRequest, now: datetime) -> None:
    """A link that has closed opens never again: the patient gets another one."""
    with translation.override(settings.LANGUAGE_CODE):  # for staff, whatever the patient reads
        note = _("The patient asked for the link again; the old one had closed.")
    _end(patient_request, note, now)


def _end(patient_request: PatientRequest, note: str, now: datetime, by: User | None = None) -> None:
    """Renews the link, and says why on the timeline."""
    with transaction.atomic():
        event = RequestEvent.objects.create(
            request=patient_request, kind=EventKind.MARK, by=by, at=now, note=note
        )
        renew(patient_request, event)


def count_view(patient_request: PatientRequest, now: datetime) -> None:
    """Counts one look at the patient's page, in one query; beside the request, whose row a look never
    changes."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO appointments_pageviews (request_id, views, last_at) VALUES (%s, 1, %s)"
            " ON CONFLICT (request_id) DO UPDATE"
            " SET views = appointments_pageviews.views + 1, last_at = excluded.last_at",
            [patient_request.pk, connection.ops.adapt_datetimefield_value(now)],
        )
