"""The clinic's own pages: doctor, contact, privacy; and the pages for errors."""

import sys
from typing import Any

from django.conf import settings
from django.db import DatabaseError, InterfaceError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from clinic.http import structured_data
from clinic.http.hours_in_words import hours_in_words
from clinic.http.pages import clinic_of, moved, public_page
from clinic.http.refusals import language_of, refuse
from clinic.http.stated_hours import hours_nodes
from clinic.models import Clinic, Practitioner, PrivacyNotice, stated_times
from clinic.operations import patient_links
from clinic.privacy import PRIVACY_VERSION, SHIPPED
from clinic.time.hours import clinic_day

# Which entry of the main navigation a page belongs to, by the name of its address.
_sections = {
    "doctor": "doctor",
    "contact": "contact",
}


def register_section(section: str, *names: str) -> None:
    """The entry of the main navigation for the pages with addresses of these names."""
    _sections.update(dict.fromkeys(names, section))


def site_context(request: HttpRequest) -> dict[str, Any]:
    """What every template may use: `clinic` (read when first asked for), the place of the page."""
    match = request.resolver_match
    return {
        # A request that is refused early never met the middleware that gives it its clinic.
        "clinic": request.clinic if hasattr(request, "clinic") else SimpleLazyObject(Clinic.current),
        "section": _sections.get(match.url_name or "", "") if match else "",
        "languages": language_links(page_path(request)),
        "canonical_url": settings.SITE_URL + request.path,
    }


def page_path(request: HttpRequest) -> str:
    """The address of the page. One that takes only POSTs stands below the page that it answers with."""
    match = request.resolver_match
    if match and not getattr(match.func, "has_page", True):
        return request.path.rstrip("/").rpartition("/")[0] + "/"
    return request.path


def language_links(path: str) -> list[dict[str, Any]]:
    """The same page in each language, for the switch and for search engines."""
    paths = language_paths(path)
    return [
        {
            "code": code,
            "name": name,
            "path": paths[code],
            "url": settings.SITE_URL + paths[code],
            "is_current": code == get_language(),
        }
        for code, name in settings.LANGUAGES
    ]


def language_paths(path: str) -> dict[str, str]:
    """The address of the same page in each language."""
    english = path.removeprefix("/es") if path.startswith("/es/") else path
    return {"en": english, "es": "/es" + english}


@public_page
def doctor(request: HttpRequest, slug: str) -> HttpResponse:
    """The page about one practitioner; under an address that it had before, the way to the one of now."""
    rows = Practitioner.objects.select_related("portrait").filter(is_active=True)
    row = rows.filter(addresses__slug=slug).first()
    if row is None:
        raise Http404
    if row.slug != slug:
        return moved(request, "doctor", row.slug)
    clinic = clinic_of(request)
    data = structured_data.script(
        structured_data.doctor_node(row, clinic),
        structured_data.clinic_node(clinic),
        structured_data.breadcrumb_node((row.name, row.get_absolute_url())),
    )
    return render(request, "clinic/doctor.html", {"doctor": row, "structured_data": data})


@public_page
def contact(request: HttpRequest) -> HttpResponse:
    """How to reach the clinic; opening hours only where the clinic has set them."""
    today = clinic_day(timezone.now())
    times, clinic = stated_times(today), clinic_of(request)
    hours = hours_in_words(times, today, clinic.state)
    data = structured_data.script(
        structured_data.clinic_node(clinic) | hours_nodes(times, today),
        structured_data.breadcrumb_node((_("Contact"), reverse("contact"))),
    )
    return render(request, "clinic/contact.html", {"hours": hours, "structured_data": data})


@public_page
def privacy(request: HttpRequest) -> HttpResponse:
    """The privacy notice that is in force, with a list of the earlier ones."""
    return privacy_page(request, list(PrivacyNotice.objects.begun(timezone.now())))


def privacy_page(request: HttpRequest, begun: list[PrivacyNotice]) -> HttpResponse:
    """The page when the first of `begun` is in force, or the shipped notice where there is none."""
    older = [*begun[1:], {"version": PRIVACY_VERSION}] if begun else []
    context = {
        "notice": begun[0] if begun else None,
        "version": PRIVACY_VERSION,
        "shipped": SHIPPED[PRIVACY_VERSION],
        "older": older,
    }
    return render(request, "clinic/privacy.html", context)


@public_page
def earlier_privacy(request: HttpRequest, version: str) -> HttpResponse:
    """A version that consents may name: one that is or was in force."""
    begun = PrivacyNotice.objects.begun(timezone.now())
    own = None if version in SHIPPED else get_object_or_404(begun, version=version)
    is_older = version != clinic_of(request).privacy_version
    context = {"notice": own, "version": version, "shipped": SHIPPED.get(version), "is_older": is_older}
    return render(request, "clinic/privacy.html", context)


def robots(request: HttpRequest) -> HttpResponse:
    """What crawlers may read, and where the list of pages is."""
    lines = [
        "User-agent: *",
        "Disallow: /admin/",
        *(f"Disallow: {prefix}" for prefix in patient_links.prefixes()),
        f"Sitemap: {settings.SITE_URL}/sitemap.xml",
    ]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain")


def manifest(request: HttpRequest) -> HttpResponse:
    """What a phone shows when somebody keeps the site on its home screen (W3C Web Application Manifest)."""
    name = clinic_of(request).name
    icons = [
        {"src": static(f"clinic/icon-{size}.png"), "sizes": f"{size}x{size}", "type": "image/png"}
        for size in (192, 512)
    ]
    colours = {"background_color": "#fbf7f2", "theme_color": "#fbf7f2"}
    words = {"name": name, "short_name": name, "start_url": "/", "scope": "/", "display": "browser"}
    return JsonResponse(words | colours | {"icons": icons}, content_type="application/manifest+json")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return refuse(request, 400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return refuse(request, 403)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Where the cookie is all that is missing, nothing typed is lost; another site's form is not shown."""
    match = request.resolver_match
    shows_again = getattr(match.func, "shows_again", None) if match else None
    if match is None or shows_again is None or reason.startswith(("Origin", "Referer")):
        return refuse(request, 403)
    response: HttpResponse = shows_again(request, *match.args, **match.kwargs)
    return response


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return refuse(request, 404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Says so without asking the database, which may be what has failed; then it is a 503."""
    failure = sys.exception()
    status = 503 if isinstance(failure, DatabaseError | InterfaceError) else 500
    context = {"status": status, "clinic": Clinic.last_known()}
    with translation.override(language_of(request)):
        response = render(request, "refusals/refusal.html", context, status=status)
    response["Cache-Control"] = "no-store"
    if status == 503:
        response["Retry-After"] = "30"
    return response
