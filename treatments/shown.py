"""The pages as the public sees them: which version, in which language, reviewed by whom.

One query a page or list. What is shown is the live version; its facts are those of the live version in the
main language, which a page needs to be shown at all.
"""

import calendar
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Generic

from django.contrib.auth.models import User
from django.db.models import Q
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, override

from clinic.models import Picture, Practitioner
from clinic.time.words import long_date
from treatments import due
from treatments.addresses import in_language, with_present_links
from treatments.models import (
    MAIN,
    Article,
    ArticleVersion,
    State,
    Treatment,
    TreatmentVersion,
    VersionQuerySet,
    VersionT,
)


@dataclass(frozen=True)
class SignOff:
    """A dermatologist's review that covers the words on the page."""

    by: str
    on: date
    next_due: date
    physician: Practitioner | None

    @property
    def on_in_words(self) -> str:
        return long_date(self.on)

    @property
    def next_due_in_words(self) -> str:
        return long_date(self.next_due)


@dataclass(frozen=True)
class Linked:
    """Another page, as one leads to it."""

    slug: str
    title: str
    # Where it differs from the page around it.
    language: str


@dataclass(frozen=True)
class Shown(Generic[VersionT]):
    """A page with the version that is on it."""

    version: VersionT
    sign_off: SignOff | None
    # Of a page in another language: the English has been signed anew since it was translated.
    english_is_newer: bool = False
    # When its words in this language went live first, of a single page alone; when words or facts did last.
    since: datetime | None = None
    changed: datetime | None = None

    @property
    def language(self) -> str:
        """The language of the words, where it differs from the page around them; else empty."""
        return "" if self.version.language == get_language() else self.version.language

    @property
    def english_url(self) -> str:
        with override(MAIN):
            return self.version.page.get_absolute_url()

    @property
    def url(self) -> str:
        return self.version.page.get_absolute_url()

    @property
    def body(self) -> SafeString:
        """The text, which was cleaned when it was stored, with its links as they lead now, in the language
        of the page."""
        return body_of(self.version)

    @property
    def doctor(self) -> Practitioner | None:
        """Of a treatment's page: who usually does it, else the doctor in the menu. Not to be saved."""
        told = getattr(self.version, "told_doctor", None)
        if told is None:
            return None
        portrait = told["portrait"]
        doctor = Practitioner(**{name: value for name, value in told.items() if name != "portrait"})
        if portrait["digest"]:
            # SQLite keeps JSON as text, also within JSON.
            widths = portrait["widths"]
            widths = json.loads(widths) if isinstance(widths, str) else widths
            doctor.portrait = Picture(**(portrait | {"widths": widths}))
        return doctor

    @property
    def treatment(self) -> Linked | None:
        """Of an article: the treatment whose aftercare it is."""
        told = getattr(self.version, "told_treatment", None)
        if told is None:
            return None
        language = "" if told["language"] == get_language() else told["language"]
        return Linked(told["slug"], told["title"], language)


def body_of(version: TreatmentVersion | ArticleVersion) -> SafeString:
    """The text of a version on the page of a reader, whose links lead on in the reader's language."""
    body = in_language(with_present_links(version.body), get_language() or MAIN)
    return mark_safe(body)  # noqa: S308


AnyShown = Shown[TreatmentVersion] | Shown[ArticleVersion]


def treatments() -> list[Shown[TreatmentVersion]]:
    """Every published treatment that has words, in order; without the bodies."""
    return _each(_live(_published(TreatmentVersion.objects.all()).defer("body")))


def articles() -> list[Shown[ArticleVersion]]:
    """Every published article that has words, in order; without the bodies."""
    return _each(_live(_published(ArticleVersion.objects.all()).defer("body")))


def treatment(slug: str) -> Shown[TreatmentVersion] | None:
    """One published treatment, its aftercare article with it. `slug` may be one that it had before."""
    rows = _published(TreatmentVersion.objects.with_doctor()).select_related("page__aftercare")
    return _one(rows, slug)


def asked_for(treatment: Treatment) -> Shown[TreatmentVersion] | None:
    """What a patient asked for, on the site still or not."""
    rows = TreatmentVersion.objects.live().filter(page=treatment, language__in={MAIN, _language()})
    return _shown(list(rows.select_related("page", "signed_off_by__practitioner")))


def previewed(version: TreatmentVersion | ArticleVersion) -> AnyShown:
    """A version as it would be on the site, live or not, with its own facts and the doctor or the treatment
    that the page names; reviewed only if it is signed."""
    if isinstance(version, TreatmentVersion):
        return _previewed(TreatmentVersion.objects.with_doctor(), version)
    return _previewed(ArticleVersion.objects.with_treatment(_language()), version)


def _previewed(rows: VersionQuerySet[VersionT], version: VersionT) -> Shown[VersionT]:
    rows = rows.select_related("page", "picture", "signed_off_by__practitioner__portrait")
    told = rows.get(pk=version.pk)
    page: Treatment | Article = told.page
    if told.language == MAIN:
        page.facts = told
    return Shown(told, _sign_off(told, page.review_every_months))


def article(slug: str) -> Shown[ArticleVersion] | None:
    """One published article. `slug` may be one that it had before."""
    return _one(_published(ArticleVersion.objects.with_treatment(_language())), slug)


def _one(rows: VersionQuerySet[VersionT], slug: str) -> Shown[VersionT] | None:
    rows = rows.filter(page__addresses__slug=slug).with_newer_english().with_first_published()
    return _shown(_live(rows.select_related("picture", "signed_off_by__practitioner__portrait")))


def _published(versions: VersionQuerySet[VersionT]) -> VersionQuerySet[VersionT]:
    """What is live, and what is due to be: asked for together, in one query."""
    in_language = versions.filter(page__is_published=True, language__in={MAIN, _language()})
    return (
        in_language.filter(Q(state=State.LIVE) | Q(state=State.SCHEDULED, goes_live_at__lte=timezone.now()))
        .select_related("page", "signed_off_by__practitioner")
        .order_by("page__position", "page__slug")
    )


def _live(rows: VersionQuerySet[VersionT]) -> list[VersionT]:
    """What is live of `rows`, once what is due has been taken live or off the site."""
    now, versions = timezone.now(), list(rows)
    if any(each.state == State.SCHEDULED or _leaves(each.page, now) for each in versions):
        due.take(now)
        versions = list(rows.all())
    return [each for each in versions if each.state == State.LIVE]


def _leaves(page: Treatment | Article, now: datetime) -> bool:
    return page.leaves_at is not None and page.leaves_at <= now


def _language() -> str:
    return get_language() or MAIN


def _each(versions: Iterable[VersionT]) -> list[Shown[VersionT]]:
    pages = [_shown(list(group)) for _, group in groupby(versions, key=lambda version: version.page_id)]
    return [page for page in pages if page is not None]


def _shown(live: list[VersionT]) -> Shown[VersionT] | None:
    """What is shown of the live versions of one page."""
    by_language = {version.language: version for version in live}
    facts = by_language.get(MAIN)
    if facts is None:
        return None
    version = by_language.get(_language(), facts)
    page: Treatment | Article = version.page
    page.facts = facts
    is_older = getattr(version, "english_is_newer", False)
    since = getattr(version, "first_published_at", None)
    changed = max(filter(None, (version.published_at, facts.published_at)), default=None)
    return Shown(version, _sign_off(version, page.review_every_months), is_older, since, changed)


def _sign_off(version: VersionT, every_months: int) -> SignOff | None:
    """The last medical review that covers the words on the page."""
    if version.signed_off_at is None or version.signed_off_by is None:
        return None
    signer: User = version.signed_off_by
    practitioner: Practitioner | None = getattr(signer, "practitioner", None)
    # To the public a reviewer has a name, never a user name.
    name = practitioner.name if practitioner else signer.get_full_name()
    on = timezone.localdate(version.signed_off_at)
    physician = practitioner if practitioner and practitioner.is_physician else None
    return SignOff(name, on, add_months(on, every_months), physician)


def add_months(day: date, months: int) -> date:
    """The same day `months` later, or the last day of that month where it is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
