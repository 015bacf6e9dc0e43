"""The words of every message and phone script are the owner's to change; what it owes stays in it."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import translation

from appointments.messages import notices
from appointments.messages.to_staff.wording import BUTTONS, worded
from appointments.messages.wordings import names_of, values_of
from appointments.models import Decision, Message, PatientRequest
from appointments.staff.messages.notice_texts import sampled
from appointments.staff.messages.samples import MAIL_POLICY, SAMPLES, made_up_for
from appointments.staff.messages.texts import concerns
from clinic.models import Clinic, Wording
from clinic.wordings import filling, saving
from clinic.wordings.saving import Change, SavingRefused
from clinic.wordings.texts import Text, text_of
from tests import builders
from tests.appointments.messages.test_notices import EXTRA, canary, moment
from tests.builders import WEDNESDAY

pytestmark = pytest.mark.usefixtures("clinic")

WHOLE = "See you on {start}!\n\nYour page: {link}\n\nIn an emergency, call 911."


def text(key: str) -> Text:
    found = text_of(key)
    assert found
    return found


def say(by: User, **words: str) -> None:
    """Words in English by part and name: `message_reminder_days`."""
    for name, said in words.items():
        part, _sep, occasion = name.partition("_")
        found = text(f"{part}.{occasion.replace('_', '-')}")
        saving.save(found, [Change("en", said, 0)], by, WEDNESDAY)


@pytest.mark.parametrize("part", ["subject", "message"])
def test_every_e_mail_can_be_worded(part: str) -> None:
    for sample in SAMPLES:
        if sample.slug in names_of(part, sample.kind):
            assert text(f"{part}.{sample.slug}").group.permission == "clinic.change_clinic"
    assert {sample.kind for sample in SAMPLES if text_of(f"{part}.{sample.slug}")} == {
        sample.kind for sample in SAMPLES
    }


def test_every_script_can_be_worded() -> None:
    spoken = {sample.kind for sample in SAMPLES if text_of(f"spoken.{sample.slug}")}
    assert spoken == notices.SPOKEN


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.slug)
def test_the_shipped_words_filled_in_are_what_goes_out_unworded(sample: Any, language: str) -> None:
    """So what the owner starts from is what patients get."""
    if text_of(f"message.{sample.slug}") is None:
        return
    made_up, values = made_up_for(sample, language, WEDNESDAY)
    subject, body, _html = notices.render(made_up, sample.kind, **values)
    with translation.override(language):
        filled_in = notices.sampled_values(made_up, **values, has_reason=True)
    for part, said in (("subject", subject), ("message", body)):
        one = text(f"{part}.{sample.slug}")
        assert filling.filled(one.shipped_in(language), filled_in) == said.strip()


def test_the_reminder_says_what_the_owner_wrote(clinic: Clinic, dermatologist: User) -> None:
    before = notices.render(canary(language="es"), "reminder_days", **EXTRA)
    say(dermatologist, message_reminder_days=WHOLE, subject_reminder_days="Soon: {start_day}")
    request = canary()
    subject, body, html = notices.render(request, "reminder_days", **EXTRA)
    assert subject == "Soon: Thursday, December 10"
    link = f"http://testserver/appointments/status/{request.token}/"
    assert body == (
        f"See you on Thursday, December 10, 3pm!\n\nYour page: {link}\n\nIn an emergency, call 911.\n"
    )
    assert f'href="{link}"' in html
    assert "See you on Thursday" in html
    after = notices.render(canary(language="es"), "reminder_days", **EXTRA)
    assert [words[:30] for words in after] == [words[:30] for words in before]


def test_a_subject_alone_keeps_the_shipped_text(clinic: Clinic, dermatologist: User) -> None:
    shipped = notices.render(canary(), "booked", **EXTRA)
    say(dermatologist, subject_booked="Booked!")
    subject, body, _html = notices.render(canary(), "booked", **EXTRA)
    assert subject == "Booked!"
    assert body[:60] == shipped[1][:60]


def test_queued_messages_keep_their_words(clinic: Clinic, dermatologist: User) -> None:
    request = canary()
    message = notices.queue(request, "acknowledgement", None, cause="x", now=WEDNESDAY)
    assert message
    say(
        dermatologist,
        message_acknowledgement="{promise} {reference} {link} 911",
        spoken_acknowledgement="New {answer_by}",
    )
    kept = Message.objects.get()
    assert (kept.text, kept.html, kept.spoken) == (message.text, message.html, message.spoken)
    later = notices.queue(request, "acknowledgement", None, cause="y", now=WEDNESDAY)
    assert later
    assert later.spoken.startswith("New Tuesday")
    assert "We have your request" not in later.text


@pytest.mark.parametrize(
    ("kind", "more", "name"),
    [
        ("acknowledgement", {}, "acknowledgement"),
        ("cancelled", {"by_patient": True}, "cancelled-by-patient"),
        ("cancelled", {"by_patient": True, "withdrawn": True}, "cancelled-and-withdrawn"),
        ("cancelled", {}, "cancelled"),
        ("offers", {"starts": [moment(8, 9)]}, "offers-one"),
        ("offers", {}, "offers"),
    ],
)
def test_each_occasion_has_its_own_words(
    clinic: Clinic, dermatologist: User, kind: str, more: dict[str, Any], name: str
) -> None:
    one = text(f"subject.{name}")
    saving.save(one, [Change("en", "Mine", 0)], dermatologist, WEDNESDAY)
    assert notices.render(canary(), kind, **(EXTRA | more))[0] == "Mine"
    others = {other for other in names_of("subject", kind) if other != name}
    for other in others:
        assert text(f"subject.{other}").shipped_in("en") != "Mine"


def test_a_call_is_acknowledged_in_its_own_words(clinic: Clinic, dermatologist: User) -> None:
    say(dermatologist, subject_acknowledgement_call="About your call")
    callback = builders.callback_request(email="a@example.org")
    assert notices.render(callback, "acknowledgement")[0] == "About your call"
    assert notices.render(canary(), "acknowledgement")[0] != "About your call"


def test_what_is_said_on_the_phone(clinic: Clinic, dermatologist: User) -> None:
    say(
        dermatologist,
        spoken_reminder_days="Hello from {clinic_name}: {start}.\n\n{consultation}",
        spoken_decided="Yes!\n\n{words}",
        spoken_decided_consultation_first="First a talk.\n\n{words}",
    )
    said = notices.spoken(canary(), "reminder_days", **EXTRA, is_consultation=False)
    assert said == "Hello from FineTouch Dermatology: Thursday, December 10, 3pm.\n"
    said = notices.spoken(canary(), "reminder_days", **EXTRA, is_consultation=True)
    assert "consultation: the dermatologist talks" in said
    assert notices.spoken(canary(), "decided", words="", decision="") == "Yes!\n"
    first = notices.spoken(canary(), "decided", words="Hm.", decision=Decision.CONSULTATION_FIRST)
    assert first == "First a talk.\n\nHm.\n"


def test_where_what_is_owed_is_not_known_the_shipped_words_go_out(
    clinic: Clinic, dermatologist: User
) -> None:
    say(dermatologist, message_missed_promise="Late. {new_time} {link} 911")
    assert "Late." in notices.render(canary(), "missed_promise", **EXTRA)[1]
    assert "We are sorry" in notices.render(canary(), "missed_promise")[1]


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ("Come to your {treatment}! {start} {link} 911", "{treatment}"),
        ("Hi {first_name}. {start} {link} 911", "{first_name}"),
        ("{start} 911", "{link}"),
        ("{start} {link}", "911"),
        ("{link} 911", "{start}"),
        ("{{ link }} {start} 911", "braces"),
        ("{link.__class__.__mro__} {start} 911", "{link.__class__.__mro__}"),
    ],
)
def test_what_is_refused_is_named(dermatologist: User, words: str, named: str) -> None:
    with pytest.raises(SavingRefused, match=named.replace("{", r"\{").replace("}", r"\}")):
        say(dermatologist, message_reminder_days=words)
    assert not Wording.objects.exists()


def test_only_who_may_edit_the_clinic_words_messages(client: Client, editor: User) -> None:
    client.force_login(editor)
    page = "/admin/clinic/wording/message.reminder-days/change/"
    assert "You can read this text." in client.get(page).content.decode()
    assert client.post(page, {"words_en": WHOLE, "seen_en": 0, "seen_es": 0}).status_code == 403
    assert client.post(page, {"restore": "en-0", "seen": 0}).status_code == 403
    with pytest.raises(SavingRefused):
        say(editor, message_reminder_days=WHOLE)


class TestOnThePage:
    PAGE = "/admin/clinic/wording/message.reminder-days/"

    @pytest.fixture
    def owner(self, client: Client, dermatologist: User) -> Client:
        client.force_login(dermatologist)
        return client

    def posted(self, english: str, **more: Any) -> dict[str, Any]:
        spanish = text("message.reminder-days").shipped_in("es")
        return {"words_en": english, "words_es": spanish, "seen_en": 0, "seen_es": 0, **more}

    def test_the_whole_e_mail_is_shown_before_saving(self, owner: Client) -> None:
        mail = owner.post(f"{self.PAGE}whole/en/", self.posted(WHOLE))
        assert "See you on " in mail.content.decode()
        assert mail["Content-Security-Policy"] == MAIL_POLICY
        page = owner.post(f"{self.PAGE}change/", self.posted(WHOLE, _preview="1")).content.decode()
        assert "See you on " in page
        assert "made-up-token" not in page + mail.content.decode()
        assert not PatientRequest.objects.exists()
        assert not Wording.objects.exists()

    def test_naming_a_treatment_is_asked_about_once(self, owner: Client) -> None:
        builders.treatment("botox")
        words = WHOLE.replace("See you", "Your Botox")
        asked = owner.post(f"{self.PAGE}change/", self.posted(words))
        assert "names a treatment" in asked.content.decode()
        assert not Wording.objects.exists()
        assert owner.post(f"{self.PAGE}change/", self.posted(words, _all_the_same="1")).status_code == 302
        assert Wording.objects.count() == 1

    def test_a_script_has_no_e_mail(self, owner: Client) -> None:
        page = "/admin/clinic/wording/spoken.reminder-days/"
        assert "whole/en" not in owner.get(f"{page}change/").content.decode()
        assert owner.post(f"{page}whole/en/", self.posted("x {start} {consultation}")).status_code == 404


def test_other_words_raise_no_concern(clinic: Clinic) -> None:
    builders.treatment("botox")
    assert concerns(WHOLE) == []
    assert len(concerns("BOTOX")) == 1
    builders.version(builders.treatment("frown-lines"), title="Dysport for frown lines")
    assert concerns(WHOLE) == []
    assert len(concerns("Your dysport, soon")) == 1


@pytest.mark.parametrize("kind", BUTTONS)
def test_the_notices_to_staff_are_the_owners_to_word(kind: str, clinic: Clinic, dermatologist: User) -> None:
    said = sampled(clinic)
    shipped = worded(kind, said)
    slug = kind.replace("_", "-")
    for part, name in (("subject", "subject"), ("text", "message")):
        one = text(f"{name}.{slug}")
        assert one.languages == ("en",)
        assert filling.filled(one.shipped_in("en"), values_of(said)) == shipped[part].strip()
    link = {
        "staff_urgent": "{request_link}",
        "staff_digest": "{changes}\n\n{inbox_link}",
        "staff_sign_in": "{said}\n\n{account_link}",
        "staff_notice": "{happened}\n\n{notice_link}",
    }[kind]
    with pytest.raises(SavingRefused, match="_link"):
        say(dermatologist, **{f"message_{kind}": "Look now."})
    with pytest.raises(SavingRefused):
        say(dermatologist, **{f"message_{kind}": f"{{first_name}} {link}"})
    say(dermatologist, **{f"message_{kind}": f"Look now: {link}", f"subject_{kind}": "Look now"})
    with translation.override("es"):  # as when a patient's request in Spanish raises it
        words = worded(kind, {**said, "clinic": Clinic.current()})
    assert (words["subject"], words["language"]) == ("Look now", "en")
    assert words["text"].startswith("Look now: ")
    assert "http" in words["text"]
    assert "Look now" in words["html"]


def test_a_notice_to_staff_is_worded_in_english_alone(client: Client, dermatologist: User) -> None:
    client.force_login(dermatologist)
    page = client.get("/admin/clinic/wording/message.staff-digest/change/")
    assert "words_en" in page.text
    assert "words_es" not in page.text
    posted = {"words_en": "{changes}\n\n{inbox_link}", "seen_en": "0", "note": ""}
    whole = client.post("/admin/clinic/wording/message.staff-digest/whole/en/", posted)
    assert "2 new requests" in whole.text
    assert whole["Content-Security-Policy"] == MAIL_POLICY
    assert client.post("/admin/clinic/wording/message.staff-digest/whole/es/", posted).status_code == 404
    assert client.post("/admin/clinic/wording/message.staff-digest/change/", posted).status_code == 302
    assert Wording.objects.get().language == "en"
