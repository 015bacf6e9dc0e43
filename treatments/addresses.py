"""Addresses that pages have or had before: where they lead now, asked for or linked to, and which links lead
nowhere."""

import re
from collections.abc import Mapping
from html.parser import HTMLParser
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import Resolver404, ResolverMatch, resolve
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy, override

from clinic.models import PractitionerAddress
from treatments.models import MAIN, ArticleAddress, TreatmentAddress
from treatments.models.slugs import RESERVED

# A link to a page of the site, with or without its host, in any language: what is before the slug, and it.
_LINKS = re.compile(
    rf'(href="(?:{re.escape(settings.SITE_URL)})?(?:/[a-z]{{2}})?'
    r"/(treatments|articles|doctors|appointments/request)/)([\w-]+)(?=/)"
)


_AnyAddress = TreatmentAddress | ArticleAddress | PractitionerAddress
_KINDS: dict[str, type[_AnyAddress]] = {
    "treatments": TreatmentAddress,
    "articles": ArticleAddress,
    "doctors": PractitionerAddress,
    "appointments/request": TreatmentAddress,
}
# A link to a page of the site without its host and in no language.
_ANY_LANGUAGE = re.compile(r'href="/(?=(?:treatments|articles|doctors|contact|privacy|appointments)/|")')


# Pages for everybody, by the names of their addresses.
FIXED: dict[str, str | Promise] = {
    "home": gettext_lazy("Home page"),
    "treatments": gettext_lazy("All treatments"),
    "articles": gettext_lazy("All articles"),
    "contact": gettext_lazy("Contact"),
    "privacy": gettext_lazy("Privacy notice"),
    "request-choose": gettext_lazy("Request an appointment"),
    "request-callback": gettext_lazy("Request a call back"),
}


def with_present_links(body: str) -> str:
    """`body` with its links to pages of the site leading to their addresses of now. No query where it has
    none, else one for each kind of page."""
    links = {(kind, slug) for _before, kind, slug in _LINKS.findall(body) if slug not in RESERVED}
    if not links:
        return body
    present = {
        model: _present(model, {slug for kind, slug in links if _KINDS[kind] is model})
        for model in dict.fromkeys(_KINDS.values())
    }

    def renewed(link: re.Match[str]) -> str:
        return link[1] + present[_KINDS[link[2]]].get(link[3], link[3])

    return _LINKS.sub(renewed, body)


def in_language(body: str, language: str) -> str:
    """`body` with its links to pages of the site leading to these pages in `language`."""
    return body if language == MAIN else _ANY_LANGUAGE.sub(f'href="/{language}/', body)


def _present(model: type[_AnyAddress], slugs: set[str]) -> Mapping[str, str]:
    if not slugs:
        return {}
    return dict(model._default_manager.filter(slug__in=slugs).values_list("slug", "page__slug"))


def to_nowhere(body: str) -> list[str]:
    """The addresses in `body` that lead to no page of this site that patients may open. Pages that are not
    published yet count as there: two new ones may lead to each other. Other sites are not asked."""
    reader = _Links()
    reader.feed(body)
    return [href for href in dict.fromkeys(reader.found) if not _leads_somewhere(href)]


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value or "" for name, value in attrs if tag == "a" and name == "href"]


def _leads_somewhere(href: str) -> bool:
    if href.startswith("tel:"):
        return True
    parts = urlsplit(href)
    if parts.netloc and parts.netloc != urlsplit(settings.SITE_URL).netloc:
        return "." in parts.netloc
    if not parts.path.startswith("/") and not parts.netloc:
        return False
    match = _match(parts.path or "/")
    return match is not None and _is_for_everybody(match)


def _match(path: str) -> ResolverMatch | None:
    """What answers at `path`, in whichever language."""
    for language, _name in settings.LANGUAGES:
        try:
            with override(language):
                return resolve(path)
        except Resolver404:
            continue
    return None


def _is_for_everybody(match: ResolverMatch) -> bool:
    slug = match.kwargs.get("slug", "")
    if match.url_name in FIXED:
        return True
    if match.url_name in ("treatment", "request-appointment"):
        return slug == "consultation" or TreatmentAddress.objects.filter(slug=slug).exists()
    if match.url_name == "article":
        return ArticleAddress.objects.filter(slug=slug).exists()
    doctors = PractitionerAddress.objects.filter(slug=slug, page__is_active=True)
    return match.url_name == "doctor" and doctors.exists()
