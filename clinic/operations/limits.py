"""Exact rate limits: how often something may happen, for one address, phone, e-mail or name, within a window
of time.

One statement counts all that one step counts for, on either database, however many workers there are. A
caller that counts inside the transaction of what is counted gets both or neither. The key is a keyed digest:
the table holds no address, no phone number and no e-mail.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address, ip_address, ip_network

from django.conf import settings
from django.db import connection
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import salted_hmac

from clinic.models import RateCount

LONGEST_WINDOW = timedelta(days=1)


class TooMany(Exception):
    """More than the allowed rate. `retry_after` is in seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(retry_after)
        self.retry_after = retry_after


@dataclass(frozen=True, order=True)
class Limit:
    """At most `most` of what `name` names within a window of `seconds`, up to a day."""

    name: str
    most: int
    seconds: int

    def key(self, whom: str) -> str:
        """The row's key: no way leads back from it to whom."""
        return f"{self.name}:{salted_hmac('clinic.limits', whom, algorithm='sha256').hexdigest()[:40]}"

    def window(self, now: datetime) -> datetime:
        """When the window that `now` lies in began."""
        return datetime.fromtimestamp(int(now.timestamp()) // self.seconds * self.seconds, UTC)

    def allows(self, whom: str) -> bool:
        """Counts one for `whom` and says whether it is still within the limit."""
        try:
            count([(self, whom)], timezone.now())
        except TooMany:
            return False
        return True


def count(counted: Iterable[tuple[Limit, str]], now: datetime) -> None:
    """Counts one of each pair of a limit and whom it is for; those without a whom are left out.

    Raises TooMany when any of them is over its limit.
    """
    if not settings.RATE_LIMITS:
        return
    # In one order for everybody, so that two submits never wait for each other.
    limits = {limit.key(whom): limit for limit, whom in sorted(set(counted)) if whom}
    if not limits:
        return
    adapt = connection.ops.adapt_datetimefield_value
    with connection.cursor() as cursor:
        cursor.execute(
            'INSERT INTO clinic_ratecount ("key", "window", "count") VALUES '  # noqa: S608 - placeholders only
            + ", ".join(["(%s, %s, 1)"] * len(limits))
            + ' ON CONFLICT ("key", "window") DO UPDATE SET "count" = clinic_ratecount."count" + 1'
            + ' RETURNING "key", "count"',
            [value for key, limit in limits.items() for value in (key, adapt(limit.window(now)))],
        )
        over = [limits[key] for key, times in cursor.fetchall() if times > limits[key].most]
    if over:
        ends = max(limit.window(now) + timedelta(seconds=limit.seconds) for limit in over)
        raise TooMany(max(1, int((ends - now).total_seconds())))


def forget(now: datetime) -> int:
    """Deletes the counts of windows that have passed; returns how many."""
    return RateCount.objects.filter(window__lt=now - LONGEST_WINDOW).delete()[0]


def client_address(request: HttpRequest) -> str:
    """The address that the request came from: empty on a unix socket without a proxy that says.

    Each trusted proxy adds the address that it saw at the right of X-Forwarded-For, so the client's is the
    n-th from the right; whatever stands further left anybody can write.
    """
    if settings.TRUSTED_PROXIES:
        hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",") if hop.strip()]
        if len(hops) >= settings.TRUSTED_PROXIES:
            return hops[-settings.TRUSTED_PROXIES]
    return str(request.META.get("REMOTE_ADDR", ""))


def client_line(request: HttpRequest) -> str:
    """What limits count for an address: with IPv6 the network that a line is given, which has addresses
    without end."""
    text = client_address(request)
    try:
        address = ip_address(text)
    except ValueError:
        return text
    if isinstance(address, IPv4Address):
        return text
    return str(address.ipv4_mapped or ip_network((address, 64), strict=False))
