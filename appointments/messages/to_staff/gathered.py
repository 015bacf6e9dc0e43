"""The e-mails to staff that waited for the end of quiet hours, gathered into one of what still holds then."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction

from appointments.lifecycle import Status
from appointments.messages.making import write as write_message
from appointments.messages.to_staff import at_once, hearers
from appointments.messages.to_staff.at_once import KIND
from appointments.messages.to_staff.wording import worded
from appointments.models.message import Message
from appointments.models.request import PatientRequest
from appointments.models.to_staff.choice import Happening
from appointments.models.to_staff.notice import StaffNotice
from clinic.audit.entry import AuditEntry
from clinic.models import Clinic

PEOPLE_AT_ONCE = 50
# Of one person; what is left goes with the next round.
MOST = 500
KEPT_FOR = timedelta(days=7)
FORGOTTEN_AT_ONCE = 2000


def write(now: datetime) -> int:
    """Queues one e-mail to each for whom something has become due and still holds; returns how many."""
    due = StaffNotice.objects.mail_due(now).order_by().values_list("user_id", flat=True).distinct()
    return sum(_write(user_id, now) for user_id in list(due[:PEOPLE_AT_ONCE]))


def _write(user_id: int, now: datetime) -> bool:
    """Of two workers at once the second waits here for the first, and then finds nothing due."""
    with transaction.atomic():
        rows = StaffNotice.objects.mail_due(now).filter(user=user_id).order_by("at", "pk")
        due = list(rows.select_for_update()[:MOST])
        StaffNotice.objects.filter(pk__in=[each.pk for each in due]).update(mail_due_at=None)
        person = User.objects.filter(pk=user_id, is_active=True, is_staff=True).first()
        if person is None or not person.email:
            return False
        left = _unseen(person, _wanted(person, due, now))
        if not left:
            return False
        about = left[0].request_id if len(left) == 1 else None
        happened: Counter[Happening] = Counter()
        for each in left:
            happened[Happening(each.happening)] += each.number
        link = settings.SITE_URL + at_once.path_to(about)
        said = worded(KIND, {"clinic": Clinic.facts(), **at_once.said(happened, link)})
        key = f"{KIND}:gathered.{left[-1].pk}:{person.pk}"
        _message, is_new = write_message(key, now, person.email, kind=KIND, **said)
    return is_new


def _wanted(person: User, due: Sequence[StaffNotice], now: datetime) -> list[StaffNotice]:
    """What `person` still chooses to hear and may, and what is not over. It waits on where it is quiet
    again."""
    choice = hearers.choice_of(person)
    may = hearers.kinds_for(person)
    wanted = []
    for each in due:
        if each.kind not in may or not choice.by_email(each.kind):
            continue
        if ends := choice.quiet_ends(each.kind, now):
            StaffNotice.objects.filter(pk=each.pk).update(mail_due_at=ends)
        else:
            wanted.append(each)
    keys = {each.request_id for each in wanted if each.request_id}
    requests = PatientRequest.objects.in_bulk(keys)
    to_call = set(Message.objects.phone_tasks().filter(request__in=keys).values_list("request_id", flat=True))
    return [
        each
        for each in wanted
        if each.request_id is None or _holds(each, requests[each.request_id], each.request_id in to_call)
    ]


def _holds(notice: StaffNotice, patient_request: PatientRequest, is_to_call: bool) -> bool:
    """Whether what was to be told is still to be done."""
    if notice.happening == Happening.URGENT:
        return patient_request.is_alarming or (patient_request.urgent and patient_request.is_open)
    if notice.happening == Happening.REVIEW:
        return patient_request.status == Status.CLINICAL_REVIEW
    if notice.happening == Happening.FAILED:
        return is_to_call
    return patient_request.assignee_id == notice.user_id


def _unseen(person: User, notices: Sequence[StaffNotice]) -> list[StaffNotice]:
    """Without those whose request `person` has opened since. The audit knows it; one query."""
    keys = [each.request_id for each in notices if each.request_id]
    if not keys:
        return list(notices)
    seen: dict[str, datetime] = {}
    looked = AuditEntry.objects.about(PatientRequest._meta.label_lower, keys).filter(user=person)
    since = min(each.at for each in notices)
    for key, at in looked.filter(at__gte=since).values_list("object_id", "at"):
        seen[key] = max(at, seen.get(key, at))
    return [each for each in notices if seen.get(str(each.request_id), each.at) <= each.at]


def forget(now: datetime) -> int:
    """Deletes what was told more than a week ago, the oldest of it at once; returns how much."""
    old = StaffNotice.objects.filter(at__lt=now - KEPT_FOR, mail_due_at=None).order_by("at", "pk")
    pks = list(old.values_list("pk", flat=True)[:FORGOTTEN_AT_ONCE])
    return StaffNotice.objects.filter(pk__in=pks).delete()[0] if pks else 0
