"""Pages that say no: in the site's design, saying that nothing was sent, with the phone number."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def refuse(request: HttpRequest, status: int) -> HttpResponse:
    """The refusal page for an HTTP status of 400 to 499."""
    return render(request, "refusals/refusal.html", {"status": status}, status=status)
