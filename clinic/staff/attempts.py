"""Sign-ins that failed, counted over a day: a guessed or stolen password shows, though all are refused."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from prometheus_client.core import GaugeMetricFamily

from clinic.audit.entry import AuditAction, AuditEntry, AuditEntryQuerySet
from clinic.staff.site import Advice, Part, address, on_front_page

WITHIN = timedelta(days=1)
# Who is asked for a code has given the right password. Three are typed wrong by nobody but a stranger.
CODES = 3
# More than anybody forgets a password in one day.
PASSWORDS = 20
_FOR_A_CODE = Q(page__startswith="mfa_")


@dataclass(frozen=True)
class Attempts:
    """How often signing in to one account failed within a day: with the right password, and without it."""

    user_id: int
    username: str
    codes: int
    passwords: int


def suspicious(now: datetime) -> list[Attempts]:
    """The accounts that somebody else seems to try, by name."""
    rows = (
        _failed(now)
        .filter(user__isnull=False)
        .values_list("user_id", "user__username")
        .annotate(codes=Count("pk", filter=_FOR_A_CODE), passwords=Count("pk", filter=~_FOR_A_CODE))
        .filter(Q(codes__gte=CODES) | Q(passwords__gte=PASSWORDS))
        .order_by("user__username")
    )
    return [Attempts(*row) for row in rows]


def _failed(now: datetime) -> AuditEntryQuerySet:
    return AuditEntry.objects.filter(at__gt=now - WITHIN, at__lte=now, action=AuditAction.SIGN_IN_FAILED)


@on_front_page
def advice(request: HttpRequest, now: datetime) -> Iterable[Part]:
    """To superusers, who can end the account's sessions and give it another password."""
    if not request.user.is_superuser:
        return
    for tried in suspicious(now):
        yield Advice(words(tried), address("auth_user_change", tried.user_id))


def words(tried: Attempts) -> str:
    """What happened to the account, and what to do, in a sentence or two."""
    if tried.codes >= CODES:
        return ngettext(
            "Somebody knows the password of %(name)s: it was given today, with %(number)s wrong code. "
            "Ask the colleague; if it wasn't them, give the account a new password.",
            "Somebody knows the password of %(name)s: it was given today, with %(number)s wrong codes. "
            "Ask the colleague; if it wasn't them, give the account a new password.",
            tried.codes,
        ) % {"name": tried.username, "number": tried.codes}
    return _("The password of %(name)s was guessed at today, %(number)s times, and not found.") % {
        "name": tried.username,
        "number": tried.passwords,
    }


def figures() -> Iterable[GaugeMetricFamily]:
    """For /metrics, read each time."""
    now = timezone.now()
    yield GaugeMetricFamily(
        "finetouch_sign_ins_failed", "Sign-ins that failed within a day.", _failed(now).count()
    )
    yield GaugeMetricFamily(
        "finetouch_accounts_tried", "Accounts that somebody else seems to try.", len(suspicious(now))
    )
