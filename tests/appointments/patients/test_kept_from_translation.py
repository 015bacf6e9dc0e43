"""A browser that translates a page leaves names and references alone: 'Dr. Rose' is no flower, and a
reference that was changed is found by nobody."""

from html.parser import HTMLParser

import pytest
from django.test import Client
from django.utils import timezone, translation

from appointments import demo
from appointments.messages.notices import render
from clinic.models import Practitioner
from tests import public_pages

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
UNSEEN = {"head", "script", "style"}


class Texts(HTMLParser):
    """Which of `kept` stand on a page where a translation would reach them."""

    def __init__(self, html: str, kept: list[str]) -> None:
        super().__init__()
        self.kept = kept
        self.reached: list[str] = []
        self.seen: set[str] = set()
        self._around: list[tuple[str, bool]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self._around.append((tag, tag in UNSEEN or dict(attrs).get("translate") == "no"))

    def handle_endtag(self, tag: str) -> None:
        while self._around and self._around.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        named = [each for each in self.kept if each in data]
        self.seen.update(named)
        if not any(is_kept for _tag, is_kept in self._around):
            self.reached += [f"{each!r} in {data.strip()[:60]!r}" for each in named]


def reached(client: Client, path: str, kept: list[str], *, shows: str = "") -> list[str]:
    page = Texts(client.get(path).text, kept)
    assert not shows or shows in page.seen, path
    return [f"{path.partition('status/')[0]}: {each}" for each in page.reached]


@pytest.mark.django_db
@pytest.mark.parametrize("prefix", ["", "/es"])
def test_names_and_references_are_kept_on_every_page(client: Client, prefix: str) -> None:
    demo.make(28, timezone.now())
    doctor = Practitioner.objects.get(slug="dr-umar").name
    wrong = [each for path in public_pages.public() for each in reached(client, prefix + path, [doctor])]
    for row in public_pages.of_patients():
        kept = [doctor, row.shown_reference, row.full_name]
        with translation.override("en"):
            address = prefix + row.get_absolute_url()
        wrong += reached(client, address, kept, shows=row.shown_reference)
        for held in row.appointments.held():
            wrong += reached(client, f"{address}accept/{held.pk}/", kept, shows=doctor)
    assert wrong == [], "\n".join(wrong)


@pytest.mark.django_db
def test_the_same_in_an_email(client: Client) -> None:
    demo.make(18, timezone.now())
    row = next(each for each in public_pages.of_patients() if each.status == "booked")
    visit = row.appointments.get(status="booked")
    who = visit.practitioner.name
    _subject, _text, html = render(row, "booked", start=visit.start, who=who, is_consultation=False)
    page = Texts(html, [who, row.shown_reference])
    assert page.seen == {who, row.shown_reference}
    assert page.reached == []
