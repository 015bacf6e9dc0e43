"""How the clinic changes its words: a new version each time, the old ones kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from clinic.languages import Language
from clinic.models import Clinic, State, Wording
from clinic.signed import signing
from clinic.signed.signing import PublishingRefused, Seen
from clinic.wordings.filling import complaints, tidied
from clinic.wordings.texts import Text


class SavingRefused(Exception):
    """The rules say no. The message is for the person who tried."""


class SavedMeanwhile(Exception):
    """A colleague has changed the same words since they were looked at."""


@dataclass(frozen=True)
class Change:
    """New words for a text in one language; `seen` is the number of the newest version of that moment."""

    language: str
    words: str
    seen: int


@dataclass(frozen=True)
class Standing:
    """How a text stands in one language: what holds, what waits to, and the number of the newest version."""

    live: Wording | None
    waiting: Wording | None
    number: int

    @property
    def newest(self) -> Wording | None:
        """What somebody who writes goes on from."""
        return self.waiting or self.live

    @property
    def words(self) -> str:
        return self.newest.text if self.newest else ""


@dataclass(frozen=True)
class Saved:
    """What became of a save: how many languages were written, and whether any of them waits."""

    written: int
    waits: bool


def history(text: Text) -> list[Wording]:
    """Every version of `text`, the newest first. One query."""
    return list(Wording.objects.filter(key=text.key).select_related("editor", "returned_by"))


def standing(rows: list[Wording]) -> dict[str, Standing]:
    """By language, out of a text's history."""
    found = {}
    for language in Language.values:
        ours = [row for row in rows if row.language == language]
        by_state = {row.state: row for row in ours}
        number = max((row.number for row in ours), default=0)
        found[language] = Standing(by_state.get(State.LIVE), by_state.get(State.WAITING), number)
    return found


def save(text: Text, changes: list[Change], by: User, now: datetime, note: str = "") -> Saved:
    """Writes what differs from the words that hold, or wait to. The shipped words are kept as none of the
    clinic's own. Raises SavingRefused or SavedMeanwhile, and then writes nothing."""
    if not by.has_perm(text.group.permission):
        raise SavingRefused(_("You can't change this text."))
    try:
        with transaction.atomic():
            # One save at a time, so that the newest row is also the last one written.
            list(Clinic.objects.select_for_update().filter(pk=1).values("pk"))
            stands = standing(history(text))
            states = [_write(text, change, stands[change.language], by, now, note) for change in changes]
    except (IntegrityError, PublishingRefused) as error:
        raise SavedMeanwhile from error
    written = [state for state in states if state]
    return Saved(len(written), State.WAITING in written)


def _write(text: Text, change: Change, stands: Standing, by: User, now: datetime, note: str) -> str:
    """The state in which the words are afterwards; '' where they are as they were."""
    words = stored(text, change.language, change.words)
    if stands.number != change.seen:
        raise SavedMeanwhile
    if words == stands.words and stands.newest:
        return _confirmed(stands, by, now)
    if words == stands.words:
        return ""
    if found := complaints(text, words):
        raise SavingRefused(" ".join(found))
    row = Wording(
        key=text.key,
        language=change.language,
        number=change.seen + 1,
        text=words,
        is_clinical=text.is_clinical,
        created_at=now,
        change_note=note[:200],
    )
    signing.write(row, by, now)
    return row.state


def _confirmed(stands: Standing, by: User, now: datetime) -> str:
    """Who speaks for the clinic and saves what waits as it is puts it on the site."""
    row = stands.waiting
    if row is None or row.takes_a_physician or not signing.speaks_for_the_clinic(by, row):
        return ""
    signing.put_on_the_site(row, Seen.of(row, stands.live), by, now)
    return row.state


def stored(text: Text, language: str, typed: str) -> str:
    """What is kept of `typed`: nothing where it says what the shipped words say."""
    words = tidied(text, typed)
    return "" if words == tidied(text, text.shipped_in(language)) else words


def as_changes(words: Mapping[str, str], seen: Mapping[str, int]) -> list[Change]:
    return [Change(language, said, seen[language]) for language, said in words.items()]
