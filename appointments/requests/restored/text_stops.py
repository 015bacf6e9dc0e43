"""What a backup that is brought back must not undo: STOP from a number, and consents that ended.

The list of them lies outside the database and goes elsewhere. So a number is sealed with SECRET_KEY in it,
and a consent is known by the digest of its request, which leads back to nobody.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, Max, OuterRef

from appointments.models import PatientRequest, TextConsent, TextOptOut
from appointments.requests.rights import digest_of
from clinic.staff import sealing


@dataclass(frozen=True)
class Stop:
    """Since `at` the `number` wants no texts; or, where it is '', none come about the request of `digest`."""

    at: datetime
    number: str = ""
    digest: str = ""


def listed() -> list[dict[str, Any]]:
    """Every number that wants no texts, and every request whose patient has agreed to them and does no
    longer, for `read` to be given after a backup has been restored."""
    numbers = [
        {"number": sealing.seal(row.number), "at": row.at.isoformat()}
        for row in TextOptOut.objects.order_by("at", "pk")
    ]
    standing = TextConsent.objects.standing().filter(request=OuterRef("pk"))
    ended = PatientRequest.objects.filter(~Exists(standing)).annotate(at=Max("text_consents__ended_at"))
    rows = ended.filter(at__isnull=False).only("pk", "submission_id").order_by("at", "pk")
    requests = [{"request": digest_of(row), "at": vars(row)["at"].isoformat()} for row in rows]
    return [*numbers, *requests]


def read(carried: Iterable[dict[str, Any]]) -> list[Stop]:
    """What `listed` said. Raises NotReadable for a number that another SECRET_KEY has sealed, and ValueError,
    KeyError, TypeError or AttributeError for what is no such list."""
    return [
        Stop(datetime.fromisoformat(row["at"]), number=sealing.unseal(row["number"]))
        if "number" in row
        else Stop(datetime.fromisoformat(row["at"]), digest=row["request"])
        for row in carried
    ]


@transaction.atomic
def reapply(stops: Iterable[Stop]) -> int:
    """Stops again what a restored backup would text, and returns how much that was. What waits for these
    numbers is given up by whoever sends; a START since then has to be texted anew."""
    again = 0
    digests: dict[str, datetime] = {}
    for stop in stops:
        if stop.number:
            _row, is_new = TextOptOut.objects.get_or_create(number=stop.number, defaults={"at": stop.at})
            again += is_new
        else:
            digests[stop.digest] = stop.at
    for consent in TextConsent.objects.standing().select_related("request").iterator():
        at = digests.get(digest_of(consent.request))
        if at is not None and consent.at <= at:
            again += TextConsent.objects.standing().filter(pk=consent.pk).update(ended_at=at)
    return again
