"""A patient whose every field is a marked word, driven through the whole story, with a forced 500 and a
failed mail: the words stay where they belong."""

import os
import smtplib
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from datetime import datetime, timedelta
from tempfile import TemporaryFile
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.db import models
from django.test import Client, override_settings
from django.urls import reverse
from django.utils import timezone, translation

from appointments import roles, scheduling
from appointments.lifecycle import Status
from appointments.messages import outbox
from appointments.models import (
    Decision,
    Message,
    MessageStatus,
    NoticeChoice,
    NoticeKind,
    PatientRequest,
)
from appointments.models.erasure import Erasure
from appointments.requests import assignment, reviewing
from clinic.models import AuditEntry, Job, JobPart, RateCount
from clinic.time.hours import clinic_day
from tests import access_table, access_world, builders
from tests.appointments import posts
from tests.conftest import everything_logged
from tests.prepared import fetched, text_of

FIRST, LAST, MAILBOX = "Kanarion", "Zaffrequill", "quillmarke"
PHONE = "3105550177"
MESSAGE, ANSWER, SUITS, NOTE = "Kumquatwort", "Antwortmarke", "Passtnichtmarke", "Klinikmarke"
ABOUT_HEALTH = "Gentamicinmarke"
BORN = ("1957-07-13", "July 13, 1957", "13 July 1957", "07/13/1957", "1957")
WORDS = (FIRST, LAST, MAILBOX, PHONE, "555-0177", MESSAGE, ANSWER, SUITS, NOTE, ABOUT_HEALTH, *BORN)


class Refusing(BaseEmailBackend):
    """A server that quotes the address in its refusal, as servers do."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        (message,) = email_messages
        to = message.to[0]
        raise smtplib.SMTPRecipientsRefused({to: (550, f"no such user {to}, {FIRST}".encode())})


class Watched(Client):
    """A browser that keeps every answer."""

    answers: list[Any]

    def request(self, **request: Any) -> Any:
        answer = super().request(**request)
        self.__dict__.setdefault("answers", []).append(answer)
        return answer


def found_in(text: str, *, but: tuple[str, ...] = ()) -> list[str]:
    return [word for word in WORDS if word not in but and word.casefold() in text.casefold()]


def rows_of(model: type[models.Model]) -> str:
    return str(list(model._default_manager.values()))


@contextmanager
def everything_printed() -> Iterator[Callable[[], str]]:
    """Reads what this process wrote to its standard output and error, by Python or past it."""
    with TemporaryFile("w+") as file, redirect_stdout(file), redirect_stderr(file):
        kept = [(number, os.dup(number)) for number in (1, 2)]
        for number, _ in kept:
            os.dup2(file.fileno(), number)

        def read() -> str:
            file.flush()
            file.seek(0)
            return file.read()

        try:
            yield read
        finally:
            for number, before in kept:
                os.dup2(before, number)
                os.close(before)


@pytest.fixture(scope="class")
def story(class_rows: None) -> Iterator[dict[str, Any]]:
    """What came of the whole story, told once for the class."""
    builders.clinic()
    with override_settings(RATE_LIMITS=True):
        with everything_logged() as log, everything_printed() as printed:
            told = tell(builders.staff(roles.FRONT_DESK), builders.staff(roles.DERMATOLOGIST))
            told |= {"written": log.getvalue(), "printed": printed()}
        translation.deactivate()
        yield told


def tell(front_desk: User, dermatologist: User) -> dict[str, Any]:
    for user in (front_desk, dermatologist):
        ways = {f"{kind}_{way}": True for kind in NoticeKind for way in ("by_email", "in_browser")}
        NoticeChoice.objects.create(user=user, **ways)
        User.objects.filter(pk=user.pk).update(email=f"{user.username}@clinic.example")
    builders.treatment("botox", questions=1)
    doctor = builders.practitioner()
    patient, desk = Watched(raise_request_exception=False), Watched(raise_request_exception=False)
    desk.force_login(front_desk)
    marked = {
        "first_name": FIRST, "last_name": LAST, "email": f"{MAILBOX}@kanari.example.com", "phone": PHONE,
        "date_of_birth_year": "1957", "date_of_birth_month": "7", "date_of_birth_day": "13",
        "message": MESSAGE, "screening_1": "yes", "screening_1_words": ABOUT_HEALTH,
    }  # fmt: skip
    url = "/appointments/request/botox/"
    patient.get(url)
    assert patient.post(url, posts.appointment(**marked | {"consent": None})).status_code == 422
    assert patient.post(url, posts.appointment(**marked)).status_code == 302
    row = PatientRequest.objects.get()
    assert row.status == Status.CLINICAL_REVIEW
    page = row.get_absolute_url()
    patient.get(page)
    assignment.assign(PatientRequest.objects.all(), front_desk, dermatologist, timezone.now())

    # Staff look, search, note, correct; the dermatologist asks, the patient answers.
    inbox = reverse("admin:appointments_patientrequest_changelist")
    for query in ({}, {"q": FIRST}, {"q": PHONE}, {"q": row.email}):
        desk.get(inbox, query)
    desk.get(reverse("admin:appointments_patientrequest_change", args=[row.pk]))
    desk.post(reverse("admin:request-note", args=[row.pk]), {"note": MESSAGE, "seen_version": row.version})
    reviewing.decide(row, Decision.NEEDS_INFORMATION, dermatologist, "Any allergies?", NOTE)
    patient.post(page + "answer/", {"words": ANSWER, "answer": ANSWER, "message": ANSWER})
    row.refresh_from_db()
    assert row.status == Status.CLINICAL_REVIEW
    reviewing.decide(row, Decision.SUITABLE, dermatologist, note=NOTE)

    # Offered, none suits, offered again, taken, cancelled.
    start = datetime.fromisoformat(posts.open_day(2) + "T18:00:00+00:00")
    scheduling.offer(row, doctor, [start], front_desk)
    patient.get(page)
    patient.post(page + "none-suit/", {"words": SUITS, "note": SUITS, "message": SUITS})
    row.refresh_from_db()
    (held,) = scheduling.offer(row, doctor, [start + timedelta(days=1)], front_desk)
    patient.post(f"{page}accept/{held.pk}/")
    patient.get(page + "appointment.ics")
    desk.get("/admin/")
    desk.get("/admin/today/")
    desk.get(reverse("admin:schedule"), {"day": clinic_day(start).isoformat()})
    for shown in (f"?q={FIRST}", "?state=all"):
        asked = desk.post(reverse("admin:requests-export") + shown)
        assert FIRST in text_of(fetched(desk, asked))
        desk.get(asked["Location"])
    desk.get("/admin/jobs/")
    heard = desk.get("/admin/hear/new/")

    # Mail fails with the address in the server's words; then it goes out.
    with override_settings(EMAIL_BACKEND=f"{__name__}.Refusing"):
        outbox.deliver_due(uuid.uuid4(), timezone.now())
    failed = list(Message.objects.filter(status=MessageStatus.FAILED))

    # Pages break with the patient's words in the exception.
    def broken(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError(f"{FIRST} {LAST} {row.email} {row.token}")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("appointments.models.request.PatientRequest.full_name", property(broken))
        patch.setattr("appointments.patients.status_views.render", broken)
        codes = {patient.get(page).status_code, desk.get(inbox).status_code}
    wrong = patient.get(page.rstrip("/") + "x/")
    patient.post(page + "withdraw/")
    return {
        "row": row, "answers": patient.answers + desk.answers, "failed": failed, "codes": codes,
        "wrong": wrong, "patient": patient, "page": page, "heard": heard,
    }  # fmt: skip


@pytest.mark.django_db
class TestCanary:
    def test_no_log_line_holds_a_word(self, story: dict[str, Any]) -> None:
        written, printed = story["written"], story["printed"]
        assert 500 in story["codes"]
        assert story["failed"], "the mail was to fail"
        assert '"failed"' in written
        assert "not sent" in written
        assert found_in(written) == []
        assert found_in(printed) == []
        assert story["row"].token not in written + printed

    def test_no_header_and_no_redirect_holds_a_word(self, story: dict[str, Any]) -> None:
        for answer in story["answers"]:
            assert found_in(str(answer.headers)) == [], answer.request["PATH_INFO"]
            if answer.has_header("Location"):
                assert answer["Location"].startswith("/")

    def test_no_page_links_to_an_address_with_a_word(self, story: dict[str, Any]) -> None:
        for answer in story["answers"]:
            for part in answer.getvalue().decode(errors="replace").split('href="')[1:]:
                link = part.split('"', 1)[0]
                if not link.startswith(("mailto:", "tel:")) and "?" not in answer.request.get(
                    "QUERY_STRING", ""
                ):
                    typed = tuple(word for word in WORDS if word in answer.request.get("QUERY_STRING", ""))
                    assert found_in(link, but=typed) == [], answer.request["PATH_INFO"]

    def test_the_error_pages_say_nothing(self, story: dict[str, Any]) -> None:
        for answer in story["answers"]:
            if answer.status_code in (404, 500):
                assert found_in(answer.content.decode()) == []
                assert "Traceback" not in answer.content.decode()

    def test_no_message_holds_what_was_typed(self, story: dict[str, Any]) -> None:
        messages = Message.objects.all()
        assert len(messages) >= 4
        for message in messages:
            fields = [field.name for field in Message._meta.concrete_fields if field.name != "recipient"]
            said = " ".join(str(getattr(message, name)) for name in fields)
            assert found_in(said, but=("1957",)) == [], message.kind
            assert "botox" not in said.casefold(), message.kind

    def test_what_staff_hear_at_once_holds_none(self, story: dict[str, Any]) -> None:
        mails = Message.objects.filter(kind="staff_notice")
        assert {each.recipient.partition("@")[2] for each in mails} == {"clinic.example"}
        assert mails.count() >= 3
        assert len(story["heard"].json()["notices"]) >= 2
        assert found_in(story["heard"].text) == []
        assert story["row"].token not in story["heard"].text
        assert "botox" not in story["heard"].text.casefold()

    def test_the_audit_counts_and_sessions_hold_none(self, story: dict[str, Any]) -> None:
        for model in (AuditEntry, RateCount, Erasure, Job, JobPart):
            assert found_in(rows_of(model), but=("1957",)) == [], model
        assert AuditEntry.objects.count() > 10
        for session in Session.objects.all():
            assert found_in(str(session.get_decoded()), but=("1957",)) == []

    def test_the_figures_hold_none(self, story: dict[str, Any]) -> None:
        assert found_in(Client().get("/metrics").content.decode(), but=("1957",)) == []
        assert found_in(Client().get("/readyz").content.decode(), but=("1957",)) == []

    def test_the_patients_own_page_keeps_the_private_part_back(self, story: dict[str, Any]) -> None:
        text = story["patient"].get(story["page"]).content.decode()
        assert [word for word in (MESSAGE, NOTE, ABOUT_HEALTH, *BORN) if word in text] == []

    def test_the_clinical_note_is_on_no_page_of_the_front_desk(self, story: dict[str, Any]) -> None:
        for answer in story["answers"]:
            assert NOTE not in answer.getvalue().decode(errors="replace"), answer.request["PATH_INFO"]

    def test_no_other_role_meets_the_patient(self, story: dict[str, Any], editor: User) -> None:
        world = access_world.World({"editor": editor}, builders.callback_request(), {})
        clients = {"editor": world.client("editor"), "anonymous": world.client("anonymous")}
        asked = 0
        for row in access_table.ROWS:
            for role, client in clients.items():
                if not row.allows(role, "GET") or "<" in row.route or "(" in row.route:
                    continue
                asked += 1
                text = client.get("/" + row.route).getvalue().decode(errors="replace")
                assert found_in(text, but=("1957",)) == [], (role, row.route)
        assert asked > 30
