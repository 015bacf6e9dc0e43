"""What is said to the patient, and when: which turn of the story queues which message.

A message is rendered when it is written and kept as it was. Its template gets the few values below and
never the request itself, so nothing that the sender typed and no health detail can slip in.
"""

import re
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.html import escape
from django.utils.safestring import mark_safe

from appointments.lifecycle import Action, ClosedReason, Status

from appointments.models.message import Message, new_message_id
from appointments.models.timeline import RequestEvent
from appointments.outbox import message_id_domain
from clinic.models import Clinic

if TYPE_CHECKING:
    from appointments.models.request import PatientRequest

LINK = re.compile(r"https?://[^\s<>]+[^\s<>.,)]")


def after_receipt(request: "PatientRequest", event: RequestEvent) -> None:
    """Queues the acknowledgement. Suspected spam gets none until staff free it, so that the form can't be
    made to mail strangers."""
    if not request.suspected_spam:
        queue(request, "acknowledgement", event)


def after_move(request: "PatientRequest", event: RequestEvent) -> None:
    """Queues what the patient is told about a move, if anything."""
    kind = notice_for(event.action, event.to_status, request.closed_reason)
    if kind:
        queue(request, kind, event)


def notice_for(action: str, to_status: str, closed_reason: str = "") -> str | None:
    """The template that a move sends, or None where the patient is told nothing."""
    if to_status == Status.DECLINED:
        return "declined"
    if action == Action.CLOSE and closed_reason == ClosedReason.UNREACHABLE:
        return "could_not_reach"
    return None


def queue(request: "PatientRequest", kind: str, event: RequestEvent) -> Message | None:
    """Writes one message about `event` to the patient; None when there is no e-mail address.

    Called inside the transaction of the event. The key makes a second one for the same event impossible.
    """
    if not request.email:
        return None
    subject, text, html = render(request, kind)
    return Message.objects.create(
        request_id=request.pk,
        event=event,
        key=f"{kind}:event:{event.pk}:patient",
        kind=kind,
        recipient=request.email,
        language=request.language,
        subject=subject,
        text=text,
        html=html,
        message_id=new_message_id(message_id_domain()),
        created_at=event.at,
        next_attempt_at=event.at,
    )


def render(request: "PatientRequest", kind: str, **extra: Any) -> tuple[str, str, str]:
    """Subject, text and HTML of message `kind` for `request`, in the patient's language."""
    with translation.override(request.language):
        context = {
            "clinic": Clinic.current(),
            "reference": request.shown_reference,
            "respond_by": request.respond_by,
            "is_callback": request.kind == "callback",
            "link": settings.SITE_URL + request.get_absolute_url(),
            "site_url": settings.SITE_URL,
            **extra,
        }
        rendered = render_to_string(f"email/{kind}.txt", context)
        subject, _, body = rendered.strip().partition("\n")
        text = re.sub(r"\n{3,}", "\n\n", body.strip()) + "\n"
        html = render_to_string(
            "email/base.html",
            {**context, "subject": subject.strip(), "paragraphs": paragraphs(text), "language": request.language},
        )
    return subject.strip(), text, html


def paragraphs(text: str) -> list[str]:
    """The paragraphs of a text message as safe HTML, with its links as links that read as they lead."""
    blocks = [block.strip() for block in text.split("\n\n") if block.strip()]
    return [
        mark_safe(LINK.sub(r'<a href="\g<0>">\g<0></a>', escape(block)).replace("\n", "<br>"))  # noqa: S308 - escaped
        for block in blocks
    ]
