"""Plain builders of rows for the tests: sensible defaults, everything can be given. Names are made up,
and the phone numbers are from the range that is kept for fiction."""

import itertools
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.contrib.auth.models import Group, User
from django.utils import timezone

from appointments import roles
from appointments.models import Appointment, AppointmentStatus, EarlierWish, Kind, PatientRequest, Topic
from appointments.models.request import promise_from
from clinic.models import Clinic, CommonQuestion, Practitioner, QuestionVersion, Wording
from clinic.signed import signing
from treatments.models import (
    Article,
    ArticleVersion,
    Release,
    ScreeningQuestion,
    State,
    Treatment,
    TreatmentVersion,
)

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


FACTS = (
    "min_age", "max_age", "effect_months", "min_interval_months", "recall_after_weeks", "names_medicine",
    "drawing",
)  # fmt: skip


def treatment(slug: str = "", questions: int = 0, version: bool = True, **values: Any) -> Treatment:
    """A published treatment with a live English version, its facts and as many screening questions as asked
    for."""
    slug = slug or f"treatment-{next(_numbers)}"
    facts = {"min_age": 18, "max_age": 65} | {name: values.pop(name) for name in FACTS if name in values}
    row = Treatment.objects.create(**({"slug": slug, "is_published": True} | values))
    if version:
        draft = TreatmentVersion.objects.create(page=row, **_wording(slug), **facts)
        for number in range(1, questions + 1):
            ScreeningQuestion.objects.create(version=draft, number=number, text=f"Question {number}?")
        signing.ship(draft, timezone.now())
    return row


def article(slug: str = "", **values: Any) -> Article:
    """A published article with a live English version."""
    slug = slug or f"article-{next(_numbers)}"
    facts = {name: values.pop(name) for name in FACTS if name in values}
    row = Article.objects.create(**({"slug": slug, "is_published": True} | values))
    signing.ship(ArticleVersion.objects.create(page=row, **_wording(slug), **facts), timezone.now())
    return row


def _wording(title: str) -> dict[str, Any]:
    return {
        "language": "en",
        "number": 1,
        "title": title.title(),
        "summary": f"About {title}.",
        "body": f"<p>Words about {title}.</p>",
        "change_note": "First version",
    }


def version(page: Any, language: str = "en", state: str = State.LIVE, **values: Any) -> Any:
    """One more version of a page in a state, with the facts and questions of the live one; what was live
    ends.

    What is live or scheduled was signed, by `by` at `at`, or passed with `release`.
    """
    by, at = values.pop("by", None), values.pop("at", None) or timezone.now()
    release = values.pop("release", Release.SIGNED)
    rows = page.versions.filter(language=language)
    before = rows.first()
    live = page.versions.filter(language="en", state=State.LIVE).first() if language == "en" else None
    columns = {name: getattr(live, name) for name in FACTS if live and hasattr(live, name)}
    number = before.number + 1 if before else 1
    words = _wording(f"{page.slug} {number}") | {"language": language, "number": number}
    if columns == {} and language == "en" and isinstance(page, Treatment):
        columns = {"min_age": 18}
    row = page.versions.create(page=page, **(words | columns | values))
    if isinstance(live, TreatmentVersion):
        for question in live.questions.all():
            question.pk, question.version, question._state.adding = None, row, True
            question.save()
    released: dict[str, Any] = {}
    if state in (State.LIVE, State.SCHEDULED, State.SUPERSEDED) and by:
        released = {"release": release, "released_by": by, "released_at": at}
        released |= {"signed_off_by": by, "signed_off_at": at}
    elif state in (State.LIVE, State.SCHEDULED):
        released = {"release": Release.SHIPPED}
    if state == State.LIVE:
        released["published_at"] = at
        rows.filter(state=State.LIVE).update(state=State.SUPERSEDED, ended_at=at)
    rows.filter(pk=row.pk).update(state=state, **released)
    row.refresh_from_db()
    page.__dict__.pop("facts", None)
    return row


def physician(**values: Any) -> User:
    """A dermatologist who practises here, with the account that signs."""
    user = staff(roles.DERMATOLOGIST, **values)
    practitioner(user=user, is_physician=True, name=f"Dr. {user.get_full_name() or user.username}")
    return user


def retold(page: Any, **facts: Any) -> Any:
    """The same page anew, after a version with other `facts` has gone live."""
    version(page, **facts)
    return type(page)._default_manager.get(pk=page.pk)


def wording(key: str, words: str, language: str = "en", **values: Any) -> Wording:
    """Words of the clinic's own that are on the site."""
    number = Wording.objects.filter(key=key, language=language).count() + 1
    live = {"state": State.LIVE, "release": Release.EARLIER, "published_at": timezone.now()}
    values = {"number": number, "created_at": timezone.now(), **live, **values}
    return Wording.objects.create(key=key, language=language, text=words, **values)


def question(question: str = "Where do I park?", **values: Any) -> CommonQuestion:
    """A common question whose first version is on the site."""
    row = {name: values.pop(name) for name in ("position", "is_shown") if name in values}
    common = CommonQuestion.objects.create(**row)
    live = {"state": State.LIVE, "release": Release.EARLIER, "published_at": timezone.now()}
    values = {"number": 1, "answer": "Behind.", **live, **values}
    QuestionVersion.objects.create(common=common, question=question, **values)
    return common


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


def copies(like: PatientRequest, number: int, **values: object) -> list[PatientRequest]:
    """So many more of a request, written at once."""
    fresh = ("id", "reference", "token", "submission_id", "person")
    kept = {
        field.attname: getattr(like, field.attname)
        for field in PatientRequest._meta.concrete_fields
        if field.name not in fresh
    }
    return PatientRequest.objects.bulk_create(PatientRequest(**(kept | values)) for _number in range(number))


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


def earlier_wish(request: PatientRequest, **values: Any) -> EarlierWish:
    """A patient who wants to hear of an earlier time."""
    return EarlierWish.objects.create(request=request, **({"since": request.received_at} | values))
