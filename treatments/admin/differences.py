"""What differs between two versions, in words: texts, links, emphasis, facts and questions.

Blocks that say much the same are compared word by word; a rewritten one stands whole, the old above the new.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from treatments.admin.written import lines
from treatments.models import MAIN, ArticleDrawing, FlaggedAnswer, TreatmentDrawing
from treatments.publishing import AnyVersion, Content, Facts, Question, Words

# From so much in common on two blocks are one that was changed.
ALIKE = 0.5
# So much of what stays the same is shown on either side of a change within a block.
CONTEXT = 160
FACT_NAMES = {
    "min_age": gettext_lazy("Youngest age"),
    "max_age": gettext_lazy("Oldest age"),
    "effect_months": gettext_lazy("The effect can last up to (months)"),
    "min_interval_months": gettext_lazy("Not again before (months)"),
    "recall_after_weeks": gettext_lazy("Ask back after (weeks)"),
    "names_medicine": gettext_lazy("Names a medicine"),
    "drawing": gettext_lazy("Drawn on the page"),
}
# The one fact that is a word; no word means two things.
DRAWINGS: dict[str, Any] = {**dict(TreatmentDrawing.choices), **dict(ArticleDrawing.choices)}


@dataclass(frozen=True)
class Piece:
    """A run of words: kept, taken out ('del') or put in ('ins')."""

    kind: str
    text: str


@dataclass(frozen=True)
class Change:
    """One part of a version that differs: its blocks, each a run of pieces."""

    name: str | Promise
    blocks: list[list[Piece]] = field(default_factory=list)


def differences(old: AnyVersion, new: AnyVersion) -> list[Change]:
    """What differs from `old` to `new`: words, and in the main language facts and questions."""
    return content_differences(
        Content.of(old), Content.of(new), with_facts=old.language == new.language == MAIN
    )


def content_differences(old: Content, new: Content, *, with_facts: bool) -> list[Change]:
    """The same of what was typed, which is no version yet."""
    found = _word_differences(old.words, new.words)
    if with_facts:
        found += _fact_differences(old.facts, new.facts)
        found += _question_differences(old.questions, new.questions)
    return found


def _word_differences(old: Words, new: Words) -> list[Change]:
    texts = (
        (_("Title"), [old.title], [new.title]),
        (_("Summary"), [old.summary], [new.summary]),
        (_("Text"), lines(old.body), lines(new.body)),
    )
    return [Change(name, blocks(before, after)) for name, before, after in texts if before != after]


def _fact_differences(old: Facts, new: Facts) -> Iterator[Change]:
    for name, words in FACT_NAMES.items():
        before, after = getattr(old, name), getattr(new, name)
        if before != after:
            yield Change(words, [[Piece("del", _value(before)), Piece("", " "), Piece("ins", _value(after))]])


def _value(value: Any) -> str:
    if isinstance(value, bool):  # the one fact of this kind: that the page names a medicine
        return _("yes: the page says when to call 911") if value else _("no: it doesn't say when to call 911")
    if isinstance(value, str):
        return str(DRAWINGS[value])
    return _("nothing said") if value is None else str(value)


def _question_differences(old: tuple[Question, ...], new: tuple[Question, ...]) -> Iterator[Change]:
    before, after = (
        {each.number: _said_of(each) for each in questions if each.number} for questions in (old, new)
    )
    for number in sorted({*before, *after}):
        one, other = before.get(number, []), after.get(number, [])
        if one != other:
            yield Change(_("Question %(number)s") % {"number": number}, blocks(one, other))
    # What was only typed has no number yet.
    for each in new:
        if each.number is None:
            yield Change(_("A new question"), blocks([], _said_of(each)))


def _said_of(question: Question) -> list[str]:
    """A question as lines, in both languages, with what its answers do."""
    said = [question.text, question.hint, question.text_es, question.hint_es]
    if not question.is_asked:
        said.append(_("Not asked any more"))
    elif question.flagged_answer == FlaggedAnswer.YES:
        said.append(_("“Yes” and “I'm not sure” go to the dermatologist first."))
    else:
        said.append(_("“No” and “I'm not sure” go to the dermatologist first."))
    return [each for each in said if each]


def blocks(before: list[str], after: list[str]) -> list[list[Piece]]:
    """Both lists of blocks as one; blocks that stay are only counted."""
    found: list[list[Piece]] = []
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    for kind, start, end, other_start, other_end in matcher.get_opcodes():
        if kind == "equal":
            count = end - start
            words = ngettext("… %(count)s part stays …", "… %(count)s parts stay …", count)
            found.append([Piece("", words % {"count": count})])
        else:
            found += _changed(before[start:end], after[other_start:other_end])
    return found


def _changed(gone: list[str], come: list[str]) -> list[list[Piece]]:
    """Each new block beside the old one that it was made of, else beside none."""
    found: list[list[Piece]] = []
    left = list(gone)
    for text in come:
        source = next((each for each in left if _alike(each, text)), None)
        if source is None:
            found.append([Piece("ins", text)])
            continue
        position = left.index(source)
        found += [[Piece("del", each)] for each in left[:position]]
        left = left[position + 1 :]
        found.append(pieces(source, text))
    # What has gone for good stands above what has come in its place.
    place = len(found)
    while place and [piece.kind for piece in found[place - 1]] == ["ins"]:
        place -= 1
    return [*found[:place], *([Piece("del", each)] for each in left), *found[place:]]


def _alike(one: str, other: str) -> bool:
    return SequenceMatcher(None, one.split(), other.split(), autojunk=False).ratio() >= ALIKE


def pieces(before: str, after: str) -> list[Piece]:
    """Both texts as one, with the words that were taken out and put in."""
    one, other = (re.findall(r"\s+|\[[^\]]*\]|[^\s\[]+|\[", text) for text in (before, after))
    found = []
    for kind, start, end, other_start, other_end in SequenceMatcher(
        None, one, other, autojunk=False
    ).get_opcodes():
        if kind == "equal":
            found.append(Piece("", shortened("".join(one[start:end]))))
            continue
        for mark, words in (("del", one[start:end]), ("ins", other[other_start:other_end])):
            if words:
                found.append(Piece(mark, "".join(words)))
    return found


def shortened(same: str) -> str:
    """A long stretch of the same words, without its middle."""
    if len(same) <= 2 * CONTEXT + 20:
        return same
    head, tail = same[:CONTEXT].rpartition(" ")[0], same[-CONTEXT:].partition(" ")[2]
    return f"{head} \u2026 {tail}"
