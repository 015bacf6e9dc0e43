"""A lost link: mailed again to the address on file. The answer is the same whether anybody was found, and so
is the time that it takes."""

from time import monotonic, sleep
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import patch_cache_control

from appointments import emails, phones
from appointments.patients import refused
from appointments.patients.forms import FindForm
from appointments.requests import links
from clinic.http.refusals import only
from clinic.operations.limits import TooMany, client_line, count
from clinic.time.hours import clinic_day

# Longer than finding and writing take. In seconds.
ANSWERS_AFTER = 0.4


def _form(data: Any) -> FindForm:
    return FindForm(data, today=clinic_day(timezone.now()))


def _find_page(request: HttpRequest, form: FindForm, status: int = 200, notice: Any = "") -> HttpResponse:
    response = render(request, "appointments/find.html", {"form": form, "notice": notice}, status=status)
    response["Cache-Control"] = "no-store"
    return response


def _without_cookie(request: HttpRequest) -> HttpResponse:
    return _find_page(request, _form(request.POST), 403, refused.NO_COOKIE)


@only("GET", "POST", shows_again=_without_cookie)
def find(request: HttpRequest) -> HttpResponse:
    """GET asks for an e-mail address, or a phone number and date of birth; POST mails the links."""
    if request.method != "POST":
        response = render(request, "appointments/find.html", {"form": _form(None)})
        patch_cache_control(response, private=True, no_cache=True)
        return response
    began = monotonic()
    form = _form(request.POST)
    if refused.switches_language(request):
        form.leave_unchecked()
        return _find_page(request, form)
    if not form.is_valid():
        return _find_page(request, form, 422)
    email, phone, born = (form.cleaned_data[name] for name in ("email", "phone", "date_of_birth"))
    now = timezone.now()
    try:
        count([(refused.SEARCHES, client_line(request))], now)
    except TooMany as too_many:
        response = _find_page(request, form, 429, refused.too_many(too_many.retry_after))
        response["Retry-After"] = str(too_many.retry_after)
        return response
    wanted = (
        {"email_key": emails.key(email)}
        if email
        else {"phone_digits": phones.digits(phone), "date_of_birth": born}
    )
    links.mail_again(now, **wanted)
    response = render(request, "appointments/found.html")
    response["Cache-Control"] = "no-store"
    sleep(max(0.0, ANSWERS_AFTER - (monotonic() - began)))
    return response
