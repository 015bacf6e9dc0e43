"""How a page is put together: its parts, its do-and-don't lists, what is drawn, and that it is signed."""

import re
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import Client

from tests import builders
from treatments import content_loader, publishing
from treatments.composition.composed import BESIDE, HOW
from treatments.composition.parts import drawn, parts_of
from treatments.models import ArticleDrawing, State, TreatmentDrawing, TreatmentVersion

DO = "<h3>Do</h3><ul><li>rest</li></ul>"
DONT = "<h3>Don't</h3><ul><li>do not run</li></ul>"


def test_each_heading_begins_a_part_and_no_word_is_lost() -> None:
    body = "<p>a</p>loose<h2>One <em>1</em></h2><ul><li>b<br>c</li></ul>"
    body += "<h2>Two</h2><blockquote><h2>in</h2></blockquote>d"
    parts = parts_of(body)
    assert [(part.number, part.heading) for part in parts] == [(0, ""), (1, "One 1"), (2, "Two")]
    whole = "".join(part.words + part.lists for part in parts)
    assert re.sub(r' id="part-\d"', "", whole) == body
    assert [part.anchor for part in parts if f'<h2 id="{part.anchor}">' in part.words] == ["part-1", "part-2"]
    assert parts_of("") == []


@pytest.mark.parametrize(
    "heading", ["Don't", "Don\N{RIGHT SINGLE QUOTATION MARK}t", "Do not", "Qué no hacer"]
)
def test_lists_under_do_and_dont_stand_side_by_side(heading: str) -> None:
    dont = DONT.replace("Don't", heading)
    part = parts_of(f"<h2>After</h2><p>a</p>{DO}{dont}<p>b</p>")[0]
    assert part.words == '<h2 id="part-1">After</h2><p>a</p>'
    assert part.lists == (
        f'<div class="dos"><section class="dos__do">{DO}</section>'
        f'<section class="dos__dont">{dont}</section></div><p>b</p>'
    )


@pytest.mark.parametrize(
    "body", ["<h3>Do</h3><p>a</p><ul><li>b</li></ul>", "<h3>Done</h3><ul><li>b</li></ul>", "<h3>Do</h3>"]
)
def test_other_lists_stay_as_they_are(body: str) -> None:
    assert (parts_of(body)[0].words, parts_of(body)[0].lists) == (body, "")


def test_how_it_works_follows_the_second_part_and_the_rest_the_lists() -> None:
    parts = parts_of(f"<p>a</p><h2>1</h2><h2>2</h2><h2>3</h2>{DO}<h2>4</h2><h2>5</h2>{DONT}")
    assert [part.drawing for part in drawn(parts, "how", ("x", "y", "z"))] == ["", "", "how", "x", "", "y"]
    assert [part.drawing for part in drawn(parts_of("<p>a</p><h2>1</h2>"), "how")] == ["", "how"]
    assert [part.drawing for part in drawn(parts_of("<p>a</p>"), "how")] == ["how"]


def test_every_choice_draws_what_it_says() -> None:
    chosen = {*TreatmentDrawing.values, *ArticleDrawing.values} - {""}
    assert {*BESIDE, *HOW} == chosen


@pytest.mark.django_db
class TestPages:
    def test_a_page_draws_what_its_live_english_version_says(self, client: Client) -> None:
        content_loader.load()
        for path in ("/treatments/botox/", "/es/treatments/botox/"):
            page = client.get(path).text
            assert page.count('class="drawn drawn-inset"') == 1
            assert page.count('role="img"') == 5  # four steps, and the months
        builders.version(TreatmentVersion.objects.get(language="en").page, drawing="")
        for path in ("/treatments/botox/", "/es/treatments/botox/"):
            page = client.get(path).text
            assert 'class="drawn drawn-inset"' not in page
            assert "drawn-hour" not in page

    def test_the_contents_lead_to_each_part(self, client: Client) -> None:
        content_loader.load(samples=True)
        for path in (
            "treatments/botox/",
            "treatments/sample-b/",
            "articles/botox-aftercare/",
            "es/treatments/botox/",
        ):
            page = client.get(f"/{path}").text
            led = re.findall(r'<a href="#([a-z0-9-]+)"', page)
            assert len(led) > 5
            assert [each for each in led if f'id="{each}"' not in page] == []

    def test_the_visit_stands_before_what_to_do_after_it(self, client: Client) -> None:
        page = builders.treatment("botox")
        builders.version(page, body=f"<h2>What</h2><h2>After</h2>{DO}")
        html = client.get("/treatments/botox/").text
        assert html.index('id="part-1"') < html.index('id="visit"') < html.index('id="part-2"')

    def test_the_article_leads_to_its_treatment_and_the_form(self, client: Client) -> None:
        content_loader.load()
        for language, title in (
            ("", "Botox for frown lines"),
            ("/es", "Botox para las líneas del entrecejo"),
        ):
            page = client.get(f"{language}/articles/botox-aftercare/").text
            assert f'<a href="{language}/treatments/botox/">{title}</a>' in page
            assert f'href="{language}/appointments/request/botox/"' in page
            assert f'href="{language}/doctors/dr-umar/"' in page
            assert 'href="tel:+13103181500"' in page

    def test_an_article_ends_with_help_then_its_last_words_and_the_ways_to_reach_the_clinic(
        self, client: Client
    ) -> None:
        content_loader.load()
        html = client.get("/articles/botox-aftercare/").text
        ends = [html.index(each) for each in ('id="emergency"', 'id="part-5"', 'id="reach"')]
        assert ends == sorted(ends)
        led = re.findall(r'<a href="#([a-z0-9-]+)"', html)
        assert led.index("emergency") < led.index("part-5") < led.index("reach")
        # Each way once, beside the header's and the phone's bar.
        main = html[html.index("<main") : html.index("</main")]
        assert main.count('class="button"') == 1
        assert main.count('href="/appointments/callback/"') == 1
        page = builders.article("care", names_medicine=True)
        builders.version(page, body=f"<h2>What</h2><h2>After</h2>{DO}", names_medicine=True)
        html = client.get("/articles/care/").text
        assert html.index('id="part-2"') < html.index('id="emergency"') < html.index('id="reach"')

    def test_an_article_leads_to_no_treatment_that_is_off_the_site(self, client: Client) -> None:
        builders.clinic()
        article = builders.article("care")
        treatment = builders.treatment("botox", aftercare=article)
        assert "/treatments/botox/" in client.get("/articles/care/").text
        for values in ({"is_published": False}, {"is_published": True, "is_sample": True}):
            type(treatment).objects.update(**values)
            assert "/treatments/botox/" not in client.get("/articles/care/").text

    def test_the_doctor_is_who_usually_does_it_else_the_one_in_the_menu(self, client: Client) -> None:
        builders.clinic()
        treatment = builders.treatment("botox")
        builders.practitioner(name="Dr. Menu", is_lead=True)
        usual = builders.practitioner(name="Dr. Usual")
        section = r'id="doctor">.*?<h3[^>]*>(.*?)</h3>'
        assert re.findall(section, client.get("/treatments/botox/").text, re.DOTALL) == ["Dr. Menu"]
        treatment.usual_practitioner = usual
        treatment.save()
        assert re.findall(section, client.get("/treatments/botox/").text, re.DOTALL) == ["Dr. Usual"]
        type(usual).objects.update(is_active=False)
        assert 'id="doctor"' not in client.get("/treatments/botox/").text


@pytest.mark.django_db
class TestSigned:
    def test_a_drawing_is_part_of_what_was_submitted(self) -> None:
        pages: list[tuple[Any, str]] = [
            (builders.treatment("botox"), TreatmentDrawing.BROW),
            (builders.article("care"), ArticleDrawing.AFTER),
        ]
        for page, drawing in pages:
            with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
                page.versions.filter(state=State.LIVE).update(drawing=drawing)

    @pytest.mark.parametrize("drawing", ["after-care", "made-up"])
    def test_only_what_is_drawn_for_such_a_page_can_be_chosen(self, drawing: str) -> None:
        with pytest.raises(DatabaseError), transaction.atomic():
            builders.version(builders.treatment("botox"), state=State.DRAFT, drawing=drawing)

    def test_a_translation_chooses_none(self) -> None:
        with pytest.raises(DatabaseError), transaction.atomic():
            builders.version(builders.treatment("botox"), "es", State.DRAFT, drawing="brow")

    def test_another_drawing_is_clinical(self) -> None:
        treatment = builders.treatment("botox")
        drawn = builders.version(treatment, state=State.DRAFT, drawing="brow")
        assert publishing.clinical_facts(drawn) != publishing.clinical_facts(
            TreatmentVersion.objects.get(state=State.LIVE)
        )
