"""The shipped words on Botox against docs/claims.md: each sentence has its row in both languages, each row a
sentence and a fact that is written down."""

import re
import tomllib
from pathlib import Path

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation

from tests.sentences import rows_of, sentences_of
from treatments.content_loader import CONTENT
from treatments.models import Article, Treatment

TABLE = Path(settings.BASE_DIR) / "docs" / "claims.md"
# What no page may say, whatever the fact behind it would be.
FORBIDDEN = re.compile(
    r"guarante|garanti|painless|sin dolor|indolor|risk-free|sin riesgo|permanent"
    r"|forever|para siempre|proven|comprobado",
    re.IGNORECASE,
)


def text_of(page: str, language: str) -> list[str]:
    words = tomllib.loads((CONTENT / f"{page}.{language}.toml").read_text("utf-8"))
    return sentences_of(f"<p>{words['summary']}</p>{words['body']}")


def drawn_on(language: str) -> list[str]:
    """What stands below the drawings of the treatment and of the visit, and what is told in their place."""
    with translation.override(language):
        steps = render_to_string("treatments/_brow.html", {"shown": None})
        care = Article(slug="botox-aftercare", is_published=True)
        visit = render_to_string("treatments/_visit.html", {"treatment": Treatment(aftercare=care)})
        alone = render_to_string("treatments/_visit.html", {"treatment": Treatment()})
    told = re.findall(r'aria-label="([^"]+)"', steps)
    said = re.findall(r"<p(?: [^>]*)?>(.*?)</p>", steps + visit + alone, re.DOTALL)
    words = "".join(f"<p>{re.sub('<a .*?</a>', '', each)}</p>" for each in said)
    return list(dict.fromkeys([*sentences_of(words), *told]))


def test_each_sentence_has_its_row_and_each_row_its_sentence() -> None:
    said = {
        language: [
            *text_of("treatments/botox", language),
            *text_of("articles/botox-aftercare", language),
            *drawn_on(language),
        ]
        for language in ("en", "es")
    }
    rows = [(english, spanish) for english, spanish, _facts in claims()]
    assert rows == list(zip(said["en"], said["es"], strict=True))


def test_each_row_names_facts_that_are_written_down() -> None:
    known = facts()
    assert [english for english, _spanish, named in claims() if not named] == []
    named = {each for _english, _spanish, facts in claims() for each in facts}
    assert named - known == set()
    assert known - named == set()


def test_each_point_of_the_clinics_article_is_told() -> None:
    told = {
        each
        for english, _spanish, named in claims()
        for each in named
        if english in text_of("articles/botox-aftercare", "en")
    }
    assert {f"care-{number}" for number in range(1, 10)} <= told


def test_nothing_is_said_that_must_not_be_claimed() -> None:
    found = [english for english, spanish, _facts in claims() if FORBIDDEN.search(f"{english} {spanish}")]
    assert found == []
    assert FORBIDDEN.search("A guaranteed result")


def claims() -> list[tuple[str, str, list[str]]]:
    return [row for row in rows_of(TABLE) if not row[0].startswith(("`", "name"))]


def facts() -> set[str]:
    return set(re.findall(r"^\| `([a-z0-9-]+)` \|", TABLE.read_text("utf-8"), re.MULTILINE))
