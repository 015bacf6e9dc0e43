"""Signing in and out, and changes of a second factor, as entries of the audit."""

from typing import Any

from allauth.mfa import signals as factor
from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.http import HttpRequest

from clinic.audit.recording import AuditAction, record


def _signed_in(sender: object, request: HttpRequest, user: User, **kwargs: Any) -> None:
    record(request, AuditAction.SIGNED_IN, user=user)


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
    record(request, AuditAction.SIGN_IN_FAILED, user=User.objects.filter(username=name).first())


def _wrong_code(sender: object, request: HttpRequest, user: User, **kwargs: Any) -> None:
    record(request, AuditAction.SIGN_IN_FAILED, user=user)


def _factor_changed(sender: object, request: HttpRequest, user: User, **kwargs: Any) -> None:
    record(request, AuditAction.FACTOR_CHANGED, user=user)


def connect() -> None:
    """Has the entries written; called once, when the app is ready."""
    user_logged_in.connect(_signed_in, dispatch_uid="clinic.audit")
    user_logged_out.connect(_signed_out, dispatch_uid="clinic.audit")
    user_login_failed.connect(_failed, dispatch_uid="clinic.audit")
    factor.authentication_failed.connect(_wrong_code, dispatch_uid="clinic.audit")
    for signal in (factor.authenticator_added, factor.authenticator_removed, factor.authenticator_reset):
        signal.connect(_factor_changed, dispatch_uid="clinic.audit")
