"""The pages on which staff look after their own sessions: where they are signed in, what waits to be sent."""

import json
from typing import cast

from allauth.account.decorators import reauthentication_required
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clinic.staff import sealing, sessions


@require_safe
@login_required
def resume(request: HttpRequest) -> HttpResponse:
    """Shows what was sent after the session had ended, with a button that sends it now."""
    if not sessions.has_kept(request):
        request.session.pop(sessions.KEPT, None)
        return redirect("admin:index")
    kept = request.session[sessions.KEPT]
    try:
        fields = json.loads(sealing.unseal(kept["sealed"]))
    except sealing.NotReadable:
        del request.session[sessions.KEPT]
        return redirect("admin:index")
    written = [value for name, value in fields if len(value) > 20 and " " in value]
    return render(
        request, "account/resume.html", {"path": kept["path"], "fields": fields, "written": written}
    )


@require_POST
@login_required
def sign_out_everywhere(request: HttpRequest) -> HttpResponse:
    """Ends every session of the user, this one included."""
    sessions.end_all(cast("User", request.user))
    logout(request)
    messages.success(request, _("You are signed out on every device."))
    return redirect(settings.LOGIN_URL)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@reauthentication_required
def session_list(request: HttpRequest) -> HttpResponse:
    """The user's sessions, the latest first; a POST ends the one that it names, or all but this one."""
    own = UserSession.objects.purge_and_list(cast("User", request.user))
    if request.method == "POST":
        # One that has ended meanwhile, and one of somebody else's, are both no longer in the list.
        named = request.POST.get("session")
        others = [each for each in own if not sessions.is_this(each, request)]
        sessions.end([each for each in others if named in (None, str(each.pk))])
        messages.success(request, _("Signed out there."))
        return redirect("usersessions_list")
    own.sort(key=lambda session: session.last_seen_at, reverse=True)
    return render(request, "usersessions/usersession_list.html", {"sessions": own})
