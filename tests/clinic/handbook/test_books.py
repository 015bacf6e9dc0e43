"""The handbook says what is on the screen, holds together, and is read by the staff alone."""

import re
from collections.abc import Iterator
from importlib.metadata import distribution
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.utils.text import slugify
from PIL import Image
from pytest_django import DjangoAssertNumQueries

from appointments import roles
from clinic.handbook import books
from clinic.handbook.books import book
from clinic.handbook.contents import FOLDER, PICTURES, entries

ROOT: Path = settings.BASE_DIR
NAMES = [each.name for each in entries()]
MOST_BYTES = 1_500_000
# What gettext puts a value in for.
VALUE = re.compile(r"%\(\w+\)s|%s|\{\w*\}|%%")


def text_of(name: str) -> str:
    return (FOLDER / f"{name}.md").read_text("utf-8")


def headings_of(name: str) -> list[str]:
    return re.findall(r"^## (.+)$", text_of(name), re.MULTILINE)


def catalogs() -> Iterator[Path]:
    """Of all words that the site can show: its own, and those of what it stands on."""
    yield from (ROOT / "clinic" / "locale" / "es").rglob("django.po")
    for package in ("django", "django-allauth"):
        for file in distribution(package).files or ():
            if re.search(r"locale/(en|es)/LC_MESSAGES/django\.po$", str(file)):
                yield Path(str(file.locate()))


def phrases_of(catalog: Path) -> Iterator[str]:
    """Each phrase in English, with what stands of it before and after a value by itself too."""
    joined = re.sub(r'"\n"', "", catalog.read_text("utf-8"))
    for quoted in re.findall(r'^msgid(?:_plural)? "(.+)"$', joined, re.MULTILINE):
        phrase = quoted.replace('\\"', '"')
        yield phrase
        yield from (part.strip() for part in VALUE.split(phrase))


def test_a_label_in_bold_is_on_the_screen() -> None:
    said = {phrase for catalog in catalogs() for phrase in phrases_of(catalog)}
    said |= {*roles.PERMISSIONS, *dict(settings.LANGUAGES).values()}
    phrases = {phrase.casefold().rstrip(":") for phrase in said}
    assert len(phrases) > 3000
    languages = [phrase for phrase in said if phrase.endswith("%(language)s")]
    for language in dict(settings.LANGUAGES).values():
        phrases |= {VALUE.sub(language, phrase).casefold() for phrase in languages}
    bold = {
        (name, " ".join(label.split()))
        for name in NAMES
        for label in re.findall(r"\*\*(.+?)\*\*", text_of(name), re.DOTALL)
    }
    assert len(bold) > 200
    assert sorted((name, label) for name, label in bold if label.casefold() not in phrases) == []


@pytest.mark.parametrize("name", NAMES)
def test_a_chapter_says_what_to_do_and_how_to_take_it_back(name: str) -> None:
    chapters = re.split(r"^## .+$", text_of(name), flags=re.MULTILINE)[1:]
    headings = headings_of(name)
    assert len(headings) == len(set(map(slugify, headings))) >= 10
    for heading, chapter in zip(headings, chapters, strict=True):
        if heading != "Undoing things":
            assert re.search(r"^(1\.|- )", chapter, re.MULTILINE) or len(chapter.split()) < 80, heading
            assert heading == "Today" or "*What the patient hears:*" in chapter, heading
            assert "*The way back:*" in chapter or heading in ("Today", "The end of the day"), heading


@pytest.mark.parametrize("name", NAMES)
def test_each_link_leads_to_a_chapter(name: str) -> None:
    anchors = {each: {chapter.anchor for chapter in book(each).chapters} for each in NAMES}
    links = re.findall(r"(?<!!)\[[^\]]+\]\(([^)]+)\)", text_of(name))
    for link in links:
        file_name, _, anchor = link.partition("#")
        other = file_name.removesuffix(".md") or name
        assert other in NAMES, link
        assert not anchor or anchor in anchors[other], link


def test_the_pictures_are_shown_each_with_what_it_shows() -> None:
    shown = [
        found for name in NAMES for found in re.findall(r"!\[(.*?)\]\((.+?)\)", text_of(name), re.DOTALL)
    ]
    assert all(len(words.split()) > 4 for words, _file in shown)
    assert sorted(file for _words, file in shown) == sorted(
        f"pictures/{each.name}" for each in PICTURES.iterdir()
    )
    assert sum(each.stat().st_size for each in PICTURES.iterdir()) < MOST_BYTES
    for each in PICTURES.iterdir():
        with Image.open(each) as picture:
            assert picture.width <= 1280


def test_the_chapters_that_pages_lead_to_are_there() -> None:
    for entry in entries():
        assert set(entry.pages.values()) <= {chapter.anchor for chapter in book(entry.name).chapters}


def test_the_readme_and_the_image_have_the_books() -> None:
    readme = (ROOT / "README.md").read_text()
    assert [name for name in NAMES if f"(docs/handbook/{name}.md)" not in readme] == []
    assert "COPY docs/handbook docs/handbook\n" in (ROOT / "deploy" / "Dockerfile").read_text()
    assert "!docs/handbook\n" in (ROOT / "deploy" / "Dockerfile.dockerignore").read_text()


def test_html_in_a_book_is_shown_and_not_obeyed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(books, "FOLDER", tmp_path)
    written = (
        "# A book\n\n## One <b>\n\n<script>alert(1)</script> [a](javascript:alert(1)) <b onclick='x'>b</b>"
    )
    (tmp_path / "sample.md").write_text(written)
    html = book.__wrapped__("sample").html
    assert not re.search(r"<(script|b|a)\b", html)
    assert "&lt;script&gt;" in html
    assert "<h1" not in html


def test_a_book_is_made_once_in_a_process() -> None:
    assert book("editor") is book("editor")


@pytest.mark.django_db
class TestReading:
    def test_ones_own_book_comes_first(self, desk_client: Client) -> None:
        answer = desk_client.get("/admin/help/")
        assert answer["Location"] == "/admin/help/front-desk/"
        page = desk_client.get("/admin/help/dermatologist/").text
        named = re.findall(r'href="/admin/help/([\w-]+)/"', page)
        assert named[0] == "front-desk"
        assert {*NAMES} <= {*named}

    @pytest.mark.parametrize("name", NAMES)
    def test_contents_lead_to_the_chapters(self, desk_client: Client, name: str) -> None:
        page = desk_client.get(f"/admin/help/{name}/").text
        contents = re.findall(r'<li><a href="#([\w-]+)">', page)
        assert contents == [slugify(each) for each in headings_of(name)]
        words = page.partition('"handbook-text">')[2].partition("<desk-keys")[0]
        assert re.findall(r'<h2 id="([\w-]+)">', words) == contents
        assert 'src="/admin/help/pictures/' in words
        assert ".md" not in words

    def test_a_picture_is_given_to_staff_alone(self, desk_client: Client) -> None:
        address = f"/admin/help/pictures/{next(PICTURES.iterdir()).name}"
        answer = desk_client.get(address)
        assert answer["Content-Type"] == "image/webp"
        answer.close()
        assert Client().get(address).status_code == 302

    @pytest.mark.parametrize("path", ["no-such-book/", "pictures/no-such.webp", "pictures/..%2Fowner.md"])
    def test_nothing_else_is_there(self, desk_client: Client, path: str) -> None:
        assert desk_client.get(f"/admin/help/{path}").status_code == 404

    def test_asks_who_asks_and_what_they_may_and_nothing_else(
        self, desk_client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
    ) -> None:
        desk_client.get("/admin/help/front-desk/")
        with django_assert_max_num_queries(6):
            desk_client.get("/admin/help/front-desk/")
