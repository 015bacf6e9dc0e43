"""Asks HEAD, which wrk can't: `python head.py HOST PORT SECONDS CLIENTS < REQUEST`. Says what wrk.lua says.

Each client connects, sends the same bytes, reads to the end, begins again. It knows nothing of the project,
so that it takes as little as it can; the bench asks F1 with it too, which shows that it is no limit.
"""

import json
import selectors
import socket
import sys
import time


class Clients:
    """So many clients in one thread."""

    def __init__(self, place: tuple[str, int], request: bytes) -> None:
        self.place, self.request = place, request
        self.waiting = selectors.EpollSelector()
        self.taken: list[float] = []
        self.failed = 0

    def run(self, seconds: float, clients: int) -> float:
        """For how long it was in the end."""
        began = time.perf_counter()
        for _client in range(clients):
            self._begin()
        while (now := time.perf_counter()) < began + seconds:
            for key, _events in self.waiting.select(0.1):
                self._go_on(key.fileobj, key.data)  # type: ignore[arg-type]
        return now - began

    def _begin(self) -> None:
        line = socket.socket()
        line.setblocking(False)
        line.connect_ex(self.place)
        self.waiting.register(line, selectors.EVENT_WRITE, [time.perf_counter(), b""])

    def _go_on(self, line: socket.socket, state: list[float | bytes]) -> None:
        try:
            if not state[1]:
                line.sendall(self.request)
                state[1] = b"sent"
                self.waiting.modify(line, selectors.EVENT_READ, state)
                return
            if got := line.recv(262144):
                if state[1] == b"sent":
                    state[1] = got
                return
            self.failed += not bytes(state[1]).startswith((b"HTTP/1.1 2", b"HTTP/1.1 3"))  # type: ignore[arg-type]
            self.taken.append(time.perf_counter() - float(state[0]))
        except OSError:
            self.failed += 1
        self.waiting.unregister(line)
        line.close()
        self._begin()


def main(host: str, port: int, seconds: float, clients: int, request: bytes) -> None:
    all_clients = Clients((host, port), request)
    lasted = all_clients.run(seconds, clients)
    taken = sorted(all_clients.taken) or [0.0]
    told = {
        "requests": len(all_clients.taken), "seconds": lasted, "failed": all_clients.failed,
        "p50": taken[len(taken) // 2] * 1e3, "p99": taken[int(len(taken) * 0.99)] * 1e3,
    }  # fmt: skip
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4]), sys.stdin.buffer.read())
