"""Exact rate limits: how often something may happen, for one address, phone, e-mail or name, within a window
of time.

One statement counts all that one step counts for, on either database, however many workers there are. A
caller that counts inside the transaction of what is counted gets both or neither. The key is a keyed digest:
the table holds no address, no phone number and no e-mail.

The window slides: what was counted in the one before still weighs by the part of it that the last `seconds`
reach back into. With windows that end at once, twice as many get through around the edge.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

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
    """At most `most` of what `name` names within a sliding window of `seconds`, up to a day.

    With `refuses` off nobody is refused: whoever counts is told. So for all that a stranger can type, who
    could shut a patient out by it.
    """

    name: str
    most: int
    seconds: int
    refuses: bool = True

    def key(self, whom: str) -> str:
        """The row's key: no way leads back from it to whom."""
        return f"{self.name}:{salted_hmac('clinic.limits', whom, algorithm='sha256').hexdigest()[:40]}"

    def window(self, now: datetime) -> datetime:
        """When the window that `now` lies in began."""
        return datetime.fromtimestamp(int(now.timestamp()) // self.seconds * self.seconds, UTC)

    def windows(self, now: datetime) -> tuple[datetime, datetime]:
        """When the window before and the present one began."""
        began = self.window(now)
        return began - timedelta(seconds=self.seconds), began

    def wait(self, before: int, times: int, now: datetime) -> timedelta:
        """How long until one more is within the limit; zero where the last of `times` in the present window
        was, after `before` in the one before."""
        length, elapsed = timedelta(seconds=self.seconds), now - self.window(now)
        # What was refused weighs nothing.
        before = min(before, self.most)
        if times > self.most:
            # Not in this window any more; in the next, once one of a full one has slid out of sight.
            return length - elapsed + length / self.most
        if before * (length - elapsed) <= (self.most - times) * length:
            return timedelta()
        return max(length - elapsed - length * (self.most - times) / before, timedelta.resolution)

    def allows(self, whom: str) -> bool:
        """Counts one for `whom` and says whether it is still within the limit."""
        try:
            return not count([(self, whom)], timezone.now())
        except TooMany:
            return False


def count(counted: Iterable[tuple[Limit, str]], now: datetime) -> frozenset[Limit]:
    """Counts one of each pair of a limit and whom it is for; those without a whom are left out. Returns the
    limits that it is over and that refuse nobody.

    Raises TooMany when any other is over its limit.
    """
    if not settings.RATE_LIMITS:
        return frozenset()
    # In one order for everybody, so that two submits never wait for each other.
    limits = {limit.key(whom): limit for limit, whom in sorted(set(counted)) if whom}
    found = _add(limits, now) if limits else {}
    over: dict[str, timedelta] = {}
    for key, limit in limits.items():
        before, present = limit.windows(now)
        if wait := limit.wait(found[key, before], found[key, present], now):
            over[key] = wait
    refused = [wait for key, wait in over.items() if limits[key].refuses]
    if refused:
        raise TooMany(-(-max(refused) // timedelta(seconds=1)))
    return frozenset(limits[key] for key in over)


def _add(limits: dict[str, Limit], now: datetime) -> dict[tuple[str, datetime], int]:
    """Adds one to the present window of each key; how many there are now by key and window, the one before
    too. That row is touched as well, so that whoever still counts in it is waited for."""
    rows = [
        (key, window, step)
        for key, limit in limits.items()
        for window, step in zip(limit.windows(now), (0, 1), strict=True)
    ]
    adapt = connection.ops.adapt_datetimefield_value
    with connection.cursor() as cursor:
        cursor.execute(
            'INSERT INTO clinic_ratecount ("key", "window", "count") VALUES '  # noqa: S608 - placeholders only
            + ", ".join(["(%s, %s, %s)"] * len(rows))
            + ' ON CONFLICT ("key", "window") DO UPDATE'
            + ' SET "count" = clinic_ratecount."count" + excluded."count" RETURNING "key", "window", "count"',
            [value for key, window, step in rows for value in (key, adapt(window), step)],
        )
        return {(key, _moment(window)): times for key, window, times in cursor.fetchall()}


def _moment(window: datetime | str) -> datetime:
    """As SQLite returns it, text without a zone, or as PostgreSQL does."""
    moment = datetime.fromisoformat(window) if isinstance(window, str) else window
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def forget(now: datetime) -> int:
    """Deletes the counts of windows that weigh nothing any more; returns how many."""
    return RateCount.objects.filter(window__lt=now - 2 * LONGEST_WINDOW).delete()[0]


def client_address(request: HttpRequest) -> str:
    """The address that the request came from, as it is usually written: empty where nobody says, as on a
    unix socket without a proxy.

    Each trusted proxy adds the address that it saw at the right of X-Forwarded-For, so the client's is the
    n-th from the right; whatever stands further left anybody can write, and so is all of Forwarded: proxies
    that count on the one header pass the other one on.
    """
    forwarded = request.headers.get("X-Forwarded-For", "")
    if settings.TRUSTED_PROXIES and forwarded.strip():
        # An empty hop is a hop: whoever drops it takes the one before, which the client may have written.
        hops = forwarded.split(",")
        if len(hops) >= settings.TRUSTED_PROXIES:
            return _address_in(hops[-settings.TRUSTED_PROXIES])
    return _address_in(str(request.META.get("REMOTE_ADDR", "")))


def _address_in(hop: str) -> str:
    """The address in what a proxy wrote of a client: with or without a port or brackets; without the zone,
    which means something on one machine only; IPv4 wherever it is IPv4. Empty if there is none."""
    hop = hop.strip().strip('"')
    if hop.startswith("["):
        hop = hop[1:].partition("]")[0]
    elif hop.count(":") == 1:
        hop = hop.partition(":")[0]
    try:
        address: IPv4Address | IPv6Address = ip_address(hop.partition("%")[0])
    except ValueError:
        return ""
    return str(getattr(address, "ipv4_mapped", None) or address)


def client_line(request: HttpRequest) -> str:
    """What limits count for an address: with IPv6 the network that a line is given, which has addresses
    without end. nginx counts the same (`finetouch_line`)."""
    address = client_address(request)
    return str(ip_network((address, 64), strict=False)) if ":" in address else address
