"""Every address that answers with a page, the staff's included: one heading, a title, a language, nothing
from elsewhere, nothing that the Content-Security-Policy would stop."""

import re
from html.parser import HTMLParser

import pytest
from django.conf import settings

from appointments.staff.messages.samples import MAIL_POLICY
from tests import access_table, access_world
from tests.access_world import World

LOADS = {"src", "href", "action", "formaction", "poster", "srcset", "data"}
OURS = re.compile(r"(?:[/?#.]|tel:|mailto:|data:image/|" + re.escape(settings.SITE_URL) + ")")


class Page(HTMLParser):
    """What a page is made of, as far as it matters here."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.headings = 0
        self.title = ""
        self.language = ""
        self.complaints: list[str] = []
        self._in = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self._in = tag
        self.headings += tag == "h1"
        if tag == "html":
            self.language = given.get("lang") or ""
        if tag == "style" or "style" in given:
            self.complaints.append(f"a style of its own in <{tag}>")
        for name, value in attrs:
            if name.startswith("on"):
                self.complaints.append(f"a script in <{tag} {name}>")
            # A link that somebody may follow to a source is no request of the page's.
            if name in LOADS and tag != "a" and value and not OURS.match(value):
                self.complaints.append(f"<{tag}> asks {value}")
        is_data = given.get("type") in ("application/ld+json", "application/json")
        if tag == "script" and not (is_data or given.get("src") or given.get("nonce")):
            self.complaints.append("a script without a nonce")

    def handle_data(self, data: str) -> None:
        if self._in == "title" and not self.title:
            self.title = data.strip()


@pytest.mark.django_db
@pytest.mark.parametrize("role", ["patient", "superuser"])
def test_every_page_keeps_the_rules(role: str) -> None:
    world: World = access_world.build()
    client = world.client(role)
    wrong: list[str] = []
    pages = 0
    for row in access_table.ROWS:
        if not row.allows(role, "GET") or "logout" in row.route:
            continue
        path = world.path(row, role)
        answer = client.get(path)
        if answer.status_code != 200 or not answer["Content-Type"].startswith("text/html"):
            continue
        html = answer.content.decode()
        if "<html" not in html:
            continue  # a part of a page, which replaces the same part of a page that is open
        if answer["Content-Security-Policy"] == MAIL_POLICY:
            continue  # an e-mail, as mail programs show it
        pages += 1
        page = Page(html)
        if page.headings != 1:
            page.complaints.append(f"{page.headings} h1")
        if not page.title:
            page.complaints.append("no title")
        if page.language not in ("en", "en-us", "es"):
            page.complaints.append(f"language {page.language!r}")
        wrong += [f"{path}: {complaint}" for complaint in page.complaints]
    assert pages >= (90 if role == "superuser" else 15)
    assert wrong == [], "\n".join(wrong)
