"""When a sign-in of the staff ends: after half an hour without a click, after twelve hours, or everywhere.

What somebody sends after the end is not lost: it waits, sealed, in the new session, and is shown to the
same person after the next sign-in, to send it then. Nothing of it is kept in the browser's own storage.
"""

import json
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any, cast

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import AbstractBaseUser, User
from django.contrib.auth.signals import user_logged_in
from django.contrib.sessions.models import Session
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from clinic.staff import sealing

GetResponse = Callable[[HttpRequest], HttpResponse]

SIGNED_IN_AT = "signed_in_at"
SEEN_AT = "seen_at"
KEPT = "kept_post"
# The session is written at most once in this time to note that its owner is still there.
NOTE_EVERY = 60
LONGEST_KEPT = 64 * 1024
STAFF_PATHS = ("/admin/", "/accounts/")


def is_background(request: HttpRequest) -> bool:
    """Whether a script of a page asks by itself, rather than a person who clicked."""
    return request.headers.get("Sec-Fetch-Mode", "navigate") not in ("navigate", "")


def note_sign_in(sender: object, request: HttpRequest, user: AbstractBaseUser, **kwargs: Any) -> None:
    """Starts both clocks of the session."""
    request.session[SIGNED_IN_AT] = request.session[SEEN_AT] = time.time()


def connect() -> None:
    """Has the clocks started by each sign-in; called once, when the app is ready."""
    user_logged_in.connect(note_sign_in, dispatch_uid="clinic.sessions")


class EndSessions:
    """Signs staff out whose time is up, before a view answers and after the CSRF check."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        """A redirect to the sign-in, or None while the session lasts."""
        if not request.path_info.startswith(STAFF_PATHS) or not request.user.is_authenticated:
            return None
        now = time.time()
        idle = now - request.session.get(SEEN_AT, now)
        whole = now - request.session.get(SIGNED_IN_AT, now)
        if idle > settings.SESSION_IDLE_SECONDS or whole > settings.SESSION_COOKIE_AGE:
            return self._end(request)
        if request.method == "POST" and _kept_here(request):
            del request.session[KEPT]
        if not is_background(request) and (idle > NOTE_EVERY or SEEN_AT not in request.session):
            request.session[SEEN_AT] = now
            request.session.setdefault(SIGNED_IN_AT, now)
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


@require_safe
@login_required
def resume(request: HttpRequest) -> HttpResponse:
    """Shows what was sent after the session had ended, with a button that sends it now."""
    if not has_kept(request):
        request.session.pop(KEPT, None)
        return redirect("admin:index")
    kept = request.session[KEPT]
    try:
        fields = json.loads(sealing.unseal(kept["sealed"]))
    except sealing.NotReadable:
        del request.session[KEPT]
        return redirect("admin:index")
    written = [value for name, value in fields if len(value) > 20 and " " in value]
    return render(
        request, "account/resume.html", {"path": kept["path"], "fields": fields, "written": written}
    )


@require_POST
@login_required
def sign_out_everywhere(request: HttpRequest) -> HttpResponse:
    """Ends every session of the user, this one included."""
    end_all(cast("User", request.user))
    logout(request)
    messages.success(request, _("You are signed out on every device."))
    return redirect(settings.LOGIN_URL)


def end_all(user: User) -> int:
    """Ends every session of `user`; returns how many there were."""
    wanted = str(user.pk)
    open_sessions = Session.objects.filter(expire_date__gt=timezone.now() - timedelta(minutes=1))
    keys = [
        session.session_key
        for session in open_sessions.iterator()
        if session.get_decoded().get("_auth_user_id") == wanted
    ]
    return Session.objects.filter(session_key__in=keys).delete()[0]
