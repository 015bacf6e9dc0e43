"""The empty forms are made once for everybody: they say what one that is made anew would say, and nobody gets
the token, the id or the words of somebody else."""

import gzip
import re
import secrets
import string
from collections.abc import Callable
from datetime import time, timedelta
from typing import Any

import brotli
import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from pytest_django import Settings

from appointments.follow_up import recall
from appointments.models import PatientRequest
from appointments.patients import views
from clinic.http.kept import prepared
from clinic.http.kept.prepared import Hole, Prepared
from clinic.models import Closure, Edition, OpeningHours, PrivacyNotice
from clinic.operations import edition
from clinic.operations.edition import Kept
from tests import builders
from tests.appointments import posts
from treatments.models import AlarmWords, Release, State, Treatment

SECRETS = re.compile(rb'(name="(?:csrfmiddlewaretoken|submission_id)" value=")([^"]+)"')
PATHS = (
    "/appointments/request/botox/", "/es/appointments/request/botox/", "/appointments/request/consultation/",
    "/es/appointments/callback/", "/appointments/callback/?about=after-treatment",
    "/es/appointments/request/draft/",
)  # fmt: skip
MORE_PATHS = (
    "/es/appointments/request/peel/", "/appointments/request/old-name/",
    "/appointments/request/no-such/", "/es/appointments/request/consultation/", "/appointments/callback/",
    "/appointments/callback/?about=anything", "/es/appointments/callback/?about=billing",
    "/appointments/request/botox/?utm_source=x", "/appointments/request/peel/",
)  # fmt: skip
Answer = tuple[int, str, bytes]


def _without_secrets(content: bytes) -> bytes:
    return SECRETS.sub(rb'\1"', content)


def _secrets(content: bytes) -> set[bytes]:
    return {value for _name, value in SECRETS.findall(content)}


def _ask(path: str) -> Answer:
    answer = Client().get(path)
    return answer.status_code, answer.get("Location", ""), _without_secrets(answer.content)


@pytest.fixture
def clock(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The forms are kept, by a clock that is moved by hand."""
    settings.PAGE_CACHE_SECONDS = 60.0
    now = [1000.0]
    monkeypatch.setattr(views, "_empty_forms", Kept(100, lambda: now[0]))
    return now


@pytest.fixture
def anew(clock: list[float], monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Answer]:
    """The form as it is shown with what somebody typed, but empty: nothing is prepared."""

    def made(request: HttpRequest, make: Callable[[], Any], about: str = "") -> HttpResponse | str:
        page = make()
        return page if isinstance(page, str) else views.answer(request, page)

    def ask(path: str) -> Answer:
        with monkeypatch.context() as patch:
            patch.setattr(views, "_empty_form", made)
            return _ask(path)

    return ask


@pytest.fixture
def botox(db: None) -> Treatment:
    builders.clinic()
    botox = builders.treatment("botox", questions=2)
    builders.version(botox, "es", title="Bótox")
    builders.treatment("peel", questions=1)
    builders.treatment("draft", is_published=False)
    renamed = builders.treatment("old-name")
    renamed.slug = "new-name"
    renamed.save()
    return botox


def _hours(_botox: Treatment) -> None:
    for day in (1, 3, 5):
        OpeningHours.objects.create(weekday=day, opens=time(9), closes=time(12))


def _closure(_botox: Treatment) -> None:
    today = timezone.localdate()
    Closure.objects.create(first_day=today, last_day=today + timedelta(days=600))


def _question(botox: Treatment) -> None:
    draft = builders.version(botox, state=State.DRAFT)
    draft.questions.filter(number=1).update(text="Another question?", flagged_answer="no")
    rows = botox.versions.filter(language="en")
    rows.filter(state=State.LIVE).update(state=State.SUPERSEDED, ended_at=timezone.now())
    live = {"state": State.LIVE, "release": Release.SHIPPED, "published_at": timezone.now()}
    rows.filter(pk=draft.pk).update(**live)


def _address(botox: Treatment) -> None:
    botox.slug = "botox-now"
    botox.save()


def _alarm(_botox: Treatment) -> None:
    words = {column: f"Words of {column}" for column in (f.name for f in AlarmWords._meta.fields)
             if column.startswith("call_")}  # fmt: skip
    live = {"state": State.LIVE, "release": Release.SHIPPED, "published_at": timezone.now()}
    AlarmWords.objects.create(number=7, **words, **live)


def _notice(_botox: Treatment) -> None:
    PrivacyNotice.objects.create(
        words="<p>New.</p>", words_es="<p>Nuevo.</p>", starts_at=timezone.now(), editor=builders.superuser()
    )


CHANGES: dict[str, Callable[[Treatment], object]] = {
    "nothing": lambda botox: None,
    "the clinic's phone": lambda botox: builders.clinic(phone="+13105550199"),
    "the clinic's name": lambda botox: builders.clinic(name="Another <b>name</b>"),
    "the doctor in the menu": lambda botox: builders.practitioner(is_lead=True),
    "opening hours": _hours,
    "a closure": _closure,
    "a question": _question,
    "a title": lambda botox: builders.version(botox, title="Another title"),
    "a Spanish title": lambda botox: builders.version(botox, "es", title="Otro título"),
    "off the site": lambda botox: Treatment.objects.update(is_published=False),
    "at its moment off the site": lambda botox: Treatment.objects.update(leaves_at=timezone.now()),
    "on the site": lambda botox: Treatment.objects.update(is_published=True),
    "another address": _address,
    "a wording": lambda botox: builders.wording("home.next", "We are quick."),
    "words of alarm": _alarm,
    "the privacy notice": _notice,
}


# What a clock or a command brings, the others say: clinic/operations/edition.py.
OTHERWISE = ("opening hours", "at its moment off the site", "the privacy notice")


@pytest.mark.parametrize(
    ("change", "told"), [*((change, True) for change in CHANGES), *((change, False) for change in OTHERWISE)]
)
def test_a_prepared_form_is_the_form_made_anew(
    botox: Treatment, clock: list[float], anew: Callable[[str], Answer], change: str, told: bool
) -> None:
    before = [_ask(path) for path in PATHS]
    CHANGES[change](botox)
    if told:
        Edition.advance()
    clock[0] += 2 * edition.ASKED_AGAIN_AFTER if told else 1.01
    after = [_ask(path) for path in PATHS]
    assert after == [anew(path) for path in PATHS]
    if change not in {"nothing", "a closure"}:
        assert after != before


def test_each_form_in_each_language_is_the_form_made_anew(
    botox: Treatment, clock: list[float], anew: Callable[[str], Answer]
) -> None:
    for _time in range(2):
        assert [_ask(path) for path in MORE_PATHS] == [anew(path) for path in MORE_PATHS]


def test_it_is_made_once(botox: Treatment, clock: list[float]) -> None:
    _ask("/appointments/request/botox/")
    _ask("/appointments/callback/?about=billing")
    with CaptureQueriesContext(connection) as captured:
        _ask("/appointments/request/botox/")
        _ask("/appointments/request/botox/?utm_source=x")
        _ask("/appointments/callback/?about=billing")
    # Two clocks are asked here, so the edition is asked for more often than by one.
    assert {query["sql"] for query in captured if "clinic_edition" not in query["sql"]} == set()


def test_nobody_gets_what_is_somebody_elses(botox: Treatment, clock: list[float]) -> None:
    path = "/appointments/request/botox/"
    found: list[set[bytes]] = []
    for number in range(4):
        client = Client(enforce_csrf_checks=True)
        client.cookies["csrftoken"] = secrets.token_hex(16) if number == 3 else ""
        page = client.get(f"{path}?first_name=Mallory&email=m@example.org", HTTP_USER_AGENT="Mallory")
        assert b"Mallory" not in page.content
        assert "private" in page["Cache-Control"]
        fields = {name.split(b'"')[1].decode(): value.decode() for name, value in
                  SECRETS.findall(page.content)}  # fmt: skip
        found.append(_secrets(page.content))
        assert len(found[-1]) == 2
        sent = posts.appointment(screening_1="no", screening_2="no", phone=f"310 555 010{number}") | fields
        assert client.post(path, sent).status_code == 302
        assert str(PatientRequest.objects.latest("pk").submission_id) == fields["submission_id"]
    assert len(set.union(*found)) == 8
    kept = repr(views._empty_forms._made).encode()
    assert not any(each in kept for each in set.union(*found))


def test_what_a_link_fills_in_stays_with_the_link(botox: Treatment, clock: list[float]) -> None:
    who = builders.appointment_request(first_name="Rosalind", email="r@example.org", treatment=botox)
    filled = Client().get(reverse("recall", args=[recall.token_for(who)]))
    assert b"Rosalind" in filled.content
    assert b"Rosalind" not in Client().get("/appointments/request/botox/").content
    assert b"Rosalind" not in repr(views._empty_forms._made).encode()


def test_who_has_signed_in_gets_it_made_anew(
    botox: Treatment, clock: list[float], client: Client, front_desk: User
) -> None:
    _ask("/appointments/request/botox/")
    client.force_login(front_desk)
    builders.clinic(name="Another name")
    assert b"Another name" in client.get("/appointments/request/botox/").content
    assert b"Another name" not in Client().get("/appointments/request/botox/").content


@pytest.mark.parametrize(("coding", "unpack"), [("gzip", gzip.decompress), ("br", brotli.decompress)])
def test_it_is_compressed_for_who_takes_it(
    botox: Treatment, clock: list[float], coding: str, unpack: Callable[[bytes], bytes]
) -> None:
    plain = _ask("/appointments/request/botox/")[2]
    answer = Client().get("/appointments/request/botox/", HTTP_ACCEPT_ENCODING=coding)
    assert answer["Content-Encoding"] == coding
    assert "Accept-Encoding" in answer["Vary"]
    assert len(answer.content) == int(answer["Content-Length"]) < len(plain) / 3
    assert _without_secrets(unpack(answer.content)) == plain


WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\r"), max_size=400)
SIGNS = string.ascii_letters + string.digits + "-"
FILLINGS = st.tuples(*(st.text(SIGNS, min_size=length, max_size=length) for length in (64, 36)))


@examples(max_examples=60, deadline=None)
@given(st.tuples(WORDS, WORDS, WORDS), FILLINGS, FILLINGS, st.booleans(), st.integers(1, 8))
def test_what_is_unpacked_is_what_was_put_in(
    words: tuple[str, str, str], one: tuple[str, str], two: tuple[str, str], swaps: bool, times: int
) -> None:
    holes = Hole.of(64), Hole.of(36)
    first, second = reversed(holes) if swaps else holes
    start, middle, end = (each * times for each in words)
    page = Prepared.of(start + first.mark + middle + second.mark + end, *holes)
    lengths = []
    for values in (dict(zip(holes, one, strict=True)), dict(zip(holes, two, strict=True))):
        plain = page.filled(values)
        assert plain.decode() == start + values[first] + middle + values[second] + end
        packed = {"gzip": page.filled(values, "gzip"), "br": page.filled(values, "br")}
        assert gzip.decompress(packed["gzip"]) == brotli.decompress(packed["br"]) == plain
        lengths.append((len(packed["gzip"]), len(packed["br"])))
    # Whoever can have something reflected learns nothing from how long the answer is.
    assert lengths[0] == lengths[1]


def test_where_brotli_can_not_be_put_together_it_is_made_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prepared, "_brotlied_once", lambda parts, lengths: (b"?",) * len(parts))
    hole = Hole.of(64)
    page = Prepared.of(f"before {hole.mark} after", hole)
    assert brotli.decompress(page.filled({hole: "x" * 64}, "br")) == b"before " + b"x" * 64 + b" after"


@pytest.mark.parametrize("page", ["no hole", "{0}{0}", "{0}"])
def test_each_hole_has_to_be_there_once(page: str) -> None:
    holes = Hole.of(64), Hole.of(64)
    with pytest.raises(ValueError, match="hole"):
        Prepared.of(page.format(holes[0].mark), *holes)


def test_what_is_put_in_has_the_length_of_its_hole() -> None:
    hole = Hole.of(64)
    page = Prepared.of(hole.mark, hole)
    with pytest.raises(ValueError, match="long"):
        page.filled({hole: "é" * 64})
