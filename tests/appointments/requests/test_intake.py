"""The way in: once, whole, counted, also when twenty come at the same moment."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from appointments.models import EventKind, Message, PatientRequest
from appointments.patients import refused
from appointments.patients.forms import submissions
from appointments.requests import intake
from clinic.models import Closure, RateCount
from clinic.operations.limits import Limit
from clinic.time.hours import clinic_day
from tests import builders
from tests.appointments import posts
from tests.threads import at_once

NOW = datetime(2026, 12, 2, 18, 0, tzinfo=UTC)


@pytest.mark.django_db(transaction=True)
def test_twenty_at_once_with_one_id_are_one_request(settings: Settings) -> None:
    settings.RATE_LIMITS = True
    builders.clinic()
    post = posts.appointment()

    answers = at_once(lambda _: Client().post(posts.CONSULTATION, post), 20)

    assert [answer.status_code for answer in answers] == [302] * 20
    assert len({answer["Location"] for answer in answers}) == 1
    assert PatientRequest.objects.count() == 1
    assert Message.objects.count() == 1
    assert PatientRequest.objects.get().events.filter(kind=EventKind.RECEIVED).count() == 1
    assert counted() == {1}


@pytest.mark.django_db(transaction=True)
def test_exactly_the_allowed_number_gets_through_at_once(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.RATE_LIMITS = True
    monkeypatch.setattr(refused, "BY_ADDRESS", Limit("request-address", 6, 3600))
    builders.clinic()

    answers = at_once(lambda _: Client().post(posts.CALLBACK, posts.callback()), 16)

    codes = [answer.status_code for answer in answers]
    assert codes.count(302) == 6
    assert codes.count(429) == 10
    assert PatientRequest.objects.count() == 6


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_under_one_number_exactly_those_above_it_are_marked(settings: Settings) -> None:
    settings.RATE_LIMITS = True
    builders.clinic()

    answers = at_once(lambda _: Client().post(posts.CALLBACK, posts.callback(email="")), 10)

    assert {answer.status_code for answer in answers} == {302}
    assert PatientRequest.objects.filter(crowded=True).count() == 4


def counted() -> set[int]:
    """How often each was counted, but for windows before in which nothing was."""
    return set(RateCount.objects.exclude(count=0).values_list("count", flat=True))


@pytest.mark.usefixtures("clinic")
class TestRates:
    @pytest.fixture(autouse=True)
    def limits_on(self, settings: Settings) -> None:
        settings.RATE_LIMITS = True

    def _send(self, client: Client, number: int, **changes: str) -> int:
        post = posts.appointment(
            **{"phone": f"310-555-01{number:02}", "email": f"p{number}@example.com"} | changes
        )
        response = client.post(posts.CONSULTATION, post)
        if response.status_code == 429:
            assert 1 <= int(response["Retry-After"]) <= 2 * 3600
        return response.status_code

    @pytest.mark.parametrize(
        ("typed", "mails"), [({"phone": "(310) 555-0100"}, 9), ({"email": "Same@example.com"}, 6)]
    )
    def test_no_stranger_shuts_a_patient_out_by_what_they_type(
        self, desk_client: Client, typed: dict[str, str], mails: int
    ) -> None:
        """Hers is taken, and the desk told; but the form doesn't fill her mailbox."""
        for number in range(8):
            assert self._send(Client(REMOTE_ADDR=f"203.0.113.{number}"), number, **typed) == 302
        assert self._send(Client(REMOTE_ADDR="198.51.100.7"), 50, **typed) == 302
        marked = [row.crowded for row in PatientRequest.objects.order_by("pk")]
        assert marked == [False] * 6 + [True] * 3
        assert Message.objects.filter(kind="acknowledgement").count() == mails
        hers = PatientRequest.objects.latest("pk")
        note = hers.events.get(kind=EventKind.MARK).note
        assert note.startswith("More than 6 requests came under this ")
        page = desk_client.get(reverse("admin:appointments_patientrequest_change", args=[hers.pk]))
        assert "Many requests under this phone or e-mail" in page.content.decode()
        today = desk_client.get(reverse("admin:index")).content.decode()
        assert "under a phone or e-mail with many requests" in today
        assert self._send(Client(REMOTE_ADDR="198.51.100.7"), 51) == 302
        assert not PatientRequest.objects.latest("pk").crowded

    def test_a_correction_to_such_a_number_is_taken_and_told(self, client: Client) -> None:
        for number in range(6):
            self._send(Client(REMOTE_ADDR=f"203.0.113.{number}"), number, phone="(310) 555-0100")
        self._send(client, 50)
        hers = PatientRequest.objects.latest("pk")
        post = {"phone": "(310) 555-0100", "email": hers.email, "preferred_days": ["mon"]}
        assert client.post(f"{hers.get_absolute_url()}change/", post).status_code == 302
        hers.refresh_from_db()
        assert (hers.phone_digits, hers.crowded) == ("13105550100", True)

    def test_corrections_do_not_fill_a_stranger_s_mailbox(self, client: Client) -> None:
        for number in range(6):
            self._send(Client(REMOTE_ADDR=f"203.0.113.{number}"), number, email="same@example.com")
        self._send(client, 50)
        hers = PatientRequest.objects.latest("pk")
        post = {"phone": "(310) 555-0150", "email": "same@example.com", "preferred_days": ["mon"]}
        answer = client.post(f"{hers.get_absolute_url()}change/", post)
        hers.refresh_from_db()
        assert (hers.email, hers.crowded) == ("same@example.com", True)
        assert answer["Location"] == hers.get_absolute_url()
        assert not Message.objects.filter(kind="new_link").exists()

    def test_by_address(self, client: Client) -> None:
        assert self._send(client, 0) == 302
        counted_rows = RateCount.objects.filter(key__startswith="request-address", count=1)
        counted_rows.update(count=refused.BY_ADDRESS.most - 1)
        assert [self._send(client, n) for n in (1, 2)] == [302, 429]
        other = Client(REMOTE_ADDR="203.0.113.7")
        assert self._send(other, 60) == 302

    def test_what_is_refused_is_neither_stored_nor_counted(self, client: Client) -> None:
        self._send(client, 0)
        posts.use_up_the_address()
        for number in range(9):
            assert self._send(client, number, phone="(310) 555-0100") == 429
        assert PatientRequest.objects.count() == 1
        assert Message.objects.count() == 1
        assert counted() == {1, refused.BY_ADDRESS.most}

    def test_a_repeat_counts_for_nothing(self, client: Client) -> None:
        post = posts.appointment()
        codes = {client.post(posts.CONSULTATION, post).status_code for _ in range(9)}
        assert codes == {302}
        assert counted() == {1}

    def test_a_form_with_errors_counts_for_nothing(self, client: Client) -> None:
        for _ in range(3):
            client.post(posts.CONSULTATION, posts.appointment(first_name=""))
        assert RateCount.objects.count() == 0


class TestSubmissionId:
    def test_it_carries_the_time_of_the_page(self) -> None:
        made = submissions.new_id(NOW)
        assert made.version == 8
        assert submissions.loaded_at(made) == NOW
        assert submissions.too_quick(made, NOW + timedelta(seconds=1))
        assert not submissions.too_quick(made, NOW + timedelta(seconds=2))

    def test_no_two_are_alike(self) -> None:
        """Not by luck: with 26 random bits, 50,000 of one moment would hold some eighteen pairs."""
        assert len({submissions.new_id(NOW) for _ in range(50_000)}) == 50_000

    @pytest.mark.parametrize("now", [datetime(2026, 1, 1, tzinfo=UTC), datetime(2059, 12, 31, tzinfo=UTC)])
    def test_it_tells_the_time_for_decades(self, now: datetime) -> None:
        assert submissions.loaded_at(submissions.new_id(now)) == now

    def test_it_makes_nobody_quicker_than_they_were(self) -> None:
        loaded = NOW + timedelta(milliseconds=999)
        made = submissions.new_id(loaded)
        assert submissions.too_quick(made, loaded + timedelta(seconds=1.7))
        assert not submissions.too_quick(made, loaded + timedelta(seconds=2))

    def test_an_altered_one_is_a_foreign_one(self) -> None:
        made = submissions.new_id(NOW)
        for bit in range(128):
            altered = type(made)(int=made.int ^ 1 << bit)
            assert submissions.loaded_at(altered) is None

    def test_other_keys_read_no_time(self, settings: Settings) -> None:
        made = submissions.new_id(NOW)
        settings.SECRET_KEY = "another"
        assert submissions.loaded_at(made) is None


def test_the_digest_tells_content_apart_and_needs_the_key(settings: Settings) -> None:
    one = intake.digest_of({"a": "1", "b": "2"})
    assert one == intake.digest_of({"b": "2", "a": "1"})
    assert one != intake.digest_of({"a": "1", "b": "3"})
    settings.SECRET_KEY = "another"
    assert one != intake.digest_of({"a": "1", "b": "2"})


@pytest.mark.usefixtures("clinic")
def test_a_closure_with_a_mistyped_year_loses_no_request(client: Client) -> None:
    today = clinic_day(timezone.now())
    Closure.objects.create(first_day=today, last_day=today + timedelta(days=36_000))
    assert client.post(posts.CALLBACK, posts.callback()).status_code == 302
    [stored] = PatientRequest.objects.all()
    assert timedelta() < stored.respond_by - stored.received_at < timedelta(days=5)


@pytest.mark.django_db
def test_a_reference_that_is_taken_loses_no_request() -> None:
    earlier = builders.callback_request()
    unsaved = PatientRequest(
        kind="callback",
        topic="billing",
        first_name="Grace",
        phone="+13105550177",
        privacy_version="1",
        reference=earlier.reference,
    )
    stored = intake.receive(unsaved, [], NOW)
    assert PatientRequest.objects.count() == 2
    assert stored.reference != earlier.reference
    assert stored.events.get().kind == EventKind.RECEIVED


@pytest.mark.django_db
def test_a_row_that_the_database_refuses_is_not_tried_for_ever() -> None:
    unsaved = PatientRequest(kind="callback", topic="weather", first_name="Grace", phone="+13105550177")
    with pytest.raises(IntegrityError):
        intake.receive(unsaved, [], NOW)
    assert not PatientRequest.objects.exists()
