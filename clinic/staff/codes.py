"""The codes of authenticator apps: one that turns while it is typed still counts, and none counts twice.

RFC 6238, 5.2: the step before is accepted, and no code a second time. allauth remembers a used code for one
step alone, and in a cache; here the time of the last use, in the database, ends every code up to that moment.
"""

from datetime import UTC, datetime

from allauth.core import context, ratelimit
from allauth.core.internal.cryptokit import compare_user_code
from allauth.mfa.adapter import get_adapter
from allauth.mfa.app_settings import TOTP_PERIOD
from allauth.mfa.base.forms import AuthenticateForm, BaseAuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.contrib.auth.models import User
from django.db.models import Q
from django.utils import timezone

from clinic.staff.sign_in import NOTED_ABOVE


def _used_up(user: User, code: str) -> bool:
    """Whether `code` is one of the user's app that may not count: a code was used since it came up.
    Uses it up; of two at the same moment one finds it used."""
    app = Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).first()
    if app is None:
        return False
    secret, now = get_adapter().decrypt(app.data["secret"]), timezone.now()
    step = int(now.timestamp()) // TOTP_PERIOD
    # allauth's tolerance goes both ways. What is yet to come would outlive its use, so it counts as used.
    for number in (step + 1, step, step - 1):
        if compare_user_code(actual=code, expected=format_hotp_value(hotp_value(secret, number))):
            before_it = Q(last_used_at=None) | Q(last_used_at__lt=_start(number))
            unused = Authenticator.objects.filter(before_it, pk=app.pk)
            return number > step or not unused.update(last_used_at=now)
    return False


def _start(step: int) -> datetime:
    return datetime.fromtimestamp(step * TOTP_PERIOD, UTC)


class _CodeOnce(BaseAuthenticateForm):
    def clean_code(self) -> str:
        """allauth's check, which counts a used code as a wrong one. Above the limit no code is used up, and
        each attempt is noted all the same, of one account so many as the record bears."""
        key = f"mfa-auth-user-{self.user.pk}"  # allauth's own
        if ratelimit.consume(context.request, action="login_failed", key=key, dry_run=True):
            if _used_up(self.user, self.cleaned_data["code"]):
                self.cleaned_data["code"] = ""
        elif NOTED_ABOVE.allows(f"code {self.user.pk}"):
            self._emit_authentication_failed(Authenticator(type=Authenticator.Type.TOTP))
        return str(super().clean_code())


class SignInForm(_CodeOnce, AuthenticateForm):
    """The code after the password."""


class ProofForm(_CodeOnce, ReauthenticateForm):
    """The code before something that asks for it again."""
