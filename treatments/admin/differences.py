"""What differs between two versions of a page, in words: texts, links, emphasis, facts and questions."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinic.models import Picture
from clinic.signed.differences import Change, Piece, blocks
from clinic.signed.written import lines
from treatments.models import MAIN, ArticleDrawing, FlaggedAnswer, TreatmentDrawing
from treatments.publishing import AnyVersion, Beside, Content, Facts, Question, Words

FACT_NAMES = {
    "min_age": gettext_lazy("Youngest age"),
    "max_age": gettext_lazy("Oldest age"),
    "effect_months": gettext_lazy("The effect can last up to (months)"),
    "min_interval_months": gettext_lazy("Shortest time between treatments (months)"),
    "recall_after_weeks": gettext_lazy("Remind patients after (weeks)"),
    "names_medicine": gettext_lazy("Names a medicine"),
    "drawing": gettext_lazy("Drawn on the page"),
}
# The one fact that is a word; no word means two things.
DRAWINGS: dict[str, Any] = {**dict(TreatmentDrawing.choices), **dict(ArticleDrawing.choices)}


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
        found += _beside_differences(old.beside, new.beside)
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


def _beside_differences(old: Beside, new: Beside) -> Iterator[Change]:
    """A picture by its words in both languages, and sources."""
    if old.picture_id != new.picture_id:
        rows = Picture.objects.in_bulk([each for each in (old.picture_id, new.picture_id) if each])
        before, after = (_said_of_picture(rows.get(each.picture_id or 0)) for each in (old, new))
        yield Change(_("Picture"), blocks(before, after))
    if old.sources != new.sources:
        before, after = (["; ".join(filter(None, each)) for each in one.sources] for one in (old, new))
        yield Change(_("Sources"), blocks(before, after))


def _said_of_picture(picture: Picture | None) -> list[str]:
    if picture is None:
        return [_("no picture")]
    return [_("picture %(file)s") % {"file": picture.digest[:8]}, picture.alt, picture.alt_es, picture.credit]


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
