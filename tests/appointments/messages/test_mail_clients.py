"""The HTML of every message, held to what common mail programs show: Gmail, Outlook (Word), Apple Mail.

Rules as caniemail.com and the programs' own pages give them: Gmail drops a style sheet over 8,192 characters
and clips a mail over 102 KB; Word knows no max-width, flex, grid, position or custom property; none runs a
script, and most load nothing until they are asked to."""

import re
from html.parser import HTMLParser
from typing import Any

import pytest
from django.utils import timezone, translation

from appointments.messages import notices
from appointments.messages.as_html import html_of
from appointments.staff.messages.samples import SAMPLES, made_up_for
from tests import builders

pytestmark = pytest.mark.django_db
TAGS = {
    "html", "head", "meta", "title", "style", "body", "table", "tr", "td", "p", "a", "strong", "span", "br",
}  # fmt: skip
ATTRIBUTES = {
    "lang", "charset", "name", "content", "class", "style", "role", "width", "cellpadding", "cellspacing",
    "border", "align", "valign", "bgcolor", "href", "translate",
}  # fmt: skip
# Known everywhere, or left out where unknown without harm: corners, the widest width, lines that break.
PROPERTIES = {
    "background", "border", "border-color", "border-radius", "border-top", "color", "color-scheme",
    "font", "font-size", "font-weight", "line-height", "margin", "max-width", "padding", "text-decoration",
    "white-space", "word-break", "display", "mso-padding-alt",
}  # fmt: skip
WIDEST = 600


class Reader(HTMLParser):
    """Notes tags, attributes, styles and the words that are read."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.words: list[str] = []
        self._unread = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        self._unread += tag in ("style", "title")

    def handle_endtag(self, tag: str) -> None:
        self._unread -= tag in ("style", "title")

    def handle_data(self, data: str) -> None:
        if not self._unread and data.strip():
            self.words.append(data)


def read(html: str) -> Reader:
    reader = Reader()
    reader.feed(html)
    return reader


@pytest.fixture(params=["en", "es"])
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=SAMPLES, ids=lambda sample: sample.slug)
def mail(request: pytest.FixtureRequest, language: str) -> tuple[str, str, str]:
    builders.clinic(email="desk@example.org", street_address="1 Main Street", city="Los Angeles", state="CA")
    made_up, values = made_up_for(request.param, language, timezone.now())
    return notices.render(made_up, request.param.kind, **values)


def test_it_uses_nothing_that_a_mail_program_does_not_know(mail: tuple[str, str, str]) -> None:
    html = mail[2]
    found = read(html)
    assert {tag for tag, _attributes in found.tags} <= TAGS
    assert {name for _tag, attributes in found.tags for name in attributes} <= ATTRIBUTES
    assert len(html.encode()) < 40_000
    sheet = re.findall(r"<style>(.*?)</style>", html, re.DOTALL)
    assert len(sheet) == 1
    assert len(sheet[0]) < 8_192
    inline = [attributes["style"] for _tag, attributes in found.tags if "style" in attributes]
    rules = [*inline, *re.findall(r"{([^{}]*)}", sheet[0])]
    declared = [each.partition(":") for rule in rules for each in rule.split(";") if each.strip()]
    assert {name.strip() for name, _colon, _value in declared} <= PROPERTIES
    values = " ".join(value for _name, _colon, value in declared)
    assert not re.search(r"url\(|var\(|calc\(|flex|grid|absolute|fixed|expression|@import", values)
    displays = {value.strip() for name, _colon, value in declared if name.strip() == "display"}
    assert displays <= {"inline-block"}


def test_it_is_laid_out_in_tables_no_wider_than_a_reading_pane(mail: tuple[str, str, str]) -> None:
    html = mail[2]
    tables = [attributes for tag, attributes in read(html).tags if tag == "table"]
    assert all(table.get("role") == "presentation" for table in tables)
    widths = [int(width) for width in re.findall(r'width="(\d+)"', html)]
    widths += [int(width) for width in re.findall(r"max-width:(\d+)px", html)]
    assert max(widths) <= WIDEST
    # Word, which knows no max-width, gets a table of a fixed one around it.
    assert html.count("<!--[if mso]>") == html.count("<![endif]-->") == 2
    assert "max-width:560px" in html
    assert '<!--[if mso]><table role="presentation" width="560"' in html


def test_it_loads_nothing_and_links_lead_home(mail: tuple[str, str, str]) -> None:
    found = read(mail[2])
    assert not any("src" in attributes or "background" in attributes for _tag, attributes in found.tags)
    for tag, attributes in found.tags:
        if tag == "a":
            assert re.match(r"http://testserver/|tel:\+", attributes["href"])


def test_it_has_one_button_that_leads_where_the_link_below_it_leads(mail: tuple[str, str, str]) -> None:
    found = read(mail[2])
    links = [attributes for tag, attributes in found.tags if tag == "a"]
    [button] = [each for each in links if each.get("class") == "button"]
    assert any(each["href"] == button["href"] for each in links if each.get("class") == "link")
    assert button["href"] in " ".join(found.words)


def squeezed(text: str) -> str:
    return re.sub(r"[\s·:,]+", "", text)


def test_plain_text_and_html_say_the_same(mail: tuple[str, str, str], language: str) -> None:
    """But for the words on the button, those over its link, and the leaf of the calendar."""
    _subject, text, html = mail
    shown = squeezed(" ".join(read(html).words))
    for line in text.splitlines():
        assert squeezed(line.removeprefix("- ")) in shown


def test_it_reads_in_the_dark(mail: tuple[str, str, str]) -> None:
    """Each class with a colour of its own has one for the dark, or it would be dark on dark."""
    html = mail[2]
    dark = re.search(r"@media \(prefers-color-scheme: dark\) {(.*)}\s*</style>", html, re.DOTALL)
    assert dark
    coloured = [
        attributes
        for _tag, attributes in read(html).tags
        if re.search(r"(?:^|;)(?:color|background):#", attributes.get("style", ""))
    ]
    for each in coloured:
        assert any(f".{name}" in dark.group(1) for name in each.get("class", "").split()), each


def test_what_is_worded_by_the_clinic_is_set_apart_as_well() -> None:
    """From the text alone: a time in a line of its own, and the link at a paragraph's end."""
    said: dict[str, Any] = {
        "clinic": builders.clinic(),
        "main_link": "http://testserver/x/",
        "moments": {"Monday, 9am": timezone.now()},
    }
    with translation.override("en"):
        html = html_of(
            "booked", "Hi", "Come!\n\nMonday, 9am\n\nMore here: http://testserver/x/\n", "en", said
        )
    assert 'class="date"' in html
    assert 'class="button" href="http://testserver/x/"' in html
