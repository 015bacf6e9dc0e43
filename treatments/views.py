"""The front page, the pages on treatments and the articles."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from clinic import structured_data as clinic_data
from clinic.models import Practitioner
from clinic.pages import clinic_of, public_page
from treatments import shown, structured_data
from treatments.effect_curve import effect_curve
from treatments.models import Source


@public_page
def home(request: HttpRequest) -> HttpResponse:
    """The front page."""
    clinic = clinic_of(request)
    doctors = list(Practitioner.objects.filter(is_active=True))
    nodes = [clinic_data.doctor_node(doctor, clinic) for doctor in doctors]
    context = {
        "treatments": shown.treatments(),
        "doctors": doctors,
        "structured_data": clinic_data.script(clinic_data.clinic_node(clinic), *nodes),
    }
    return render(request, "clinic/home.html", context)


@public_page
def treatments(request: HttpRequest) -> HttpResponse:
    """Every published treatment."""
    return render(request, "treatments/treatments.html", {"treatments": shown.treatments()})


@public_page
def treatment(request: HttpRequest, slug: str) -> HttpResponse:
    """One treatment."""
    page = shown.treatment(slug)
    if page is None:
        raise Http404
    row = page.version.page
    sources = list(row.sources.all())
    context = {
        "shown": page,
        "treatment": row,
        "sources": sources,
        "curve": effect_curve(row.effect_months) if row.effect_months else None,
        "structured_data": _page_data(request, page, sources),
    }
    return render(request, "treatments/treatment.html", context)


@public_page
def articles(request: HttpRequest) -> HttpResponse:
    """Every published article."""
    return render(request, "treatments/articles.html", {"articles": shown.articles()})


@public_page
def article(request: HttpRequest, slug: str) -> HttpResponse:
    """One article."""
    page = shown.article(slug)
    if page is None:
        raise Http404
    row = page.version.page
    sources = list(row.sources.all())
    context = {
        "shown": page,
        "article": row,
        "sources": sources,
        "structured_data": _page_data(request, page, sources),
    }
    return render(request, "treatments/article.html", context)


def _page_data(request: HttpRequest, page: shown.AnyShown, sources: list[Source]) -> str:
    """Structured data about a page; sample content gets none."""
    if page.version.page.is_sample:
        return ""
    return clinic_data.script(
        structured_data.page_node(page, sources), clinic_data.clinic_node(clinic_of(request))
    )
