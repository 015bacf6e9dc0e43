"""Whose times somebody at the desk chose last: theirs are shown first where nothing else says whose."""

from typing import Any, cast

from django.contrib.auth.models import User
from django.http import HttpRequest

from clinic.models import DeskDoctor

# Where the session keeps the key, and the one that is stored for the sign-ins to come.
LAST_CHOSEN = "practitioner"
STORED = "practitioner_stored"


def chosen(request: HttpRequest) -> str:
    """The practitioner's key, or ''."""
    return str(request.session.get(LAST_CHOSEN, ""))


def choose(request: HttpRequest, key: str) -> None:
    """Keeps the practitioner of this key: for the session, and once something is sent for those to come."""
    if chosen(request) != key:
        request.session[LAST_CHOSEN] = key
    if request.method == "POST" and request.session.get(STORED) != key:
        user = cast("User", request.user)
        DeskDoctor.objects.update_or_create(user=user, defaults={"practitioner_id": int(key)})
        request.session[STORED] = key


def recall(sender: object, request: HttpRequest, user: User, **kwargs: Any) -> None:
    """At a sign-in: goes on with whose times the same person chose last."""
    key = DeskDoctor.objects.filter(user=user).values_list("practitioner_id", flat=True).first()
    if key is not None:
        request.session[LAST_CHOSEN] = request.session[STORED] = str(key)
