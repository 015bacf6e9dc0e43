"""The words of a page in another language than the main one, and the English that they translate."""

from collections.abc import Iterable
from enum import StrEnum

from treatments.models import MAIN, Article, ArticleVersion, State, Treatment, TreatmentVersion

AnyVersion = TreatmentVersion | ArticleVersion
# Versions in these states are, or may become, what patients read.
PRESENT = (State.WAITING, State.SCHEDULED, State.LIVE)


class Standing(StrEnum):
    """How the words in a language stand to the English ones."""

    MISSING = "missing"
    BEHIND = "behind"
    SAME = "same"


def standing(versions: Iterable[AnyVersion], language: str) -> Standing:
    """Of the versions of a page: whether its newest words in `language` say what the English says, live or
    about to be. Nobody's word that they do counts as a no."""
    present = [each for each in versions if each.state in (State.DRAFT, *PRESENT)]
    newest = max(
        (each for each in present if each.language == language), key=lambda each: each.number, default=None
    )
    if newest is None:
        return Standing.MISSING
    english = [each for each in present if each.language == MAIN and each.state in PRESENT]
    if not english or newest.translated_from_id in {each.pk for each in english}:
        return Standing.SAME
    return Standing.BEHIND


def originals(page: Treatment | Article) -> list[AnyVersion]:
    """The English versions that may be translated now: the live one first, then what is on its way."""
    rows: list[AnyVersion] = list(page.versions.filter(language=MAIN, state__in=PRESENT).order_by("number"))
    return sorted(rows, key=lambda each: each.state != State.LIVE)
