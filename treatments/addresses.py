"""Addresses that pages had before: where they lead now, asked for or linked to."""

import re
from collections.abc import Mapping

from django.conf import settings
from django.http import HttpRequest, HttpResponsePermanentRedirect
from django.urls import reverse
from django.utils.cache import patch_cache_control

from treatments.models import ArticleAddress, TreatmentAddress
from treatments.models.slugs import RESERVED

# A link to a page of the site, with or without its host, in any language: what is before the slug, and it.
_LINKS = re.compile(
    rf'(href="(?:{re.escape(settings.SITE_URL)})?(?:/[a-z]{{2}})?'
    r"/(treatments|articles|appointments/request)/)([\w-]+)(?=/)"
)


def moved(request: HttpRequest, name: str, slug: str) -> HttpResponsePermanentRedirect:
    """Leads to the address called `name` of a page that has `slug` now, in the language that was asked for,
    with what stood behind the question mark."""
    query = request.META.get("QUERY_STRING", "")
    response = HttpResponsePermanentRedirect(reverse(name, args=[slug]) + (f"?{query}" if query else ""))
    # The page may take the old address again: a browser that went by its memory would turn in circles.
    patch_cache_control(response, no_cache=True)
    return response


def with_present_links(body: str) -> str:
    """`body` with its links to pages of the site leading to their addresses of now. No query where it has
    none, else one for each kind of page."""
    links = {(kind, slug) for _before, kind, slug in _LINKS.findall(body) if slug not in RESERVED}
    if not links:
        return body
    articles = {slug for kind, slug in links if kind == "articles"}
    treatments = {slug for kind, slug in links if kind != "articles"}
    present = {
        "articles": _present(ArticleAddress, articles),
        "treatments": _present(TreatmentAddress, treatments),
    }

    def renewed(link: re.Match[str]) -> str:
        kind = "articles" if link[2] == "articles" else "treatments"
        return link[1] + present[kind].get(link[3], link[3])

    return _LINKS.sub(renewed, body)


def _present(model: type[ArticleAddress | TreatmentAddress], slugs: set[str]) -> Mapping[str, str]:
    if not slugs:
        return {}
    return dict(model._default_manager.filter(slug__in=slugs).values_list("slug", "page__slug"))
