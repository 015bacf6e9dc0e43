"""Bodies that no browser sends are refused in the site's design, before anything is read or stored."""

from io import BytesIO
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from appointments.models import PatientRequest
from clinic.http.form_gate import MULTIPART, refuse_malformed_forms
from clinic.models import Clinic

FORM = "/appointments/callback/"
URL_ENCODED = "application/x-www-form-urlencoded"


def post(client: Client, body: bytes, content_type: str = URL_ENCODED, **extra: Any) -> Any:
    """Posts `body` as it stands."""
    return client.generic("POST", FORM, body, content_type, **extra)


def part(name: str, value: bytes, more: bytes = b"") -> bytes:
    return (
        b'--B\r\nContent-Disposition: form-data; name="'
        + name.encode()
        + b'"'
        + more
        + b"\r\n\r\n"
        + value
        + b"\r\n"
    )


REFUSED: list[tuple[int, bytes, str]] = [
    (413, b"message=" + b"x" * 65536, URL_ENCODED),
    (415, b"{}", "application/json"),
    (415, b"first_name=Ada", "text/plain"),
    (415, b"first_name=Ada", ""),
    (415, b"<a/>", "application/xml"),
    (400, b"first_name=\xff\xfe", URL_ENCODED),
    (400, b"first_name=%ff", URL_ENCODED),
    (400, b"first_name=%C3%28", URL_ENCODED),
    (400, b"first_name=%ED%A0%80", URL_ENCODED),
    (400, b"first_name=\xed\xa0\x80", URL_ENCODED),
    (400, b"first_name=%F4%90%80%80", URL_ENCODED),
    (400, b"first_name=%C0%AF", URL_ENCODED),
    (400, b"%ff=Ada", URL_ENCODED),
    (400, b"first_name=A%00da", URL_ENCODED),
    (400, b"first_name=A\0da", URL_ENCODED),
    (400, "first_name=Ada".encode("utf-16"), URL_ENCODED),
    (400, "first_name=Ada".encode("utf-16-le"), URL_ENCODED),
    (400, b"first_name=Ada", URL_ENCODED + "; charset=utf-16"),
    (400, b"first_name=Ada", URL_ENCODED + "; charset=latin-1"),
    (400, b"first_name=Ada", URL_ENCODED + "; charset=nonsense"),
    (400, b"first_name=Ada&first_name=Eve", URL_ENCODED),
    (400, b"consent=on&consent=on", URL_ENCODED),
    (400, b"preferred_days=mon&preferred_days=tue", URL_ENCODED),
    (400, b"&".join(b"f%d=1" % n for n in range(101)), URL_ENCODED),
    (400, part("first_name", b"Ada") + b"--B--\r\n", "multipart/form-data"),
    (400, part("first_name", b"Ada") + b"--B--\r\n", "multipart/form-data; boundary="),
    (400, part("first_name", b"Ada") + b"--B--\r\n", "multipart/form-data; boundary=other"),
    (400, part("first_name", b"Ada") + b"--B--\r\n", "multipart/form-data; boundary=\xe9"),
    (400, part("first_name", b"Ada"), "multipart/form-data; boundary=B"),
    (400, part("first_name", b"Ada")[:-4], "multipart/form-data; boundary=B"),
    (400, b"--B\r\n", "multipart/form-data; boundary=B"),
    (400, part("first_name", b"\xff") + b"--B--\r\n", "multipart/form-data; boundary=B"),
    (400, part("first_name", b"A\0") + b"--B--\r\n", "multipart/form-data; boundary=B"),
    (400, part("a", b"1") + part("a", b"2") + b"--B--\r\n", "multipart/form-data; boundary=B"),
    (400, part("photo", b"x", b'; filename="x.png"') + b"--B--\r\n", "multipart/form-data; boundary=B"),
    (400, part("photo", b"", b'; filename=""') + b"--B--\r\n", "multipart/form-data; boundary=B"),
    (
        400,
        part("a", b"QWRh", b"\r\nContent-Transfer-Encoding: base64") + b"--B--\r\n",
        "multipart/form-data; boundary=B",
    ),
    (
        400,
        part("a", b"x", b"\r\nContent-Type: text/plain; charset=utf-16") + b"--B--\r\n",
        "multipart/form-data; boundary=B",
    ),
    (400, b"--B\r\nContent-Type: text/plain\r\n\r\nx\r\n--B--\r\n", "multipart/form-data; boundary=B"),
]


@pytest.mark.parametrize(("status", "body", "content_type"), REFUSED)
def test_refused(client: Client, clinic: Clinic, status: int, body: bytes, content_type: str) -> None:
    response = post(client, body, content_type)

    page = response.content.decode()
    assert response.status_code == status
    assert clinic.phone.as_national in page
    assert page.count("<h1") == 1
    assert "Traceback" not in page
    assert PatientRequest.objects.count() == 0


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"first_name=Ad%C3%A9+X&phone=1", URL_ENCODED),
        ("first_name=Ad\u00e9".encode(), URL_ENCODED + "; charset=UTF-8"),
        (b"first_name=100%&phone=%zz", URL_ENCODED),
        (b"preferred_times=morning&preferred_times=afternoon", URL_ENCODED),
        (part("first_name", "Ad\u00e9".encode()) + b"--B--\r\n", "multipart/form-data; boundary=B"),
        (part("first_name", b"") + b"--B--", 'multipart/form-data; boundary="B"'),
        (b"x=" + b"y" * 65534, URL_ENCODED),
        (b"", URL_ENCODED),
    ],
)
def test_passed_on_to_the_form(client: Client, clinic: Clinic, body: bytes, content_type: str) -> None:
    assert post(client, body, content_type).status_code == 422


def at_the_gate(request: HttpRequest) -> HttpResponse | None:
    """What the middleware answers before any view."""
    gate: Any = refuse_malformed_forms(lambda _request: HttpResponse())
    answer: HttpResponse | None = gate.process_view(request, lambda _request: HttpResponse(), (), {})
    return answer


def test_a_body_shorter_than_it_says(rf: RequestFactory, clinic: Clinic) -> None:
    request = rf.post(FORM, b"first_name=Ada", content_type=URL_ENCODED, CONTENT_LENGTH="5000")
    request._stream = BytesIO(b"first_name=Ada")
    response = at_the_gate(request)
    assert response is not None
    assert response.status_code == 400


def test_a_body_too_long_is_refused_by_its_length_and_not_kept(rf: RequestFactory, clinic: Clinic) -> None:
    request = rf.post(FORM, b"x" * 70_000, content_type=URL_ENCODED)
    response = at_the_gate(request)
    assert response is not None
    assert response.status_code == 413
    assert not hasattr(request, "_body")
    assert not hasattr(request, "_post")


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
@pytest.mark.parametrize("path", [FORM, "/appointments/request/", "/contact/"])
def test_other_methods(client: Client, clinic: Clinic, method: str, path: str) -> None:
    response = client.generic(method, path, b"x")
    assert response.status_code == 405
    assert "GET" in response["Allow"]
    assert clinic.phone.as_national in response.content.decode()


def test_no_csrf_token_and_foreign_origin(clinic: Clinic) -> None:
    strict = Client(enforce_csrf_checks=True)
    for headers in ({}, {"origin": "https://evil.example"}, {"origin": "null"}):
        response = strict.post(FORM, {"first_name": "Ada"}, headers=headers)
        assert response.status_code == 403
        assert clinic.phone.as_national in response.content.decode()


@pytest.mark.parametrize("host", ["evil.example", "a b", "[::1", "testserver@evil.example"])
def test_a_bad_host(client: Client, clinic: Clinic, host: str) -> None:
    assert client.get("/contact/", headers={"host": host}).status_code == 400


def test_the_admin_keeps_its_own_rules(client: Client, clinic: Clinic) -> None:
    response = client.generic("POST", "/admin/login/", b"a=1&a=2", URL_ENCODED)
    assert response.status_code == 200


def test_an_unterminated_part_is_malformed(client: Client, clinic: Clinic) -> None:
    assert post(client, b"--B\r\n--B--", f"{MULTIPART}; boundary=B").status_code == 400
