"""`python -m tests.benchmarks.sink`: a mail server that takes everything and costs next to nothing.

It says its port on a line of its own, and on SIGTERM, as JSON: how many messages it took, how many different
ones by their Message-ID, how many connections, and the seconds from the first message to the last.
"""

import asyncio
import json
import re
import signal
import sys
import time

_ID = re.compile(rb"^Message-ID:\s*(\S+)", re.IGNORECASE | re.MULTILINE)
_END = b"\r\n.\r\n"


class Sink(asyncio.Protocol):
    """One connection. What it takes is counted for all of them."""

    ids: list[bytes] = []
    moments: list[float] = []
    connections = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greets."""
        assert isinstance(transport, asyncio.Transport)
        Sink.connections += 1
        self._line, self._waiting, self._in_data = transport, b"", False
        transport.write(b"220 sink\r\n")

    def data_received(self, data: bytes) -> None:
        """Commands, or a message up to its last dot."""
        self._waiting += data
        while self._in_data or b"\r\n" in self._waiting:
            if not self._in_data:
                command, _, self._waiting = self._waiting.partition(b"\r\n")
                self._answer(command[:4].upper())
            elif _END in self._waiting:
                message, _, self._waiting = self._waiting.partition(_END)
                self._take(message)
            else:
                return

    def _answer(self, verb: bytes) -> None:
        self._in_data = verb == b"DATA"
        self._line.write({b"DATA": b"354 go on\r\n", b"QUIT": b"221 bye\r\n"}.get(verb, b"250 ok\r\n"))
        if verb == b"QUIT":
            self._line.close()

    def _take(self, message: bytes) -> None:
        self._in_data = False
        found = _ID.search(message)
        Sink.ids.append(found[1] if found else b"")
        Sink.moments.append(time.monotonic())
        self._line.write(b"250 taken\r\n")


async def main() -> None:
    """Until SIGTERM."""
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, ended.set)
    server = await loop.create_server(Sink, "127.0.0.1", 0)
    say(str(server.sockets[0].getsockname()[1]))
    await ended.wait()
    took = Sink.moments[-1] - Sink.moments[0] if Sink.moments else 0.0
    counts = {"taken": len(Sink.ids), "different": len(set(Sink.ids)), "connections": Sink.connections}
    say(json.dumps({**counts, "seconds": took}))


def say(words: str) -> None:
    sys.stdout.write(words + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main())
