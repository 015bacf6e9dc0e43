"""What pages share: the clinic they are about; and public ones, which are the same for everybody."""

from functools import wraps

from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.utils.functional import SimpleLazyObject

from clinic.http.kept import tracking
from clinic.http.refusals import refuse_method
from clinic.http.types import GetResponse, P, View
from clinic.models import Clinic


def clinic_on_request(get_response: GetResponse) -> GetResponse:
    """Gives every request its `clinic`, read from the database when first asked for."""

    def middleware(request: HttpRequest) -> HttpResponse:
        vars(request)["clinic"] = SimpleLazyObject(Clinic.current)
        return get_response(request)

    return middleware


def public_page(view: View[P]) -> View[P]:
    """A page without forms and without anything personal: GET and HEAD only. A cache that many share may
    keep it for a second, a browser asks again before it shows it."""

    @wraps(view)
    def answer(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if request.method not in {"GET", "HEAD"}:
            return refuse_method(request, "GET", "HEAD")
        tracking.hide(request)
        response = view(request, *args, **kwargs)
        patch_cache_control(response, public=True, max_age=0, s_maxage=1, must_revalidate=True)
        return response

    return answer  # type: ignore[return-value]  # mypy: wraps() keeps no ParamSpec


def clinic_of(request: HttpRequest) -> Clinic:
    """The clinic's row, read once a request."""
    clinic: Clinic = vars(request)["clinic"]
    return clinic


def moved(request: HttpRequest, name: str, slug: str) -> HttpResponsePermanentRedirect:
    """Leads to the address called `name` of a page that has `slug` now, in the language that was asked for,
    with what stood behind the question mark."""
    query = tracking.query_of(request)
    response = HttpResponsePermanentRedirect(reverse(name, args=[slug]) + (f"?{query}" if query else ""))
    # The page may take the old address again: a browser that went by its memory would turn in circles.
    patch_cache_control(response, no_cache=True)
    return response
