"""Pages that say no: in the site's design, saying that nothing was sent, with the phone number."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.functional import SimpleLazyObject

from clinic.http.types import P, View
from clinic.models import Clinic


def refuse(request: HttpRequest, status: int, retry_after: int | None = None, **context: Any) -> HttpResponse:
    """The refusal page for an HTTP status of 400 to 599.

    `retry_after`, in seconds, becomes the header of that name and, as `retry_minutes`, a word on the page.
    """
    if not hasattr(request, "clinic"):
        # Refused so early that the middleware which gives the request its clinic wasn't reached.
        vars(request)["clinic"] = SimpleLazyObject(Clinic.current)
    if retry_after is not None:
        context["retry_minutes"] = -(-retry_after // 60)
    with translation.override(language_of(request)):
        response = render(request, "refusals/refusal.html", {"status": status, **context}, status=status)
    response["Cache-Control"] = "no-store"
    if retry_after is not None:
        response["Retry-After"] = str(retry_after)
    return response


def language_of(request: HttpRequest) -> str:
    """The language of the address. A request that is refused before LocaleMiddleware has seen it would be
    answered in the language of whoever came before in the same thread."""
    return translation.get_language_from_path(request.path_info) or settings.LANGUAGE_CODE


def refuse_method(request: HttpRequest, *allowed: str) -> HttpResponse:
    """The refusal page for a method that the address doesn't know."""
    response = refuse(request, 405)
    response["Allow"] = ", ".join(allowed)
    return response


def only(
    *methods: str, repeated: tuple[str, ...] = (), shows_again: Callable[..., HttpResponse] | None = None
) -> Callable[[View[P]], View[P]]:
    """A view that answers to `methods` (HEAD comes with GET) and in whose forms only the `repeated` fields
    may come more than once. `shows_again` answers a POST whose cookie was blocked: what was typed, with a
    403."""
    allowed = (*methods, "HEAD") if "GET" in methods else methods

    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def answer(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if request.method not in allowed:
                return refuse_method(request, *allowed)
            return view(request, *args, **kwargs)

        vars(answer)["repeated_fields"] = repeated
        vars(answer)["has_page"] = "GET" in methods
        vars(answer)["shows_again"] = shows_again
        return answer

    return decorate
