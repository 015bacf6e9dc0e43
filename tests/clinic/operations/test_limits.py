"""Rate limits: exact, keyed, and by the address that the proxies vouch for."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import RequestFactory
from django.utils import timezone
from pytest_django import Settings as SettingsWrapper

from clinic.models import RateCount
from clinic.operations import limits
from clinic.operations.limits import Limit, TooMany
from tests.threads import at_once

NOW = datetime(2026, 12, 2, 18, 50, tzinfo=UTC)
THREE = Limit("test-three", 3, 3600)


@pytest.fixture(autouse=True)
def limits_on(settings: SettingsWrapper) -> None:
    settings.RATE_LIMITS = True


@pytest.mark.django_db
def test_the_limit_is_exact_and_says_when_to_come_back() -> None:
    for _ in range(3):
        limits.count([(THREE, "a")], NOW)
    with pytest.raises(TooMany) as refused:
        limits.count([(THREE, "a")], NOW)
    assert refused.value.retry_after == 600
    limits.count([(THREE, "b")], NOW)
    limits.count([(THREE, "a")], NOW + timedelta(minutes=10))


@pytest.mark.django_db
def test_what_is_counted_together_is_refused_together() -> None:
    other = Limit("test-other", 9, 60)
    for _ in range(3):
        limits.count([(THREE, "a"), (other, "x")], NOW)
    with pytest.raises(TooMany):
        limits.count([(THREE, "a"), (other, "x")], NOW)


@pytest.mark.django_db
def test_nobody_in_particular_is_not_counted() -> None:
    for _ in range(9):
        limits.count([(THREE, "")], NOW)
    assert RateCount.objects.count() == 0


@pytest.mark.django_db
def test_the_table_holds_no_data_of_anybody() -> None:
    limits.count([(THREE, "ada@example.com"), (THREE, "13105550123")], NOW)
    keys = " ".join(RateCount.objects.values_list("key", flat=True))
    assert "ada" not in keys
    assert "5550123" not in keys


@pytest.mark.django_db
def test_off_means_off(settings: SettingsWrapper) -> None:
    settings.RATE_LIMITS = False
    assert all(THREE.allows("a") for _ in range(9))
    assert RateCount.objects.count() == 0


@pytest.mark.django_db
def test_allows_counts_each_time() -> None:
    assert [Limit("test-day", 2, 86400).allows("a") for _ in range(3)] == [True, True, False]


@pytest.mark.django_db
def test_counts_of_the_past_are_forgotten() -> None:
    limits.count([(THREE, "a")], timezone.now() - timedelta(days=2))
    limits.count([(THREE, "b")], timezone.now())
    assert limits.forget(timezone.now()) == 1
    assert RateCount.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_twenty_of_sixty_at_once_get_through() -> None:
    twenty = Limit("test-race", 20, 86400)
    assert sum(at_once(lambda _: twenty.allows("a"), 60)) == 20


@pytest.mark.parametrize(
    ("proxies", "forwarded", "expected"),
    [
        (0, "203.0.113.9", "192.0.2.1"),
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "10.0.0.1, 203.0.113.9", "203.0.113.9"),
        (2, "spoofed, 203.0.113.9, 198.51.100.2", "203.0.113.9"),
        (2, "198.51.100.2", "192.0.2.1"),
        (1, "", "192.0.2.1"),
    ],
)
def test_the_address_is_the_nth_from_the_right(
    settings: SettingsWrapper, rf: RequestFactory, proxies: int, forwarded: str, expected: str
) -> None:
    settings.TRUSTED_PROXIES = proxies
    request = rf.get("/", REMOTE_ADDR="192.0.2.1", HTTP_X_FORWARDED_FOR=forwarded)
    assert limits.client_address(request) == expected


def test_a_unix_socket_has_no_address(rf: RequestFactory) -> None:
    assert limits.client_address(rf.get("/", REMOTE_ADDR="")) == ""


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("", ""),
        ("no address", "no address"),
    ],
)
def test_one_line_is_counted_as_one(address: str, counted: str) -> None:
    """A line with IPv6 has more addresses than anybody can count; each is as good as the next."""
    assert limits.client_line(RequestFactory().get("/", REMOTE_ADDR=address)) == counted
