"""When a sign-in of the staff ends: after half an hour without a click, after twelve hours, or everywhere.

What somebody sends after the end is not lost: it waits, sealed, in the new session, and is shown to the
same person after the next sign-in, to send it then. Nothing of it is kept in the browser's own storage.
"""

import json
import time
from typing import Any, cast

from allauth.account.adapter import get_adapter as get_account_adapter
from allauth.usersessions.adapter import get_adapter as get_sessions_adapter
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import SESSION_KEY, logout
from django.contrib.auth.models import AbstractBaseUser, User
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from clinic.http.headers import STAFF_PATHS
from clinic.http.types import GetResponse
from clinic.staff import sealing

SIGNED_IN_AT = "signed_in_at"
SEEN_AT = "seen_at"
# The key under which the session is listed; a new password gives it another one.
LISTED_AS = "listed_as"
KEPT = "kept_post"
# The session is written at most once in this time to note that its owner is still there.
NOTE_EVERY = 60
LONGEST_KEPT = 64 * 1024
_SIGNED_OUT = "_signed_out"
_SIGN_OUT = ("account_logout", "admin:logout")
# What is below /accounts/ for who isn't signed in.
_FOR_STRANGERS = (*_SIGN_OUT, "account_login", "account_inactive", "mfa_authenticate", "mfa_login_webauthn")


def is_background(request: HttpRequest) -> bool:
    """Whether a script of a page asks by itself, rather than a person who clicked."""
    return request.headers.get("Sec-Fetch-Mode", "navigate") not in ("navigate", "")


def note_sign_in(sender: object, request: HttpRequest, user: AbstractBaseUser, **kwargs: Any) -> None:
    """Starts both clocks of the session."""
    request.session[SIGNED_IN_AT] = request.session[SEEN_AT] = time.time()
    # Forgets, too, those of the user's sessions that have ended by themselves.
    UserSession.objects.purge_and_list(user)
    _list(request, user)


def _list(request: HttpRequest, user: AbstractBaseUser) -> None:
    """Has the session stand in the list of its user's, with when and from where it was seen last."""
    if not request.session.session_key:  # a colleague has signed in over another's session
        request.session.save()
    key = request.session.session_key
    UserSession.objects.update_or_create(
        session_key=key,
        defaults={
            "user": user,
            "ip": get_account_adapter().get_client_ip(request),
            "user_agent": request.headers.get("User-Agent", "")[:200],
            "last_seen_at": timezone.now(),
        },
    )
    request.session[LISTED_AS] = key


def _note_sign_out(sender: object, request: HttpRequest, **kwargs: Any) -> None:
    vars(request)[_SIGNED_OUT] = True


def connect() -> None:
    """Has the clocks started by each sign-in; called once, when the app is ready. The sessions of an account
    that is closed are ended by the database (clinic/closed_accounts.py)."""
    user_logged_in.connect(note_sign_in, dispatch_uid="clinic.sessions")
    user_logged_out.connect(_note_sign_out, dispatch_uid="clinic.sessions")


def renew_key(request: HttpRequest) -> None:
    """Gives the session another key: who knew the one before has no part in what is proved now."""
    before = request.session.session_key
    request.session.cycle_key()
    UserSession.objects.filter(session_key=before).delete()
    _list(request, cast("User", request.user))


def end_others(request: HttpRequest, user: User) -> None:
    """Ends every session of `user` but this one."""
    end([each for each in UserSession.objects.filter(user=user) if not is_this(each, request)])


def is_this(listed: UserSession, request: HttpRequest) -> bool:
    return bool(listed.session_key == request.session.session_key)


def _stranger(request: HttpRequest) -> HttpResponse | None:
    """For who isn't signed in. allauth would keep what a stranger sends to a page for staff, in a session."""
    name = request.resolver_match.view_name if request.resolver_match else ""
    gives_up = request.method == "POST" and name in _SIGN_OUT
    if SESSION_KEY in request.session or gives_up:  # the account was closed, by whatever way
        request.session.flush()
    if request.path_info.startswith("/admin/") or name in _FOR_STRANGERS:
        return None
    if is_background(request):
        return HttpResponse(status=401)
    return to_sign_in(
        request.get_full_path() if request.method in ("GET", "HEAD") else reverse("admin:index")
    )


def _is_unlisted(request: HttpRequest) -> bool:
    if not request.path_info.startswith(STAFF_PATHS) or not request.user.is_authenticated:
        return False
    return bool(request.session.get(LISTED_AS) != request.session.session_key)


class EndSessions:
    """Signs staff out whose time is up, before a view answers and after the CSRF check."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if _SIGNED_OUT in vars(request):
            # Not "cookies": the next page says that one is signed out, by a cookie of its own.
            response["Clear-Site-Data"] = '"cache", "storage"'
        elif _is_unlisted(request):
            # At once, or nobody could end it: a new password has just given it another key.
            _list(request, cast("User", request.user))
        return response

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        """A redirect to the sign-in, or None while the session lasts."""
        if not request.path_info.startswith(STAFF_PATHS):
            return None
        if not request.user.is_authenticated:
            return _stranger(request)
        now = time.time()
        idle = now - request.session.get(SEEN_AT, now)
        whole = now - request.session.get(SIGNED_IN_AT, now)
        if idle > settings.SESSION_IDLE_SECONDS or whole > settings.SESSION_COOKIE_AGE:
            return self._end(request)
        if request.method == "POST" and _kept_here(request):
            del request.session[KEPT]
        if not is_background(request) and (idle > NOTE_EVERY or SIGNED_IN_AT not in request.session):
            request.session[SEEN_AT] = now
            request.session.setdefault(SIGNED_IN_AT, now)
            _list(request, request.user)
        return None

    def _end(self, request: HttpRequest) -> HttpResponse:
        kept = _to_keep(request)
        logout(request)
        if is_background(request):
            return HttpResponse(status=401)
        if kept:
            request.session[KEPT] = kept
            messages.info(
                request, _("You have been signed out. What you wrote is kept: sign in to go on with it.")
            )
            return to_sign_in(reverse("account_resume"))
        messages.info(request, _("You have been signed out, since nothing was done for a while."))
        return to_sign_in(request.get_full_path() if request.method == "GET" else reverse("admin:index"))


def to_sign_in(next_url: str) -> HttpResponse:
    """A redirect to the sign-in that leads on to `next_url`."""
    name = "account_login" if settings.STAFF_SECOND_FACTOR == "required" else "admin:login"
    return redirect(f"{reverse(name)}?{urlencode({'next': next_url})}")


def _to_keep(request: HttpRequest) -> dict[str, Any] | None:
    """What was sent, sealed, for its sender alone; None when nothing was. No password is kept."""
    if request.method != "POST" or not request.path_info.startswith("/admin/") or is_background(request):
        return None
    if any("password" in name for name in request.POST):
        return None
    fields = [
        [name, value]
        for name, values in request.POST.lists()
        if name != "csrfmiddlewaretoken"
        for value in values
    ]
    content = json.dumps(fields)
    if not fields or len(content) > LONGEST_KEPT:
        return None
    return {"user": request.user.pk, "path": request.get_full_path(), "sealed": sealing.seal(content)}


def has_kept(request: HttpRequest) -> bool:
    """Whether something waits for this user to be sent again."""
    kept: dict[str, Any] = request.session.get(KEPT) or {}
    return bool(kept) and kept["user"] == request.user.pk


def _kept_here(request: HttpRequest) -> bool:
    return has_kept(request) and bool(request.session[KEPT]["path"] == request.get_full_path())


def end_all(user: User) -> int:
    """Ends every session of `user`; returns how many there were."""
    own = list(UserSession.objects.filter(user=user))
    end(own)
    return len(own)


def end(sessions: list[UserSession]) -> None:
    get_sessions_adapter().end_sessions(sessions)
