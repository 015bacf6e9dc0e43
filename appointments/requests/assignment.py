"""Whose a request is: one or many given to a colleague."""

from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

from appointments import lifecycle
from appointments.messages.to_staff import at_once
from appointments.models import EventKind, Happening, PatientRequest, RequestEvent
from appointments.models.request import PatientRequestQuerySet
from appointments.requests.moves import chunks, require_desk
from appointments.roles import HANDLE, name_of


def colleagues() -> QuerySet[User]:
    """Those who work on requests, and so may be given some."""
    return (
        User.objects.with_perm(HANDLE, backend="django.contrib.auth.backends.ModelBackend")
        .filter(is_staff=True)
        .order_by("first_name", "username")
    )


def assign(
    patient_requests: PatientRequestQuerySet, to: User, by: User, now: datetime, words: str = ""
) -> int:
    """Gives each that is still open to a colleague, with `words` for them; returns how many, none where `to`
    doesn't work on requests any more. Raises NotYours."""
    require_desk(by)
    if not colleagues().filter(pk=to.pk).exists():
        return 0
    note = _("Assigned to %(name)s") % {"name": name_of(to)}
    note = f"{note}. {words.strip()}" if words.strip() else note
    assigned = 0
    for ids in chunks(patient_requests):
        with transaction.atomic():
            still = PatientRequest.objects.select_for_update().filter(pk__in=ids, status__in=lifecycle.OPEN)
            changing = list(still.exclude(assignee=to).values_list("pk", flat=True))
            PatientRequest.objects.filter(pk__in=changing).update(assignee=to, version=F("version") + 1)
            RequestEvent.objects.bulk_create(
                RequestEvent(request_id=pk, kind=EventKind.ASSIGNED, note=note, by=by, at=now)
                for pk in changing
            )
            at_once.tell(Happening.ASSIGNED, changing, now, but=by.pk, only=to.pk)
        assigned += len(changing)
    return assigned
