"""The demonstration's mail in the browser. Only appointments.demo.urls mounts it, which no real site
uses."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_POST, require_safe

from appointments.demo import mail
from appointments.messages.texts import inbound

# What a mail program does: no script, nothing loaded, links open a page of their own.
AS_A_MAIL_PROGRAM = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox"
)


def _mail(name: str) -> mail.Mail:
    found = mail.read(name)
    if found is None:
        raise Http404
    return found


@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """Every message, newest first."""
    return _kept_private(render(request, "demo/mail.html", {"mails": list(mail.newest_first())}))


@require_safe
def one(request: HttpRequest, name: str) -> HttpResponse:
    """One message: its headers, HTML, plain text and attachments."""
    return _kept_private(render(request, "demo/mail_one.html", {"mail": _mail(name)}))


@require_POST
def reply(request: HttpRequest, name: str) -> HttpResponse:
    """What the patient texts back, as the carrier would tell it."""
    text, words = _mail(name), request.POST.get("words", "")
    if text.is_text and words.strip():
        inbound.tell(inbound.Reply(text.to, words), timezone.now())
    return _kept_private(redirect("demo-mail"))


@require_safe
@xframe_options_sameorigin
def html(request: HttpRequest, name: str) -> HttpResponse:
    """The HTML by itself, under a policy of its own; its links open beside the frame."""
    shown = _mail(name).html.replace("<head>", '<head><base target="_blank">', 1)
    return _kept_private(HttpResponse(shown, headers={"Content-Security-Policy": AS_A_MAIL_PROGRAM}))


@require_safe
def attachment(request: HttpRequest, name: str, number: int) -> HttpResponse:
    """One attachment, to be saved."""
    found = next((each for each in _mail(name).attached if each.number == number), None)
    if found is None:
        raise Http404
    return _to_save(found.content, found.type, found.name)


@require_safe
def source(request: HttpRequest, name: str) -> HttpResponse:
    """The whole message, for a mail program."""
    content = mail.source(name)
    if content is None:
        raise Http404
    return _to_save(content, "message/rfc822", f"{name}.eml")


def _to_save(content: bytes, content_type: str, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return _kept_private(response)


def _kept_private(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "no-store"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response
