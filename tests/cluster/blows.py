"""What befalls the machines while people use the site, one thing after the other."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.cluster import network
from tests.cluster.machines import Host, Machines
from tests.deployed import manage

NEXT_SETTINGS = "tests.faults.expanded_settings"
# nginx leaves a host alone for so long: fail_timeout in deploy/nginx/finetouch-two-hosts.conf.
FAIL_TIMEOUT = 2.0
# Requests under way at a host that gets no new ones any more.
UNDER_WAY = 3.0


@dataclass(frozen=True)
class Window:
    """When a part was being taken away: a request that was under way at some moment of it may have failed."""

    began: float
    ended: float

    def covers(self, began: float, ended: float) -> bool:
        return began <= self.ended and ended >= self.began


# Nothing may fail.
NEVER = Window(float("inf"), float("-inf"))


@dataclass(frozen=True)
class Blow:
    """One of them. `strike` returns when all runs again. `doubles` is how many messages it may double."""

    name: str
    strike: Callable[[], Window]
    doubles: int = 0


def all_of(machines: Machines, checkout: Path) -> Iterator[Blow]:
    """Those that can hold mail up come first, so that a lease which they leave ends in good time."""
    first, second = machines.hosts
    yield Blow("worker 1 killed", lambda: _worker(first), 1)
    yield Blow("worker 2 killed", lambda: _worker(second), 1)
    yield Blow("PostgreSQL crashes, starts", lambda: _database(machines, "immediate"), 1)
    yield Blow("PostgreSQL restarted", lambda: _database(machines, "fast"), 1)
    yield Blow("host 2 without its cable, 5 s", lambda: _cable(second), 1)
    yield Blow("data machine without its cable, 8 s", lambda: _data_cable(machines), 1)
    yield Blow("web 1 killed, started", lambda: _web(first))
    yield Blow("web 2 killed, started", lambda: _web(second))
    yield Blow("nginx reloaded", lambda: _reload(machines))
    yield Blow("Redis killed, started", lambda: _redis(machines))
    yield Blow("host 1 to the next version", lambda: _upgrade(machines, first, checkout, migrate=True), 1)
    yield Blow("web 2, still the old version, killed", lambda: _web(second))
    yield Blow("host 2 to the next version", lambda: _upgrade(machines, second, checkout, migrate=False), 1)


def _worker(host: Host) -> Window:
    host.worker.kill()
    time.sleep(1)
    host.worker.start()
    return NEVER


def _web(host: Host) -> Window:
    began = time.monotonic()
    host.web.kill()
    ended = time.monotonic()
    time.sleep(1.5)
    host.web.start()
    host.wait()
    return Window(began, ended)


def _database(machines: Machines, mode: str) -> Window:
    """Everybody needs it: until it is back, and nginx tries both hosts again."""
    began = time.monotonic()
    machines.restart_database(mode)
    for host in machines.hosts:
        host.wait()
    back = time.monotonic()
    time.sleep(FAIL_TIMEOUT)
    return Window(began, back + FAIL_TIMEOUT)


def _cable(host: Host) -> Window:
    began = time.monotonic()
    network.cable(host.name, is_in=False)
    ended = time.monotonic()
    time.sleep(5)
    network.cable(host.name, is_in=True)
    host.wait()
    return Window(began, ended)


def _data_cable(machines: Machines) -> Window:
    """Redis is there, too. Everybody needs the database, as in _database."""
    began = time.monotonic()
    network.cable("data", is_in=False)
    time.sleep(8)
    network.cable("data", is_in=True)
    for host in machines.hosts:
        host.wait()
    back = time.monotonic()
    time.sleep(FAIL_TIMEOUT)
    return Window(began, back + FAIL_TIMEOUT)


def _reload(machines: Machines) -> Window:
    machines.tell_nginx("reload")
    time.sleep(1)
    return NEVER


def _redis(machines: Machines) -> Window:
    machines.redis.kill()
    time.sleep(2)
    machines.redis.start()
    return NEVER


def _upgrade(machines: Machines, host: Host, checkout: Path, *, migrate: bool) -> Window:
    """docs/operations.md, Upgrades on two hosts."""
    env = host.web.env | {"DJANGO_SETTINGS_MODULE": NEXT_SETTINGS}
    manage(env, "collectstatic", "--noinput", "-v0", checkout=checkout)
    if migrate:
        manage(env, "migrate", "-v0", checkout=checkout)
    machines.send_to(host, "down")
    time.sleep(UNDER_WAY)
    host.change_to(checkout, NEXT_SETTINGS)
    machines.send_to(host, "up")
    time.sleep(1)
    return NEVER
