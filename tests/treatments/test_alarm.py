"""The alarm words: what counts as a sign, whose words hold, and who lets others onto the site."""

import pytest
from django.contrib.auth.models import User
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from clinic.models import Clinic
from clinic.signed.signing import PublishingRefused, Seen
from tests import builders
from treatments import content_loader
from treatments.alarm import words, writing
from treatments.alarm.signs import Level, level_in, phrases
from treatments.models import AlarmWords, Release, State

CALL_911 = (
    "can't breathe", "I can’t breath", "cannot  swallow", "NO PUEDO TRAGAR", "no puedo respirar",
    "me falta el aire", "Me cuesta hablar", "trouble speaking", "trouble talking since yesterday",
    "my speech is slurred", "shortness of breath", "me ahogo", "throat is closing", "I cant speak",
    "no trouble breathing", "se me cierra la garganta", "se me traba la lengua",
    "hard to swallow, and my eyelid droops", "\uff43annot \uff42reathe", "Tengo dificultad para respirar",
)  # fmt: skip
CALL_US = (
    "droopy eye", "my left eyelid is drooping", "párpado caído", "PARPADO CAIDO",
    "se me cayó el párpado", "muscle weakness", "debilidad", "double vision", "I see double",
    "visión doble", "veo doble", "hoarse", "ronquera", "loss of bladder control", "vejiga",
    "lost my voice", "One eyelid feels heavy today.", "dropping eyelid", "no puedo abrir el ojo",
    "can't open my right eye", "me orino", "pa\u0301rpado cai\u0301do",
)  # fmt: skip
NO_SIGN = (
    "", "...", "I can't talk before 5pm", "After four, please.", "this week",
    "I cannot speak English well", "no puedo hablar por la mañana", "no puedo hablar inglés",
    "hard to reach at work", "Botox for my forehead", "quisiera una cita para el viernes",
    "a bruise on my brow", "frown lines between the brows", "me cuesta dormir",
    "I have trouble with parking", "It's difficult to talk at work", "tengo una mancha bajo el ojo",
)  # fmt: skip


def test_words_name_a_sign_however_they_are_typed() -> None:
    expected = dict.fromkeys(CALL_911, Level.CALL_911) | dict.fromkeys(CALL_US, Level.CALL_US)
    assert {text: level_in(text) for text in expected} == expected
    assert {text: level_in(text) for text in NO_SIGN} == dict.fromkeys(NO_SIGN)


def test_every_sign_that_is_shipped_is_known_without_its_list() -> None:
    for level in Level:
        for language in ("", "_es"):
            signs = phrases(words.SHIPPED[f"{level.value}_signs{language}"])
            assert {sign: level_in(sign) for sign in signs} == dict.fromkeys(signs, level)


@given(before=st.text(max_size=40), after=st.text(max_size=40), sign=st.sampled_from(CALL_911))
def test_nothing_around_a_sign_hides_it(before: str, after: str, sign: str) -> None:
    assert level_in(f"{before} \n {sign} \n {after}") == Level.CALL_911


OTHERS = dict(words.SHIPPED) | {
    "call_us": "Ring us at once",
    "call_us_signs": "a drooping eyelid, a rash on the neck",
    "call_us_es": "Avísenos de inmediato",
    "call_us_signs_es": "un párpado caído, manchas en el cuello",
}
pytestmark = pytest.mark.usefixtures("clinic")


@pytest.mark.django_db
def test_a_draft_and_a_waiting_version_are_said_nowhere_and_a_signed_one_at_once() -> None:
    shipped = [said.line for said in words.present()]
    assert content_loader.load().added["alarm words"] == 1
    editor, doctor = builders.superuser(), builders.physician()
    newest = AlarmWords.objects.get()
    assert (newest.state, newest.release, newest.signed_off_by) == (State.LIVE, Release.SHIPPED, None)
    draft = writing.save_draft(OTHERS, "A rash too", editor, writing.mark_of(newest))
    assert [said.line for said in words.present()] == shipped
    writing.submit(draft, editor, builders.WEDNESDAY)
    assert [said.line for said in words.present()] == shipped
    assert words.level_named("there is a rash on the neck, what now?") is None
    seen = Seen.of(draft, newest)
    with pytest.raises(PublishingRefused):
        writing.sign_off(draft, seen, editor, builders.WEDNESDAY)
    writing.sign_off(draft, seen, doctor, builders.WEDNESDAY)
    assert words.present()[1].line == "Ring us at once: a drooping eyelid, a rash on the neck."
    assert words.present(language="es")[1].heading == "Avísenos de inmediato"
    assert words.level_named("There is a RASH on the neck, what now?") == Level.CALL_US
    assert words.level_named("Tengo manchas en el cuello") == Level.CALL_US
    assert content_loader.load().added == {}, "nothing takes the signed words away"


@pytest.mark.django_db
def test_the_database_keeps_what_was_submitted_and_one_live_version() -> None:
    content_loader.load()
    live = AlarmWords.objects.get()
    for values in ({"call_911": "Wait"}, {"state": State.DRAFT}, {"release": Release.EARLIER}):
        with pytest.raises(DatabaseError), transaction.atomic():
            AlarmWords.objects.filter(pk=live.pk).update(**values)
    draft = writing.save_draft(OTHERS, "x", None, writing.mark_of(live))
    with pytest.raises(DatabaseError), transaction.atomic():
        AlarmWords.objects.filter(pk=draft.pk).update(state=State.LIVE, release=Release.SHIPPED)


@pytest.mark.django_db
def test_a_physician_changes_a_word_and_signs(client: Client) -> None:
    content_loader.load()
    client.force_login(builders.physician())
    write = reverse("admin:treatments_alarmwords_write")
    seen = writing.mark_of(AlarmWords.objects.first())
    typed = {**OTHERS, "change_note": "A rash too", "seen": seen, "_submit": "1"}
    without = client.post(write, {**typed, "call_911_es": "Llame ahora"})
    assert (without.status_code, AlarmWords.objects.count()) == (422, 1)
    assert "911 is missing" in without.text
    page = client.post(write, typed, follow=True)
    assert AlarmWords.objects.get(number=2).state == State.WAITING
    assert "<ins>" in page.text
    assert "a rash on the neck, manchas en el cuello" in " ".join(page.text.split()), (
        "what is found literally"
    )
    late = client.post(write, {**typed, "call_us": "Come by"})
    assert late.status_code == 409
    assert "Come by" in late.text
    at = reverse("admin:treatments_alarmwords_change", args=[AlarmWords.objects.get(number=2).pk])
    assert f'href="{at}"' in client.get(reverse("admin:index")).text, "what waits stands on Today"
    for absurd in ("9" * 30, "9" * 5000):
        assert client.get(reverse("admin:treatments_alarmwords_change", args=[absurd])).status_code == 404
    client.post(at, {"step": "sign-off", "seen": "1-2-waiting-999999"})
    assert words.present()[1].heading != "Ring us at once", "not what she saw"
    client.post(at, {"step": "sign-off", "seen": page.context["seen"]})
    assert words.present(Clinic.current())[1].heading == "Ring us at once"
    assert "Ring us at once" in client.get(reverse("admin:treatments_alarmwords_changelist")).text


def handed_over(columns: dict[str, str], by: User) -> AlarmWords:
    draft = writing.save_draft(columns, "Why", by, writing.mark_of(AlarmWords.objects.first()))
    writing.submit(draft, by, builders.WEDNESDAY)
    return draft


def post(client: Client, version: AlarmWords, step: str) -> None:
    at = reverse("admin:treatments_alarmwords_change", args=[version.pk])
    client.post(at, {"step": step, "seen": client.get(at).context["seen"]})


@pytest.mark.django_db
def test_a_draft_is_thrown_away_and_what_waits_is_taken_back(client: Client, editor: User) -> None:
    content_loader.load()
    client.force_login(editor)
    draft = writing.save_draft(OTHERS, "x", editor, writing.mark_of(AlarmWords.objects.first()))
    post(client, draft, "discard")
    assert AlarmWords.objects.count() == 1
    post(client, AlarmWords.objects.get(), "discard")
    assert AlarmWords.objects.count() == 1, "never what was handed over"
    waiting = handed_over(OTHERS, editor)
    post(client, waiting, "discard")
    post(client, waiting, "pass")
    post(client, waiting, "sign-off")
    waiting.refresh_from_db()
    assert waiting.state == State.WAITING
    post(client, waiting, "send-back")
    waiting.refresh_from_db()
    assert waiting.state == State.RETURNED


@pytest.mark.django_db
def test_a_typing_error_is_passed_as_not_clinical_and_another_sign_is_not(client: Client) -> None:
    content_loader.load()
    doctor = builders.physician()
    live = AlarmWords.objects.get()
    writing.review_again(live, doctor, builders.WEDNESDAY)
    client.force_login(doctor)
    more = handed_over(OTHERS, doctor)
    assert (
        "Not clinical: publish"
        not in client.get(reverse("admin:treatments_alarmwords_change", args=[more.pk])).text
    )
    post(client, more, "pass")
    more.refresh_from_db()
    assert more.state == State.WAITING
    worded = handed_over(dict(words.SHIPPED) | {"call_us": "Call us now, please"}, doctor)
    post(client, worded, "pass")
    worded.refresh_from_db()
    assert (worded.state, worded.release) == (State.LIVE, Release.PASSED)
    assert worded.signed_off_at == builders.WEDNESDAY
    assert words.present(Clinic.current())[1].heading == "Call us now, please"


@pytest.mark.django_db
def test_after_a_refusal_the_next_words_begin_with_what_holds(client: Client) -> None:
    content_loader.load()
    holds, write = AlarmWords.objects.get(), reverse("admin:treatments_alarmwords_write")
    doctor = builders.physician()
    client.force_login(doctor)
    refused = handed_over(writing.columns_of(holds) | {"call_us": "Come by"}, doctor)
    writing.send_back(refused, Seen.of(refused, holds), doctor, "No", builders.WEDNESDAY)
    AlarmWords.objects.filter(state=State.DRAFT).delete()
    assert client.get(write).context["form"]["call_us"].value() == holds.call_us
