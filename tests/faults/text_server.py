"""A real message centre (SMPP 3.4) on the loopback, of smpp34, that misbehaves on demand and keeps what it
took.

It is other code than the site's client, down to the bytes. A receipt follows each text where it is asked for.
"""

import asyncio
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future
from types import TracebackType
from typing import Any, Self

import smpp34
from smpp34 import _smpp34 as codes

from tests.faults.mail_server import reserved_port

# How it may behave. 'refuse' is a closed port; 'hang' takes what comes and says nothing; 'drop' takes a text
# and hangs up without a word; the others refuse each text: too fast, no such number, not your sender.
MODES = ("refuse", "hang", "throttle", "full", "number", "drop", "sender")
_STATUS = {"throttle": codes.ESME_RTHROTTLED, "full": codes.ESME_RMSGQFUL, "number": codes.ESME_RINVDSTADR,
           "sender": codes.ESME_RINVSRCADR}  # fmt: skip
DELIVERED, UNDELIVERABLE = (2, "DELIVRD"), (5, "UNDELIV")
TIMEOUT = 10
AGAIN_AFTER = 0.05


def said(event: Any) -> str:
    """The words of a text, in whichever alphabet and place they came."""
    payload = [each.value for each in event.tlvs if each.tag == codes.TLV_MESSAGE_PAYLOAD]
    content: bytes = payload[0] if payload else event.short_message
    if event.data_coding == 8:
        return content.decode("utf-16-be")
    return content.replace(b"\x11", b"_").replace(b"\x00", b"@").decode("latin-1")


def waited_for(done: Callable[[], bool]) -> bool:
    """Whether it was done within TIMEOUT."""
    until = time.monotonic() + TIMEOUT
    while not (is_done := done()) and time.monotonic() < until:
        time.sleep(0.01)
    return is_done


class TextServer:
    """Used in a `with`; `behave` says how, 'ok' to begin with."""

    def __init__(self) -> None:
        self.port, self._reservation = reserved_port()
        self.numbers: list[str] = []
        self.words: list[str] = []
        self.bad_numbers: set[str] = set()
        self.receipts: tuple[int, str] | None = None
        self.mode = "ok"
        self._kept: list[Any] = []
        self._bound: dict[str, Any] = {}
        self._loop = asyncio.new_event_loop()
        self._server: Any = None
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._run(self._listen())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._run(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(TIMEOUT)
        self._reservation.close()

    @property
    def counts(self) -> Counter[str]:
        """How often a text came for each number."""
        return Counter(self.numbers)

    def behave(self, mode: str) -> None:
        """From now on 'ok' or one of MODES."""
        self.mode = mode
        self._run(self._stop() if mode == "refuse" else self._listen())

    def write(self, number: str, words: bytes, **values: Any) -> "Future[int]":
        """A patient at `number` writes to the clinic; what it answers once it has heard: 0 for 'have it'."""
        assert waited_for(lambda: bool(self._bound))

        async def deliver() -> int:
            [*_others, bound] = self._bound.values()
            said = {"source_addr": number.removeprefix("+"), "short_message": words, **values}
            answer = await bound.deliver_sm("13105550100", **said)
            return int(answer.command_status)

        return asyncio.run_coroutine_threadsafe(deliver(), self._loop)

    def wait_until_alone(self) -> None:
        """Until nobody is bound any more."""
        assert waited_for(lambda: not self._bound)

    def _run(self, work: Any) -> Any:
        waiting: Future[Any] = asyncio.run_coroutine_threadsafe(work, self._loop)
        return waiting.result(TIMEOUT)

    async def _listen(self) -> None:
        if self._server is None:
            self._server = smpp34.Server("127.0.0.1", self.port, system_id="tests")
            await self._server.start()
            self._loop.create_task(self._serve(self._server))

    async def _stop(self) -> None:
        server, self._server = self._server, None
        self._bound.clear()
        self._kept.clear()
        if server is not None:
            await server.stop()

    async def _serve(self, server: Any) -> None:
        while self._server is server:
            event = await server.next()
            if isinstance(event, smpp34.Esme):
                self._bound[event.session_id] = event
            elif isinstance(event, smpp34.Unbound):
                self._bound.pop(event.session_id, None)
            elif isinstance(event, smpp34.SubmitSmEvent):
                await self._take(event)

    async def _take(self, event: Any) -> None:
        if self.mode == "hang":
            self._kept.append(event)  # let go of, it would be answered
        elif self.mode in _STATUS:
            event.reject(_STATUS[self.mode])
        elif f"+{event.destination_addr}" in self.bad_numbers:
            event.reject(codes.ESME_RINVDSTADR)
        else:
            self.numbers.append(f"+{event.destination_addr}")
            self.words.append(said(event))
            named = str(len(self.numbers))
            if self.mode == "drop":
                self._kept.append(event)
                await self._bound[event.session_id].unbind()
                return
            event.accept(named)
            if self.receipts:
                receipt = self._receipt(named, event.destination_addr, self.receipts)
                self._kept.append(asyncio.ensure_future(self._tell(self._bound[event.session_id], receipt)))

    async def _tell(self, bound: Any, receipt: dict[str, Any]) -> None:
        """Hands a receipt over, again until it is taken: it may be there before the answer to the text."""
        while (await bound.deliver_sm("13105550100", **receipt)).command_status:
            await asyncio.sleep(AGAIN_AFTER)

    @staticmethod
    def _receipt(named: str, number: str, state: tuple[int, str]) -> dict[str, Any]:
        code, word = state
        return {
            "source_addr": number,
            "esm_class": 4,
            "short_message": f"id:{named} sub:001 dlvrd:001 stat:{word} err:000 text:".encode(),
            "tlvs": [
                smpp34.Tlv(codes.TLV_RECEIPTED_MESSAGE_ID, f"{named}\0".encode()),
                smpp34.Tlv(codes.TLV_MESSAGE_STATE, bytes([code])),
            ],
        }
