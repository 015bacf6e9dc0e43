"""Passwords of the staff: none made of the clinic's own words, and none for good that somebody else chose."""

import hashlib
import os
from datetime import timedelta
from pathlib import Path
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
from zxcvbn import zxcvbn

from clinic.audit.recording import AuditAction, record
from clinic.http.types import GetResponse
from clinic.models import Clinic, GivenPassword, Practitioner
from clinic.staff import changed, sessions

# For how long a given password opens the door (ASVS 6.4.1).
GIVEN_FOR = timedelta(days=7)
CHANGE_FIRST = "change_password_first"
# What a password has to hold beside the words that everybody here would guess.
OWN_CHARACTERS = 8
_GUESSED = (
    "dermatologist",
    "receptionist",
    "dermatology",
    "frontdesk",
    "reception",
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
# Guesses that a password has to outlast: what zxcvbn calls strong. What it would read beyond is cut off, not
# judged: it is slower than linear.
GUESSES = 10**10
_JUDGED = 72


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

    def password_changed(self, password: str, user: User | None = None) -> None:
        """Django calls this whenever a password was saved, `manage.py changepassword` included. Who has yet
        to sign in for the first time need not hear of it."""
        if user and user.last_login:
            changed.tell(user, changed.Change.PASSWORD)

    def get_help_text(self) -> str:
        return _("Don't build it from the clinic's name, the doctors' names or words of our work.")


class Guessable:
    """Refuses what is long enough and guessed soon: repeats, rows of keys, dates, common words with digits
    behind them (ASVS 6.2.4; NIST SP 800-63B, 3.1.1.2)."""

    def validate(self, password: str, user: User | None = None) -> None:
        """Raises ValidationError when zxcvbn, told the clinic's words and the person's, finds it soon."""
        own = [user.username, user.first_name, user.last_name, user.email] if user else []
        words = {*_words(), *(word for each in own if (word := _fold(each)))}
        if zxcvbn(password[:_JUDGED], user_inputs=sorted(words))["guesses"] < GUESSES:
            raise ValidationError(
                _("This password is guessed soon: a common one, a pattern, a word and a number. Use others."),
                code="guessable",
            )

    def get_help_text(self) -> str:
        return _("Three or four words that don't belong together are easy to remember and hard to guess.")


class Breached:
    """Refuses a password that was stolen elsewhere, by the list that the operator keeps here: a service that
    is asked would be a third party that is told (ASVS 6.2.12)."""

    def validate(self, password: str, user: User | None = None) -> None:
        """Raises ValidationError when the list has it."""
        if settings.BREACHED_PASSWORDS and _is_listed(password, settings.BREACHED_PASSWORDS):
            raise ValidationError(
                _("This password is among those that were stolen elsewhere. Use another."), code="breached"
            )

    def get_help_text(self) -> str:
        return _("Don't use one that you have, or had, anywhere else.")


def _is_listed(password: str, path: Path) -> bool:
    """By halves: the list holds digests in their order, a line each, and is far too long to be read."""
    wanted = hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper().encode()
    with path.open("rb") as listed:
        low, high = 0, listed.seek(0, os.SEEK_END)
        while low < high:
            middle = (low + high) // 2
            listed.seek(middle)
            if middle:
                listed.readline()  # the rest of a line that begins before
            found = listed.readline()[: len(wanted)].upper()
            if found == wanted:
                return True
            if found and found < wanted:
                low = middle + 1
            else:
                high = middle
        listed.seek(0)
        return listed.readline()[: len(wanted)].upper() == wanted


def _fold(text: str) -> str:
    return "".join(sign for sign in text.casefold() if sign.isalnum())


def _words() -> set[str]:
    clinic = Clinic.current()
    names = [clinic.name, clinic.area, clinic.street_address, clinic.city]
    names += Practitioner.objects.values_list("name", flat=True)
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
