"""What comes about at its moment: a signed version goes live, a page leaves the site.

What shows is what has the state, never what a date says; so somebody has to take the step. The worker does,
and so does whoever reads a page first: a reader waits for no worker.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from clinic.operations import edition
from clinic.operations.batches import one_by_one
from clinic.signed import signing
from treatments.models import MAIN, Article, ArticleVersion, State, Treatment, TreatmentVersion


@dataclass(frozen=True)
class Coming:
    """What is to come about at `at`: a version goes live, or, without one, the page leaves the site."""

    page: Treatment | Article
    version: TreatmentVersion | ArticleVersion | None
    at: datetime


def coming(pages: Iterable[Treatment | Article]) -> list[Coming]:
    """What is planned for `pages`, the next first. No query where they come with their versions."""
    found = []
    for page in pages:
        versions: list[Any] = list(page.versions.all())
        found += [Coming(page, each, each.goes_live_at) for each in versions if each.state == State.SCHEDULED]
        if page.is_published and page.leaves_at:
            found.append(Coming(page, None, page.leaves_at))
    return sorted(found, key=lambda each: each.at)


def take(now: datetime) -> int:
    """Takes every step whose moment has come; how many. Any number of processes may come at once: each step
    is taken by one of them. A step that fails stands in nobody's way."""
    versions: list[Any] = [
        version
        for model in (TreatmentVersion, ArticleVersion)
        for version in model._default_manager.filter(state=State.SCHEDULED, goes_live_at__lte=now).defer(
            "body"
        )
    ]
    # The words of another language stand beside the facts of the main one.
    versions.sort(key=lambda version: (version.goes_live_at, version.language != MAIN))
    pages: list[Any] = [
        page
        for model in (Treatment, Article)
        for page in model._default_manager.filter(is_published=True, leaves_at__lte=now)
    ]
    live = one_by_one("version goes live", versions, lambda version: signing.go_live(version, now))
    taken = live + one_by_one("page leaves", pages, lambda page: _leave(page, now))
    if taken:
        edition.advance()
    return taken


def _leave(page: Treatment | Article, now: datetime) -> bool:
    rows = type(page)._default_manager.filter(pk=page.pk, is_published=True, leaves_at__lte=now)
    return bool(rows.update(is_published=False, leaves_at=None))
