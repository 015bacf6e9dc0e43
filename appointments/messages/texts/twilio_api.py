"""Texts by Twilio's HTTP API, with Twilio's own library. What comes back, receipts and replies, is told by
its webhook (appointments.texted_back.webhook)."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils import timezone

from appointments.messages.faults import Fault, NotTaken
from appointments.messages.texts import consent

HOST = "api.twilio.com"
WEBHOOK = "/texts/twilio/"
LONGEST_SHORT_CODE = 6
# Twilio's numbers for what it refuses. The number: no such, no mobile, not to be reached, in a country that
# the account doesn't text; the text: too long.
OF_THE_TEXT = {21211, 21214, 21217, 21408, 21610, 21612, 21614, 21617}
# Ours: the sender is none, isn't the account's, or can't send; the account is suspended.
OF_US = {21212, 21603, 21606, 21659, 21660, 20003, 20005, 30002}
STOPPED_THERE = 21610
TOO_MANY = 429


class Twilio:
    """The Sender by Twilio."""

    def __init__(self) -> None:
        # 0.1 s and 20 MB, for those alone who use it.
        from twilio.http.http_client import TwilioHttpClient
        from twilio.rest import Client

        client = TwilioHttpClient(timeout=settings.TEXTS_TIMEOUT)
        self._client = Client(settings.TEXTS_USER, settings.TEXTS_PASSWORD, http_client=client)
        if settings.TEXTS_HOST != HOST:
            scheme = "https" if settings.TEXTS_TLS else "http"
            self._client.api.base_url = f"{scheme}://{settings.TEXTS_HOST}:{settings.TEXTS_PORT}"

    def send(self, number: str, text: str, reference: int) -> str:
        from twilio.base.exceptions import TwilioException, TwilioRestException

        try:
            message = self._client.messages.create(
                to=number, from_=_sender(), body=text, status_callback=f"{settings.SITE_URL}{WEBHOOK}"
            )
        except TwilioRestException as error:
            if error.code == STOPPED_THERE:  # it heard a STOP that it didn't tell us
                consent.opt_out(number, timezone.now())
            raise _not_taken(error) from error
        except TwilioException as error:
            raise NotTaken(Fault.SERVER) from error
        return str(message.sid or "")

    def hear(self, now: datetime) -> int:
        """Everything comes by the webhook."""
        return 0

    def close(self) -> None:
        """Each text is a request of its own."""


def _sender() -> str:
    number: str = settings.TEXTS_SENDER
    return number if len(number) <= LONGEST_SHORT_CODE else f"+{number}"


def _not_taken(error: Any) -> NotTaken:
    """A refusal: by Twilio's own number where it says one, else by that of HTTP."""
    code = int(error.code or error.status)
    if code in OF_THE_TEXT:
        return NotTaken(Fault.MESSAGE, code, is_final=True)
    if error.status >= 500 or error.status == TOO_MANY:
        return NotTaken(Fault.SERVER, code)
    is_ours = code in OF_US or error.status in (401, 403, 404)
    return NotTaken(Fault.SETUP if is_ours else Fault.SETUP_OR_MESSAGE, code, is_final=True)
