"""Addresses that carry a patient's link: kept out of caches, search engines and logs.

The app whose pages they are registers what stands in front of the link, in the default language.
"""

from django.conf import settings

_prefixes: list[str] = []


def register(*prefixes: str) -> None:
    """Each prefix such as '/letters/', from the root to the slash before the link."""
    _prefixes.extend(prefix for prefix in prefixes if prefix not in _prefixes)


def prefixes() -> tuple[str, ...]:
    """What was registered, in every language."""
    others = [f"/{code}" for code, _name in settings.LANGUAGES if code != settings.LANGUAGE_CODE]
    return tuple(language + prefix for language in ("", *others) for prefix in _prefixes)
