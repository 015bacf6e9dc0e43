"""Networks of their own for `make cluster-check`: one namespace for each machine, and the town around them.

    town 10.40.0.2 ---- 10.40.0.1 edge      patients come from 10.30.0.0/16 and reach nginx alone
    town 10.20.0.1 ---- edge .10, host1 .11, host2 .12, data .20      the clinic's private network

The check itself runs in the town, where the private network's bridge and the mail server are. Nothing of
this machine's own networks is touched.
"""

import os
import secrets
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

# As in deploy/nginx/finetouch-two-hosts.conf and deploy/compose.yaml.
EDGE, HOST1, HOST2, DATA = "10.20.0.10", "10.20.0.11", "10.20.0.12", "10.20.0.20"
MACHINES = {"edge": EDGE, "host1": HOST1, "host2": HOST2, "data": DATA}
INSIDE, OUTSIDE = "10.20.0.1", "10.40.0.1"
PRIVATE = "10.20.0.0/24"


class Refused(Exception):
    """This machine lets nobody make networks; its words."""


def _ip(*arguments: str) -> str:
    done = subprocess.run(["ip", *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise Refused(f"ip {' '.join(arguments)}: {done.stderr.strip()}")
    return done.stdout


def enter(networks: str, machine: str) -> tuple[str, ...]:
    """What a command begins with that is to run on a machine."""
    return ("ip", "netns", "exec", f"{networks}-{machine}")


@contextmanager
def made() -> Iterator[str]:
    """The networks, by the name that theirs begin with. Whatever still runs in them is ended with them."""
    networks = f"ftc-{secrets.token_hex(3)}"
    try:
        for machine in ("town", *MACHINES):
            _ip("netns", "add", f"{networks}-{machine}")
            _ip("-n", f"{networks}-{machine}", "link", "set", "lo", "up")
        _private_network(networks)
        _street(networks)
        yield networks
    finally:
        for machine in (*MACHINES, "town"):
            _take_down(f"{networks}-{machine}")


def _private_network(networks: str) -> None:
    town = f"{networks}-town"
    _ip("-n", town, "link", "add", "inside", "type", "bridge")
    _ip("-n", town, "address", "add", f"{INSIDE}/24", "dev", "inside")
    _ip("-n", town, "link", "set", "inside", "up")
    for machine, address in MACHINES.items():
        there = f"{networks}-{machine}"
        _ip("-n", town, "link", "add", machine, "type", "veth", "peer", "name", "eth0", "netns", there)
        _ip("-n", town, "link", "set", machine, "master", "inside", "up")
        _ip("-n", there, "address", "add", f"{address}/24", "dev", "eth0")
        _ip("-n", there, "link", "set", "eth0", "up")


def _street(networks: str) -> None:
    """The way from the town to nginx. Each patient has an address of their own, as the limits count."""
    town, edge = f"{networks}-town", f"{networks}-edge"
    _ip("-n", town, "link", "add", "street", "type", "veth", "peer", "name", "eth1", "netns", edge)
    for there, name, address in ((town, "street", "10.40.0.2"), (edge, "eth1", OUTSIDE)):
        _ip("-n", there, "address", "add", f"{address}/30", "dev", name)
        _ip("-n", there, "link", "set", name, "up")
    _ip("-n", town, "route", "add", "local", "10.30.0.0/16", "dev", "lo")
    _ip("-n", edge, "route", "add", "10.30.0.0/16", "via", "10.40.0.2")


def cable(machine: str, is_in: bool) -> None:
    """In the town: pulls a machine's cable out of the private network, or puts it back."""
    _ip("link", "set", machine, "up" if is_in else "down")


def _take_down(namespace: str) -> None:
    with suppress(Refused):
        for number in (signal.SIGTERM, signal.SIGKILL):
            left = [int(pid) for pid in _ip("netns", "pids", namespace).split()]
            for pid in left:
                with suppress(ProcessLookupError):
                    os.kill(pid, number)
            if left:
                time.sleep(1)
        _ip("netns", "delete", namespace)
