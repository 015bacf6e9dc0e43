"""Editing content: who may write, publish and sign off; what the pages hold."""

from dataclasses import replace
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from clinic.signed import signing
from tests import builders
from treatments import publishing
from treatments.admin.texts import place_of
from treatments.models import Release, Source, State, Treatment, TreatmentVersion
from treatments.publishing import Beside, Content, cited

WRITTEN = {
    "title": "Botox",
    "summary": "In short.",
    "body": "<p>Fresh words<script>alert(1)</script></p>",
    "change_note": "Clearer",
    "min_age": "18",
    "max_age": "65",
    "questions-TOTAL_FORMS": "2",
    "questions-INITIAL_FORMS": "2",
    "questions-0-number": "1",
    "questions-0-text": "Question 1?",
    "questions-0-text_es": "¿Pregunta 1?",
    "questions-0-flagged_answer": "yes",
    "questions-0-is_asked": "on",
    "questions-1-number": "2",
    "questions-1-text": "Question 2?",
    "questions-1-text_es": "¿Pregunta 2?",
    "questions-1-flagged_answer": "yes",
    "questions-1-is_asked": "on",
}


def hidden(response: Any) -> str:
    """What the page carries of the state in which it was shown."""
    return str(response.context["seen"])


def posted(client: Client, page: Treatment, language: str = "en", **values: Any) -> Any:
    """The form for words, filled in as it was loaded just now."""
    address = url("words", page.pk, language)
    return client.post(address, WRITTEN | {"seen": hidden(client.get(address))} | values)


def step(client: Client, version: TreatmentVersion, name: str, **values: str) -> Any:
    """Clicks a button of a version's page as it looks now."""
    address = url("version", version.page_id, version.pk)
    return client.post(address, {"step": name, "seen": hidden(client.get(address))} | values, follow=True)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def url(name: str, *args: Any) -> str:
    return reverse(f"admin:treatments_treatment_{name}", args=args)


@pytest.fixture
def page(clinic: object) -> Treatment:
    """A treatment with one published version and two questions."""
    return builders.treatment("botox", questions=2)


def test_from_the_editors_draft_to_the_page(page: Treatment, editor: User, physician: User) -> None:
    client, doctor = signed_in(editor), signed_in(physician)
    response = posted(client, page)
    draft = TreatmentVersion.objects.get(number=2)
    assert response["Location"] == url("version", page.pk, draft.pk)
    assert (draft.editor, draft.state) == (editor, State.DRAFT)
    assert "script" not in draft.body
    step(client, draft, "submit")
    assert "Fresh words" not in client.get(page.get_absolute_url()).text
    assert "A change waits for a sign-off" in doctor.get("/admin/").text
    step(doctor, draft, "sign-off")
    html = client.get(page.get_absolute_url()).text
    assert "Fresh words" in html
    assert str(physician.practitioner) in html
    assert TreatmentVersion.objects.get(number=1).body == "<p>Words about botox.</p>"


def test_a_typing_error_goes_live_by_one_click_under_the_review_of_before(
    page: Treatment, editor: User, physician: User
) -> None:
    doctor = signed_in(physician)
    step(doctor, page.versions.get(), "review-again")
    reviewed = page.versions.get().signed_off_at
    posted(signed_in(editor), page, _submit="1")
    typo = page.versions.get(number=2)
    step(doctor, typo, "pass")
    typo.refresh_from_db()
    assert (typo.state, typo.release, typo.released_by, typo.signed_off_at) == (
        State.LIVE, Release.PASSED, physician, reviewed,
    )  # fmt: skip


@pytest.mark.parametrize("name", ["sign-off", "pass", "review-again", "send-back"])
@pytest.mark.parametrize("role", ["editor", "front_desk", "dermatologist", "root"])
def test_a_forged_post_changes_nothing(
    page: Treatment, editor: User, role: str, name: str, request: pytest.FixtureRequest
) -> None:
    posted(signed_in(editor), page, _submit="1", is_clinical="", min_age="12", max_age="99")
    version = page.versions.get(number=2)
    user = builders.superuser() if role == "root" else request.getfixturevalue(role)
    target = version if name != "review-again" else page.versions.get(number=1)
    response = step(signed_in(user), target, name, note="x")
    stored = {each.number: (each.state, each.signed_off_by) for each in page.versions.all()}
    taken_back = name == "send-back" and role in ("editor", "dermatologist", "root")
    assert stored[1] == (State.LIVE, None)
    assert stored[2] == (State.RETURNED if taken_back else State.WAITING, None)
    if not taken_back:
        assert "Only a" in response.text
    assert "12 to 99" not in signed_in(user).get(page.get_absolute_url()).text


def test_an_editor_has_no_button_that_publishes(page: Treatment, editor: User, physician: User) -> None:
    posted(signed_in(editor), page, _submit="1")
    address = url("version", page.pk, page.versions.get(number=2).pk)
    for words in ("Sign off and publish", "Not clinical: publish", "Back to the editor"):
        assert words not in signed_in(editor).get(address).text
        assert words in signed_in(physician).get(address).text


def test_two_who_sign_at_once_hear_who_was_faster(page: Treatment, editor: User, physician: User) -> None:
    posted(signed_in(editor), page, _submit="1")
    version = page.versions.get(number=2)
    address = url("version", page.pk, version.pk)
    first, second = signed_in(physician), signed_in(builders.physician())
    loaded = {"seen": hidden(second.get(address))}
    step(first, version, "sign-off")
    said = second.post(address, loaded | {"step": "pass"}, follow=True).text
    assert "changed meanwhile" in said or "colleague was faster" in said
    version.refresh_from_db()
    assert (version.release, version.released_by) == (Release.SIGNED, physician)
    for forged in ("", "1", "1-2-3", "x-2-waiting-1", f"{10**30}-2-waiting-1"):
        assert second.post(address, {"step": "sign-off", "seen": forged}).status_code == 409


def test_the_second_of_two_editors_keeps_both_texts(page: Treatment, editor: User) -> None:
    one, two = signed_in(editor), signed_in(builders.staff("Content editor"))
    address = url("words", page.pk, "en")
    loaded = hidden(two.get(address))
    posted(one, page, body="<p>Mine came first</p>")
    response = two.post(address, WRITTEN | {"seen": loaded, "body": "<p>Theirs came second</p>"})
    assert response.status_code == 409
    assert "Mine came first" in response.text
    assert "Theirs came second" in response.text
    assert page.versions.get(number=2).body == "<p>Mine came first</p>"
    again = WRITTEN | {"seen": hidden(response), "body": "<p>Both</p>"}
    assert two.post(address, again).status_code == 302
    assert page.versions.get(number=2).body == "<p>Both</p>"


def test_what_is_missing_keeps_what_was_written(page: Treatment, editor: User) -> None:
    response = posted(signed_in(editor), page, change_note="", min_age="70")
    assert response.status_code == 422
    assert "Fresh words" in response.text
    assert "below the youngest" in response.text
    assert TreatmentVersion.objects.count() == 1


def test_questions_are_part_of_what_is_signed(page: Treatment, editor: User, physician: User) -> None:
    more = {
        "questions-TOTAL_FORMS": "4", "questions-0-text": "Changed?", "questions-1-is_asked": "",
        "questions-2-text": "New?", "questions-2-text_es": "¿Nueva?", "questions-2-flagged_answer": "no",
        "questions-2-is_asked": "on", "questions-3-text": "", "questions-3-flagged_answer": "yes",
    }  # fmt: skip
    posted(signed_in(editor), page, _submit="1", **more)
    asked = page.screening_questions.filter(is_asked=True).values_list("number", "text", "flagged_answer")
    assert list(asked) == [(1, "Question 1?", "yes"), (2, "Question 2?", "yes")]
    step(signed_in(physician), page.versions.get(number=2), "sign-off")
    assert list(asked.all()) == [(1, "Changed?", "yes"), (3, "New?", "no")]


@pytest.mark.parametrize(
    "forged",
    [
        {"questions-1-number": "1"}, {"questions-1-number": "7"}, {"questions-1-text": ""},
        {"questions-TOTAL_FORMS": "1", "questions-INITIAL_FORMS": "1"}, {"questions-TOTAL_FORMS": "x"},
    ],
)  # fmt: skip
def test_no_question_vanishes_or_takes_anothers_number(
    page: Treatment, editor: User, forged: dict[str, str]
) -> None:
    assert posted(signed_in(editor), page, **forged).status_code == 422
    assert page.versions.count() == 1


def test_words_in_another_language_carry_no_facts(page: Treatment, editor: User, physician: User) -> None:
    posted(signed_in(editor), page, "es", _submit="1", min_age="12")
    step(signed_in(physician), page.versions.get(language="es"), "sign-off")
    spanish = page.versions.get(language="es")
    assert (spanish.state, spanish.min_age, spanish.questions.count()) == (State.LIVE, None, 0)
    assert "18 a 65" in signed_in(editor).get("/es/treatments/botox/").text


def test_the_preview_is_the_page_as_the_site_shows_it(page: Treatment, editor: User) -> None:
    version = builders.version(page, "es", State.WAITING, body="<p>Palabras nuevas</p>")
    shown = signed_in(editor).get(url("preview", page.pk, version.pk)).text
    assert "Palabras nuevas" in shown
    assert 'lang="es"' in shown
    assert shown.count("<h1") == 1
    version = builders.version(page, state=State.WAITING, min_age=30, max_age=40)
    assert "30 to 40" in signed_in(editor).get(url("preview", page.pk, version.pk)).text


def test_the_preview_has_what_the_page_has_beside_its_words(page: Treatment, editor: User) -> None:
    doctor = builders.practitioner(name="Dr. Vega", slug="dr-vega", is_lead=True)
    builders.question("Does it hurt?", place=place_of(page))
    advice = builders.article("advice")
    Treatment.objects.filter(pk=page.pk).update(aftercare=advice)
    version = builders.version(page, state=State.WAITING)
    shown = signed_in(editor).get(url("preview", page.pk, version.pk)).text
    for part in (
        "Your doctor",
        f'More about <span translate="no">{doctor.name}',
        "Does it hurt?",
        "Read it now",
    ):
        assert part in shown
    assert "Page last reviewed" not in shown
    version = builders.version(advice, state=State.WAITING)
    address = reverse("admin:treatments_article_preview", args=[advice.pk, version.pk])
    assert "Your next treatment" in signed_in(editor).get(address).text


def test_the_differences_are_shown_in_words(page: Treatment, editor: User) -> None:
    version = builders.version(page, state=State.WAITING, body="<p>Words about the botox.</p>")
    shown = signed_in(editor).get(url("version", page.pk, version.pk)).text
    assert "<ins>the</ins>" in shown or "<ins>the </ins>" in shown or "<ins> the</ins>" in shown


def test_any_two_versions_are_compared_from_the_older_to_the_newer(page: Treatment, editor: User) -> None:
    first = page.versions.get()
    builders.version(page, body="<p>In between.</p>", max_age=70)
    third = builders.version(
        page, body='<p>Words about <a href="https://b.example">botox</a>.</p>', min_age=21
    )
    client, history = signed_in(editor), signed_in(editor).get(url("change", page.pk)).text
    assert history.count('form="compare-en"') == 4  # three boxes and the button
    for ticked in ([first.pk, third.pk], [third.pk, first.pk]):
        shown = client.get(url("compare", page.pk), {"version": ticked}).text
        assert "<del>18</del> <ins>21</ins>" in shown
        assert "[link to https://b.example]" in shown
        assert "In between" not in shown


def test_what_cant_be_compared_is_asked_again(page: Treatment, editor: User) -> None:
    first, spanish = page.versions.get(), builders.version(page, "es")
    other = builders.treatment("another").versions.get()
    one, much = str(first.pk), "9" * 30
    for ticked in ([], [one], [one, str(spanish.pk)], [one, str(other.pk)], ["x", one, much]):
        answer = signed_in(editor).get(url("compare", page.pk), {"version": ticked}, follow=True)
        assert answer.redirect_chain[-1][0] == url("change", page.pk)
        assert "Tick two versions" in answer.text


@pytest.mark.parametrize(
    ("role", "seen", "written"),
    [("front_desk", 200, 403), ("editor", 200, 200), ("dermatologist", 200, 200)],
)
def test_who_may_see_and_who_may_write(
    page: Treatment, role: str, seen: int, written: int, request: pytest.FixtureRequest
) -> None:
    client = signed_in(request.getfixturevalue(role))
    version = page.versions.get()
    for address in (
        url("change", page.pk),
        url("version", page.pk, version.pk),
        url("preview", page.pk, version.pk),
    ):
        assert client.get(address).status_code == seen, address
    assert client.get(url("words", page.pk, "en")).status_code == written
    assert client.get(url("delete", page.pk)).status_code == 403
    assert Client().get(url("words", page.pk, "en")).status_code == 302


def test_what_is_not_there(page: Treatment, editor: User) -> None:
    other = builders.treatment("another").versions.get()
    client = signed_in(editor)
    for address in (
        url("words", page.pk, "xx"),
        url("words", 999, "en"),
        url("version", page.pk, other.pk),
        url("preview", page.pk, 999),
    ):
        assert client.get(address).status_code == 404, address


def test_the_editor_runs_under_the_strict_policy(page: Treatment, editor: User) -> None:
    response = signed_in(editor).get(url("words", page.pk, "en"))
    policy = response["Content-Security-Policy"]
    nonce = policy.split("'nonce-")[1].split("'")[0]
    assert f'nonce="{nonce}"' in response.content.decode()
    assert "unsafe" not in policy
    elsewhere = signed_in(editor).get(url("change", page.pk))["Content-Security-Policy"]
    assert "sha256" not in elsewhere


def test_how_long_a_review_holds_is_the_dermatologists(
    page: Treatment, editor: User, dermatologist: User
) -> None:
    form = {
        "slug": "botox", "position": "7", "visit_minutes": "30", "review_every_months": "60",
        "is_published": "on", "aftercare": "",
    }  # fmt: skip
    for user, months in ((editor, 12), (dermatologist, 60)):
        assert signed_in(user).post(url("change", page.pk), form).status_code == 302
        page.refresh_from_db()
        assert (page.position, page.review_every_months) == (7, months)


def test_what_was_sent_back_stands_where_the_editor_goes_on(
    page: Treatment, editor: User, physician: User
) -> None:
    desk = signed_in(editor)
    places = [url("words", page.pk, "en"), "/admin/"]
    version = builders.version(page, state=State.WAITING, editor=editor)
    step(signed_in(physician), version, "send-back", note="Say <how> long.")
    draft = page.versions.get(language="en", state=State.DRAFT)
    for place in (*places, url("version", page.pk, draft.pk)):
        assert "Say &lt;how&gt; long." in desk.get(place).text
    posted(desk, page, _submit="1")
    for place in places:
        assert "Say &lt;how&gt; long." not in desk.get(place).text


def test_a_refusal_keeps_the_note(page: Treatment, editor: User, physician: User) -> None:
    version = builders.version(page, state=State.WAITING, editor=editor)
    address, doctor = url("version", page.pk, version.pk), signed_in(physician)
    old = hidden(doctor.get(address))
    posted(signed_in(editor), page, _submit="1")
    answer = doctor.post(address, {"step": "send-back", "seen": old, "note": "Say how long."})
    assert answer.status_code == 409
    assert "Say how long." in answer.text


class TestWhereANewVersionBegins:
    """After a refusal the editor gets back to what is live, and chooses otherwise in so many words."""

    @pytest.fixture
    def refused(self, page: Treatment, editor: User, physician: User) -> TreatmentVersion:
        """Sent back, and the draft of it thrown away."""
        more = {
            "questions-TOTAL_FORMS": "3", "questions-2-text": "Refused?", "questions-2-flagged_answer": "yes",
            "questions-2-is_asked": "on",
        }  # fmt: skip
        posted(signed_in(editor), page, _submit="1", title="Refused", min_age="12", **more)
        version: TreatmentVersion = page.versions.get(number=2)
        step(signed_in(physician), version, "send-back", note="Not so")
        step(signed_in(editor), page.versions.get(state=State.DRAFT), "discard")
        return version

    def test_with_the_live_words_facts_and_questions(self, refused: TreatmentVersion, editor: User) -> None:
        desk, page = signed_in(editor), refused.page
        answer = desk.get(url("words", page.pk, "en"))
        form = answer.context["form"]
        assert (form.words["title"].value(), form.facts["min_age"].value()) == ("Botox", 18)
        assert "Refused?" not in answer.text
        assert "This begins with version 1 (" in answer.text
        assert posted(desk, page).status_code == 302

    @pytest.mark.parametrize(("number", "title", "age"), [(1, "Botox", 18), (2, "Refused", 12)])
    def test_or_with_the_one_that_was_chosen(
        self, refused: TreatmentVersion, editor: User, number: int, title: str, age: int
    ) -> None:
        desk, chosen = signed_in(editor), refused.page.versions.get(number=number)
        assert "Begin a draft from this version" in desk.get(url("version", chosen.page_id, chosen.pk)).text
        form = step(desk, chosen, "restore").context["form"]
        assert (form.words["title"].value(), form.facts["min_age"].value()) == (title, age)

    def test_what_waits_is_not_lost(self, page: Treatment, editor: User) -> None:
        desk = signed_in(editor)
        posted(desk, page, _submit="1", title="On its way")
        form = desk.get(url("words", page.pk, "en")).context["form"]
        assert form.words["title"].value() == "On its way"

    def test_a_question_that_the_chosen_one_never_had_stays_unasked(
        self, page: Treatment, editor: User
    ) -> None:
        older = page.versions.get()
        newer = builders.version(page, state=State.DRAFT)
        newer.questions.create(number=3, text="Later?", text_es="¿Después?")
        TreatmentVersion.objects.filter(pk=older.pk).update(state=State.SUPERSEDED, ended_at=timezone.now())
        signing.ship(newer, timezone.now())
        form = step(signed_in(editor), older, "restore").context["form"]
        asked = [(row["number"].value(), row["is_asked"].value()) for row in form.questions.initial_forms]
        assert asked == [(1, True), (2, True), (3, False)]


def test_an_untouched_list_of_sources_is_no_change(page: Treatment, editor: User) -> None:
    for title in ("A leaflet", "B label", "C study"):
        Source.objects.create(title=title)
    rows = {each.title[0]: each for each in Source.objects.all()}
    live, words = page.versions.get(), Content.of(page.versions.get())
    beside = Beside(None, cited([rows["C"], rows["A"]]))
    signing.ship(publishing.save_draft(page, "en", replace(words, beside=beside), None, live), timezone.now())
    desk = signed_in(editor)
    for ticked, order in (("AC", "CA"), ("A", "A"), ("CA", "CA"), ("ABC", "CAB")):
        posted(desk, page, sources=[str(rows[each].pk) for each in ticked])
        draft = page.versions.get(state=State.DRAFT)
        assert [each.title[0] for each in draft.cited] == list(order)
        differs = "Sources" in [
            each.name for each in desk.get(url("version", page.pk, draft.pk)).context["changes"]
        ]
        assert differs is (order != "CA")


class TestATreatmentThatAsksNothing:
    @pytest.fixture
    def bare(self, editor: User, clinic: object) -> TreatmentVersion:
        version: TreatmentVersion = builders.version(
            builders.treatment("fillers"), state=State.WAITING, editor=editor
        )
        return version

    def test_is_signed_once_that_is_meant(self, bare: TreatmentVersion, physician: User) -> None:
        doctor = signed_in(physician)
        assert "Sign all the same" in doctor.get(url("version", bare.page_id, bare.pk)).text
        for ticked in ({}, {"asks-nothing": "no"}):
            assert step(doctor, bare, "sign-off", **ticked).status_code == 409
            bare.refresh_from_db()
            assert (bare.state, bare.signed_off_by) == (State.WAITING, None)
        step(doctor, bare, "sign-off", **{"asks-nothing": "yes"})
        bare.refresh_from_db()
        assert (bare.state, bare.signed_off_by) == (State.LIVE, physician)

    def test_nor_is_it_reviewed_again_by_the_way(self, bare: TreatmentVersion, physician: User) -> None:
        doctor, live = signed_in(physician), bare.page.versions.get(number=1)
        assert step(doctor, live, "review-again").status_code == 409
        step(doctor, live, "review-again", **{"asks-nothing": "yes"})
        live.refresh_from_db()
        assert live.signed_off_by == physician

    def test_nor_where_no_question_is_asked_any_more(
        self, page: Treatment, editor: User, physician: User
    ) -> None:
        posted(signed_in(editor), page, _submit="1", **{f"questions-{n}-is_asked": "" for n in (0, 1)})
        version = page.versions.get(number=2)
        assert step(signed_in(physician), version, "sign-off").status_code == 409

    def test_whoever_has_questions_is_not_asked(self, page: Treatment, physician: User) -> None:
        live = page.versions.get()
        assert "Sign all the same" not in signed_in(physician).get(url("version", page.pk, live.pk)).text
