"""The logs: one JSON object a line, and no patient in any of them."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.urls import path

from clinic.operations import logs
from clinic.urls import urlpatterns as site_urls
from tests import builders

CANARY = "Zanzibar-Canary"


class BrokenAnswerError(Exception):
    """Raised by the view below, with what a patient typed in its words."""


def broken(request: HttpRequest, token: str) -> HttpResponse:
    try:
        int(CANARY)
    except ValueError as error:
        raise BrokenAnswerError(f"could not store {CANARY} {request.POST}") from error
    return HttpResponse()


urlpatterns = [path("status/<str:token>/", broken, name="broken"), *site_urls]
handler500 = "clinic.http.views.server_error"


def logged(log: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.getvalue().splitlines()]


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What the site logs during a test, as it would be written."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logs.JsonFormatter())
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield stream
    root.removeHandler(handler)
    root.setLevel(before)


@pytest.mark.django_db
def test_a_request_is_one_line_with_its_route_and_without_its_address(
    client: Client, log: io.StringIO
) -> None:
    builders.clinic()
    response = client.get(f"/contact/?name={CANARY}", headers={"user-agent": CANARY})
    [line] = [line for line in logged(log) if line["logger"] == "clinic.requests"]
    assert (line["route"], line["method"], line["status"]) == ("contact", "GET", 200)
    assert line["request"] == response["X-Request-ID"]
    assert isinstance(line["milliseconds"], int)
    assert "/contact/" not in log.getvalue()
    assert CANARY not in log.getvalue()


@pytest.mark.django_db
def test_a_patients_link_stays_out_of_the_log(client: Client, log: io.StringIO) -> None:
    builders.clinic()
    request = builders.appointment_request(first_name=CANARY)
    assert client.get(request.get_absolute_url()).status_code == 200
    assert client.get(request.get_absolute_url() + "nowhere/").status_code == 404
    assert request.token not in log.getvalue()
    assert CANARY not in log.getvalue()
    assert "request-status" in log.getvalue()


@pytest.mark.django_db
def test_staff_are_named_by_number_alone(client: Client, front_desk: User, log: io.StringIO) -> None:
    builders.clinic()
    client.force_login(front_desk)
    client.get("/admin/")
    [line] = [line for line in logged(log) if line["logger"] == "clinic.requests"]
    assert line["staff"] == front_desk.pk
    assert front_desk.username not in log.getvalue()


@pytest.mark.django_db
@override_settings(ROOT_URLCONF="tests.clinic.operations.test_logs")
def test_a_failure_is_told_by_type_and_place_never_by_its_words(log: io.StringIO) -> None:
    builders.clinic()
    client = Client(raise_request_exception=False)
    assert client.post("/status/secret-token/", {"message": CANARY}).status_code == 500
    [line] = [line for line in logged(log) if line["message"] == "failed"]
    assert line["exception"] == ["tests.clinic.operations.test_logs.BrokenAnswerError", "ValueError"]
    assert line["at"][-1].startswith("tests/clinic/operations/test_logs.py:")
    assert line["at"][-1].endswith(" broken")
    assert line["route"] == "broken"
    [answered] = [line for line in logged(log) if line["message"] == "answered"]
    assert (answered["status"], answered["request"]) == (500, line["request"])
    assert CANARY not in log.getvalue()
    assert "secret-token" not in log.getvalue()


@pytest.mark.parametrize(
    ("words", "scrubbed"),
    [
        (
            "Error handling request /appointments/status/AbC-1_2/",
            "Error handling request /appointments/status/-/",
        ),
        (
            "GET /es/appointments/status/AbC/withdraw/ failed",
            "GET /es/appointments/status/-/withdraw/ failed",
        ),
        ("GET /appointments/recall/AbC:1x:yz/stop/", "GET /appointments/recall/-/stop/"),
        ("GET /contact/?name=Ada HTTP/1.1", "GET /contact/ HTTP/1.1"),
        ("nothing to hide", "nothing to hide"),
    ],
)
def test_links_in_the_words_of_other_programs_are_cut(words: str, scrubbed: str) -> None:
    assert logs.scrubbed(words) == scrubbed


def test_a_made_up_method_is_not_written_down() -> None:
    request = HttpRequest()
    request.method = CANARY
    assert logs.method_of(request) == "other"
