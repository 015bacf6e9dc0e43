"""Checks what an editor writes, and fills in what the placeholders stand for. Never runs it as code.

A placeholder is a name in braces that the text allows; any other brace is refused when it is written, and
what is filled in is never looked at again.
"""

import re
import unicodedata
from collections.abc import Mapping

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils.html import escape, linebreaks, strip_tags
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clinic.characters import is_control
from clinic.rich_text import clean_body
from clinic.wordings.texts import MOST_CHARACTERS, Kind, Text

_PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)\}")
_BRACES = re.compile(r"\{[^{}\s]{0,40}\}|[{}]")
_CODE = re.compile(r"\{\{|\}\}|\{%|%\}|\{#")
# Emoji and some scripts are joined by these two.
_JOINERS = "\u200c\u200d"
_is_address = URLValidator(schemes=["https"])


def tidied(text: Text, typed: str) -> str:
    """What was typed without what can't be seen, in the form that is kept; '' for nothing."""
    words = without_what_cant_be_seen(typed)
    if text.kind is Kind.RICH:
        cleaned = clean_body(words)
        return cleaned if strip_tags(cleaned).strip() else ""
    if text.kind is Kind.PARAGRAPHS:
        return re.sub(r"\n{3,}", "\n\n", words).strip("\n ")
    return " ".join(words.split())


def without_what_cant_be_seen(typed: str) -> str:
    """Lines of signs, without what steers other signs unseen, such as the direction of writing."""
    lines = re.split(r"\r\n|[\r\n\u2028\u2029\x85]", typed)
    return "\n".join("".join(sign for sign in line if _is_kept(sign)).rstrip() for line in lines)


def _is_kept(sign: str) -> bool:
    return sign == "\t" or not (
        is_control(sign) or (unicodedata.category(sign) == "Cf" and sign not in _JOINERS)
    )


def complaints(text: Text, words: str) -> list[str]:
    """Why `words` can't stand for `text`, as sentences for whoever wrote them. Nothing written is fine."""
    if not words:
        return []
    found = []
    most = MOST_CHARACTERS[text.kind]
    if len(words) > most:
        more = len(words) - most
        found.append(
            ngettext(
                "This is %(more)d character too long: %(most)d fit.",
                "This is %(more)d characters too long: %(most)d fit.",
                more,
            )
            % {"more": more, "most": most}
        )
    if text.kind is Kind.LINK and not _is_link(words):
        found.append(_("This is no address that begins with https://"))
    return found + _about_placeholders(text, words)


def _is_link(words: str) -> bool:
    try:
        _is_address(words)
    except ValidationError:
        return False
    return True


def _about_placeholders(text: Text, words: str) -> list[str]:
    if _CODE.search(words):
        return [
            _("No double braces and no {% please: a placeholder has one brace on each side, like {name}.")
        ]
    allowed = {placeholder.name for placeholder in text.placeholders}
    used = list(dict.fromkeys(_PLACEHOLDER.findall(words)))
    no_such = _("There is no such placeholder for this text.")
    no_braces = _("%(braces)s: braces are only for placeholders, and this is none.")
    missing = _("%(words)s is missing. This text can't do without it.")
    others = dict.fromkeys(_BRACES.findall(_PLACEHOLDER.sub("", words)))
    owed = [f"{{{name}}}" for name in sorted(text.owed)] + list(text.owed_words)
    return [
        *(f"{{{name}}}: {text.group.refused.get(name, no_such)}" for name in used if name not in allowed),
        *(no_braces % {"braces": braces} for braces in others),
        *(missing % {"words": each} for each in owed if each not in words),
    ]


def filled(words: str, values: Mapping[str, str]) -> str:
    """`words` with what its placeholders stand for; a paragraph with one that has nothing to say is left
    out."""
    return "\n\n".join(
        _PLACEHOLDER.sub(lambda found: values[found[1]], paragraph)
        for paragraph in words.split("\n\n")
        if all(values.get(name) for name in _PLACEHOLDER.findall(paragraph))
    )


def as_html(kind: Kind, words: str, values: Mapping[str, str]) -> SafeString:
    """`words`, filled in, as they stand on a page."""
    if kind is Kind.RICH:
        escaped = {name: escape(value) for name, value in values.items()}
        return mark_safe(filled(words, escaped))  # noqa: S308 - cleaned before it was kept
    plain = filled(words, values)
    return (
        SafeString(linebreaks(plain, autoescape=True)) if plain and kind is Kind.PARAGRAPHS else escape(plain)
    )
