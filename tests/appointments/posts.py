"""What a browser posts for each form, right in every field; everything can be changed or left out."""

import uuid
from datetime import timedelta
from typing import Any

from django.utils import timezone

from appointments.patients import refused
from clinic.models import RateCount
from clinic.time.hours import clinic_day

Post = dict[str, Any]


def use_up_the_address() -> None:
    """The next request from an address that has sent one is above its limit."""
    RateCount.objects.filter(key__startswith="request-address", count=1).update(count=refused.BY_ADDRESS.most)


def appointment(**changes: Any) -> Post:
    """A complete request for an appointment. A change to None leaves the field out."""
    return _changed(
        {
            "first_name": "Ada",
            "last_name": "Example",
            "date_of_birth_month": "5",
            "date_of_birth_day": "17",
            "date_of_birth_year": "1990",
            "phone": "(310) 555-0123",
            "email": "ada@example.com",
            "contact_by": "phone",
            "preferred_days": ["mon", "wed"],
            "preferred_times": ["morning"],
            "earliest_date": "",
            "returning_patient": "no",
            "message": "",
            "consent": "on",
            "submission_id": str(uuid.uuid4()),
            "website": "",
        },
        changes,
    )


def callback(**changes: Any) -> Post:
    """A complete request for a call."""
    return _changed(
        {
            "first_name": "Ada",
            "last_name": "Example",
            "phone": "(310) 555-0123",
            "topic": "treatment",
            "preferred_times": ["afternoon"],
            "voicemail_ok": "yes",
            "message": "",
            "consent": "on",
            "submission_id": str(uuid.uuid4()),
            "website": "",
        },
        changes,
    )


def _changed(post: Post, changes: Post) -> Post:
    return {name: value for name, value in (post | changes).items() if value is not None}


def open_day(weeks: int = 1) -> str:
    """A Monday in the future, as the forms post it: open under the assumed hours."""
    today = clinic_day(timezone.now())
    return (today + timedelta(days=7 * weeks - today.weekday())).isoformat()


CONSULTATION = "/appointments/request/consultation/"
CALLBACK = "/appointments/callback/"
