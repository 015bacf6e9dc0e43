"""What a carrier says of a text that it took: on the phone, or given up."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from appointments.messages.making import note_on_timeline
from appointments.messages.phone_tasks import ask_for_call
from appointments.messages.staleness import is_stale
from appointments.messages.texts.inbound import NotYet, Outcome, Receipt
from appointments.models import Message, MessageChannel, MessageStatus


def take(receipt: Receipt, now: datetime) -> None:
    """Writes it down. One that is about none of ours, or told before, changes nothing. Raises NotYet while a
    worker is still writing down that the text went out."""
    texts = Message.objects.filter(channel=MessageChannel.TEXT)
    message = texts.filter(carrier_id=receipt.carrier_id).select_related("appointment", "request").first()
    if message is None:
        if texts.filter(status=MessageStatus.QUEUED, lease_until__gt=now).exists():
            raise NotYet
        return
    sent = texts.filter(pk=message.pk, status=MessageStatus.SENT)
    if receipt.outcome is Outcome.DELIVERED:
        sent.filter(delivered_at=None).update(delivered_at=now)
        return
    with transaction.atomic():
        error = f"came back {receipt.code}".strip()
        if not sent.update(status=MessageStatus.FAILED, sent_at=None, delivered_at=None, last_error=error):
            return
        if is_stale(message, now) or ask_for_call(message, now) is None:
            note_on_timeline(message, _("The %(what)s “%(subject)s” did not arrive."), now)
