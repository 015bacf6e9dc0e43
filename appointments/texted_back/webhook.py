"""What Twilio tells by its webhook: replies, and what became of the texts that it took. Only where it carries
our texts, and only what it has signed."""

from collections.abc import Mapping

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from appointments.messages.texts import inbound, twilio_api
from appointments.messages.texts.inbound import NotYet, Outcome, Receipt, Reply
from clinic.http.refusals import only

OUTCOMES = {
    "delivered": Outcome.DELIVERED,
    "undelivered": Outcome.UNDELIVERED,
    "failed": Outcome.UNDELIVERED,
}
NOTHING_TO_SAY = '<?xml version="1.0" encoding="UTF-8"?><Response/>'


def news_of(said: Mapping[str, str]) -> Reply | Receipt | None:
    """What a call says; None where it is nothing that anybody has to do."""
    if said.get("SmsStatus") == "received":
        return Reply(said.get("From", ""), said.get("Body", ""))
    outcome = OUTCOMES.get(said.get("MessageStatus", ""))
    return Receipt(said.get("MessageSid", ""), outcome, said.get("ErrorCode", "")) if outcome else None


@csrf_exempt
@only("POST")
def webhook(request: HttpRequest) -> HttpResponse:
    """403 without Twilio's signature, 503 for what should be told again."""
    from twilio.request_validator import SIGNATURE_HEADER, RequestValidator

    signature = request.headers.get(SIGNATURE_HEADER, "")
    address = f"{settings.SITE_URL}{request.get_full_path()}"
    if not RequestValidator(settings.TEXTS_PASSWORD).validate(address, request.POST, signature):
        return HttpResponse(status=403)
    news = news_of(request.POST)
    try:
        if news is not None:
            inbound.tell(news, timezone.now())
    except NotYet:
        return HttpResponse(status=503)
    return HttpResponse(NOTHING_TO_SAY, content_type="text/xml")


def patterns() -> list[URLPattern]:
    """Its one address; none where somebody else carries our texts."""
    if not settings.TEXTS_BACKEND.endswith(".Twilio"):
        return []
    return [path(twilio_api.WEBHOOK.removeprefix("/texts/"), webhook, name="texts")]
