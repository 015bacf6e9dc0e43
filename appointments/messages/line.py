"""The way to the mail server: one connection for many messages, and what it has met."""

from contextlib import suppress
from types import TracebackType
from typing import Any, Self

from django.core.mail import get_connection

from appointments.messages.envelope import mail_of
from appointments.messages.faults import Fault, ours
from appointments.models.choices import MessageChannel
from appointments.models.message import Message
from clinic.models import Clinic

# After as many faults of the server in a row the batch ends: each may take EMAIL_TIMEOUT.
SERVER_FAULTS = 2
# Servers hang up after so many on one connection; the usual bound is a hundred.
MOST_ON_A_LINE = 100


class Line:
    """One connection to the mail server for a batch: opened at the first message, dropped after a fault."""

    channel = MessageChannel.EMAIL

    def __init__(self) -> None:
        self._backend: Any = None
        self._clinic: Clinic | None = None
        self._sent = 0  # on this connection
        self.faults = 0  # of the server, in a row
        self.stands = False  # for what is wrong with the set-up
        self.has_taken = False  # a message, on this connection

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.drop()

    def clinic(self) -> Clinic:
        """The clinic as it stands at the first message: who mail is from."""
        self._clinic = self._clinic or Clinic.facts()
        return self._clinic

    def begin(self) -> None:
        """A batch begins: what an earlier one met is over."""
        self.faults, self.stands, self._clinic = 0, False, None

    def backend(self) -> Any:
        """The open backend. Raises what the connecting meets."""
        if self._backend is None:
            self._backend, self._sent = self._connect(), 0
        return self._backend

    def _connect(self) -> Any:
        backend = get_connection()
        backend.open()
        return backend

    def hand_over(self, message: Message) -> str:
        """Sends it; the carrier's own name for it, where one gives any. Raises what the sending meets."""
        mail = mail_of(message, self.clinic())
        mail.connection = self.backend()
        mail.send()
        return ""

    def done(self) -> None:
        """A message has gone out."""
        self.faults = 0
        self.has_taken = True
        self._sent += 1
        if not self.stays_open:
            self.drop()

    @property
    def stays_open(self) -> bool:
        """Whether the next message goes by it too. Only SMTP keeps it; a demo's mail is one file each."""
        return self._sent < MOST_ON_A_LINE and hasattr(self._backend, "connection")

    def met(self, fault: Fault, error: Exception) -> None:
        """A message hasn't gone out."""
        self.drop()
        self.faults = self.faults + 1 if fault is Fault.SERVER else 0
        self.stands = fault.stops_the_line and not ours(error)

    @property
    def is_at_fault(self) -> bool:
        """Whether it, rather than any message, keeps mail from going out."""
        return self.stands or self.faults >= SERVER_FAULTS

    @property
    def is_open(self) -> bool:
        return self._backend is not None

    def drop(self) -> None:
        """Hangs up; the next message connects anew."""
        backend, self._backend, self.has_taken = self._backend, None, False
        if backend is not None:
            with suppress(Exception):
                backend.close()
