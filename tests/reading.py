"""`make reading`: how many years of school each public page and each e-mail asks of its reader.

English by Flesch and Kincaid's grade, to be 6 to 8; Spanish by Fernández Huerta's ease, to be 60 to 90, which
is what pupils of 11 to 15 read. A star marks what lies outside. Only whole sentences count: no headings,
menus, buttons. Syllables come from hyphenation (Pyphen), which splits a few words too seldom, so the grade is
on the low side. A figure is no judge: what reads clipped is mended by reading it aloud.

    python -m tests.reading           a line for each page and message
    python -m tests.reading --hard    their hardest sentences as well
"""

import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from html.parser import HTMLParser
from typing import Any

import django
import pyphen
from django.core.management import call_command
from django.test import Client
from django.test.utils import override_settings
from django.utils import timezone, translation

# What holds sentences, and what is never one.
SENTENCES_IN = {"p", "li", "dd", "blockquote", "summary", "legend", "label", "div"}
LEFT_OUT = {"script", "style", "nav", "header", "footer", "h1", "h2", "h3", "dt", "button", "svg", "option"}
SHORTEST = 4  # words; anything shorter is a label
ENDS = re.compile(r"(?<=[.?!:])(?<!\b[ap]\.)(?<!\bDr\.)(?<!\bDra\.)\s+(?=[A-ZÁÉÍÓÚÑ¿¡0-9])")
WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")


class Prose(HTMLParser):
    """The blocks of text in the main part of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.blocks: list[str] = []
        self._open: list[str] = []
        self._text = ""
        main = re.search(r"<main.*?</main>", html, re.DOTALL)
        self.feed(main[0] if main else html)
        self._end()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in SENTENCES_IN | LEFT_OUT or tag == "br":
            self._end()
        if tag in LEFT_OUT or ("class", "button") in attrs:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in SENTENCES_IN | LEFT_OUT:
            self._end()
        if self._open and self._open[-1] == tag:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        if not self._open:
            self._text += data

    def _end(self) -> None:
        self.blocks.append(" ".join(self._text.split()))
        self._text = ""


@dataclass(frozen=True)
class Text:
    """Sentences of one page or message, in one language."""

    sentences: list[str]
    language: str

    @cached_property
    def words(self) -> list[str]:
        return [word for sentence in self.sentences for word in WORD.findall(sentence)]

    @property
    def words_in_a_sentence(self) -> float:
        return len(self.words) / len(self.sentences) if self.sentences else 0.0

    @property
    def syllables_in_a_word(self) -> float:
        return sum(syllables(word, self.language) for word in self.words) / max(1, len(self.words))

    @property
    def score(self) -> float:
        """The grade of an English text, the ease of a Spanish one."""
        if self.language == "es":
            return 206.84 - 60 * self.syllables_in_a_word - 1.02 * self.words_in_a_sentence
        return 0.39 * self.words_in_a_sentence + 11.8 * self.syllables_in_a_word - 15.59

    @property
    def is_off(self) -> bool:
        lowest, highest = (60, 90) if self.language == "es" else (6, 8)
        return not lowest <= round(self.score) <= highest


@cache
def _dictionary(language: str) -> Any:
    return pyphen.Pyphen(lang={"en": "en_US", "es": "es"}[language], left=1, right=1)  # type: ignore[no-untyped-call]


@cache
def syllables(word: str, language: str) -> int:
    parts = [part for part in re.split(r"[-'’]", word) if len(part) > 1] or [word]
    return sum(_dictionary(language).inserted(part.lower()).count("-") + 1 for part in parts)


def read(blocks: list[str], language: str) -> Text:
    sentences = [sentence.strip() for block in blocks for sentence in ENDS.split(block)]
    return Text([each for each in sentences if len(WORD.findall(each)) >= SHORTEST], language)


def pages() -> Iterator[tuple[str, Text]]:
    """Every page that anybody may open, in both languages."""
    client = Client()
    listed = re.findall(r"<loc>[a-z]+://[^/]+([^<]*)</loc>", client.get("/sitemap.xml").content.decode())
    others = ["/appointments/request/botox/", "/appointments/request/consultation/", "/appointments/find/"]
    for path in [*listed, *others, *(f"/es{path}" for path in others)]:
        html = client.get(path).content.decode()
        yield path, read(Prose(html).blocks, "es" if path.startswith("/es/") else "en")


def messages() -> Iterator[tuple[str, Text]]:
    """Every e-mail to patients, as its sample; its subject, links and the foot that all share aside."""
    from appointments.messages import notices
    from appointments.staff.messages.samples import SAMPLES, made_up_for

    for language in ("en", "es"):
        for sample in SAMPLES:
            with translation.override(language):
                made_up, values = made_up_for(sample, language, timezone.now())
                _subject, text, _html = notices.render(made_up, sample.kind, **values)
            blocks = [" ".join(block.split()) for block in re.split(r"\n\s*\n", text) if "://" not in block]
            yield f"e-mail {sample.slug} ({language})", read(blocks, language)


def hardest(text: Text) -> list[str]:
    one_by_one = [Text([sentence], text.language) for sentence in text.sentences]
    hard_first = sorted(one_by_one, key=lambda each: each.score, reverse=text.language == "en")
    return [f"{each.score:>9.1f}  {each.sentences[0]}" for each in hard_first[:3]]


def main() -> int:
    """The table. 0 always: what to mend is for people to say."""
    print("  score  words/sentence  sentences")  # noqa: T201 - a program for a terminal
    for name, text in (*pages(), *messages()):
        mark = "*" if text.is_off else " "
        figures = f"{text.score:>7.1f}{mark}{text.words_in_a_sentence:>15.1f}{len(text.sentences):>11}"
        print(f"{figures}  {name}")  # noqa: T201
        if "--hard" in sys.argv:
            print("\n".join(hardest(text)))  # noqa: T201
    return 0


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    os.environ["DATABASE_URL"] = "sqlite://:memory:"
    os.environ["LOG_LEVEL"] = "WARNING"
    django.setup()
    with override_settings(ALLOWED_HOSTS=["testserver"]):
        call_command("migrate", verbosity=0)
        call_command("load_content", verbosity=0)
        sys.exit(main())
