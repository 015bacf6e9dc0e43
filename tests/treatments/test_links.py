"""Links to the site's own pages: chosen from a list, followed through a change of address, never broken."""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone, translation

from clinic.signed.signing import PublishingRefused
from tests import builders
from treatments import publishing
from treatments.addresses import to_nowhere
from treatments.admin.own_pages import targets
from treatments.models import State, Treatment


@pytest.fixture
def page(clinic: object) -> Treatment:
    builders.article("aftercare")
    builders.practitioner(slug="dr-umar")
    return builders.treatment("botox")


def test_everything_that_is_offered_leads_somewhere(page: Treatment) -> None:
    with translation.override("es"):
        found = [target.url for target in targets()]
    assert {"/treatments/botox/", "/articles/aftercare/", "/doctors/dr-umar/", "/contact/"} <= set(found)
    assert to_nowhere("".join(f'<a href="{url}">x</a>' for url in found)) == []
    assert {Client().get(url).status_code for url in found} == {200}


@pytest.mark.parametrize(
    "href",
    [
        "/es/treatments/botox/", "/appointments/request/botox/", "/treatments/botox/?x=1#y",
        "https://www.fda.gov/x", "tel:+13103181500", "/appointments/request/consultation/",
    ],
)  # fmt: skip
def test_what_leads_somewhere_is_not_questioned(page: Treatment, href: str) -> None:
    assert to_nowhere(f'<p><a href="{href}">x</a></p>') == []


@pytest.mark.parametrize(
    "href",
    [
        "/treatments/botx/", "/treatments/botox", "/articles/botox/", "/doctors/nobody/", "/admin/",
        "botox", "www.fda.gov", "#top", "", "https://fda", "/appointments/status/abcdefghij/",
    ],
)  # fmt: skip
def test_a_link_to_nowhere_keeps_a_draft_from_the_dermatologist(
    page: Treatment, editor: User, href: str
) -> None:
    draft = builders.version(page, state=State.DRAFT)
    type(draft).objects.filter(pk=draft.pk).update(body=f'<p><a href="{href}">x</a></p>')
    draft.refresh_from_db()
    with pytest.raises(PublishingRefused, match="lead to no page"):
        publishing.submit(draft, editor, timezone.now())
    assert page.versions.get(pk=draft.pk).state == State.DRAFT


def test_a_stored_link_follows_the_page_and_the_readers_language(page: Treatment) -> None:
    article = builders.article("news")
    builders.version(article, body='<p><a href="/treatments/botox/">x</a> <a href="/contact/">y</a></p>')
    page.slug = "botox-cosmetic"
    page.save()
    assert 'href="/treatments/botox-cosmetic/"' in Client().get("/articles/news/").text
    spanish = Client().get("/es/articles/news/").text
    assert '<a href="/es/treatments/botox-cosmetic/">x</a> <a href="/es/contact/">y</a>' in spanish
