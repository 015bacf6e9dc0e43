"""The pages on treatments and the articles."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from treatments.models import Article, Treatment


def treatments(request: HttpRequest) -> HttpResponse:
    """Every published treatment."""
    return render(request, "treatments/treatments.html", {"treatments": Treatment.objects.published()})


def treatment(request: HttpRequest, slug: str) -> HttpResponse:
    """One treatment."""
    page = get_object_or_404(Treatment.objects.published(), slug=slug)
    return render(request, "treatments/treatment.html", {"treatment": page})


def articles(request: HttpRequest) -> HttpResponse:
    """Every published article."""
    return render(request, "treatments/articles.html", {"articles": Article.objects.published()})


def article(request: HttpRequest, slug: str) -> HttpResponse:
    """One article."""
    page = get_object_or_404(Article.objects.published(), slug=slug)
    return render(request, "treatments/article.html", {"article": page})
