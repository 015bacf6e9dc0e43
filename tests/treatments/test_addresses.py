"""A page keeps every address that it ever had, and no two meet on one."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import get_resolver, reverse

from appointments.models import PatientRequest
from tests import builders
from tests.appointments import posts
from tests.threads import at_once
from tests.treatments.test_admin_content import signed_in
from treatments.addresses import to_nowhere, with_present_links
from treatments.models import Article, Treatment, TreatmentAddress
from treatments.models.slugs import RESERVED

FORM = {"position": "1", "visit_minutes": "30", "is_published": "on", "aftercare": ""}


@pytest.fixture
def botox(clinic: object) -> Treatment:
    """A treatment that was renamed twice, and asks one question."""
    page = builders.treatment("botox", questions=1)
    for slug in ("botulinum", "wrinkles"):
        rename(page, slug)
    return page


def rename(page: Any, slug: str) -> None:
    page.slug = slug
    page.save()


@pytest.mark.parametrize("language", ["", "/es"])
@pytest.mark.parametrize("place", ["/treatments/", "/appointments/request/"])
@pytest.mark.parametrize("old", ["botox", "botulinum"])
def test_every_old_address_leads_to_the_page_in_one_step(
    client: Client, botox: Treatment, language: str, place: str, old: str
) -> None:
    answer = client.get(f"{language}{place}{old}/?utm=a%20b&x=1")
    assert (answer.status_code, answer["Location"]) == (301, f"{language}{place}wrinkles/?utm=a%20b&x=1")
    assert "no-cache" in answer["Cache-Control"]
    assert client.head(f"{language}{place}{old}/").status_code == 301
    assert client.get(answer["Location"]).status_code == 200


def test_an_article_too_and_nothing_that_is_off_the_site(client: Client, botox: Treatment) -> None:
    article = builders.article("aftercare")
    rename(article, "care")
    assert client.get("/es/articles/aftercare/")["Location"] == "/es/articles/care/"
    for page in (botox, article):
        type(page)._default_manager.update(is_published=False)
    for path in (
        "/articles/aftercare/",
        "/treatments/botox/",
        "/appointments/request/botox/",
        "/treatments/x/",
    ):
        assert client.get(path).status_code == 404


def test_what_was_typed_under_an_old_address_is_sent_all_the_same(client: Client, botox: Treatment) -> None:
    post = posts.appointment(screening_1="no")
    again = client.post("/appointments/request/botox/", post | {"first_name": ""})
    assert (again.status_code, "Question 1?" in again.text) == (422, True)
    assert client.post("/appointments/request/botox/", post).status_code == 302
    stored = PatientRequest.objects.get()
    assert (stored.treatment, stored.screening_answers.count()) == (botox, 1)


def test_an_old_address_is_taken_again_by_its_own_page_alone(
    client: Client, botox: Treatment, editor: User
) -> None:
    other = builders.treatment("another")
    desk = signed_in(editor)
    address = reverse("admin:treatments_treatment_change", args=[other.pk])
    answer = desk.post(address, FORM | {"slug": "botox"})
    assert "is or was the address of another page" in answer.text
    with pytest.raises(IntegrityError), transaction.atomic():
        Treatment.objects.filter(pk=other.pk).update(slug="botulinum")
    with pytest.raises(IntegrityError), transaction.atomic():
        builders.treatment("botox")
    own = reverse("admin:treatments_treatment_change", args=[botox.pk])
    assert desk.post(own, FORM | {"slug": "botox"}).status_code == 302
    assert client.get("/treatments/wrinkles/")["Location"] == "/treatments/botox/"
    assert client.get("/treatments/botox/").status_code == 200
    builders.article("botulinum")


def test_of_two_pages_that_take_one_address_at_once_one_gets_it(transactional_db: None) -> None:
    pages = [builders.treatment() for _ in range(4)]

    def take(number: int) -> bool:
        try:
            return bool(Treatment.objects.filter(pk=pages[number].pk).update(slug="mine"))
        except IntegrityError:
            return False

    assert sum(at_once(take, 4)) == 1
    assert TreatmentAddress.objects.get(slug="mine").page == Treatment.objects.get(slug="mine")


@pytest.mark.parametrize("slug", ["consultation", "callback", "status", "request", "Consultation", "es"])
def test_words_of_the_sites_own_addresses_are_refused(
    client: Client, botox: Treatment, editor: User, slug: str
) -> None:
    own = reverse("admin:treatments_treatment_change", args=[botox.pk])
    answer = signed_in(editor).post(own, FORM | {"slug": slug})
    assert answer.text.count("part of the site&#x27;s own addresses. Please") == 1
    for model in (Treatment, Article):
        with pytest.raises(IntegrityError), transaction.atomic():
            model._default_manager.create(slug=slug)
    assert "consultation" in client.get("/appointments/request/consultation/").text


def segments(patterns: list[Any]) -> Iterator[str]:
    for each in patterns:
        yield from str(each.pattern).split("/")
        if str(each.pattern) not in ("admin/", "accounts/"):  # staff's, with many levels below
            yield from segments(getattr(each, "url_patterns", []))


def test_no_word_of_an_address_is_forgotten() -> None:
    words = {word for word in segments(get_resolver().url_patterns) if word and not set(word) & set("<.^$(")}
    assert words - set(RESERVED) == set()


def test_links_the_sitemap_and_structured_data_have_the_new_address(
    client: Client, botox: Treatment, physician: User
) -> None:
    article = builders.article("care")
    body = (
        '<p><a href="/treatments/botox/">a</a> <a href="/es/appointments/request/botulinum/?x=1">b</a>'
        '<a href="/appointments/request/consultation/">c</a> <a href="https://example.org/treatments/botox/">d</a></p>'
    )
    builders.version(article, body=body, by=physician)
    shown = client.get("/articles/care/").text
    assert 'href="/treatments/wrinkles/"' in shown
    whole = f'<a href="{settings.SITE_URL}/treatments/%s/">'
    assert with_present_links(whole % "botox") == whole % "wrinkles"
    assert 'href="/es/appointments/request/wrinkles/?x=1"' in shown
    assert "/appointments/request/consultation/" in shown
    assert "https://example.org/treatments/botox/" in shown
    for path in ("/sitemap.xml", "/treatments/wrinkles/", "/", "/es/treatments/", "/appointments/request/"):
        said = client.get(path).text
        assert "/wrinkles/" in said
        assert "/botox/" not in said


def test_the_slower_of_two_editors_keeps_what_was_typed(transactional_db: None, editor: User) -> None:
    desks = [signed_in(editor) for _ in range(3)]
    form = {"slug": "mine", "position": "7", "review_every_months": "12", "is_sample": "on"}

    def add(number: int) -> Any:
        return desks[number].post(reverse("admin:treatments_article_add"), form)

    answers = at_once(add, 3)
    assert sorted(answer.status_code for answer in answers) == [200, 200, 302]
    for answer in answers:
        if answer.status_code == 200:
            assert "already exists" in answer.text or "address of another page" in answer.text
            assert 'name="position" value="7"' in answer.text
    assert Article.objects.count() == 1


def test_a_new_page_leads_to_its_words_and_what_an_address_may_be_is_said_plainly(
    clinic: object, editor: User
) -> None:
    desk = signed_in(editor)
    add = reverse("admin:treatments_article_add")
    form = {"position": "7", "review_every_months": "12"}
    assert "Use letters without accents" in desk.post(add, form | {"slug": "Fáltas y más"}).text
    answer = desk.post(add, form | {"slug": "frown-lines"})
    page = Article.objects.get(slug="frown-lines")
    assert answer["Location"] == reverse("admin:treatments_article_words", args=[page.pk, "en"])


@pytest.mark.parametrize("language", ["", "/es"])
def test_a_doctors_old_address_leads_to_the_new_one(client: Client, clinic: object, language: str) -> None:
    doctor, other = builders.practitioner(slug="dr-umar"), builders.practitioner(slug="dr-two")
    article = builders.article("care")
    builders.version(article, body='<p><a href="/doctors/dr-umar/">x</a></p>')
    rename(doctor, "dr-omar")
    rename(doctor, "umar")
    for old in ("dr-umar", "dr-omar"):
        answer = client.get(f"{language}/doctors/{old}/?x=1")
        assert (answer.status_code, answer["Location"]) == (301, f"{language}/doctors/umar/?x=1")
    assert client.get(f"{language}/doctors/umar/").status_code == 200
    assert f'href="{language}/doctors/umar/"' in client.get(f"{language}/articles/care/").text
    assert to_nowhere('<a href="/doctors/dr-umar/">') == []
    with pytest.raises(IntegrityError), transaction.atomic():
        type(other)._default_manager.filter(pk=other.pk).update(slug="dr-omar")
    type(doctor)._default_manager.update(is_active=False)
    assert client.get(f"{language}/doctors/dr-umar/").status_code == 404


def test_a_doctor_takes_no_address_of_another_one(clinic: object) -> None:
    doctor, other = builders.practitioner(slug="dr-umar"), builders.practitioner(slug="dr-two")
    rename(doctor, "umar")
    other.slug = "dr-umar"
    with pytest.raises(ValidationError, match="address of another page"):
        other.full_clean()
