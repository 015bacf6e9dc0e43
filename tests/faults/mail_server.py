"""A real SMTP server on the loopback that misbehaves on demand, and keeps what it took."""

import asyncio
import fcntl
import random
import socket
import tempfile
from collections import Counter
from email import message_from_bytes
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

# How it may behave. 'refuse' is a closed port; 'drop' takes the message and hangs up without a word; '530'
# wants a sign-in before MAIL FROM, 'relay' takes no mail for anybody elsewhere.
MODES = ("refuse", "hang", "421", "451", "550", "drop", "530", "relay")


class Taken:
    """What the server answered 250 to, or took before it dropped the line: Message-ID by Message-ID."""

    def __init__(self) -> None:
        self.ids: list[str] = []
        self.recipients: list[str] = []
        self.contents: list[bytes] = []

    @property
    def counts(self) -> Counter[str]:
        """How often each Message-ID came."""
        return Counter(self.ids)


class _Handler:
    def __init__(self, taken: Taken) -> None:
        self.taken = taken
        self.mode = "ok"
        self.pause = 0.0  # seconds that it takes over each message
        self.bad_recipients: dict[str, str] = {}
        self.replies: dict[str, str] = {}

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[Any]
    ) -> str:
        if self.mode == "530":
            return "530 5.7.0 authentication required"
        if "MAIL" in self.replies:
            return self.replies["MAIL"]
        envelope.mail_from = address
        return "250 ok"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[Any]
    ) -> str:
        if address in self.bad_recipients:
            return self.bad_recipients[address]
        if "RCPT" in self.replies:
            return self.replies["RCPT"]
        if self.mode == "550":
            return "550 no such user"
        if self.mode == "relay":
            return "554 5.7.1 Relay access denied"
        if self.mode == "451":
            return "451 try again later"
        if self.mode == "421":
            return "421 closing down"
        envelope.rcpt_tos.append(address)
        return "250 ok"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.mode == "hang":
            await asyncio.sleep(30)
            return "451 slept"
        if "DATA" in self.replies:
            return self.replies["DATA"]
        await asyncio.sleep(self.pause)
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        self.taken.ids.append(str(message_from_bytes(content)["Message-ID"]))
        self.taken.recipients.extend(envelope.rcpt_tos)
        self.taken.contents.append(content)
        if self.mode == "drop" and isinstance(server.transport, asyncio.WriteTransport):
            server.transport.abort()
        return "250 taken"


class MailServer:
    """Used in a `with`; `mode` says how it behaves, 'ok' to begin with."""

    def __init__(self, host: str = "127.0.0.1") -> None:
        self.host = host
        self.port, self._reservation = reserved_port()
        self.taken = Taken()
        self._handler = _Handler(self.taken)
        self._controller: Controller | None = None

    def __enter__(self) -> Self:
        self._listen()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._hang_up()
        self._reservation.close()

    def behave(self, mode: str) -> None:
        """From now on 'ok' or one of MODES."""
        self._handler.mode = mode
        if mode == "refuse":
            self._hang_up()
        else:
            self._listen()

    def take_time(self, seconds: float) -> None:
        """So long it takes over each message from now on."""
        self._handler.pause = seconds

    def refuse_recipient(self, address: str, reply: str = "550 no such user") -> None:
        """This `reply` for this one address."""
        self._handler.bad_recipients[address] = reply

    def answer(self, **replies: str) -> None:
        """From now on these replies to everybody's MAIL, RCPT or DATA; without any, as it behaves."""
        self._handler.replies = replies

    def _listen(self) -> None:
        if self._controller is None:
            self._controller = Controller(self._handler, hostname=self.host, port=self.port)
            self._controller.start()

    def _hang_up(self) -> None:
        if self._controller is not None:
            self._controller.stop(no_assert=True)
            self._controller = None


def reserved_port(first: int = 8160, last: int = 8199) -> tuple[int, IO[str]]:
    """A port on which nothing listens, kept from other processes of these tests until the file is closed:
    a server that refuses doesn't hold its port itself."""
    ports = list(range(first, last + 1))
    random.shuffle(ports)
    for port in ports:
        reservation = (Path(tempfile.gettempdir()) / f"test-port-{port}.lock").open("w")
        try:
            fcntl.flock(reservation, fcntl.LOCK_EX | fcntl.LOCK_NB)
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(("127.0.0.1", port))
        except OSError:
            reservation.close()
            continue
        return port, reservation
    raise RuntimeError("no free port")
