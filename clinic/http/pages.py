"""What the public pages share: they are read, never posted to, and are the same for everybody."""

from functools import wraps
from typing import ParamSpec

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_cache_control

from clinic.http.refusals import View, refuse_method
from clinic.models import Clinic

P = ParamSpec("P")


def public_page(view: View[P]) -> View[P]:
    """A page without forms and without anything personal: GET and HEAD only, any cache may keep it
    but asks again before it shows it."""

    @wraps(view)
    def answer(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if request.method not in {"GET", "HEAD"}:
            return refuse_method(request, "GET", "HEAD")
        response = view(request, *args, **kwargs)
        patch_cache_control(response, public=True, no_cache=True)
        return response

    return answer  # type: ignore[return-value]  # mypy: wraps() keeps no ParamSpec


def clinic_of(request: HttpRequest) -> Clinic:
    """The clinic's row, read once a request."""
    clinic: Clinic = request.clinic  # type: ignore[attr-defined]
    return clinic
