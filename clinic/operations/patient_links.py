"""Addresses that carry a secret, a patient's link or a doctor's: kept out of logs, and a patient's out of
caches and search engines too.

The app whose pages they are registers what stands in front of the secret, in the default language.
"""

from functools import cache

from django.conf import settings

_prefixes: list[str] = []
_others: list[str] = []


def register(*prefixes: str) -> None:
    """Each prefix such as '/letters/', from the root to the slash before the link."""
    _add(_prefixes, prefixes)


def register_others(*prefixes: str) -> None:
    """The same for a secret that is no patient's. Its answer says who may keep it. robots.txt doesn't name
    it: calendars which somebody gave the address to ask that file first (Google's does)."""
    _add(_others, prefixes)


def _add(known: list[str], prefixes: tuple[str, ...]) -> None:
    known.extend(prefix for prefix in prefixes if prefix not in known)
    _in_every_language.cache_clear()


def prefixes() -> tuple[str, ...]:
    """In front of patients' links, in every language."""
    return _in_every_language(tuple(_prefixes))


def unlogged() -> tuple[str, ...]:
    """In front of whatever no log may hold, in every language."""
    return _in_every_language((*_prefixes, *_others))


@cache
def _in_every_language(known: tuple[str, ...]) -> tuple[str, ...]:
    others = [f"/{code}" for code, _name in settings.LANGUAGES if code != settings.LANGUAGE_CODE]
    return tuple(language + prefix for language in ("", *others) for prefix in known)
