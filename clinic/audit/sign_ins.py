"""Signing in and out, each step of it, and changes of what one signs in with, as entries of the audit."""

from typing import Any

from allauth.account.authentication import get_authentication_records
from allauth.account.signals import authentication_step_completed
from allauth.mfa import signals as factor
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.http import HttpRequest

from clinic.audit.recording import AuditAction, record


def _signed_in(sender: object, request: HttpRequest, user: User, **kwargs: Any) -> None:
    steps = [_kind(**step) for step in get_authentication_records(request, user)]
    record(request, AuditAction.SIGNED_IN, user=user, how=" ".join(steps[-2:] or ["password"]))


def _kind(method: str, type: str = "", **kwargs: Any) -> str:
    return type or method


def _step(
    sender: object, request: HttpRequest, user: User, method: str, reauthenticated: bool = False, **more: Any
) -> None:
    """A step that ends in no new session: what follows a right password may never come."""
    how = _kind(method, **more)
    if reauthenticated:
        record(request, AuditAction.PROVED, user=user, how=how)
    elif method == "password" and Authenticator.objects.filter(user=user).exists():
        record(request, AuditAction.GAVE_PASSWORD, user=user, how=how)


def _signed_out(sender: object, request: HttpRequest, user: User | None, **kwargs: Any) -> None:
    if user is not None:
        record(request, AuditAction.SIGNED_OUT, user=user)


def _failed(
    sender: object,
    credentials: dict[str, Any] | None = None,
    request: HttpRequest | None = None,
    **kwargs: Any,
) -> None:
    """A wrong password. A name that nobody has is not kept: people type their password there by mistake."""
    name = (credentials or {}).get("username") or ""
    user = User.objects.filter(username=name).first()
    record(request, AuditAction.SIGN_IN_FAILED, user=user, how="password")


def _wrong_code(
    sender: object, request: HttpRequest, user: User, authenticator: Authenticator, **kwargs: Any
) -> None:
    record(request, AuditAction.SIGN_IN_FAILED, user=user, how=authenticator.type)


def _factor_changed(
    sender: object, request: HttpRequest, user: User, authenticator: Authenticator, **kwargs: Any
) -> None:
    record(request, AuditAction.FACTOR_CHANGED, user=user, how=authenticator.type)


def connect() -> None:
    """Has the entries written; called once, when the app is ready."""
    user_logged_in.connect(_signed_in, dispatch_uid="clinic.audit")
    authentication_step_completed.connect(_step, dispatch_uid="clinic.audit")
    user_logged_out.connect(_signed_out, dispatch_uid="clinic.audit")
    user_login_failed.connect(_failed, dispatch_uid="clinic.audit")
    factor.authentication_failed.connect(_wrong_code, dispatch_uid="clinic.audit")
    for signal in (factor.authenticator_added, factor.authenticator_removed, factor.authenticator_reset):
        signal.connect(_factor_changed, dispatch_uid="clinic.audit")
