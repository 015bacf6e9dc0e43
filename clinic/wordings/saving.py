"""How the clinic changes its words: a new wording each time, the old ones kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from clinic.http import page_cache
from clinic.languages import Language
from clinic.models import Clinic, Wording
from clinic.wordings.filling import complaints, tidied
from clinic.wordings.texts import Text


class SavingRefused(Exception):
    """The rules say no. The message is for the person who tried."""


class SavedMeanwhile(Exception):
    """A colleague has changed the same words since they were looked at."""


@dataclass(frozen=True)
class Change:
    """New words for a text in one language; `seen` is the number of the wording that they were made from."""

    language: str
    words: str
    seen: int


def history(text: Text) -> list[Wording]:
    """Every wording of `text`, the newest first. One query."""
    return list(Wording.objects.filter(key=text.key).select_related("editor"))


def newest(rows: list[Wording]) -> dict[str, Wording | None]:
    """By language the wording that holds, out of a text's history."""
    return {
        language: next((row for row in rows if row.language == language), None)
        for language in Language.values
    }


def save(text: Text, changes: list[Change], by: User, now: datetime, note: str = "") -> int:
    """Writes what differs from the words that hold and returns in how many languages. The shipped words are
    kept as none of the clinic's own. Raises SavingRefused or SavedMeanwhile, and then writes nothing."""
    if not by.has_perm(text.group.permission):
        raise SavingRefused(_("You can't change this text."))
    try:
        with transaction.atomic():
            written = _write(text, changes, by, now, note)
    except IntegrityError as error:
        raise SavedMeanwhile from error
    if written:
        page_cache.forget()
    return written


def _write(text: Text, changes: list[Change], by: User, now: datetime, note: str) -> int:
    # One save at a time, so that the newest row is also the last one written: the copies go by it.
    list(Clinic.objects.select_for_update().filter(pk=1).values("pk"))
    standing = newest(history(text))
    written = 0
    for change in changes:
        row = standing[change.language]
        words = stored(text, change.language, change.words)
        if (row.number if row else 0) != change.seen:
            raise SavedMeanwhile
        if words == (row.text if row else ""):
            continue
        if found := complaints(text, words):
            raise SavingRefused(" ".join(found))
        Wording.objects.create(
            key=text.key,
            language=change.language,
            number=change.seen + 1,
            text=words,
            editor=by,
            at=now,
            note=note[:200],
        )
        written += 1
    return written


def stored(text: Text, language: str, typed: str) -> str:
    """What is kept of `typed`: nothing where it says what the shipped words say."""
    words = tidied(text, typed)
    return "" if words == tidied(text, text.shipped_in(language)) else words


def as_changes(words: Mapping[str, str], seen: Mapping[str, int]) -> list[Change]:
    return [Change(language, said, seen[language]) for language, said in words.items()]
