"""What Django itself can do: a fixed answer, a page of templates, a form that stores one row."""

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path

from tests.benchmarks.floor.models import Note

FIXED = b"<!doctype html><title>Fixed</title>" + b"<p>The same for everybody.</p>" * 716  # 21 KB
# What the page lists: as much text as makes 17 KB of it.
ENTRIES = [
    {
        "title": f"Entry number {number}",
        "words": "Some words that have to be <escaped> & carried into the page.",
        "minutes": number * 5,
        "tags": ["first", "second", "third"],
        "is_new": number % 3 == 0,
    }
    for number in range(1, 25)
]


class NoteForm(forms.ModelForm[Note]):
    """The least that a form does."""

    class Meta:
        model = Note
        fields = ("name", "phone", "topic", "message")


def fixed(request: HttpRequest) -> HttpResponse:
    return HttpResponse(FIXED)


def page(request: HttpRequest) -> HttpResponse:
    return render(request, "floor/page.html", {"entries": ENTRIES})


def form(request: HttpRequest) -> HttpResponse:
    """Stores a row and leads elsewhere."""
    filled = NoteForm(request.POST or None)
    if request.method == "POST" and filled.is_valid():
        return HttpResponseRedirect(f"/note/{filled.save().pk}/")
    return render(request, "floor/form.html", {"form": filled}, status=422 if filled.errors else 200)


def rows(request: HttpRequest) -> HttpResponse:
    """How many rows there are, for whoever counts along."""
    return HttpResponse(str(Note._default_manager.count()))


urlpatterns = [
    path("fixed/", fixed),
    path("page/", page, name="page"),
    path("form/", form, name="form"),
    path("rows/", rows),
]
