"""Whatever is sent to the forms, the patient's page and the desk's entry: an answer, and all or nothing.

Each example is a whole request, and is rolled back. A few dozen of each in the normal run; `make fuzz` tries
more than ten thousand.
"""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote_from_bytes

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from django.test import Client
from django.urls import reverse
from hypothesis import example, given
from hypothesis import strategies as st

from appointments.lifecycle import Status
from appointments.models import Decision, EventKind, Message, PatientRequest, RequestEvent, ScreeningAnswer
from appointments.requests import reviewing
from clinic.http import form_gate
from tests import builders
from tests.appointments import posts
from tests.appointments.anything import nasty, whole

pytestmark = pytest.mark.usefixtures("clinic")
QUESTIONS = 2
BOTOX = "/appointments/request/botox/"


def changed(right: posts.Post, *more: str) -> st.SearchStrategy[posts.Post]:
    """A right post with up to four fields of it, or of `more`, replaced."""
    names = st.sampled_from(sorted({*right, *more} - {"submission_id"}))
    value = st.one_of(nasty, st.lists(nasty, max_size=3))
    return st.dictionaries(names, value, min_size=1, max_size=4).map(lambda changes: right | changes)


@contextmanager
def rolled_back() -> Iterator[None]:
    """As if nothing had happened."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def send(client: Client, address: str, post: posts.Post) -> PatientRequest | None:
    """Sends `post` and returns what was stored; fails where that is a part of it, or more than one."""
    before = (PatientRequest.objects.count(), RequestEvent.objects.count(), Message.objects.count())
    response = client.post(address, post | {"submission_id": str(uuid.uuid4())})
    assert response.status_code in {200, 302, 400, 404, 422}, "200 says that the patient is too young"
    if response.status_code != 302:
        after = (PatientRequest.objects.count(), RequestEvent.objects.count(), Message.objects.count())
        assert after == before, "refused, and stored all the same"
        assert not ScreeningAnswer.objects.exists()
        return None
    stored = PatientRequest.objects.latest("pk")
    assert PatientRequest.objects.count() == before[0] + 1
    assert stored.events.filter(kind=EventKind.RECEIVED).count() == 1
    assert ScreeningAnswer.objects.filter(request=stored).count() == (QUESTIONS if stored.treatment else 0)
    assert Message.objects.count() - before[2] == (1 if stored.email and not stored.suspected_spam else 0)
    assert stored.first_name
    assert stored.phone
    assert stored.consented_at
    return stored


@whole
@given(post=changed(posts.callback(warning_signs="no", email="ada@example.com")))
def test_a_callback_is_stored_whole_or_not_at_all(client: Client, post: posts.Post) -> None:
    with rolled_back():
        stored = send(client, posts.CALLBACK, post)
        if stored:
            assert client.get(stored.get_absolute_url()).status_code == 200


@whole
@given(
    post=changed(
        posts.appointment(screening_1="no", screening_2="no"),
        "screening_1_words",
        "screening_3_words",
        "treatment",
    )
)
def test_a_request_is_stored_whole_or_not_at_all(client: Client, botox: None, post: posts.Post) -> None:
    with rolled_back():
        stored = send(client, BOTOX, post)
        if stored:
            assert client.get(stored.get_absolute_url()).status_code == 200


@pytest.fixture
def botox(db: None) -> None:
    builders.treatment("botox", questions=QUESTIONS)


DESK = posts.appointment(
    kind="appointment", source="phone", language="en", treatment="botox", screening_1="no", screening_2="no",
    store="1",
)  # fmt: skip


@whole
@given(post=changed(DESK, "screening_1_words", "start", "practitioner", "topic"))
def test_an_entry_is_stored_whole_or_not_at_all(desk_client: Client, botox: None, post: posts.Post) -> None:
    with rolled_back():
        stored = send(desk_client, reverse("admin:entry"), post)
        if stored:
            page = reverse("admin:appointments_patientrequest_change", args=[stored.pk])
            assert desk_client.get(page).status_code == 200


@pytest.fixture
def asked(db: None, dermatologist: User) -> PatientRequest:
    """A request about which the dermatologist has asked the patient."""
    request = builders.appointment_request(status=Status.CLINICAL_REVIEW, decision_owed=True)
    reviewing.decide(request, Decision.NEEDS_INFORMATION, dermatologist, "Since when?", "")
    return request


@whole
@given(
    page=st.sampled_from(
        ["answer/", "withdraw/", "accept/1/", "accept/99999999999999999999/", "none-suit/", "cancel/"]
    ),
    post=st.dictionaries(st.one_of(st.just("answer"), st.just("reason"), nasty), nasty, max_size=3),
    language=st.sampled_from(["", "/es"]),
)
def test_the_patients_page_takes_or_refuses(
    client: Client, asked: PatientRequest, page: str, post: dict[str, str], language: str
) -> None:
    with rolled_back():
        events = asked.events.count()
        response = client.post(f"{language}{asked.get_absolute_url()}{page}", post)
        assert response.status_code in {302, 400, 404, 409, 422}
        moved = asked.events.count() - events
        assert moved == 0 or response.status_code == 302
        assert moved or response.status_code != 302 or page not in ("answer/", "withdraw/")
        assert client.get(asked.get_absolute_url()).status_code == 200


@whole
@given(
    raw=st.binary(max_size=200),
    encoded=st.booleans(),
    page=st.sampled_from([posts.CALLBACK, posts.CONSULTATION]),
    kind=st.sampled_from([form_gate.URL_ENCODED, f"{form_gate.MULTIPART}; boundary=B"]),
)
@example(raw=b"\0", encoded=False, page=posts.CALLBACK, kind=form_gate.URL_ENCODED)
def test_bytes_never_break_a_form(client: Client, raw: bytes, encoded: bool, page: str, kind: str) -> None:
    body = b"first_name=" + (quote_from_bytes(raw).encode() if encoded else raw)
    with rolled_back():
        response: Any = client.generic("POST", page, body, kind)
        assert response.status_code in {400, 422}
        assert PatientRequest.objects.count() == 0
