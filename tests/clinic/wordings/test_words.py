"""What the clinic says itself: on the page at once, safe whatever was typed, the shipped words else."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from clinic.models import Clinic, Wording
from clinic.wordings import filling, present, saving
from clinic.wordings.saving import Change, SavedMeanwhile, SavingRefused
from clinic.wordings.site import HOME
from clinic.wordings.texts import Kind, Placeholder, Text, groups, register, text_of
from tests import builders
from tests.builders import WEDNESDAY
from tests.threads import at_once
from treatments import content_loader

pytestmark = pytest.mark.django_db

OWED = Text(
    "test.owed",
    HOME,
    "Owed",
    "Call {clinic_phone}.",
    Kind.PARAGRAPHS,
    (Placeholder("clinic_name", "Name"), Placeholder("clinic_phone", "Phone")),
    owed=frozenset({"clinic_phone"}),
    owed_words=("911",),
)
LINE = Text("test.line", HOME, "Line", "Shipped", Kind.LINE, (Placeholder("clinic_name", "Name"),))
RICH = Text("test.rich", HOME, "Rich", "", Kind.RICH, (Placeholder("clinic_name", "Name"),))


def say(key: str, words: str, by: User, language: str = "en", seen: int = 0) -> None:
    text = text_of(key)
    assert text
    saving.save(text, [Change(language, words, seen)], by, WEDNESDAY + timedelta(minutes=seen))


def queries_of(client: Client, path: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        client.get(path)
    return len(queries)


@pytest.fixture
def content(db: None) -> None:
    content_loader.load()


@pytest.mark.usefixtures("content")
class TestOnThePage:
    def test_own_words_stand_instead_of_the_shipped_ones_in_their_language_only(
        self, client: Client, dermatologist: User
    ) -> None:
        spanish = client.get("/es/").content
        say("home.heading", "Calm skin by {clinic_name}", dermatologist)
        page = client.get("/").content.decode()
        assert "<h1>Calm skin by FineTouch Dermatology</h1>" in page
        assert "<title>Calm skin by FineTouch Dermatology - " in page
        assert client.get("/es/").content == spanish

    def test_nothing_written_brings_the_shipped_words_back(self, client: Client, dermatologist: User) -> None:
        before = client.get("/").content
        say("home.heading", "Calm skin", dermatologist)
        say("home.heading", "", dermatologist, seen=1)
        assert client.get("/").content == before
        assert Wording.objects.count() == 2

    def test_the_shipped_words_typed_again_are_not_frozen(self, dermatologist: User) -> None:
        say("home.heading", "  Skin treatment in a\ndermatologist's hands ", dermatologist)
        assert not Wording.objects.exists()

    def test_a_text_without_words_is_left_out_and_in_spanish_said_in_english(
        self, client: Client, dermatologist: User
    ) -> None:
        assert 'id="why"' not in client.get("/").content.decode()
        say("home.why", "<p>Because.</p>", dermatologist)
        assert '<div class="prose"><p>Because.</p></div>' in client.get("/").content.decode()
        assert '<div lang="en"><p>Because.</p></div>' in client.get("/es/").content.decode()

    def test_what_a_kept_text_no_longer_may_say_is_not_said(
        self, client: Client, dermatologist: User
    ) -> None:
        before = client.get("/").content
        builders.wording("home.heading", "Hi {gone}")
        assert client.get("/").content == before

    def test_words_cost_no_query_once_a_process_has_read_them(
        self, client: Client, dermatologist: User
    ) -> None:
        before = queries_of(client, "/")
        say("home.heading", "Calm skin", dermatologist)
        say("home.lead", "At ease.", dermatologist)
        assert queries_of(client, "/") == before + 1
        assert queries_of(client, "/") == queries_of(client, "/es/") == before

    def test_another_process_sees_it_with_its_next_page(self, client: Client, dermatologist: User) -> None:
        client.get("/")
        builders.wording("home.heading", "From elsewhere")
        assert "From elsewhere" in client.get("/").content.decode()


class TestSaving:
    def test_the_second_of_two_is_refused_and_writes_nothing(self, editor: User, dermatologist: User) -> None:
        say("home.heading", "First", dermatologist)
        both = [Change("es", "Segundo", 0), Change("en", "Second", 0)]
        with pytest.raises(SavedMeanwhile):
            saving.save(text_of("home.heading") or LINE, both, dermatologist, WEDNESDAY)
        assert [row.text for row in Wording.objects.all()] == ["First"]

    def test_the_database_refuses_the_second_of_two(self, dermatologist: User) -> None:
        row = {"key": "k", "language": "en", "number": 1, "editor": dermatologist, "created_at": WEDNESDAY}
        Wording.objects.create(**row)
        with pytest.raises(DatabaseError), transaction.atomic():
            Wording.objects.create(**row)

    def test_the_database_refuses_a_change(self, dermatologist: User) -> None:
        say("home.heading", "First", dermatologist)
        with pytest.raises(DatabaseError), transaction.atomic():
            Wording.objects.update(text="Another")

    def test_only_who_may(self, front_desk: User) -> None:
        with pytest.raises(SavingRefused):
            say("home.heading", "Desk", front_desk)

    @pytest.mark.django_db(transaction=True)
    def test_of_many_at_once_one_wins_and_its_words_are_read(
        self, clinic: Clinic, dermatologist: User
    ) -> None:
        def attempt(number: int) -> bool:
            try:
                say("home.heading", f"Words {number}", dermatologist)
            except SavedMeanwhile:
                return False
            return True

        outcomes = at_once(attempt, 8)
        assert outcomes.count(True) == 1
        winner = f"Words {outcomes.index(True)}"
        assert present.own_words(Clinic.current(), "home.heading", "en") == winner

    @pytest.mark.django_db(transaction=True)
    def test_texts_saved_at_once_are_all_seen(self, clinic: Clinic, dermatologist: User) -> None:
        keys = ["home.heading", "home.lead", "home.steps", "home.step-1", "home.step-2", "home.step-3"]

        def attempt(number: int) -> None:
            say(keys[number], f"Words {number}", dermatologist)
            present.own_words(Clinic.current(), keys[number], "en")

        at_once(attempt, len(keys))
        now = Clinic.current()
        said = [present.own_words(now, key, "en") for key in keys]
        assert said == [f"Words {number}" for number in range(len(keys))]


HOSTILE = [
    "{{ clinic.phone }}", "{% load static %}", "{# note #}", "{phone.__class__}", "{clinic_name.__class__}",
    "{clinic_name!r}", "{clinic_name:>9999}", "{0}", "{}", "{", "}", "{ clinic_name }", "{{clinic_name}}",
    "%(name)s {x}", "{secret_key}", "{treatment}", "{clinic_name\u200b.x}",
]  # fmt: skip


class TestWhatIsTyped:
    @pytest.mark.parametrize("typed", HOSTILE)
    def test_braces_are_for_placeholders_only(self, typed: str, dermatologist: User) -> None:
        assert filling.complaints(LINE, typed)
        with pytest.raises(SavingRefused):
            say("home.heading", typed, dermatologist)

    @pytest.mark.parametrize("typed", [*HOSTILE, "%s %d %(clinic_name)s", "{clinic_name}" * 3])
    def test_what_stands_in_the_database_is_never_run(self, typed: str, rf: Any) -> None:
        said = filling.filled(typed, {"clinic_name": "{clinic_phone}<b>"})
        assert "SECRET" not in said
        assert said in ("", typed.replace("{clinic_name}", "{clinic_phone}<b>"))

    def test_an_unknown_one_is_named_and_an_owed_one_too(self) -> None:
        found = " ".join(filling.complaints(OWED, "Call {doctor}."))
        assert "{doctor}" in found
        assert "{clinic_phone}" in found
        assert "911" in found
        assert filling.complaints(OWED, "Call {clinic_phone} or 911.") == []
        assert filling.complaints(OWED, "") == []

    @pytest.mark.parametrize("kind", Kind)
    def test_ten_thousand_characters_are_counted(self, kind: Kind) -> None:
        text = Text("test.long", HOME, "Long", "", kind)
        words = "https://a.example/" + "x" * 13_000 if kind is Kind.LINK else "x" * 13_000
        assert "too long" in " ".join(filling.complaints(text, words))

    def test_what_cant_be_seen_is_left_out(self) -> None:
        typed = "\u202eevil\u202c \u200fword\u2066s\u2069 \u00adsoft\ufeff\x07 \u200d ok"
        assert filling.tidied(LINE, typed) == "evil words soft \u200d ok"
        assert filling.tidied(OWED, "\u200b\u2028 \n\n\n\n") == ""
        assert filling.tidied(OWED, "a\r\n\r\n\r\n\r\nb\rc") == "a\n\nb\nc"

    @pytest.mark.parametrize(
        "typed",
        [
            "<script>alert(1)</script>",
            '<p onclick="x()">Hi</p><img src=x onerror=alert(1)>',
            '<a href="javascript:alert(1)">Hi</a>',
            '<p style="position:fixed">Hi</p><iframe src="https://a.example"></iframe>',
            "<svg><script>alert(1)</script></svg>",
        ],
    )
    def test_markup_is_escaped_or_cleaned(self, typed: str) -> None:
        plain = filling.as_html(Kind.PARAGRAPHS, filling.tidied(OWED, typed), {})
        assert "<script" not in plain
        assert "<a " not in plain
        rich = filling.as_html(Kind.RICH, filling.tidied(RICH, typed), {})
        for bad in ("<script", "onclick", "onerror", "javascript:", "style=", "<iframe", "<svg", "<img"):
            assert bad not in rich

    def test_what_is_filled_in_is_escaped_too(self) -> None:
        values = {"clinic_name": "<b>A & B</b>"}
        for kind in (Kind.LINE, Kind.PARAGRAPHS, Kind.RICH):
            assert "<b>" not in filling.as_html(kind, "{clinic_name}", values)

    def test_an_address_has_to_be_one(self) -> None:
        link = Text("test.link", HOME, "Link", "", Kind.LINK)
        assert filling.complaints(link, "https://maps.example/?q=1") == []
        for typed in ("http://maps.example", "javascript:alert(1)", "maps", "https://", "https://a b"):
            assert filling.complaints(link, typed)

    def test_a_paragraph_about_something_unknown_is_left_out(self) -> None:
        assert filling.filled("One.\n\nCall {clinic_phone}.\n\nTwo.", {"clinic_phone": ""}) == "One.\n\nTwo."


def test_each_text_fits_its_own_rules_in_both_languages() -> None:
    for group, texts in groups():
        assert texts
        assert group.permission in ("clinic.change_wording", "clinic.change_clinic")
        for text in texts:
            for language in text.languages:
                shipped = text.shipped_in(language)
                assert filling.complaints(text, filling.tidied(text, shipped)) == [], text.key


def test_the_table_is_guarded_after_a_rebuild() -> None:
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
            assert ("clinic_wording_guard_1",) in cursor.fetchall()


def test_a_name_is_given_once() -> None:
    with pytest.raises(ValueError, match=r"home\.heading"):
        register(Text("home.heading", HOME, "Another"))


def test_superusers_may(clinic: Clinic) -> None:
    say("home.heading", "Root", builders.superuser())
    assert present.own_words(Clinic.current(), "home.heading", "en") == "Root"
