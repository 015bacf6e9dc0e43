"""A message of the outbox as the e-mail that goes out: who it is from, where replies go, what comes along."""

import json
import uuid
from email.utils import formataddr, parseaddr
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.utils import translation

from appointments.messages.calendar_files import FILE_NAME, calendar_file
from appointments.models.appointment import Appointment
from appointments.models.message import Message
from clinic.models import Clinic

# The messages by which a time gets into the patient's calendar, is changed there, or taken out again.
WITH_CALENDAR = ("booked", "moved", "cancelled", "other_times")


def sender(clinic: Clinic) -> str:
    """The address that mail comes from, under the clinic's name unless the environment gives another."""
    name, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    return formataddr((name or clinic.name, address))


def sending_address() -> str:
    """The bare address that mail comes from."""
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1]


def id_for(provider: str, message_id: str) -> dict[str, str]:
    """The header by which `provider` hands `message_id` back with its events; its own id is another one."""
    given = {"message": message_id.strip("<>")}
    return {
        "postmark": {"X-PM-Metadata-message": given["message"]},
        "mailgun": {"X-Mailgun-Variables": json.dumps(given)},
        "brevo": {"X-Mailin-custom": json.dumps(given)},
    }.get(provider, {})


class Mail(EmailMultiAlternatives):
    """With boundaries of 122 random bits: the library would make a shorter one and look through all parts for
    it, at a tenth of what sending a message costs."""

    def message(self, **kwargs: Any) -> Any:
        """As Django makes it."""
        made = super().message(**kwargs)
        for part in made.walk():
            if part.is_multipart():
                part.set_boundary(f"={uuid.uuid4().hex}")
        return made


def mail_of(message: Message, clinic: Clinic) -> EmailMultiAlternatives:
    """The e-mail, the same at every attempt."""
    headers = {"Message-ID": message.message_id, "Auto-Submitted": "auto-generated"}
    headers |= id_for(settings.BOUNCES_WEBHOOK, message.message_id)
    if settings.BOUNCES_ADDRESS:
        # The envelope's sender, to whom servers report; people read and answer the one in the header.
        headers["From"] = sender(clinic)
    if message.unsubscribe_url:
        headers["List-Unsubscribe"] = f"<{message.unsubscribe_url}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail = Mail(
        subject=message.subject,
        body=message.text,
        from_email=settings.BOUNCES_ADDRESS or sender(clinic),
        to=[message.recipient],
        reply_to=[clinic.email] if clinic.email and message.request_id else None,
        headers=headers,
    )
    if message.html:
        mail.attach_alternative(message.html, "text/html")
    if message.kind in WITH_CALENDAR and message.appointment is not None:
        _invite(mail, message, message.appointment, clinic)
    return mail


def _invite(mail: EmailMultiAlternatives, message: Message, appointment: Appointment, clinic: Clinic) -> None:
    """As the large calendars send it: once as a part that mail programs act on, once as a file."""
    with translation.override(message.language):
        method, file = calendar_file(
            appointment, clinic, sending_address(), message.created_at, message.recipient
        )
    mail.attach_alternative(file.decode(), f"text/calendar; method={method}")
    mail.attach(FILE_NAME, file, "application/ics")
