"""The words that hold now. Each process keeps a copy and reads it anew, in one query, when the clinic's row,
which a page reads anyway, says that somebody has saved since."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from clinic.languages import Language
from clinic.models import Clinic, State, Wording
from clinic.wordings.copies import Copy
from clinic.wordings.filling import as_html, complaints
from clinic.wordings.texts import Kind, Text, text_of

Place = tuple[str, str]


_NOTHING: Mapping[Place, str] = MappingProxyType({})
_draft: ContextVar[Mapping[Place, str]] = ContextVar("draft", default=_NOTHING)


@contextmanager
def as_if_saved(words: Mapping[Place, str]) -> Iterator[None]:
    """Within it, and for nobody else, `words` hold; '' stands for the shipped ones."""
    token = _draft.set({**_draft.get(), **words})
    try:
        yield
    finally:
        _draft.reset(token)


def own_words(clinic: Clinic, key: str, language: str) -> str:
    """What the clinic says instead of the shipped words; '' for nothing. At most one query."""
    draft = _draft.get()
    if (key, language) in draft:
        return draft[key, language]
    return _copy.of(clinic).get((key, language), "")


def read() -> dict[Place, str]:
    """What holds now, out of the database. One query. Words of a text that takes a physician by now hold
    only if they were written as such."""
    rows = Wording.objects.filter(state=State.LIVE).exclude(text="").order_by()
    return {
        (key, language): words
        for key, language, words, is_clinical in rows.values_list("key", "language", "text", "is_clinical")
        if (text := text_of(key)) and (is_clinical or not text.is_clinical)
    }


_copy: Copy[Mapping[Place, str]] = Copy(("live_wordings", "live_wording_at"), read, _NOTHING)


def forget() -> None:
    """Has this process read everything anew."""
    _copy.forget()


def said(clinic: Clinic, text: Text) -> tuple[str, str]:
    """The words of `text` in the active language, and the language that they are in: a text without shipped
    words that has none in this language is said in English."""
    language = get_language() or Language.ENGLISH.value
    words = own(clinic, text, language) or text.shipped_in(language)
    if not words and language != Language.ENGLISH:
        return own(clinic, text, Language.ENGLISH), Language.ENGLISH.value
    return words, language


def own(clinic: Clinic, text: Text, language: str) -> str:
    """The clinic's own words, unless they no longer fit what the text allows, as after an upgrade: then
    none."""
    words = own_words(clinic, text.key, language)
    return "" if words and complaints(text, words) else words


def html(clinic: Clinic, key: str, values: Mapping[str, str]) -> SafeString:
    """The text called `key` as it stands on a page; empty where there is nothing to say."""
    text = text_of(key)
    if text is None:
        raise LookupError(key)
    words, language = said(clinic, text)
    shown = as_html(text.kind, words, values)
    if not shown or language == (get_language() or Language.ENGLISH) or text.kind is Kind.LINK:
        return shown
    element = "span" if text.kind is Kind.LINE else "div"
    return format_html('<{0} lang="{1}">{2}</{0}>', element, language, shown)
