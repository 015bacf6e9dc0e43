"""The front page, the pages on treatments and the articles."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from clinic.http import structured_data as clinic_data
from clinic.http.hours_in_words import hours_in_words
from clinic.http.pages import clinic_of, moved, public_page
from clinic.http.stated_hours import hours_nodes
from clinic.models import Practitioner, stated_times
from clinic.time.hours import clinic_day
from treatments import shown, structured_data
from treatments.admin.texts import place_of
from treatments.composition.composed import composed


@public_page
def home(request: HttpRequest) -> HttpResponse:
    """The front page."""
    clinic, today = clinic_of(request), clinic_day(timezone.now())
    times = stated_times(today)
    doctors = list(Practitioner.objects.filter(is_active=True).select_related("portrait"))
    nodes = [clinic_data.doctor_node(doctor, clinic) for doctor in doctors]
    context = {
        "treatments": shown.treatments(),
        "doctors": doctors,
        "hours": hours_in_words(times, today, clinic.state),
        "structured_data": clinic_data.script(
            clinic_data.clinic_node(clinic) | hours_nodes(times, today), *nodes
        ),
    }
    return render(request, "clinic/home.html", context)


@public_page
def treatments(request: HttpRequest) -> HttpResponse:
    """Every published treatment."""
    data = clinic_data.script(*structured_data.list_nodes("treatments"))
    return render(
        request, "treatments/treatments.html", {"treatments": shown.treatments(), "structured_data": data}
    )


@public_page
def treatment(request: HttpRequest, slug: str) -> HttpResponse:
    """One treatment."""
    page = shown.treatment(slug)
    place = place_of(page.version.page) if page else ""
    return _words_page(request, "treatment", slug, page, place=place)


@public_page
def articles(request: HttpRequest) -> HttpResponse:
    """Every published article."""
    data = clinic_data.script(*structured_data.list_nodes("articles"))
    return render(
        request, "treatments/articles.html", {"articles": shown.articles(), "structured_data": data}
    )


@public_page
def article(request: HttpRequest, slug: str) -> HttpResponse:
    """One article."""
    return _words_page(request, "article", slug, shown.article(slug))


def _words_page(
    request: HttpRequest, name: str, slug: str, page: shown.AnyShown | None, **more: Any
) -> HttpResponse:
    """The page of one treatment or article, `name` in its template, with its sources; under an address that
    it had before, the way to the one of now. Raises Http404 for None."""
    if page is None:
        raise Http404
    row = page.version.page
    if row.slug != slug:
        return moved(request, name, row.slug)
    sources = row.cited
    nodes = structured_data.page_nodes(page, sources, clinic_of(request))
    data = clinic_data.script(*nodes) if nodes else ""
    context = {"shown": page, name: row, "sources": sources, "structured_data": data}
    context |= composed(page.body, row) | more
    return render(request, f"treatments/{name}.html", context)
