"""What a mail provider tells by its webhook, read by django-anymail; only where it is set up.

Mail goes out by SMTP, where most providers give it an id of their own. So each mail carries our Message-ID in
the header that its provider hands back with every event (`id_for` in appointments/messages/envelope.py).
"""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from appointments.returned_mail.marking import Told, came_back, was_complained_about
from clinic.http.form_gate import takes_other_bodies

NOT_DELIVERED = ("bounced", "rejected", "failed")


class NotYet(Exception):
    """The event came before the worker has written down that the mail went out."""


def hear(sender: Any, event: Any, esp_name: str, **kwargs: Any) -> None:
    """One event. A delay, an opening and a delivery say nothing that anybody has to do; ids that we never
    gave out are answered like all others. Raises NotYet."""
    now = timezone.now()
    for message_id in _ids_of(event):
        if event.event_type in NOT_DELIVERED:
            if came_back(message_id, now, event.timestamp, str(event.mta_response or "")) is Told.LATER:
                raise NotYet
        elif event.event_type == "complained":
            was_complained_about(message_id, now)


def _ids_of(event: Any) -> list[str]:
    """Where our Message-ID may stand: in what we gave along, or as the provider's own id of the mail."""
    metadata = event.metadata if isinstance(event.metadata, dict) else {}
    found = (metadata.get("message"), event.message_id)
    return list(dict.fromkeys(str(each) for each in found if each))


def patterns() -> list[URLPattern]:
    """The one address of the provider that was named; none without its secret."""
    provider = settings.BOUNCES_WEBHOOK
    if not provider or not settings.BOUNCES_WEBHOOK_SECRET:
        return []
    from anymail.signals import tracking
    from anymail.urls import urlpatterns

    tracking.connect(hear, dispatch_uid="appointments.returned_mail")
    views = {str(each.name): each.callback for each in urlpatterns}
    read_events = views[f"{provider}_tracking_webhook"]

    @takes_other_bodies
    @csrf_exempt
    def webhook(request: HttpRequest) -> HttpResponse:
        """400 without the secret, 503 for what should be told again."""
        try:
            return HttpResponse(status=read_events(request).status_code)
        except NotYet:
            return HttpResponse(status=503)

    return [path(f"{provider}/", webhook, name="bounces")]
