"""Aftercare: the article for after the visit, in the version that the dermatologist last signed off.

Who got which version is on record. Words that nobody signed off, or whose medical review is overdue, are not
given to anybody; Today says so.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.contrib.auth.models import AbstractUser
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from appointments.messages.notices import queue
from appointments.models import Appointment, AppointmentStatus, EventKind, PatientRequest, RequestEvent
from appointments.models.aftercare import AftercareSent
from clinic.operations.batches import one_by_one
from clinic.time.hours import at, clinic_day
from treatments.models import MAIN, Article, ArticleVersion, Release, State, Treatment
from treatments.shown import add_months

# A visit longer ago gets none any more, such as when the first sign-off comes late.
AFTER_VISIT = timedelta(days=14)
# How far back a safety edit reaches.
LAST_WEEKS = timedelta(weeks=6)

NEVER_SIGNED_OFF = gettext_lazy("Nobody has signed this aftercare article off. Patients don't get it yet.")
REVIEW_OVERDUE = gettext_lazy(
    "The medical review of this aftercare article is overdue. Patients don't get it now."
)


@dataclass(frozen=True)
class Blocked:
    """An aftercare article that is not given out at present, and why."""

    article: Article
    language: str
    reason: Promise | str
    title: str


@dataclass(frozen=True)
class Update:
    """A newer clinical wording, and the latest of an older one that each patient of the last weeks got."""

    version: ArticleVersion
    outdated: list[AftercareSent]


def signed_version(versions: Iterable[ArticleVersion], language: str) -> ArticleVersion | None:
    """The live version if a medical review covers it, out of all versions of an article; English where there
    is none in `language`."""
    live = {each.language: each for each in versions if each.state == State.LIVE and each.signed_off_at}
    return live.get(language) or live.get(MAIN)


def is_overdue(version: ArticleVersion, article: Article, now: datetime) -> bool:
    """Whether the medical review of a signed-off version should have been by now."""
    if version.signed_off_at is None:
        return True
    return add_months(clinic_day(version.signed_off_at), article.review_every_months) < clinic_day(now)


def blocked(now: datetime | None = None) -> list[Blocked]:
    """The aftercare articles of published treatments that are not given out, for Today. Two queries."""
    now = now or timezone.now()
    articles = Article.objects.filter(aftercare_of__is_published=True).distinct().prefetch_related("versions")
    found = []
    for article in articles:
        versions = list(article.versions.all())
        for language in sorted({MAIN.value, *(each.language for each in versions)}):
            version = signed_version(versions, language)
            newest = max(
                (each for each in versions if each.language == language),
                key=lambda each: each.number,
                default=None,
            )
            title = newest.title if newest else article.slug
            if version is None:
                found.append(Blocked(article, language, NEVER_SIGNED_OFF, title))
            elif version.language == language and is_overdue(version, article, now):
                found.append(Blocked(article, language, REVIEW_OVERDUE, title))
    return found


def given_words(version: ArticleVersion) -> str:
    """What the timeline says of it."""
    return _("Aftercare given: %(version)s") % {"version": version}


def for_patient(patient_request: PatientRequest) -> AftercareSent | None:
    """What the patient of `patient_request` reads behind the link: the latest version given. One query."""
    return patient_request.aftercare_sent.select_related("version__page").first()


def give(now: datetime) -> int:
    """Gives the article to those whose visit is over, who waited longest first; returns how many got it. Not
    before the clinic's day has ended: until then what was noted of the visit can be undone."""
    visits = Appointment.objects.filter(
        Q(is_consultation=False) | Q(treatment_followed=True),
        request=OuterRef("pk"),
        status=AppointmentStatus.FULFILLED,
        start__lt=at(clinic_day(now), time()),
    )
    visited = (
        PatientRequest.objects.filter(
            Exists(visits),
            ~Exists(AftercareSent.objects.filter(request=OuterRef("pk"))),
            finished_at__gt=now - AFTER_VISIT,
            finished_at__lte=now,
            treatment__in=list(Treatment.objects.filter(aftercare__isnull=False)),
        )
        .select_related("treatment__aftercare")
        .prefetch_related("treatment__aftercare__versions")
        .order_by("finished_at", "pk")
    )
    return one_by_one("aftercare", visited[:500], lambda patient_request: _give_first(patient_request, now))


def _give_first(patient_request: PatientRequest, now: datetime) -> bool:
    article = patient_request.treatment.aftercare if patient_request.treatment else None
    version = signed_version(article.versions.all(), patient_request.language) if article else None
    if article is None or version is None or is_overdue(version, article, now):
        return False
    return _give(patient_request, version, "aftercare", None, now)


def updates(now: datetime, among: Collection[int] | None = None) -> list[Update]:
    """The safety edits that somebody has to confirm: a newer signed-off version with a clinical change in it,
    and who got an older one in the last weeks; of these requests alone if `among` names them by key."""
    newer = _outdated(now)
    if not newer:
        return []
    latest: dict[int, AftercareSent] = {}
    recent = AftercareSent.objects.filter(at__gt=now - LAST_WEEKS).order_by("at", "pk")
    if among is not None:
        recent = recent.filter(request__in=among)
    for sent in recent.select_related("request", "version"):
        latest[sent.request_id] = sent
    by_version: dict[ArticleVersion, list[AftercareSent]] = {}
    for sent in latest.values():
        if sent.version_id in newer:
            by_version.setdefault(newer[sent.version_id], []).append(sent)
    return [Update(version, outdated) for version, outdated in by_version.items()]


def _outdated(now: datetime) -> dict[int, ArticleVersion]:
    """The versions that any patient was given, by their keys, with the newer clinical wording of each: few,
    however many patients."""
    given = ArticleVersion.objects.filter(Exists(AftercareSent.objects.filter(version=OuterRef("pk"))))
    found = {}
    for version in given.select_related("page").prefetch_related("page__versions"):
        newer = _newer_clinical(version)
        if newer and not is_overdue(newer, version.page, now):
            found[version.pk] = newer
    return found


def outdated_by(
    version: ArticleVersion, now: datetime, among: Collection[int] | None = None
) -> list[AftercareSent]:
    """What those got last who got an older one than `version` in the last weeks; nothing when `version` is
    not the one to give any more. `among` as for `updates`."""
    found = (update.outdated for update in updates(now, among) if update.version == version)
    return next(found, [])


def send_update(
    version: ArticleVersion, to: Iterable[PatientRequest], by: AbstractUser, now: datetime
) -> int:
    """Gives `version` to those of an older one, as `by` confirmed; to how many, who didn't have it yet."""
    return sum(_give(each, version, "aftercare_update", by, now) for each in to)


def _newer_clinical(old: ArticleVersion) -> ArticleVersion | None:
    versions = list(old.page.versions.all())
    newest = signed_version(versions, old.language)
    if newest is None or newest.language != old.language or newest.number <= old.number:
        return None
    between = (v for v in versions if v.language == old.language and old.number < v.number <= newest.number)
    return newest if any(version.release == Release.SIGNED for version in between) else None


def _give(
    patient_request: PatientRequest,
    version: ArticleVersion,
    kind: str,
    by: AbstractUser | None,
    now: datetime,
) -> bool:
    with transaction.atomic():
        # Two workers at once: the second waits here, and then sees the first one's record.
        PatientRequest.objects.select_for_update().filter(pk=patient_request.pk).values_list("pk").first()
        if AftercareSent.objects.filter(request=patient_request, version=version).exists():
            return False
        event = RequestEvent.objects.create(
            request=patient_request,
            kind=EventKind.MESSAGE,
            by_id=by.pk if by else None,
            at=now,
            note=given_words(version),
        )
        message = queue(patient_request, kind, event)
        AftercareSent.objects.create(request=patient_request, version=version, message=message, at=now)
    return True
