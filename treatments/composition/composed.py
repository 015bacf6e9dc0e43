"""How the page of a treatment or an article is put together: its parts in order, and what is drawn where."""

from typing import Any

from treatments.composition.effect_curve import effect_curve
from treatments.composition.parts import Part, drawn, parts_of
from treatments.models import Article, ArticleDrawing, Treatment, TreatmentDrawing

# The templates of what is drawn beside the parts that say what to do, by what was chosen and signed.
AFTER, FOOD, WATER = "after", "food", "water"
BESIDE: dict[str, tuple[str, ...]] = {
    TreatmentDrawing.BROW_AND_AFTER: (AFTER,),
    ArticleDrawing.AFTER: (AFTER,),
    ArticleDrawing.AFTER_AND_CARE: (AFTER, FOOD, WATER),
}
HOW: dict[str, str] = {TreatmentDrawing.BROW: "brow", TreatmentDrawing.BROW_AND_AFTER: "brow"}


def composed(body: str, page: Treatment | Article) -> dict[str, Any]:
    """What the template of a page needs beside its words, whose text is `body`."""
    parts = drawn(parts_of(body), HOW.get(page.drawing, ""), BESIDE.get(page.drawing, ()))
    if isinstance(page, Article):
        words, leading_on = _before_the_way_on(parts)
        return {"parts": words, "later": leading_on}
    before, after = _around_the_visit(parts)
    months = page.effect_months
    return {"parts": before, "later": after, "curve": effect_curve(months) if months else None}


def _around_the_visit(parts: list[Part]) -> tuple[list[Part], list[Part]]:
    """The visit stands before what to do after it; without such a part, below the whole text."""
    at = next((place for place, part in enumerate(parts) if part.says_what_to_do), len(parts))
    return parts[:at], parts[at:]


def _before_the_way_on(parts: list[Part]) -> tuple[list[Part], list[Part]]:
    """When to get help stands before an article's last words, so that these, which lead on, meet the ways to
    reach the clinic; not where they say what to do, or are all there is."""
    at = len(parts) - (len(parts) > 1 and not parts[-1].says_what_to_do)
    return parts[:at], parts[at:]
