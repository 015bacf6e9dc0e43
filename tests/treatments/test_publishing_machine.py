"""Editors, dermatologists, patients and time at one treatment, in any order: what the public sees of it was
signed, whole, and what patients are asked was released.

Some hundred steps in the normal run, the same each time; `make fuzz` takes many thousand.
"""

import os
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from unittest import mock

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.utils import timezone, translation
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from appointments.models import PatientRequest
from clinic.signed import signing
from clinic.signed.signing import PublishingRefused, Seen
from tests import builders
from tests.appointments import posts
from tests.treatments.test_admin_content import signed_in, url
from treatments import due, on_the_site, publishing, shown
from treatments.admin.sign_off import STEPS
from treatments.models import Language, State
from treatments.publishing import Content, Facts, Question, Words

MANY = os.environ.get("HYPOTHESIS_PROFILE") == "many"
RUN = settings(
    max_examples=400 if MANY else 12,
    stateful_step_count=60 if MANY else 20,
    deadline=None,
    derandomize=not MANY,
    database=None,
    suppress_health_check=[*HealthCheck],
)
LANGUAGES = st.sampled_from(["en", "en", "es"])
LATER = st.none() | st.integers(1, 48).map(lambda hours: timedelta(hours=hours))


class Publishing(RuleBasedStateMachine):
    """`released` holds each version as the dermatologist saw it when she released it. `live`, `planned` and
    `leaves` are worked out anew here from the steps that were taken."""

    @initialize()
    def open_the_clinic(self) -> None:
        self.now = builders.WEDNESDAY
        self.undone = ExitStack()
        self.undone.enter_context(transaction.atomic())
        self.undone.callback(transaction.set_rollback, True)
        self.undone.enter_context(mock.patch.object(timezone, "now", side_effect=lambda: self.now))
        builders.clinic()
        self.editor, self.doctor = builders.staff("Content editor"), builders.physician()
        self.others = [self.editor, builders.superuser()]
        self.page = builders.treatment("botox", version=False)
        self.is_on, self.leaves = True, None  # type: bool, datetime | None
        self.released: dict[int, Content] = {}
        self.live: dict[str, int] = {}
        self.planned: dict[str, tuple[int, datetime]] = {}
        self.written = 0
        # Hypothesis leaves rules out, a different set each time: none may wait for another.
        for language in ("en", "es"):
            self.write(language, False, True, None)
            self.release(language, None, False, False)
            self.write(language, True, True, None)

    def teardown(self) -> None:
        self.undone.close()

    def version(self, language: str, *states: str) -> Any:
        return self.page.versions.filter(language=language, state__in=states).first()

    def seen(self, version: Any) -> Seen:
        return Seen.of(version, signing.live_of(version))

    @property
    def is_visible(self) -> bool:
        return self.is_on and (self.leaves is None or self.leaves > self.now) and "en" in self.live

    @rule(language=LANGUAGES, is_typo=st.booleans(), hands_over=st.booleans(), wish=LATER)
    def write(self, language: str, is_typo: bool, hands_over: bool, wish: timedelta | None) -> None:
        """A rewrite, or a typing error of what is live; whole texts that can be told apart."""
        self.written += 1
        number = self.written
        words = Words(f"Title {number}", f"Short {number}", f"<p>Words {number}.</p>", "Why")
        live = self.version(language, State.LIVE)
        if is_typo and live:
            content = replace(Content.of(live), words=words)
        else:
            asked = Question(f"Question {number}?", text_es=f"¿Pregunta {number}?")
            content = Content(words, Facts(min_age=18 + number % 5), (asked,))
        newest = publishing.newest_version(self.page, language)
        draft = publishing.save_draft(self.page, language, content, self.editor, newest)
        if hands_over:
            publishing.submit(draft, self.editor, self.now, self.now + wish if wish else None)

    @rule(language=LANGUAGES, later=LATER, passes=st.booleans(), is_stale=st.booleans())
    def release(self, language: str, later: timedelta | None, passes: bool, is_stale: bool) -> None:
        version = self.version(language, State.WAITING)
        if version is None:
            return
        saw, at = Content.of(version), self.now + later if later else None
        seen = replace(self.seen(version), number=version.number + 1) if is_stale else self.seen(version)
        step = publishing.pass_as_not_clinical if passes else publishing.sign_off
        try:
            step(version, seen, self.doctor, self.now, at)
        except PublishingRefused:
            return
        assert not is_stale
        self.released[version.pk] = saw
        self.planned.pop(language, None)
        if at is None:
            self.live[language] = version.pk
        else:
            self.planned[language] = version.pk, at

    @rule(language=LANGUAGES)
    def send_back(self, language: str) -> None:
        version = self.version(language, State.WAITING, State.SCHEDULED)
        if version is not None:
            was_planned = version.state == State.SCHEDULED
            publishing.send_back(version, self.seen(version), self.doctor, "Not so", self.now)
            if was_planned:
                self.planned.pop(language)

    @rule(language=LANGUAGES, later=LATER)
    def choose_another_moment(self, language: str, later: timedelta | None) -> None:
        version = self.version(language, State.SCHEDULED)
        if version is None:
            return
        signing.reschedule(
            version, self.seen(version), self.doctor, self.now, self.now + later if later else None
        )
        self.planned[language] = version.pk, self.now + (later or timedelta())

    @rule(language=LANGUAGES)
    def go_back_to_an_earlier_version(self, language: str) -> None:
        version = self.version(language, State.SUPERSEDED, State.RETURNED)
        if version is not None and self.version(language, State.DRAFT) is None:
            draft = publishing.draft_from(version, self.editor)
            publishing.submit(draft, self.editor, self.now)

    @rule(hours=st.integers(1, 30), worker=st.booleans())
    def time_passes(self, hours: int, worker: bool) -> None:
        self.now += timedelta(hours=hours)
        if worker:
            due.take(self.now)

    @rule(
        who=st.integers(0, 1),
        step=st.sampled_from(["sign-off", "pass", *STEPS, "submit"]),
        number=st.integers(0, 5),
    )
    def forge_a_post(self, who: int, step: str, number: int) -> None:
        """An editor, or a superuser who is no physician, posts any step about any version."""
        waiting = self.page.versions.filter(state__in=[State.WAITING, State.SCHEDULED])
        versions = list(waiting) or list(self.page.versions.all())
        version = versions[number % len(versions)]
        live = signing.live_of(version)
        seen = f"{version.pk}-{version.number}-{version.state}-{live.pk if live else 0}"
        address = url("version", self.page.pk, version.pk)
        client = signed_in(self.others[who])
        answer = client.post(address, {"step": step, "seen": seen, "note": "x"})
        # A refusal comes back as the page itself.
        assert answer.status_code in (302, 409)

    @rule(
        change=st.sampled_from(
            [{"body": "<p>Forged</p>"}, {"min_age": 12}, {"title": "Forged"}, {"state": "live"}]
        ),
        language=LANGUAGES,
    )
    def write_past_the_rules(self, change: dict[str, Any], language: str) -> None:
        """As a script or a faulty migration would, straight into the table."""
        states = [State.LIVE, State.SCHEDULED, State.WAITING, State.SUPERSEDED]
        if "state" in change:
            states = [State.WAITING, State.SUPERSEDED, State.RETURNED]
            change = change | {"published_at": self.now}
        for version in self.page.versions.filter(language=language, state__in=states):
            with pytest.raises(DatabaseError), transaction.atomic():
                self.page.versions.filter(pk=version.pk).update(**change)

    @rule(slug=st.sampled_from(["botox", "wrinkles", "lines"]))
    def rename(self, slug: str) -> None:
        self.page.slug = slug
        self.page.save(update_fields=["slug"])

    @rule(step=st.sampled_from(["put_on", "take_off", "keep_on"]), later=LATER)
    def put_on_or_off(self, step: str, later: timedelta | None) -> None:
        at = self.now + later if later and step == "take_off" else None
        try:
            getattr(on_the_site, step)(self.page, self.editor, *([at] if at else []))
        except PublishingRefused:
            return
        self.is_on, self.leaves = step != "take_off" or at is not None, at

    @rule(language=LANGUAGES)
    def ask_for_an_appointment(self, language: str) -> None:
        """Under the first address that the page had, whatever it is called now."""
        path = ("/es" if language == "es" else "") + "/appointments/request/botox/"
        asked = self.released[self.live["en"]].questions if self.is_visible else ()
        answers = {f"screening_{each.number}": "no" for each in asked}
        response = Client().post(path, posts.appointment(**answers))
        assert response.status_code == (302 if self.is_visible else 404)
        if not self.is_visible:
            return
        stored = PatientRequest.objects.latest("pk").screening_answers
        said = [each.text_es if language == "es" else each.text for each in asked]
        assert list(stored.values_list("question_text", flat=True)) == said

    @invariant()
    def what_is_shown_was_released_whole(self) -> None:
        self.take_what_is_due()
        for language in Language.values:
            with translation.override(language):
                page = shown.treatment("botox")
            if not self.is_visible:
                assert page is None
                continue
            assert page is not None
            version, facts = page.version, page.version.page.facts
            assert version.pk == self.live.get(language, self.live["en"])
            assert Content.of(version) == self.released[version.pk]
            in_english = self.released[self.live["en"]]
            assert Facts.of(facts) == in_english.facts  # type: ignore[arg-type]  # the whole row of the live one
            asked = tuple(Question.of(each) for each in version.page.screening_questions)
            assert asked == in_english.questions

    def take_what_is_due(self) -> None:
        for language, (pk, at) in list(self.planned.items()):
            if at <= self.now:
                self.live[language] = pk
                del self.planned[language]
        if self.leaves and self.leaves <= self.now:
            self.is_on, self.leaves = False, None


@pytest.mark.django_db
def test_what_the_public_sees_was_signed_and_what_patients_are_asked_was_released() -> None:
    run_state_machine_as_test(Publishing, settings=RUN)
