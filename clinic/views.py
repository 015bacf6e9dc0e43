"""The clinic's own pages: home, doctor, contact, privacy; and the pages for errors."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import get_language

from clinic.models import Practitioner
from clinic.refusals import refuse

# Which entry of the main navigation a page belongs to, by the name of its address.
SECTIONS = {
    "treatments": "treatments",
    "treatment": "treatments",
    "articles": "articles",
    "article": "articles",
    "doctor": "doctor",
    "contact": "contact",
}


def site_context(request: HttpRequest) -> dict[str, Any]:
    """What every template may use: `clinic` (read when first asked for), the page's place and its languages."""
    match = request.resolver_match
    paths = language_paths(request.path)
    return {
        "clinic": getattr(request, "clinic", None),
        "section": SECTIONS.get(match.url_name or "", "") if match else "",
        "languages": [
            {"code": code, "name": name, "path": paths[code], "is_current": code == get_language()}
            for code, name in settings.LANGUAGES
        ],
        "site_url": settings.SITE_URL,
        "canonical_url": settings.SITE_URL + request.path,
    }


def language_paths(path: str) -> dict[str, str]:
    """The address of the same page in each language."""
    english = path.removeprefix("/es") if path.startswith("/es/") else path
    return {"en": english, "es": "/es" + english}


def home(request: HttpRequest) -> HttpResponse:
    """The front page."""
    return render(request, "clinic/home.html")


def doctor(request: HttpRequest, slug: str) -> HttpResponse:
    """The page about one practitioner."""
    return render(
        request, "clinic/doctor.html", {"doctor": get_object_or_404(Practitioner, slug=slug, is_active=True)}
    )


def contact(request: HttpRequest) -> HttpResponse:
    """How to reach the clinic."""
    return render(request, "clinic/contact.html")


def privacy(request: HttpRequest) -> HttpResponse:
    """The privacy notice."""
    return render(request, "clinic/privacy.html")


def robots(request: HttpRequest) -> HttpResponse:
    """What crawlers may read."""
    return HttpResponse("User-agent: *\nDisallow: /admin/\n", content_type="text/plain")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return refuse(request, 400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return refuse(request, 403)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return refuse(request, 403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return refuse(request, 404)


def server_error(request: HttpRequest) -> HttpResponse:
    return refuse(request, 500)
