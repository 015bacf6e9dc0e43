"""The gate in front of the admin: nobody passes with a password alone, unless STAFF_SECOND_FACTOR is off."""

import math
import time
from typing import Any, cast

from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.login import record_authentication
from allauth.mfa import signals
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.dispatch import Signal
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode

from clinic.http.headers import STAFF_PATHS
from clinic.http.types import GetResponse
from clinic.staff import changed, sessions, sign_in

# Signing out needs no second factor.
_OPEN = {"admin:logout"}
_GUARDED = {"account_resume"}
# What a session may do under /accounts/ that has yet to show its user's factor: show it, or leave.
_BEFORE_PROOF = {
    "account_login", "account_logout", "account_inactive", "account_sign_out_everywhere",
    "mfa_authenticate", "mfa_reauthenticate", "mfa_reauthenticate_webauthn", "mfa_login_webauthn",
}  # fmt: skip
# A password alone proves nothing once there is a factor.
_FIRST = "mfa_add_webauthn"
_REPEATED = "account_reauthenticate"
METHODS = ("GET", "HEAD", "POST")
# Who may sign in, and as what, and an address that outlives the session: who changes it shows the factor once
# more. The seconds are for opening the page and for sending what was filled in there.
_ACCOUNTS = ("admin:auth_user_", "admin:auth_group_", "admin:clinic_practitioner_calendar_make")
_SHOWN_WITHIN = {"GET": 5 * 60, "HEAD": 5 * 60, "POST": 30 * 60}


_WHAT = {
    signals.authenticator_added: "added",
    signals.authenticator_removed: "removed",
    signals.authenticator_reset: "renewed",
}


def connect() -> None:
    """Has a change of a factor end the user's other sessions; called once, when the app is ready."""
    for signal in _WHAT:
        signal.connect(_changed, dispatch_uid="clinic.second_factor")
    signals.authenticator_added.connect(_enrolled, dispatch_uid="clinic.second_factor.enrolled")
    signals.authenticator_used.connect(_proved, dispatch_uid="clinic.second_factor.proved")


def _changed(
    sender: object,
    request: HttpRequest,
    user: User,
    authenticator: Authenticator,
    signal: Signal,
    **kwargs: Any,
) -> None:
    """Whoever was signed in elsewhere proved less, or with what is no longer theirs; the person is told."""
    sessions.end_others(request, user)
    what = f"{authenticator.type} {_WHAT[signal]}"
    # Recovery codes come and go with the factor for which they stand in.
    if what in changed.Change.values:
        changed.tell(user, changed.Change(what))


def _enrolled(
    sender: object, request: HttpRequest, user: User, authenticator: Authenticator, **kwargs: Any
) -> None:
    """Whoever sets the first factor up has just shown it, and the password before. Its code is used up."""
    if authenticator.type == Authenticator.Type.RECOVERY_CODES or _has_proved(request):
        return
    authenticator.record_usage()
    record_authentication(request, user, "mfa", id=authenticator.pk, type=authenticator.type)
    sessions.renew_key(request)


def _proved(sender: object, request: HttpRequest, reauthenticated: bool = False, **kwargs: Any) -> None:
    """A session that may do more than before gets another key; signing in gives it one by itself."""
    if reauthenticated:
        sessions.renew_key(request)


class SecondFactor:
    """Sends whoever has not shown a second factor in this session to the page where they do."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        """The way to the missing step, or None for whoever may pass."""
        if request.path_info.startswith(STAFF_PATHS) and request.method not in METHODS:
            return HttpResponseNotAllowed(METHODS)
        if settings.STAFF_SECOND_FACTOR == "off":
            return None
        if _name(request) == _REPEATED and _proof_of(request) != _FIRST:
            return _refused(request, _proof_of(request))
        if not is_guarded(request):
            if _name(request) in ("account_login", "mfa_authenticate"):
                sign_in.forget_stale_step(request)
            return _refused(request, _proof_of(request)) if _owes_proof(request) else None
        if not request.user.is_authenticated:
            return _refused(request, "account_login")
        if not request.user.is_staff:
            raise PermissionDenied
        if not _has_proved(request):
            return _refused(request, _proof_of(request))
        if _changes_accounts(request) and not _has_proved(request, _SHOWN_WITHIN[request.method or ""]):
            return _refused(request, _proof_of(request))
        if _name(request) == "admin:login":
            # Its form would sign a colleague in with a password alone.
            return redirect("admin:index")
        return None


def is_guarded(request: HttpRequest) -> bool:
    """Whether the address belongs to the admin, its sign-in page included, which has none of its own then."""
    match = request.resolver_match
    if match is None or match.view_name in _OPEN:
        return False
    return match.app_names[:1] == ["admin"] or match.view_name in _GUARDED


def _name(request: HttpRequest) -> str:
    return request.resolver_match.view_name if request.resolver_match else ""


def _changes_accounts(request: HttpRequest) -> bool:
    name = _name(request)
    looks = name.endswith(("_changelist", "_history")) and request.method != "POST"
    return name.startswith(_ACCOUNTS) and not looks


def _has_proved(request: HttpRequest, seconds: float = math.inf) -> bool:
    """Whether a factor was shown in this session, so many seconds ago at most, that is still the user's."""
    since = time.time() - seconds
    records = get_authentication_records(request, cast("User", request.user))
    shown = {record["id"] for record in records if record["method"] == "mfa" and record["at"] > since}
    return bool(shown) and Authenticator.objects.filter(user_id=request.user.pk, pk__in=shown).exists()


def _owes_proof(request: HttpRequest) -> bool:
    """Whether somebody who has a factor asks with the password alone for a page that could change it."""
    if not request.path_info.startswith("/accounts/") or _name(request) in _BEFORE_PROOF:
        return False
    if not request.user.is_authenticated or _has_proved(request):
        return False
    return Authenticator.objects.filter(user_id=request.user.pk).exists()


def _proof_of(request: HttpRequest) -> str:
    """The page on which the user shows a factor, or sets up the first one."""
    types = set(Authenticator.objects.filter(user_id=request.user.pk).values_list("type", flat=True))
    if not types:
        return _FIRST
    has_key = Authenticator.Type.WEBAUTHN in types
    return "mfa_reauthenticate_webauthn" if has_key else "mfa_reauthenticate"


def _refused(request: HttpRequest, step: str) -> HttpResponse:
    if sessions.is_background(request):
        return HttpResponse(status=401)
    is_reading = request.method in ("GET", "HEAD") or _changes_accounts(request)
    wanted = request.get_full_path() if is_reading else reverse("admin:index")
    if _name(request) == "admin:login":
        wanted = request.GET.get("next", reverse("admin:index"))
    return redirect(f"{reverse(step)}?{urlencode({'next': wanted})}")
