"""Every message that patients get can be read in the admin before it is sent, with nobody's data in it."""

import re
from itertools import product
from urllib.parse import urlsplit

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from appointments.models import Message, PatientRequest
from appointments.staff.messages.samples import MAIL_POLICY, NOBODYS_LINK, SAMPLES, Sample
from tests import builders
from tests.appointments.messages.test_notices import KINDS
from treatments.models import Language

pytestmark = pytest.mark.usefixtures("clinic")

EVERY = list(product(SAMPLES, Language.values))
NAMES = [f"{sample.slug}-{language}" for sample, language in EVERY]


def address(sample: Sample, language: str, name: str = "message-sample") -> str:
    return reverse(f"admin:{name}", args=[sample.slug, language])


def test_every_template_for_patients_is_on_the_page(desk_client: Client) -> None:
    assert {sample.kind for sample in SAMPLES} == set(KINDS)
    shown = desk_client.get(reverse("admin:message-samples")).text
    for sample, language in EVERY:
        assert f'href="{address(sample, language)}"' in shown


def test_no_two_samples_have_one_address() -> None:
    assert len({sample.slug for sample in SAMPLES}) == len(SAMPLES)


@pytest.mark.parametrize(("sample", "language"), EVERY, ids=NAMES)
def test_each_can_be_read_in_each_language(desk_client: Client, sample: Sample, language: str) -> None:
    patient = builders.appointment_request(first_name="Zzcanary", email="zzcanary@example.org")
    page = desk_client.get(address(sample, language))
    mail = desk_client.get(address(sample, language, "message-sample-e-mail"))
    assert (page.status_code, mail.status_code) == (200, 200)
    assert f'<div class="preview" lang="{language}">' in page.text
    assert f'<html lang="{language}">' in mail.text
    for said in (page.text, mail.text):
        assert "911" in said
        assert "/status/\N{HORIZONTAL ELLIPSIS}/" in said
        for hidden in (NOBODYS_LINK, patient.token, patient.shown_reference, "zzcanary", "{{"):
            assert hidden.lower() not in said.lower()
    assert PatientRequest.objects.get() == patient
    assert not Message.objects.exists()


def test_the_languages_differ(desk_client: Client) -> None:
    english, spanish = (desk_client.get(address(SAMPLES[0], each)).text for each in ("en", "es"))
    assert "It is not yet an appointment" in english
    assert "It is not yet an appointment" not in spanish


def test_each_wording_of_a_kind_is_another(desk_client: Client) -> None:
    """By e-mail or on the phone: a yes and a no read alike in an e-mail, on purpose."""
    said = set()
    for sample in SAMPLES:
        page = desk_client.get(address(sample, "en")).text
        said.add("".join(re.findall(r'<div class="preview".*?</div>', page, re.DOTALL)))
    assert len(said) == len(SAMPLES)


def test_the_e_mail_may_bring_its_styles_and_nothing_else(desk_client: Client) -> None:
    mail = desk_client.get(address(SAMPLES[0], "en", "message-sample-e-mail"))
    assert mail["Content-Security-Policy"] == MAIL_POLICY
    assert "script" not in MAIL_POLICY
    assert "frame-ancestors 'none'" in MAIL_POLICY
    assert mail["Content-Type"].startswith("text/html")
    page = desk_client.get(address(SAMPLES[0], "en"))
    assert "unsafe-inline" not in page["Content-Security-Policy"]


@pytest.mark.parametrize(
    "missing", ["samples/nothing/en/", "samples/booked/fr/", "samples/booked/fr/e-mail/"]
)
def test_what_there_is_none_of_is_not_found(desk_client: Client, missing: str) -> None:
    assert desk_client.get(reverse("admin:appointments_message_changelist") + missing).status_code == 404


def test_it_is_for_those_who_handle_requests(client: Client, editor: User) -> None:
    client.force_login(editor)
    for path in (
        reverse("admin:message-samples"),
        address(SAMPLES[0], "en"),
        address(SAMPLES[0], "en", "message-sample-e-mail"),
    ):
        assert client.get(path).status_code == 403
    assert reverse("admin:message-samples") not in client.get(reverse("admin:index")).text


@pytest.mark.parametrize("page", ["admin:appointments_message_changelist", "admin:index"])
def test_a_link_leads_there(desk_client: Client, page: str) -> None:
    link = urlsplit(reverse("admin:message-samples")).path
    assert f'href="{link}"' in desk_client.get(reverse(page)).text
