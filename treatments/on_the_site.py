"""Whether a page is on the site: put there, taken off, at once or at a moment; and what is open about it,
which is said before it is taken off.

Who knows of more that is open registers it by `look_before`; this app knows none of them.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import chain

from django.contrib.auth.models import User
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clinic.signed.signing import FASTER, PublishingRefused, permission
from clinic.wordings import present
from clinic.wordings.texts import text_of
from treatments.models import Article, ArticleVersion, State, Treatment, TreatmentVersion
from treatments.publishing import AnyPage, AnyVersion

READ = (State.WAITING, State.SCHEDULED, State.LIVE)


@dataclass(frozen=True)
class Open:
    """Something that is open about a page, with where to look at it, for those with the permission."""

    words: str | Promise
    url: str = ""
    permission: str = ""


Look = Callable[[AnyPage, datetime], Iterable[Open]]
_looks: list[Look] = []


def look_before(look: Look) -> Look:
    """Registers who says what is open about a page before it leaves the site."""
    if look not in _looks:
        _looks.append(look)
    return look


def what_is_open(page: AnyPage, now: datetime) -> list[Open]:
    """All that somebody should know before `page` leaves the site."""
    return [*chain.from_iterable(look(page, now) for look in _looks), *_aftercare_of(page), *_links_to(page)]


def put_on(page: AnyPage, by: User) -> None:
    """Puts a page that is off the site back there. Raises PublishingRefused."""
    _change(page, by, was=False, is_published=True, leaves_at=None)


def take_off(page: AnyPage, by: User, at: datetime | None = None) -> None:
    """Takes a page off the site, now or at a moment. Its versions, and what patients were given of them, stay
    as they are. Raises PublishingRefused."""
    if at is None:
        _change(page, by, was=True, is_published=False, leaves_at=None)
    else:
        _change(page, by, was=True, leaves_at=at)


def keep_on(page: AnyPage, by: User) -> None:
    """Cancels what was planned by `take_off`. Raises PublishingRefused."""
    _change(page, by, was=True, leaves_at=None)


def _change(page: AnyPage, by: User, *, was: bool, **values: bool | datetime | None) -> None:
    if not by.has_perm(permission(page, "change")):
        raise PublishingRefused(_("You can't publish this page."))
    if not type(page)._default_manager.filter(pk=page.pk, is_published=was).update(**values):
        raise PublishingRefused(FASTER)
    page.refresh_from_db()


def _aftercare_of(page: AnyPage) -> Iterator[Open]:
    """The treatments after which an article is given."""
    if not isinstance(page, Article):
        return
    number = page.aftercare_of.filter(is_published=True).count()
    if number:
        yield Open(
            ngettext(
                "It is the aftercare article of %(number)d treatment. It is given all the same.",
                "It is the aftercare article of %(number)d treatments. It is given all the same.",
                number,
            )
            % {"number": number}
        )


def _links_to(page: AnyPage) -> Iterator[Open]:
    """The pages and texts with a link to this one, under any address that it has or had."""
    kind = "treatments" if isinstance(page, Treatment) else "articles"
    places = [f"/{kind}/{slug}/" for slug in page.addresses.values_list("slug", flat=True)]
    if isinstance(page, Treatment):
        places += [place.replace("/treatments/", "/appointments/request/") for place in places]
    for version in _read_by_patients(page):
        if any(place in version.body for place in places):
            words = _("“%(title)s” (%(language)s) has a link to this page.")
            yield Open(words % {"title": version.title, "language": version.get_language_display()})
    for (key, language), said in present.read().items():
        text = text_of(key)
        if text is not None and any(place in said for place in places):
            words = _("The text “%(title)s” (%(language)s) has a link to this page.")
            yield Open(words % {"title": text.label, "language": language})


def _read_by_patients(page: AnyPage) -> Iterator[AnyVersion]:
    """What is on the site, or on its way there, of the other pages."""
    for model in (TreatmentVersion, ArticleVersion):
        rows = model._default_manager.filter(state__in=READ, page__is_published=True)
        yield from rows.exclude(page_id=page.pk) if isinstance(page, model.page.field.related_model) else rows
