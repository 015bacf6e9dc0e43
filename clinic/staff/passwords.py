"""Passwords of the staff: none made of the clinic's own words, and none for good that somebody else chose."""

from datetime import timedelta
from typing import Any, cast
from urllib.parse import urlsplit

from allauth.account.signals import password_changed
from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_in
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from clinic.audit.recording import AuditAction, record
from clinic.http.types import GetResponse
from clinic.models import Clinic, GivenPassword, Practitioner
from clinic.staff import sessions

# For how long a given password opens the door (ASVS 6.4.1).
GIVEN_FOR = timedelta(days=7)
CHANGE_FIRST = "change_password_first"
# What a password has to hold beside the words that everybody here would guess.
OWN_CHARACTERS = 8
_GUESSED = (
    "dermatologist",
    "dermatology",
    "password",
    "welcome",
    "clinic",
    "doctor",
    "botox",
    "admin",
    "staff",
    "skin",
)
_SHORTEST = 4


class ClinicWords:
    """Refuses a password that is little more than the clinic's own words (ASVS 6.2.11)."""

    def validate(self, password: str, user: User | None = None) -> None:
        """Raises ValidationError when too little is left without them."""
        folded = rest = _fold(password)
        for word in sorted(_words(), key=len, reverse=True):
            rest = rest.replace(word, "")
        if rest != folded and len(rest) < OWN_CHARACTERS:
            raise ValidationError(
                _("This password is made of words that anybody would guess here. Use others."),
                code="clinic_words",
            )

    def get_help_text(self) -> str:
        return _("Don't build it from the clinic's name, the doctors' names or words of our work.")


def _fold(text: str) -> str:
    return "".join(sign for sign in text.casefold() if sign.isalnum())


def _words() -> set[str]:
    names = [Clinic.current().name, *Practitioner.objects.values_list("name", flat=True)]
    written = " ".join([*names, (urlsplit(settings.SITE_URL).hostname or "").replace(".", " ")])
    return {word for each in written.split() if len(word := _fold(each)) >= _SHORTEST} | set(_GUESSED)


def give(request: HttpRequest, user: User) -> None:
    """Notes that whoever is signed in has just chosen the password of `user`."""
    record(request, AuditAction.PASSWORD_SET, user)
    GivenPassword.objects.update_or_create(user=user, defaults={"at": timezone.now()})


def is_ones_own(request: HttpRequest) -> None:
    """Notes that whoever is signed in has chosen the password."""
    user = cast("User", request.user)
    record(request, AuditAction.PASSWORD_SET, user)
    GivenPassword.objects.filter(user=user).delete()
    request.session.pop(CHANGE_FIRST, None)


def has_ended(user: User) -> bool:
    """Whether the password was given so long ago that it opens nothing any more."""
    return GivenPassword.objects.filter(user=user, at__lt=timezone.now() - GIVEN_FOR).exists()


def _signed_in(sender: object, request: HttpRequest, user: User, **kwargs: Any) -> None:
    if GivenPassword.objects.filter(user=user).exists():
        request.session[CHANGE_FIRST] = True


def _changed(sender: object, request: HttpRequest, **kwargs: Any) -> None:
    is_ones_own(request)


def connect() -> None:
    """Has each sign-in look, and each change count; called once, when the app is ready."""
    user_logged_in.connect(_signed_in, dispatch_uid="clinic.passwords")
    password_changed.connect(_changed, dispatch_uid="clinic.passwords")


class ChangeFirst:
    """Leads whoever signed in with a given password to choose one, before anything else of the admin."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        """A redirect to the change of the password, or None."""
        if not request.path_info.startswith("/admin/") or CHANGE_FIRST not in request.session:
            return None
        if request.resolver_match and request.resolver_match.view_name in ("admin:logout", "admin:login"):
            return None
        if sessions.is_background(request):
            return HttpResponse(status=401)
        return redirect("account_change_password")
