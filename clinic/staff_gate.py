"""The gate in front of the admin: nobody passes with a password alone, unless STAFF_SECOND_FACTOR is off."""

from collections.abc import Callable
from typing import Any

from allauth.account.authentication import get_authentication_records
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode

from clinic import sessions

GetResponse = Callable[[HttpRequest], HttpResponse]

# Signing out needs no second factor.
_OPEN = {"admin:logout"}
_GUARDED = {"account_resume"}
METHODS = ("GET", "HEAD", "POST")


class SecondFactor:
    """Sends whoever has not shown a second factor in this session to the page where they do."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        """The way to the missing step, or None for whoever may pass."""
        if request.path_info.startswith(sessions.STAFF_PATHS) and request.method not in METHODS:
            return HttpResponseNotAllowed(METHODS)
        if settings.STAFF_SECOND_FACTOR == "off" or not is_guarded(request):
            return None
        if not request.user.is_authenticated:
            return _refused(request, "account_login")
        if not request.user.is_staff:
            raise PermissionDenied
        if any(record["method"] == "mfa" for record in get_authentication_records(request, request.user)):
            return None
        types = set(Authenticator.objects.filter(user_id=request.user.pk).values_list("type", flat=True))
        if types == {Authenticator.Type.WEBAUTHN}:
            return _refused(request, "mfa_reauthenticate_webauthn")
        return _refused(request, "mfa_reauthenticate" if types else "mfa_activate_totp")


def is_guarded(request: HttpRequest) -> bool:
    """Whether the address belongs to the admin, its sign-in page included, which has none of its own then."""
    match = request.resolver_match
    if match is None or match.view_name in _OPEN:
        return False
    return match.app_names[:1] == ["admin"] or match.view_name in _GUARDED


def _refused(request: HttpRequest, step: str) -> HttpResponse:
    if sessions.is_background(request):
        return HttpResponse(status=401)
    wanted = request.get_full_path() if request.method in ("GET", "HEAD") else reverse("admin:index")
    if request.resolver_match and request.resolver_match.view_name == "admin:login":
        wanted = request.GET.get("next", reverse("admin:index"))
    return redirect(f"{reverse(step)}?{urlencode({'next': wanted})}")
