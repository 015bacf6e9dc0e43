"""Passkeys: signing in with one alone, and what is noted of one that fails.

What a passkey has to sign is asked for before anybody has signed in, by every browser that opens the page. So
it is kept in no session: it goes to the browser sealed and comes back with the answer, for ten minutes.
"""

import time
from datetime import UTC, datetime
from typing import Any

from allauth.account.forms import LoginForm
from allauth.core import context
from allauth.mfa import signals
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn import forms as ceremonies
from allauth.mfa.webauthn.internal import auth
from allauth.mfa.webauthn.views import LoginWebAuthnView
from django.core import signing
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clinic.audit.recording import AuditAction, record
from clinic.operations.limits import Limit, client_line

LASTS_SECONDS = 600
_SALT = "clinic.staff.passkeys"
# How many failed ones of one address are written down in an hour.
NOTED = Limit("passkey-noted", 60, 3600)


class PasswordForm(LoginForm):
    """Name and password; browsers offer the passkeys that they keep for this site in the name's field."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].widget.attrs["autocomplete"] = "username webauthn"


class SignInForm(ceremonies.LoginWebAuthnForm):
    """The passkey in place of name and password."""

    def clean_credential(self) -> Authenticator:
        """The passkey that signed. What it signed counts once: not when it was asked for before the passkey
        was last used. Raises ValidationError."""
        try:
            state = signing.loads(self.data.get("state", ""), salt=_SALT, max_age=LASTS_SECONDS)
        except signing.BadSignature:
            raise get_adapter().validation_error("incorrect_code") from None
        asked_at = datetime.fromtimestamp(state.pop("asked_at"), UTC)
        auth.set_state(state)
        try:
            passkey: Authenticator = super().clean_credential()
        finally:
            auth.clear_state()
        unused = Q(last_used_at=None) | Q(last_used_at__lt=asked_at)
        if not Authenticator.objects.filter(unused, pk=passkey.pk).update(last_used_at=timezone.now()):
            raise get_adapter().validation_error("incorrect_code")
        return passkey


class _Noted(ceremonies.AuthenticateWebAuthnForm):
    """Says, as allauth does of a wrong code, that a key was refused after the right password."""

    def clean_credential(self) -> Authenticator:
        try:
            key: Authenticator = super().clean_credential()
        except ValidationError:
            signals.authentication_failed.send(
                sender=Authenticator,
                request=context.request,
                user=self.user,
                authenticator=Authenticator(type=Authenticator.Type.WEBAUTHN),
                reauthentication=self.reauthenticated,
            )
            raise
        return key


class SecondStepForm(_Noted):
    """The key after the password."""


class ProofForm(_Noted, ceremonies.ReauthenticateWebAuthnForm):
    """The key before something that asks for it again."""


class NewKeyForm(ceremonies.AddWebAuthnForm):
    """A new key: a passkey, unless it is said to be one that only follows a password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["passwordless"]
        field.initial = True
        field.label = _("It signs me in by itself")
        field.help_text = _("Take this off for an older security key that knows neither finger nor PIN.")
        self.fields["name"].help_text = _("Tells you later which one it is.")


class SignIn(LoginWebAuthnView):
    """What a passkey has to sign, and the signature."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """As JSON for the script of the sign-in page; other visitors are led to that page."""
        if "application/json" not in request.headers.get("Accept", ""):
            return redirect("account_login")
        options = auth.begin_authentication()
        state = {**(auth.get_state() or {}), "asked_at": time.time()}
        auth.clear_state()
        return JsonResponse({"request_options": options, "state": signing.dumps(state, salt=_SALT)})

    def form_invalid(self, form: Any) -> HttpResponse:
        if NOTED.allows(client_line(self.request) or "unknown"):
            record(self.request, AuditAction.SIGN_IN_FAILED, how=Authenticator.Type.WEBAUTHN)
        return super().form_invalid(form)
