"""Every message and every word to say on the phone, in Spanish."""

import re
from typing import Any

import pytest
from django.template.loader import get_template
from django.test import Client

from appointments.follow_up import recall
from appointments.messages import notices
from appointments.models import ContactBy, PatientRequest
from tests import builders
from tests.appointments.follow_up.test_recall import due_of, visited
from tests.appointments.messages.test_notices import EXTRA, KINDS, moment
from tests.spanish.reading import ENGLISH, english_in

pytestmark = pytest.mark.usefixtures("clinic")

SPANISH_EXTRA = EXTRA | {
    "words": "Las palabras de la clínica.",
    "reason": "El doctor se enfermó.",
    "old_start": moment(10, 12),
}
WAYS: list[dict[str, Any]] = [
    {"contact_by": ContactBy.PHONE, "starts": [moment(8, 9, 30)], "by_patient": True, "withdrawn": True},
    {"contact_by": ContactBy.EMAIL, "starts": [moment(8, 9, 30), moment(9, 12)], "by_patient": False},
]


def asked(contact_by: ContactBy) -> PatientRequest:
    return builders.appointment_request(
        language="es", email="ada@example.org", contact_by=contact_by, respond_by=moment(8, 12)
    )


def without_addresses(text: str) -> str:
    return re.sub(r"https?://\S+", "", text).replace("Los Angeles area", "")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("way", WAYS, ids=["by-phone", "by-e-mail"])
def test_no_english_is_left_in_a_message(kind: str, way: dict[str, Any]) -> None:
    request = asked(way["contact_by"])
    extra = SPANISH_EXTRA | {name: value for name, value in way.items() if name != "contact_by"}
    subject, text, html = notices.render(request, kind, **extra)
    for said in (subject, text, notices.spoken(request, kind, **extra)):
        assert ENGLISH.findall(without_addresses(said)) == []
        # The full stop of 'p. m.' is that of the sentence.
        assert "m.." not in said
    assert '<html lang="es">' in html
    assert english_in(without_addresses(html)) == []
    assert "911" in text
    links = set(re.findall(r"http://testserver\S*", text))
    assert f"http://testserver/es/appointments/status/{request.token}/" in links
    given = {SPANISH_EXTRA["recall_link"], SPANISH_EXTRA["stop_link"]}
    assert all(link.startswith("http://testserver/es/") for link in links - given)


def test_the_words_for_every_kind_are_read_here() -> None:
    for kind in notices.SPOKEN:
        assert get_template(f"email/spoken/{kind}.txt")
        assert kind in KINDS


def test_times_read_as_spanish_times() -> None:
    _subject, text, _html = notices.render(asked(ContactBy.PHONE), "acknowledgement")
    promise = "Le respondemos por teléfono a más tardar el martes 8 de diciembre, 12:00 p. m.\n"
    assert promise in text.replace("\N{NO-BREAK SPACE}", " ")


def test_each_link_of_a_recall_leads_to_a_spanish_page(client: Client) -> None:
    botox = builders.treatment("botox", effect_months=4)
    visit = visited(botox, language="es")
    assert recall.ask_back(due_of(visit, botox)) == 1
    message = visit.request.messages.get()
    links = re.findall(r"http://testserver(\S*)", message.text)
    assert len(links) == 3
    assert message.unsubscribe_url.removeprefix("http://testserver") in links
    for link in links:
        assert link.startswith("/es/")
        assert '<html lang="es">' in client.get(link).content.decode()
