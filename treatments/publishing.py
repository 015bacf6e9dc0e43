"""How the words of a page change: a new version, published, signed off by a dermatologist, reviewed again.

Words are never edited in place. Which version the public sees is the rule of treatments.models.shown_version.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Max, QuerySet
from django.utils.translation import gettext_lazy as _

from clinic.time.hours import clinic_day
from treatments.models import (
    Article,
    ArticleVersion,
    ContentVersion,
    Language,
    Treatment,
    TreatmentVersion,
    shown_version,
)
from treatments.shown import add_months

AnyPage = Treatment | Article
AnyVersion = TreatmentVersion | ArticleVersion


class PublishingRefused(Exception):
    """The rules say no. The message is for the person who tried."""


@dataclass(frozen=True)
class Words:
    """What an editor writes."""

    title: str
    summary: str
    body: str
    change_note: str
    is_clinical: bool = True


@dataclass(frozen=True)
class Review:
    """A page in one language that needs a dermatologist: its review is due, or new words wait for her."""

    page: AnyPage
    language: str
    version: AnyVersion
    due: date | None
    waits_for_sign_off: bool


def permission(page: AnyPage | AnyVersion, action: str) -> str:
    """The permission for `action` ('change', 'sign_off') on a page or a version."""
    return f"{page._meta.app_label}.{action}_{page._meta.model_name}"


def new_version(page: AnyPage, language: str, words: Words, by: User) -> AnyVersion:
    """Writes `words` as the next version of `page` in `language`; nobody sees it before it is published."""
    if not by.has_perm(permission(page, "change")):
        raise PublishingRefused(_("You can't edit this page."))
    if language not in Language.values:
        raise PublishingRefused(_("There is no such language."))
    with transaction.atomic():
        type(page)._default_manager.select_for_update().get(pk=page.pk)
        last = page.versions.filter(language=language).aggregate(last=Max("number"))["last"] or 0
        version: AnyVersion = page.versions.model(
            page=page,  # type: ignore[misc]
            language=language,
            number=last + 1,
            title=words.title,
            summary=words.summary,
            body=words.body,
            change_note=words.change_note,
            is_clinical=words.is_clinical,
            editor=by,
        )
        version.save(force_insert=True)
    return version


def publish(version: AnyVersion, by: User, now: datetime) -> bool:
    """Publishes `version`; False when it was published before. Raises PublishingRefused."""
    if not by.has_perm(permission(version.page, "change")):
        raise PublishingRefused(_("You can't publish this page."))
    if _newer_published(version).exists():
        raise PublishingRefused(_("A newer version is published already."))
    return _once(version, "published_at", published_at=now)


def sign_off(version: AnyVersion, by: User, now: datetime) -> bool:
    """Records that `by` stands for the medical content of `version`; False when somebody did before."""
    if not by.has_perm(permission(version, "sign_off")):
        raise PublishingRefused(_("Only a dermatologist can sign off medical content."))
    return _once(version, "signed_off_at", signed_off_at=now, signed_off_by=by)


def review_again(version: AnyVersion, by: User, now: datetime) -> AnyVersion:
    """Renews the medical review of words that stay as they are: the same words as a new version, published
    and signed off. Raises PublishingRefused, also where newer words are published, on the site or waiting for
    their sign-off: the old ones as the newest version would bury them."""
    if not by.has_perm(permission(version, "sign_off")):
        raise PublishingRefused(_("Only a dermatologist can sign off medical content."))
    if _newer_published(version).exists():
        raise PublishingRefused(_("A newer version is published already."))
    note = str(_("Medical review, no change"))
    words = Words(version.title, version.summary, version.body, note, is_clinical=False)
    with transaction.atomic():
        renewed = new_version(version.page, version.language, words, by)
        publish(renewed, by, now)
        sign_off(renewed, by, now)
    return renewed


def _newer_published(version: AnyVersion) -> QuerySet[TreatmentVersion] | QuerySet[ArticleVersion]:
    """The versions that were published after `version`, in its language."""
    return type(version)._default_manager.filter(
        page_id=version.page_id,
        language=version.language,
        number__gt=version.number,
        published_at__isnull=False,
    )


def _once(version: AnyVersion, empty_field: str, **values: object) -> bool:
    """Writes `values` if `empty_field` is still empty, so that two clicks are one."""
    rows = type(version)._default_manager.filter(pk=version.pk, **{f"{empty_field}__isnull": True})
    won = rows.update(**values) == 1
    version.refresh_from_db(fields=list(values))
    return won


def review_due(pages: Iterable[AnyPage], today: date) -> list[Review]:
    """The pages that need a dermatologist by `today`, the longest due first, never reviewed ones before all.

    One query when the pages come with their versions (`prefetch_related("versions")`).
    """
    found = [review for page in pages for review in _reviews_of(page, today)]
    return sorted(found, key=lambda review: (review.due or date.min, review.page.slug, review.language))


def _reviews_of(page: AnyPage, today: date) -> list[Review]:
    versions: list[AnyVersion] = list(page.versions.all())
    reviews = []
    for language in Language.values:
        in_language = [version for version in versions if version.language == language]
        version = shown_version(in_language, language) if in_language else None
        if version is None:
            continue
        due = next_review(in_language, version, page.review_every_months)
        newest = max((v for v in in_language if v.published_at), key=lambda v: v.number)
        waits = newest.number > version.number
        if waits or due is None or due <= today:
            reviews.append(Review(page, language, newest if waits else version, due, waits))
    return reviews


def next_review(versions: Iterable[ContentVersion], shown: ContentVersion, months: int) -> date | None:
    """By when the words of `shown` have to be reviewed again; None when they never were."""
    signed = [v.signed_off_at for v in versions if v.number <= shown.number and v.signed_off_at]
    return add_months(clinic_day(max(signed)), months) if signed else None
