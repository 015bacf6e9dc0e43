"""Rate limits: exact, keyed, and by the address that the proxies vouch for."""

import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest
from django.db import transaction
from django.test import RequestFactory
from pytest_django import Settings as SettingsWrapper

from clinic.models import RateCount
from clinic.operations import limits
from clinic.operations.limits import Limit, TooMany
from tests.clinic.test_checks import ROOT
from tests.threads import at_once

NOW = datetime(2026, 12, 2, 18, 50, tzinfo=UTC)
EDGE = datetime(2026, 12, 2, 19, 0, tzinfo=UTC)
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
    # Ten minutes to the next window, and a third of that until the first of the three weighs nothing.
    assert refused.value.retry_after == 1800
    limits.count([(THREE, "b")], NOW)
    limits.count([(THREE, "a")], NOW + timedelta(seconds=1800))


def let_through(limit: Limit, now: datetime, times: int) -> int:
    """How many of so many were; the others count for nothing."""
    number = 0
    for _ in range(times):
        with suppress(TooMany), transaction.atomic():
            limits.count([(limit, "a")], now)
            number += 1
    return number


@pytest.mark.django_db
def test_no_double_burst_around_the_edge_of_a_window() -> None:
    forty = Limit("test-edge", 40, 3600)
    assert let_through(forty, EDGE - timedelta(seconds=1), 60) == 40
    assert let_through(forty, EDGE, 60) == 0
    assert let_through(forty, EDGE + timedelta(minutes=30), 60) == 20
    assert let_through(forty, EDGE + timedelta(hours=3), 60) == 40


@pytest.mark.django_db
def test_what_was_refused_in_the_window_before_weighs_nothing() -> None:
    forty = Limit("test-refused", 40, 3600)
    for _ in range(60):
        with suppress(TooMany):
            limits.count([(forty, "a")], EDGE - timedelta(seconds=1))
    assert let_through(forty, EDGE + timedelta(minutes=30), 60) == 20


@pytest.mark.django_db
@pytest.mark.parametrize("most", [1, 3, 7, 40])
@pytest.mark.parametrize("seconds", [-1, 0, 1, 599, 1800, 3599])
def test_whoever_waits_as_long_as_they_are_told_gets_through(most: int, seconds: int) -> None:
    limit = Limit("test-wait", most, 3600)
    now = EDGE + timedelta(seconds=seconds)
    let_through(limit, EDGE - timedelta(seconds=1), most)
    let_through(limit, now, most)
    with pytest.raises(TooMany) as refused, transaction.atomic():
        limits.count([(limit, "a")], now)
    assert 1 <= refused.value.retry_after <= 7200
    assert let_through(limit, now + timedelta(seconds=refused.value.retry_after), 1) == 1


@pytest.mark.django_db
def test_one_that_refuses_nobody_tells() -> None:
    told, other = Limit("test-told", 2, 3600, refuses=False), Limit("test-else", 9, 3600)
    over = [limits.count([(told, "a"), (told, f"b{turn}"), (other, "c")], NOW) for turn in range(4)]
    assert over == [set(), set(), {told}, {told}]


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
    day = Limit("test-day", 1, 86400)
    limits.count([(day, "a")], NOW - timedelta(days=3))
    limits.count([(day, "b")], NOW - timedelta(days=1))
    assert limits.forget(NOW) == 3
    # What was counted yesterday still weighs.
    with pytest.raises(TooMany):
        limits.count([(day, "b")], NOW)


@pytest.mark.django_db(transaction=True)
def test_twenty_of_sixty_at_once_get_through() -> None:
    twenty = Limit("test-race", 20, 86400)
    assert sum(at_once(lambda _: twenty.allows("a"), 60)) == 20


@pytest.mark.django_db(transaction=True)
def test_at_once_behind_an_edge_the_window_before_counts_exactly() -> None:
    twenty = Limit("test-edge-race", 20, 3600)
    let_through(twenty, EDGE - timedelta(seconds=1), 10)
    assert sum(at_once(lambda _: let_through(twenty, EDGE, 1), 40)) == 10


@pytest.mark.parametrize(
    ("proxies", "forwarded", "expected"),
    [
        (0, "203.0.113.9", "192.0.2.1"),
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "10.0.0.1, 203.0.113.9", "203.0.113.9"),
        (2, "spoofed, 203.0.113.9, 198.51.100.2", "203.0.113.9"),
        (2, "198.51.100.2", "192.0.2.1"),
        (1, "", "192.0.2.1"),
        (1, " ", "192.0.2.1"),
        # What the proxy could not say, as of a unix socket, nobody else says for it.
        (2, "203.0.113.66, , 198.51.100.2", ""),
        (1, "203.0.113.66, unknown", ""),
        (1, "203.0.113.66, unix:", ""),
    ],
)
def test_the_address_is_the_nth_from_the_right(
    settings: SettingsWrapper, rf: RequestFactory, proxies: int, forwarded: str, expected: str
) -> None:
    settings.TRUSTED_PROXIES = proxies
    request = rf.get(
        "/", REMOTE_ADDR="192.0.2.1", HTTP_X_FORWARDED_FOR=forwarded, HTTP_FORWARDED="for=203.0.113.66"
    )
    assert limits.client_address(request) == expected


@pytest.mark.parametrize("proxies", [0, 1])
def test_forwarded_is_what_anybody_can_write(
    settings: SettingsWrapper, rf: RequestFactory, proxies: int
) -> None:
    settings.TRUSTED_PROXIES = proxies
    request = rf.get("/", REMOTE_ADDR="192.0.2.1", HTTP_FORWARDED="for=203.0.113.66")
    assert limits.client_address(request) == "192.0.2.1"


HOPS = [
    # as written, the address, what is counted
    ("203.0.113.9", "203.0.113.9", "203.0.113.9"),
    ("203.0.113.9:5678", "203.0.113.9", "203.0.113.9"),
    ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
    ("2001:DB8:0001:2:0::6", "2001:db8:1:2::6", "2001:db8:1:2::/64"),
    ("[2001:db8:1:2::6]", "2001:db8:1:2::6", "2001:db8:1:2::/64"),
    ("[2001:db8:1:2::6]:443", "2001:db8:1:2::6", "2001:db8:1:2::/64"),
    ('"[2001:db8:1:2::6]:443"', "2001:db8:1:2::6", "2001:db8:1:2::/64"),
    ("2001:db8::1", "2001:db8::1", "2001:db8::/64"),
    ("::1", "::1", "::/64"),
    ("fe80::1%eth0", "fe80::1", "fe80::/64"),
    ("[fe80::1%25eth0]:443", "fe80::1", "fe80::/64"),
    ("::ffff:203.0.113.9", "203.0.113.9", "203.0.113.9"),
    ("[::FFFF:CB00:7109]:80", "203.0.113.9", "203.0.113.9"),
    ("", "", ""),
    ("unix:", "", ""),
    ("unknown", "", ""),
    ("_hidden", "", ""),
    ("203.0.113.9.7", "", ""),
    ("[2001:db8::1", "2001:db8::1", "2001:db8::/64"),
]


@pytest.mark.parametrize(("hop", "address", "counted"), HOPS)
def test_one_line_is_counted_as_one_however_it_is_written(
    settings: SettingsWrapper, rf: RequestFactory, hop: str, address: str, counted: str
) -> None:
    """A line with IPv6 has more addresses than anybody can count; each is as good as the next."""
    direct = rf.get("/", REMOTE_ADDR=hop)
    assert (limits.client_address(direct), limits.client_line(direct)) == (address, counted)
    settings.TRUSTED_PROXIES = 1
    # With gunicorn on a unix socket there is no other address.
    passed_on = rf.get("/", REMOTE_ADDR="", HTTP_X_FORWARDED_FOR=f"192.0.2.7, {hop}" if hop else "")
    assert (limits.client_address(passed_on), limits.client_line(passed_on)) == (address, counted)


CONFIGURATION = (ROOT / "deploy" / "nginx" / "finetouch.conf").read_text()
LINE = re.search(r"^map \$binary_remote_addr \$finetouch_line {.*?^}", CONFIGURATION, flags=re.M | re.S)


def test_every_limit_of_nginx_counts_lines() -> None:
    assert LINE
    rest = CONFIGURATION.replace(LINE[0], "")
    assert "binary_remote_addr" not in rest
    assert re.findall(r"^limit_\w+_zone (\S+)", rest, flags=re.M) == [
        "$finetouch_line", "$finetouch_line", "$finetouch_form_sender",
    ]  # fmt: skip


def answers(path: Path) -> bool:
    """Whether somebody listens: the file is there a moment before."""
    with socket.socket(socket.AF_UNIX) as connection:
        return connection.connect_ex(str(path)) == 0


@pytest.fixture(scope="module")
def nginx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The socket of an nginx that answers with what its limits count for the address in X-Real-IP."""
    program = shutil.which("nginx", path="/usr/sbin:/usr/bin:/bin")
    if program is None:
        pytest.skip("no nginx here")
    assert LINE
    folder = tmp_path_factory.mktemp("nginx")
    folders = "".join(
        f"{each}_temp_path {folder};" for each in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        f"daemon off; master_process off; pid {folder}/pid; error_log stderr crit; events {{}}"
        f" http {{ access_log off; {folders} {LINE[0]} server {{ listen unix:{folder}/socket;"
        " set_real_ip_from unix:; real_ip_header X-Real-IP; location / { return 200 $finetouch_line; } } }"
    )
    running = subprocess.Popen([program, "-e", "stderr", "-c", str(folder / "nginx.conf")])
    try:
        while running.poll() is None and not answers(folder / "socket"):
            time.sleep(0.01)
        yield folder / "socket"
    finally:
        running.terminate()
        running.wait()


COUNTED = [
    *sorted({(address, counted) for _hop, address, counted in HOPS if address}),
    ("::ffff:203.0.113.9", "203.0.113.9"),
    # Bytes that are ends of lines.
    ("10.10.10.10", "10.10.10.10"),
    ("a0a:a0a:a0a:a0a:a0a:a0a:a0a:a0a", "a0a:a0a:a0a:a0a::/64"),
]


@pytest.mark.parametrize(("address", "counted"), COUNTED)
def test_the_map_of_nginx_counts_the_same(address: str, counted: str) -> None:
    """By its expressions alone, also where there is no nginx."""
    assert LINE
    sent = ip_address(address).packed
    for expression in re.findall(r'^ *"~(.+)" ', LINE[0], flags=re.M):
        if found := re.search(expression.replace("(?<", "(?P<").encode(), sent):
            sent = found[1]
            break
    assert sent == bytes_of(counted)


def bytes_of(counted: str) -> bytes:
    """An address, or the half of one that is its network."""
    network = ip_network(counted)
    packed = network.network_address.packed
    return packed[:8] if network.version == 6 else packed


@pytest.mark.parametrize(("address", "counted"), COUNTED)
def test_nginx_counts_the_same(nginx: Path, address: str, counted: str) -> None:
    assert limits.client_line(RequestFactory().get("/", REMOTE_ADDR=address)) == counted
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(nginx))
        connection.sendall(f"GET / HTTP/1.0\r\nX-Real-IP: {address}\r\n\r\n".encode())
        answer = connection.makefile("rb").read()
    assert answer.partition(b"\r\n\r\n")[2] == bytes_of(counted)
