"""The staff's sign-in: django-allauth, closed to new accounts, its secrets sealed, its attempts counted."""

import time
from ipaddress import ip_network
from typing import Any, cast

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.stagekit import LOGIN_SESSION_KEY, clear_login, unstash_login
from allauth.account.signals import authentication_step_completed
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import Permission, User
from django.contrib.auth.signals import user_login_failed
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from clinic.operations.limits import Limit, client_line
from clinic.staff import passwords, sealing, sessions

# Nobody can be locked out by a stranger: attempts are counted for an address, and for a name at one address.
BY_ADDRESS_AND_NAME = Limit("sign-in-name", 8, 300)
BY_ADDRESS = Limit("sign-in", 60, 300)
# How many more of one address are written down in an hour.
NOTED_ABOVE = Limit("sign-in-noted", 60, 3600)
_WAYS = {
    "mfa_reauthenticate": _("A code: from your authenticator app, or a recovery code"),
    "mfa_reauthenticate:webauthn": _("Your passkey or security key"),
}
# Under which the session of a sign-in that waits for its second step holds a mark of the password.
GIVEN_AS = "first_step"
# So soon after signing in nobody has to prove it again to set up a second factor.
FRESH_SECONDS = 300


class CountedBackend(ModelBackend):
    """Django's passwords, with a limit on the attempts from one address; and what somebody may do, which
    every page of the staff asks for, in one query rather than two."""

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **kwargs: Any,
    ) -> User | None:
        """The user, or None; raises PermissionDenied, which ends the attempt, above the limit."""
        if request is not None and username and password and not _may_try(request, username):
            raise PermissionDenied  # Django notes it, as it does a wrong password
        user = super().authenticate(request, username, password, **kwargs)
        return None if user and passwords.has_ended(user) else user

    def get_all_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        """The user's own permissions and those of their groups, kept where Django keeps them."""
        asks = user_obj.is_active and not user_obj.is_superuser and obj is None
        if asks and not hasattr(user_obj, "_perm_cache"):
            rows = Permission.objects.order_by().values_list("content_type__app_label", "codename")
            theirs = rows.filter(user=user_obj).union(rows.filter(group__user=user_obj))
            user_obj._perm_cache = {f"{app}.{codename}" for app, codename in theirs}
        return super().get_all_permissions(user_obj, obj)


def note_refused(request: HttpRequest, username: str) -> None:
    """Notes an attempt above the limits as a failed one; of one address so many as the record bears."""
    if NOTED_ABOVE.allows(client_line(request) or "unknown"):
        credentials = {"username": username}
        user_login_failed.send(sender=__name__, credentials=credentials, request=request)


def _may_try(request: HttpRequest, username: str) -> bool:
    """Counts an attempt to sign in and says whether it is still within the limits. Counted once a request."""
    counted: bool | None = getattr(request, "_sign_in_counted", None)
    if counted is None:
        # Whoever comes without an address shares one count, rather than have none.
        address = client_line(request) or "unknown"
        of_name = f"{address} {username.casefold()}"
        counted = BY_ADDRESS.allows(address) and BY_ADDRESS_AND_NAME.allows(of_name)
        vars(request)["_sign_in_counted"] = counted
    return counted


class StaffAccountAdapter(DefaultAccountAdapter):
    """Accounts are made by a superuser in the admin, never by signing up."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "too_many_login_attempts": _("Too many attempts from here. Wait five minutes, then try again."),
        "username_password_mismatch": _("That name and password don't go together."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody signs up."""
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """What attempts are counted for, and what the list of sessions shows: the line that TRUSTED_PROXIES
        vouches for, of a network its first address. The database takes nothing but an address."""
        try:
            return str(ip_network(client_line(request)).network_address)
        except ValueError:
            return "0.0.0.0"  # noqa: S104 - nobody listens there; it says that the address is not known

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Says that there were too many attempts, where a backend could only say no."""
        name = str(credentials.get("username", ""))
        if not _may_try(request, name):
            note_refused(request, name)
            raise self.validation_error("too_many_login_attempts")

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Not within five minutes of signing in; whoever has just given the password sets up the factor."""
        signed_in_at = context.request.session.get(sessions.SIGNED_IN_AT, 0) if context.request else 0
        if time.time() - signed_in_at < FRESH_SECONDS:
            return False
        return bool(super().is_reauthentication_required(app=app, **kwargs))

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """The passkey first, then a code; the password counts only while there is no second factor."""
        ways: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        factors = [way for way in ways if way["id"] != "reauthenticate"]
        factors.sort(key=lambda way: way["id"] != "mfa_reauthenticate:webauthn")
        return [way | {"description": _WAYS[way["id"]]} for way in factors] or ways

    def login(self, request: HttpRequest, user: Any) -> None:
        """Once every step was taken. What was true at the first has to be at the last: the account is open,
        and the password still the same."""
        given = request.session.pop(GIVEN_AS, None)
        if given is not None and given != _mark(user):
            clear_login(request)
            raise ImmediateHttpResponse(redirect("account_login"))
        if not user.is_active:
            clear_login(request)
            raise ImmediateHttpResponse(self.respond_user_inactive(request, user))
        super().login(request, user)

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Back to what was being written when the session ended, else to the admin."""
        return reverse("account_resume") if sessions.has_kept(request) else reverse("admin:index")


def _password_given(
    sender: object,
    request: HttpRequest,
    user: User,
    method: str,
    reauthenticated: bool = False,
    **kwargs: Any,
) -> None:
    if method == "password" and not reauthenticated:
        request.session[GIVEN_AS] = _mark(user)


def _mark(user: User) -> str:
    """Another one for each password of each account; the session holds no more of a password."""
    return salted_hmac(GIVEN_AS, f"{user.pk} {user.password}", algorithm="sha256").hexdigest()


def forget_stale_step(request: HttpRequest) -> None:
    """Has a sign-in that waits for its second step begin anew when the password is another one meanwhile, the
    account closed, or the factor gone; allauth would lead it in a circle until its time is up."""
    begun = unstash_login(request, peek=True) if LOGIN_SESSION_KEY in request.session else None
    if begun is None or begun.user is None:
        return
    steps = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
    is_same = request.session.get(GIVEN_AS) == _mark(cast("User", begun.user))
    has_factor = Authenticator.objects.filter(user=begun.user, type__in=steps).exists()
    if not (is_same and begun.user.is_active and has_factor):
        clear_login(request)


def connect() -> None:
    """Has the first step of a sign-in noted; called once, when the app is ready."""
    authentication_step_completed.connect(_password_given, dispatch_uid="clinic.sign_in")


class StaffMFAAdapter(DefaultMFAAdapter):
    """Seals the second factor's secrets: the TOTP key, and the seed of the recovery codes."""

    def encrypt(self, text: str) -> str:
        """Sealed with the site's key."""
        return sealing.seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        """Opened with the site's key or one before it."""
        return sealing.unseal(encrypted_text)
