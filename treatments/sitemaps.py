"""The list of public pages for search engines, each in both languages."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.sitemaps import Sitemap, views
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse

from clinic.models import Practitioner
from treatments import shown

FIXED_PAGES = ["home", "treatments", "articles", "contact", "privacy", "request-choose", "request-callback"]


@dataclass(frozen=True)
class Place:
    """A public page by the name of its address, and when its words last changed, where that is known."""

    name: str
    slug: str = ""
    changed: datetime | None = None


class PublicPages(Sitemap[Any]):
    """Every public page; sample content is left out."""

    i18n = True
    alternates = True
    x_default = True
    protocol = urlsplit(settings.SITE_URL).scheme

    def get_domain(self, site: object = None) -> str:
        """The public address of the site, whatever host asked."""
        return urlsplit(settings.SITE_URL).netloc

    def items(self) -> list[Place]:
        places = [Place(name) for name in FIXED_PAGES]
        places += [Place("doctor", doctor.slug) for doctor in Practitioner.objects.filter(is_active=True)]
        for name, pages in (("treatment", shown.treatments()), ("article", shown.articles())):
            places += [
                Place(name, page.version.page.slug, page.version.published_at)
                for page in pages
                if not page.version.page.is_sample
            ]
        return places

    def location(self, item: Place) -> str:
        return reverse(item.name, args=[item.slug] if item.slug else None)

    def lastmod(self, item: Place) -> datetime | None:
        return item.changed


def sitemap(request: HttpRequest) -> HttpResponse:
    """The sitemap."""
    return views.sitemap(request, {"pages": PublicPages})


# An address for machines, the same in every language.
urlpatterns: list[URLPattern] = [path("sitemap.xml", sitemap, name="sitemap")]
