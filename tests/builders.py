"""Plain builders of rows for the tests: sensible defaults, everything can be given. Names are made up,
and the phone numbers are from the range that is kept for fiction."""

import itertools
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.contrib.auth.models import Group, User
from django.utils import timezone

from appointments import roles
from appointments.models import Appointment, AppointmentStatus, Kind, PatientRequest, Topic
from appointments.models.request import promise_from
from clinic.models import Clinic, Practitioner
from treatments.models import Article, ArticleVersion, ScreeningQuestion, Treatment, TreatmentVersion

_numbers = itertools.count(1)

# A Wednesday, 10:00 in Los Angeles.
WEDNESDAY = datetime(2026, 12, 2, 18, 0, tzinfo=UTC)


def clinic(**values: Any) -> Clinic:
    """The clinic's one row."""
    defaults = {"name": "FineTouch Dermatology", "area": "Los Angeles area", "phone": "+13103181500"}
    return Clinic.objects.update_or_create(pk=1, defaults=defaults | values)[0]


def practitioner(**values: Any) -> Practitioner:
    """A doctor."""
    number = next(_numbers)
    return Practitioner.objects.create(**({"slug": f"dr-{number}", "name": f"Dr. {number}"} | values))


def treatment(slug: str = "", questions: int = 0, version: bool = True, **values: Any) -> Treatment:
    """A published treatment with an English version and as many screening questions as asked for."""
    slug = slug or f"treatment-{next(_numbers)}"
    row = Treatment.objects.create(
        **({"slug": slug, "is_published": True, "min_age": 18, "max_age": 65} | values)
    )
    if version:
        TreatmentVersion.objects.create(page=row, **_wording(slug))
    for number in range(1, questions + 1):
        ScreeningQuestion.objects.create(treatment=row, number=number, text=f"Question {number}?")
    return row


def article(slug: str = "", **values: Any) -> Article:
    """A published article with an English version."""
    slug = slug or f"article-{next(_numbers)}"
    row = Article.objects.create(**({"slug": slug, "is_published": True} | values))
    ArticleVersion.objects.create(page=row, **_wording(slug))
    return row


def _wording(title: str) -> dict[str, Any]:
    return {
        "language": "en",
        "number": 1,
        "title": title.title(),
        "summary": f"About {title}.",
        "body": f"<p>Words about {title}.</p>",
        "change_note": "First version",
        "published_at": timezone.now(),
    }


def _request(kind: Kind, values: dict[str, Any]) -> PatientRequest:
    now = values.pop("received_at", None) or timezone.now()
    number = next(_numbers)
    defaults: dict[str, Any] = {
        "kind": kind,
        "first_name": "Ada",
        "last_name": f"Example{number}",
        "phone": f"+1310555{100 + number % 100:04d}",
        "consented_at": now,
        "privacy_version": "1",
        "received_at": now,
    }
    if "respond_by" not in values:
        defaults["respond_by"] = promise_from(now)
    return PatientRequest.objects.create(**(defaults | values))


def appointment_request(**values: Any) -> PatientRequest:
    """A request for an appointment, new unless told otherwise."""
    values.setdefault("date_of_birth", date(1990, 5, 17))
    return _request(Kind.APPOINTMENT, values)


def callback_request(**values: Any) -> PatientRequest:
    """A request for a call."""
    values.setdefault("topic", Topic.TREATMENT)
    return _request(Kind.CALLBACK, values)


def appointment(request: PatientRequest, who: Practitioner, start: datetime, **values: Any) -> Appointment:
    """A booked half hour, unless told otherwise."""
    defaults = {"status": AppointmentStatus.BOOKED, "end": start + timedelta(minutes=30)}
    return Appointment.objects.create(request=request, practitioner=who, start=start, **(defaults | values))


def staff(role: str = roles.FRONT_DESK, **values: Any) -> User:
    """A member of staff in one of the groups of appointments.roles."""
    number = next(_numbers)
    defaults: dict[str, Any] = {"password": "long-enough-for-tests", "is_staff": True}
    user = User.objects.create_user(values.pop("username", f"staff-{number}"), **(defaults | values))
    user.groups.add(Group.objects.get(name=role))
    return user


def superuser(**values: Any) -> User:
    """Somebody who may do everything."""
    number = next(_numbers)
    defaults: dict[str, Any] = {"password": "long-enough-for-tests"}
    return User.objects.create_superuser(values.pop("username", f"root-{number}"), **(defaults | values))
