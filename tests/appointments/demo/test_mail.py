"""The demonstration's mail in the browser, and that no real site has it."""

import os
import subprocess
import sys
import uuid
from datetime import timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from appointments.demo import mail
from appointments.messages import notices, outbox
from appointments.messages.texts.line import TextLine
from appointments.models import EventKind, TextOptOut
from tests import builders
from tests.appointments.messages.texts.written import agreed, text_for
from tests.builders import WEDNESDAY

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.ROOT_URLCONF = "appointments.demo.urls"
    settings.EMAIL_BACKEND = "appointments.demo.mail.OneFileEach"
    settings.DEMO_MAIL = tmp_path / "mail"
    return tmp_path / "mail"


def send() -> None:
    patient_request = builders.appointment_request(email="ana@example.org")
    notices.queue(patient_request, "link_again", None, cause="test", now=timezone.now())
    outbox.deliver_due(uuid.uuid4(), timezone.now() + timedelta(seconds=1))


@pytest.mark.django_db
def test_what_went_out_can_be_read(client: Client, folder: Path) -> None:
    assert "No mail yet" in client.get("/demo/mail/").text
    send()
    [file] = folder.iterdir()
    assert file.suffix == ".eml"
    assert message_from_bytes(file.read_bytes(), policy=default)["To"] == "ana@example.org"
    listed = client.get("/demo/mail/")
    assert f"/demo/mail/{file.stem}/" in listed.text
    assert "no-store" in listed["Cache-Control"]
    page = client.get(f"/demo/mail/{file.stem}/").text
    assert "ana@example.org" in page
    assert f'src="/demo/mail/{file.stem}/html"' in page
    assert client.get(f"/demo/mail/{file.stem}/source").content == file.read_bytes()


@pytest.mark.django_db
def test_the_html_can_do_nothing(client: Client, folder: Path) -> None:
    send()
    [file] = folder.iterdir()
    shown = client.get(f"/demo/mail/{file.stem}/html")
    assert shown["X-Frame-Options"] == "SAMEORIGIN"
    for rule in ("default-src 'none'", "frame-ancestors 'self'", "sandbox allow-popups"):
        assert rule in shown["Content-Security-Policy"]
    assert "script-src" not in shown["Content-Security-Policy"]


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["../db.sqlite3", "..", "20260101T000000000000-00000000", "x"])
def test_no_other_file_is_read(client: Client, folder: Path, name: str) -> None:
    folder.mkdir()
    (folder.parent / "db.sqlite3").write_text("secret")
    assert mail.read(name) is None
    assert mail.source(name) is None
    for below in ("", "html", "source", "1"):
        assert client.get(f"/demo/mail/{name}/{below}").status_code == 404


@pytest.mark.django_db
def test_a_real_site_has_no_such_page(client: Client) -> None:
    assert client.get("/demo/mail/").status_code == 404
    with pytest.raises(NoReverseMatch):
        reverse("demo-mail")


@pytest.mark.parametrize(
    ("site", "email", "urls"),
    [
        ("http://127.0.0.1:8000", "file:///tmp/mail", "appointments.demo.urls"),
        ("https://clinic.example", "file:///tmp/mail", "clinic.urls"),
        ("http://127.0.0.1:8000", "smtp://localhost", "clinic.urls"),
    ],
)
def test_only_on_one_machine_and_without_a_mail_server(
    site: str, email: str, urls: str, tmp_path: Path
) -> None:
    environment = {"SITE_URL": site, "EMAIL_URL": email, "VAR_DIR": str(tmp_path), "SECRET_KEY": "x7" * 40}
    done = subprocess.run(
        [sys.executable, "-c", "from deploy import demo_settings; print(demo_settings.ROOT_URLCONF)"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == urls


def test_the_sites_own_settings_cannot_turn_it_on() -> None:
    assert "demo" not in (ROOT / "clinic" / "settings.py").read_text().replace("demonstration", "")
    assert "demo" not in (ROOT / "clinic" / "urls.py").read_text()


@pytest.mark.django_db
def test_a_text_lies_among_the_mail_and_can_be_answered(client: Client, folder: Path, settings: Any) -> None:
    settings.TEXTS_BACKEND = "appointments.demo.mail.TextsBesideMail"
    settings.TEXTS_SENDER = "13105550100"
    builders.clinic()
    row = agreed(language="es")
    message = text_for(row)
    with TextLine() as line:
        outbox.send_texts(line, uuid.uuid4(), WEDNESDAY)
    [text] = mail.newest_first()
    assert (text.to, text.text.strip()) == (row.phone.as_e164, message.text)
    page = client.get(f"/demo/mail/{text.name}/").text
    assert "Text back, as the patient" in page
    client.post(f"/demo/mail/{text.name}/reply", {"words": "¿Puedo ir antes?"})
    assert row.events.get(kind=EventKind.TEXT).note == "¿Puedo ir antes?"
    client.post(f"/demo/mail/{text.name}/reply", {"words": "STOP"})
    assert TextOptOut.objects.get().number == row.phone.as_e164
