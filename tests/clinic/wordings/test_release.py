"""Who lets the clinic's own words onto the site: what stands beside signed words a physician who practises
here, the rest who speaks for the clinic. An editor never alone, by the form or past it."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import DatabaseError, transaction
from django.test import Client
from django.utils import timezone

from clinic.models import Clinic, Release, State, Wording
from clinic.signed import signing
from clinic.signed.signing import PublishingRefused, Seen
from clinic.wordings import present, release, saving
from clinic.wordings.saving import Change
from clinic.wordings.texts import text_of
from tests import builders
from tests.builders import WEDNESDAY
from tests.threads import at_once
from treatments import content_loader

pytestmark = pytest.mark.django_db
HOME = "home.lead"
VISIT = "visit.prepare"
CLAIM = "Safe in pregnancy, and it lasts 12 months."


@pytest.fixture(autouse=True)
def content(db: None) -> None:
    content_loader.load()


def address(key: str) -> str:
    return f"/admin/clinic/wording/{key}/change/"


def posted(words: str, seen: int = 0) -> dict[str, Any]:
    return {"words_en": words, "words_es": "", "seen_en": seen, "seen_es": 0, "note": "Why"}


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def save(key: str, words: str, by: User, seen: int = 0) -> Wording:
    text = text_of(key)
    assert text
    saving.save(text, [Change("en", words, seen)], by, WEDNESDAY)
    return Wording.objects.get(key=key, language="en", number=seen + 1)


def seen(row: Any) -> str:
    live = signing.live_of(row)
    return f"{row.pk}-{row.number}-{row.state}-{live.pk if live else 0}"


def shown(path: str) -> str:
    return Client().get(path).content.decode()


PAGES = [(HOME, "/"), (VISIT, "/treatments/botox/"), ("contact.parking", "/contact/")]


class TestAnEditor:
    @pytest.mark.parametrize(("key", "path"), PAGES)
    def test_what_she_writes_waits_and_the_site_stays_as_it_was(
        self, key: str, path: str, editor: User
    ) -> None:
        before = shown(path)
        answer = browser(editor).post(address(key), posted(CLAIM), follow=True).content.decode()
        assert "It waits for" in answer
        assert "Take it back" in answer
        assert shown(path) == before
        row = Wording.objects.get()
        assert (row.state, row.is_clinical, row.editor) == (State.WAITING, key == VISIT, editor)

    @pytest.mark.parametrize("key", [HOME, VISIT])
    @pytest.mark.parametrize("step", ["let-go", "pass", "review-again", "sign-off", "x", ""])
    def test_no_forged_step_releases_it(self, key: str, step: str, editor: User) -> None:
        row = save(key, CLAIM, editor)
        browser(editor).post(address(key), {"step": step, "seen": seen(row)})
        row.refresh_from_db()
        assert row.state == State.WAITING
        assert CLAIM not in shown("/") + shown("/treatments/botox/")

    def test_she_takes_it_back(self, editor: User) -> None:
        row = save(HOME, CLAIM, editor)
        browser(editor).post(address(HOME), {"step": "send-back", "seen": seen(row)})
        row.refresh_from_db()
        assert row.state == State.RETURNED

    def test_earlier_words_brought_back_wait_too(self, editor: User, dermatologist: User) -> None:
        save(HOME, "One.", dermatologist)
        save(HOME, "Two.", dermatologist, seen=1)
        browser(editor).post(address(HOME), {"restore": "en-1", "seen": "2"})
        assert "Two." in shown("/")
        assert Wording.objects.get(state=State.WAITING).text == "One."

    def test_the_newer_of_two_takes_the_place_of_the_one_that_waits(self, editor: User) -> None:
        save(HOME, "One.", editor)
        save(HOME, "Two.", editor, seen=1)
        assert [row.state for row in Wording.objects.order_by("number")] == [State.SUPERSEDED, State.WAITING]


class TestWhoSpeaksForTheClinic:
    def test_her_own_words_are_on_the_site_at_once(self, dermatologist: User) -> None:
        row = save(HOME, "Calm skin.", dermatologist)
        assert (row.state, row.release, row.released_by) == (State.LIVE, Release.OWN, dermatologist)
        assert "Calm skin." in shown("/")

    def test_a_superuser_speaks_for_it_too(self) -> None:
        save(HOME, "Calm skin.", builders.superuser())
        assert "Calm skin." in shown("/")

    def test_she_finds_an_editors_on_today_and_releases_what_she_saw(
        self, editor: User, dermatologist: User
    ) -> None:
        row = save(HOME, "We are careful.", editor)
        owner = browser(dermatologist)
        assert "Words of our own that wait" in owner.get("/admin/").content.decode()
        page = owner.get(address(HOME)).content.decode()
        assert "<ins>We are careful.</ins>" in page
        old = seen(row)
        newer = save(HOME, CLAIM, editor, seen=1)
        owner.post(address(HOME), {"step": "let-go", "seen": old})
        assert "We are careful." not in shown("/")
        owner.post(address(HOME), {"step": "let-go", "seen": seen(newer)})
        assert CLAIM in shown("/")

    def test_she_saves_it_as_it_is_and_has_released_it(self, editor: User, dermatologist: User) -> None:
        save(HOME, "We are careful.", editor)
        browser(dermatologist).post(address(HOME), posted("We are careful.", seen=1))
        assert Wording.objects.get().state == State.LIVE

    def test_she_says_why_when_she_sends_it_back(self, editor: User, dermatologist: User) -> None:
        row = save(HOME, CLAIM, editor)
        owner, step = browser(dermatologist), {"step": "send-back", "seen": seen(row)}
        assert "Write a note" in owner.post(address(HOME), step, follow=True).content.decode()
        owner.post(address(HOME), {**step, "note": "No claims please."})
        row.refresh_from_db()
        assert row.state == State.RETURNED
        assert "No claims please." in browser(editor).get(address(HOME)).content.decode()


class TestWhatStandsBesideSignedWords:
    def test_only_a_physician_who_practises_here_signs(
        self, editor: User, dermatologist: User, physician: User
    ) -> None:
        row = save(VISIT, "<p>Come without make-up.</p>", editor)
        step = {"step": "let-go", "seen": seen(row)}
        for user in (editor, dermatologist, builders.superuser()):
            browser(user).post(address(VISIT), step)
            assert "make-up" not in shown("/treatments/botox/")
        browser(physician).post(address(VISIT), step)
        row.refresh_from_db()
        assert (row.state, row.release, row.signed_off_by) == (State.LIVE, Release.SIGNED, physician)
        assert "make-up" in shown("/treatments/botox/")

    @pytest.mark.parametrize("who", ["dermatologist", "physician", "superuser"])
    def test_nobodys_own_are_live_by_saving_alone(self, who: str, request: Any) -> None:
        by = builders.superuser() if who == "superuser" else request.getfixturevalue(who)
        assert save(VISIT, "<p>Come rested.</p>", by).state == State.WAITING
        assert "rested" not in shown("/treatments/botox/")

    def test_a_change_that_is_not_clinical_keeps_the_review(self, editor: User, physician: User) -> None:
        first = save(VISIT, "<p>Come rested.</p>", editor)
        release.let_go(first, Seen.of(first, None), physician, WEDNESDAY)
        second = save(VISIT, "<p>Come well rested.</p>", editor, seen=1)
        browser(physician).post(address(VISIT), {"step": "pass", "seen": seen(second)})
        second.refresh_from_db()
        assert (second.release, second.signed_off_at) == (Release.PASSED, WEDNESDAY)

    def test_what_was_there_before_stands_on_today_until_it_is_signed(self, physician: User) -> None:
        row = builders.wording(VISIT, "<p>From before.</p>", is_clinical=True)
        assert "From before." in shown("/treatments/botox/")
        client = browser(physician)
        assert "on the site, never signed off" in client.get("/admin/").content.decode()
        client.post(address(VISIT), {"step": "review-again", "seen": seen(row)})
        row.refresh_from_db()
        assert row.signed_off_by == physician
        assert "never signed off" not in client.get(address(VISIT)).content.decode()

    def test_words_that_were_not_written_as_such_never_show(self) -> None:
        builders.wording(VISIT, f"<p>{CLAIM}</p>")
        assert CLAIM not in shown("/treatments/botox/")

    def test_nobody_passes_a_first_version(self, editor: User, physician: User) -> None:
        row = save(VISIT, "<p>Come rested.</p>", editor)
        with pytest.raises(PublishingRefused):
            release.pass_as_not_clinical(row, Seen.of(row, None), physician, WEDNESDAY)


class TestTheDatabase:
    def refused(self, row: Any, **values: Any) -> None:
        with pytest.raises(DatabaseError), transaction.atomic():
            type(row).objects.filter(pk=row.pk).update(**values)

    def test_a_text_beside_signed_words_takes_a_physician(self, editor: User) -> None:
        row = save(VISIT, "<p>Come rested.</p>", editor)
        own = {"release": Release.OWN, "released_by": editor, "released_at": WEDNESDAY}
        self.refused(row, state=State.LIVE, published_at=WEDNESDAY, **own)
        self.refused(row, is_clinical=False)

    def test_an_answer_on_a_treatments_page_too(self, editor: User) -> None:
        common = builders.question(place="treatment:1", state=State.WAITING, release="", published_at=None)
        row = common.versions.get()
        own = {"release": Release.OWN, "released_by": editor, "released_at": WEDNESDAY}
        self.refused(row, state=State.LIVE, published_at=WEDNESDAY, **own)
        self.refused(row, place="")

    @pytest.mark.parametrize("column", ["text", "key", "number", "language"])
    def test_what_was_handed_over_is_never_changed(self, column: str, editor: User) -> None:
        row = save(HOME, "One.", editor)
        self.refused(row, **{column: {"number": 9, "language": "es"}.get(column, "x")})

    def test_nothing_is_live_that_nobody_released(self, editor: User) -> None:
        row = save(HOME, CLAIM, editor)
        self.refused(row, state=State.LIVE, published_at=WEDNESDAY)
        self.refused(row, state=State.LIVE, published_at=WEDNESDAY, release=Release.OWN)
        self.refused(row, state=State.DRAFT)

    def test_an_answer_that_was_handed_over_is_never_changed(self) -> None:
        row = builders.question().versions.get()
        self.refused(row, answer=CLAIM)


@pytest.mark.django_db(transaction=True)
def test_of_two_who_decide_at_once_one_wins(clinic: Clinic) -> None:
    content_loader.load()
    editor, owner = builders.staff("Content editor"), builders.staff("Dermatologist")
    row = save(HOME, CLAIM, editor)
    beside = Seen.of(row, None)

    def attempt(number: int) -> bool:
        try:
            if number % 2:
                release.let_go(row, beside, owner, timezone.now())
            else:
                release.send_back(row, beside, owner, "No.", timezone.now())
        except PublishingRefused:
            return False
        return True

    outcomes = at_once(attempt, 6)
    assert outcomes.count(True) == 1
    is_live = Wording.objects.get(pk=row.pk).state == State.LIVE
    assert is_live is (outcomes.index(True) % 2 == 1)
    assert (present.own_words(Clinic.current(), HOME, "en") == CLAIM) is is_live
