"""The pages on which staff read the handbook. Nothing of a patient stands there."""

from functools import cache

from django.contrib import admin
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from clinic.handbook.books import book
from clinic.handbook.contents import PICTURES, entries, for_user


@require_safe
def own_book(request: HttpRequest) -> HttpResponse:
    """Leads to the first of the books of whoever is signed in."""
    return redirect("admin:handbook_book", for_user(request.user)[0].name)


@require_safe
def one_book(request: HttpRequest, name: str) -> HttpResponse:
    """A book with its contents; the others are named beside it."""
    found = next((each for each in entries() if each.name == name), None)
    if found is None:
        raise Http404
    request.current_app = admin.site.name
    context = {
        **admin.site.each_context(request),
        "title": _("Help: %(book)s") % {"book": found.title},
        "shown": found,
        "book": book(name),
        "books": for_user(request.user),
    }
    return TemplateResponse(request, "admin/clinic/handbook.html", context)


@cache
def _pictures() -> frozenset[str]:
    return frozenset(each.name for each in PICTURES.iterdir())


@require_safe
def picture(request: HttpRequest, name: str) -> FileResponse:
    """A picture of a book."""
    if name not in _pictures():
        raise Http404
    return FileResponse((PICTURES / name).open("rb"))


PAGES = (
    path("help/", own_book, name="handbook"),
    path("help/<slug:name>/", one_book, name="handbook_book"),
    path("help/pictures/<str:name>", picture, name="handbook_picture"),
)
