"""Which texts the clinic may word itself. Each app registers its own, in `ready()`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum

from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from clinic.languages import Language
from clinic.models import Clinic

Words = str | Promise


class Kind(Enum):
    """How a text is written and shown."""

    LINE = "line"
    PARAGRAPHS = "paragraphs"
    RICH = "rich"
    LINK = "link"


MOST_CHARACTERS = {Kind.LINE: 200, Kind.PARAGRAPHS: 4000, Kind.RICH: 12000, Kind.LINK: 400}
KINDS_IN_WORDS: dict[Kind, Words] = {
    Kind.LINE: _("One line of plain text."),
    Kind.PARAGRAPHS: _("Plain text. An empty line begins a new paragraph."),
    Kind.RICH: _("Text with headings, lists, bold and links."),
    Kind.LINK: _("An address that begins with https://"),
}
SEE_THE_PAGE: Words = _("See the page")


@dataclass(frozen=True)
class Placeholder:
    """A name in braces that the site fills in, such as {clinic_phone}."""

    name: str
    meaning: Words


@dataclass(frozen=True)
class Group:
    """Texts that stand together and that the same people may change.

    `values` are the words for the placeholders with which a text is shown beforehand; `whole` answers with
    the page or message that it is part of, which `whole_label` names. `refused` says why a placeholder is
    none; `concerns` are sentences about what an editor should think of before these words go out.
    """

    name: str
    label: Words
    permission: str
    position: int
    values: Callable[["Text", Clinic], Mapping[str, str]]
    whole: Callable[[HttpRequest, "Text", str], HttpResponse] | None = None
    whole_label: Words = SEE_THE_PAGE
    refused: Mapping[str, Words] = field(default_factory=dict)
    concerns: Callable[[str], list[str]] = lambda _words: []


@dataclass(frozen=True)
class Text:
    """One text. `shipped` is what is said until the clinic says something else, in the active language: ''
    for a text that is left out until then. `owed` placeholders may not be missing, nor `owed_words`."""

    key: str
    group: Group
    label: Words
    shipped: Words | Callable[[], str] = ""
    kind: Kind = Kind.LINE
    placeholders: tuple[Placeholder, ...] = ()
    owed: frozenset[str] = frozenset()
    owed_words: tuple[str, ...] = ()
    hint: Words = ""
    # Those in which it is said: what goes to staff alone, in English.
    languages: tuple[Language, ...] = tuple(Language)
    # The name of the page on which it stands.
    page: str = ""
    # Stands beside what a physician has signed, so that a change takes one; other words take who speaks for
    # the clinic.
    is_clinical: bool = False

    def shipped_in(self, language: str) -> str:
        with translation.override(language):
            return str(self.shipped() if callable(self.shipped) else self.shipped)


_texts: dict[str, Text] = {}


def register(*texts: Text) -> None:
    for text in texts:
        if _texts.setdefault(text.key, text) != text:
            raise ValueError(f"two texts are called {text.key}")


def text_of(key: str) -> Text | None:
    return _texts.get(key)


def groups() -> list[tuple[Group, list[Text]]]:
    """Every text by its group, in order."""
    found: dict[str, tuple[Group, list[Text]]] = {}
    for text in _texts.values():
        found.setdefault(text.group.name, (text.group, []))[1].append(text)
    return sorted(found.values(), key=lambda each: each[0].position)
