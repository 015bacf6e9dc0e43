"""What comes about at its moment: exactly once, whoever comes first, and as it was last decided."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from appointments.worker.steps import Rounds
from clinic.models import Edition
from clinic.signed import signing
from clinic.signed.signing import PublishingRefused
from tests import builders
from tests.threads import at_once
from tests.treatments.test_admin_content import signed_in, step, url
from tests.treatments.test_publishing import live, seen, waiting
from treatments import due, publishing, shown
from treatments.models import State, Treatment

NOW = builders.WEDNESDAY
LATER = NOW + timedelta(days=8)


@pytest.fixture
def page(clinic: object) -> Treatment:
    return builders.treatment("botox")


def scheduled(page: Any, editor: User, physician: User, at: datetime = LATER, **values: Any) -> Any:
    version = waiting(page, editor, **values)
    publishing.sign_off(version, seen(version), physician, NOW, at, asks_nothing=True)
    return version


def test_what_is_signed_for_later_goes_live_then_and_once(
    page: Treatment, editor: User, physician: User
) -> None:
    version = scheduled(page, editor, physician)
    assert (version.state, version.signed_off_by, live(page).number) == (State.SCHEDULED, physician, 1)
    assert due.take(LATER - timedelta(seconds=1)) == 0
    rounds = Rounds()
    assert rounds.run(LATER)["pages"] == 1
    assert (live(page), live(page).published_at) == (version, LATER)
    assert page.versions.get(number=1).state == State.SUPERSEDED
    assert rounds.run(LATER)["pages"] == 0


def test_a_reader_waits_for_no_worker(client: Client, page: Treatment, editor: User, physician: User) -> None:
    first = builders.treatment("fillers", version=False)
    for each in (page, first):
        scheduled(each, editor, physician, timezone.now() + timedelta(days=9), body="<p>Fresh words</p>")
        assert "Fresh words" not in client.get(each.get_absolute_url()).text
        each.versions.filter(state=State.SCHEDULED).update(goes_live_at=timezone.now())
    assert [each.version.number for each in shown.treatments()] == [2, 1]
    for each in (page, first):
        assert "Fresh words" in client.get(each.get_absolute_url()).text
    Treatment.objects.filter(pk=page.pk).update(leaves_at=timezone.now())
    assert client.get(page.get_absolute_url()).status_code == 404
    page.refresh_from_db()
    assert (page.is_published, page.leaves_at) == (False, None)


@pytest.mark.django_db(transaction=True)
def test_any_number_of_workers_take_each_step_once(editor: User, physician: User) -> None:
    pages = [builders.treatment() for _ in range(3)]
    for page in pages:
        scheduled(page, editor, physician)
    Treatment.objects.filter(pk=pages[0].pk).update(leaves_at=LATER)
    assert sum(at_once(lambda _number: due.take(LATER), 8)) == 4
    for page in pages:
        assert [each.state for each in page.versions.all()] == [State.LIVE, State.SUPERSEDED]


def test_a_step_ends_what_was_kept_of_public_pages(page: Treatment, editor: User, physician: User) -> None:
    scheduled(page, editor, physician)
    before = Edition.current()
    due.take(NOW)
    assert Edition.current() == before
    due.take(LATER)
    assert Edition.current() == before + 1


def test_a_step_that_fails_stands_in_nobodys_way(
    page: Treatment, editor: User, physician: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = builders.treatment()
    for each in (page, other):
        scheduled(each, editor, physician)
    usual = signing.go_live

    def failing(version: Any, now: datetime) -> bool:
        if version.page_id == page.pk:
            raise RuntimeError
        return usual(version, now)

    monkeypatch.setattr(signing, "go_live", failing)
    assert due.take(LATER) == 1
    assert (live(page).number, live(other).number) == (1, 2)


@pytest.mark.parametrize("at", [None, NOW + timedelta(days=2), LATER + timedelta(days=2)])
def test_what_is_signed_afterwards_is_not_put_back_by_what_was_planned_before(
    page: Treatment, editor: User, physician: User, at: datetime | None
) -> None:
    before = scheduled(page, editor, physician)
    newer = waiting(page, editor, body="<p>Newest</p>")
    publishing.sign_off(newer, seen(newer), physician, NOW, at, asks_nothing=True)
    before.refresh_from_db()
    assert before.state == State.SUPERSEDED
    due.take(LATER + timedelta(days=9))
    assert live(page) == newer


def test_a_plan_is_changed_or_cancelled_by_who_signs(page: Treatment, editor: User, physician: User) -> None:
    version = scheduled(page, editor, physician)
    for user in (editor, builders.superuser()):
        with pytest.raises(PublishingRefused, match="Only a"):
            signing.reschedule(version, seen(version), user, NOW, None)
        with pytest.raises(PublishingRefused, match="Only a"):
            publishing.send_back(version, seen(version), user, "Not yet", NOW)
    signing.reschedule(version, seen(version), physician, NOW, LATER + timedelta(days=1))
    assert due.take(LATER) == 0
    draft = publishing.send_back(version, seen(version), physician, "Not yet", NOW)
    assert draft is not None
    assert (due.take(LATER + timedelta(days=2)), live(page).number, draft.state) == (0, 1, State.DRAFT)
    with pytest.raises(PublishingRefused, match="faster"):
        signing.reschedule(version, seen(version), physician, NOW, None)
    again = scheduled(page, editor, physician)
    signing.reschedule(again, seen(again), physician, NOW, None)
    assert (live(page), again.state) == (again, State.LIVE)


def test_once_its_moment_has_come_a_plan_counts_as_live_though_nobody_has_looked_yet(
    page: Treatment, editor: User, physician: User
) -> None:
    version = scheduled(page, editor, physician)
    newer = waiting(page, editor)
    before = seen(newer)
    with pytest.raises(PublishingRefused):
        signing.reschedule(version, seen(version), physician, LATER, LATER + timedelta(days=1))
    with pytest.raises(PublishingRefused):
        publishing.send_back(version, seen(version), physician, "Not yet", LATER)
    with pytest.raises(PublishingRefused):
        publishing.sign_off(newer, before, physician, LATER, LATER + timedelta(days=1), asks_nothing=True)
    assert (due.take(LATER), live(page)) == (1, version)


def test_spanish_goes_live_with_the_english_that_it_stands_on(editor: User, physician: User) -> None:
    page = builders.treatment(version=False)
    english = scheduled(page, editor, physician)
    spanish = waiting(page, editor, "es")
    with pytest.raises(PublishingRefused, match="English version first"):
        publishing.sign_off(
            spanish, seen(spanish), physician, NOW, LATER - timedelta(hours=1), asks_nothing=True
        )
    publishing.sign_off(spanish, seen(spanish), physician, NOW, LATER, asks_nothing=True)
    assert due.take(LATER) == 2
    assert (live(page), live(page, "es")) == (english, spanish)


@pytest.mark.parametrize(
    ("day", "clock", "moment"),
    [
        ("2027-03-14", "2:30am", datetime(2027, 3, 14, 10, 30, tzinfo=UTC)),  # skipped: an hour on
        ("2027-11-07", "1:30am", datetime(2027, 11, 7, 8, 30, tzinfo=UTC)),  # twice: the first
        ("2027-01-04", "9", datetime(2027, 1, 4, 17, 0, tzinfo=UTC)),
        ("", "", None),
    ],
)
def test_the_editor_wishes_and_the_dermatologist_decides_on_the_clinics_clock(
    page: Treatment, editor: User, physician: User, day: str, clock: str, moment: datetime | None
) -> None:
    desk, doctor = signed_in(editor), signed_in(physician)
    version = builders.version(page, state=State.DRAFT)
    step(desk, version, "submit", day=day, clock=clock)
    version.refresh_from_db()
    assert (version.state, version.goes_live_at) == (State.WAITING, moment)
    assert ("wished live on" in doctor.get(url("version", page.pk, version.pk)).text) == bool(moment)
    step(doctor, version, "sign-off", day=day, clock=clock, **{"asks-nothing": "yes"})
    version.refresh_from_db()
    assert (version.state, version.goes_live_at) == (State.SCHEDULED if moment else State.LIVE, moment)
    assert ("goes live on" in desk.get("/admin/").text) == bool(moment)


@pytest.mark.parametrize(
    ("day", "clock", "said"),
    [
        ("2027-01-04", "", "Choose both"),
        ("", "9am", "Choose both"),
        ("2026-11-01", "9am", "has passed"),
        ("0001-01-01", "9am", "has passed"),
        ("9999-12-31", "11:59pm", "Is the year right"),
        ("soon", "9am", "valid date"),
        ("2027-01-04", "x", "such as 9am"),
    ],
)
def test_a_moment_that_is_none_signs_nothing(
    page: Treatment, editor: User, physician: User, day: str, clock: str, said: str
) -> None:
    version = waiting(page, editor)
    answer = step(signed_in(physician), version, "sign-off", day=day, clock=clock, note="For you")
    assert (answer.status_code, said in answer.text) == (422, True)
    version.refresh_from_db()
    assert version.state == State.WAITING
    # Beside the field, which holds what was typed; the next click sends it as it stands.
    moment = answer.context["moment"]
    assert sum(map(len, moment.errors.values())) == 1
    assert not moment.non_field_errors()
    assert (moment["day"].value(), moment["clock"].value()) == (day, clock)
    assert ">For you</textarea>" in answer.text


def test_a_plan_is_changed_and_cancelled_by_a_click(page: Treatment, editor: User, physician: User) -> None:
    version = scheduled(page, editor, physician)
    doctor = signed_in(physician)
    step(signed_in(editor), version, "reschedule")
    step(doctor, version, "reschedule", day="2027-01-04", clock="9am")
    version.refresh_from_db()
    assert version.goes_live_at == datetime(2027, 1, 4, 17, tzinfo=UTC)
    step(doctor, version, "reschedule")
    assert live(page) == version
