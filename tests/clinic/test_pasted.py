"""What is pasted from a word processor keeps its structure, and nothing that acts."""

import re
from html.parser import HTMLParser

import pytest
from django.contrib.auth.models import User
from django.test import Client

from clinic.rich_text import clean_body
from tests.hostile_pastes import PASTES

WORD = """<html xmlns:o="urn:x"><head><meta name=Generator content="Microsoft Word 15"><title>Secret</title>
<style><!-- p.MsoNormal {margin:0} --></style><!--[if gte mso 9]><xml><w:x>junk</w:x></xml><![endif]--></head>
<body lang=EN-US><!--StartFragment--><h1>Care<o:p></o:p></h1>
<p class=MsoNormal>Do <b>not</b> rub.&nbsp; See <a href="http://www.fda.gov/x"><span
style='color:blue'>the FDA</span></a>.<o:p></o:p></p><h2>What to do</h2>
<p class=MsoListParagraphCxSpFirst style='text-indent:-.25in;mso-list:l0 level1 lfo1'><![if !supportLists]>
<span style='font-family:Symbol;mso-list:Ignore'>·<span>&nbsp; </span></span><![endif]>Rest</p>
<p class=MsoListParagraphCxSpMiddle style='mso-list:l0 level2 lfo1'><span
style='mso-list:Ignore'>o<span>&nbsp;</span></span>Sit up</p>
<p class=MsoListParagraphCxSpLast style='mso-list:l0 level1 lfo1'><span
style='mso-list:Ignore'>·</span>Drink</p>
<p class=MsoListParagraph style='mso-list:l1 level1 lfo2'><span style='mso-list:Ignore'>1.</span>First</p>
<p class=MsoNormal>End</p><!--EndFragment--></body></html>"""
DOCS = """<meta charset='utf-8'><b style="font-weight:normal;" id="docs-internal-guid-1"><h1 dir="ltr"><span
style="font-size:20pt;font-weight:700">Care</span></h1><p dir="ltr"><span style="font-weight:400">Do </span>\
<span style="font-weight:700">not</span><span style="font-style:italic"> rub</span> <a
href="https://www.google.com/url?q=https://www.fda.gov/y&amp;sa=D"><span>the FDA</span></a></p><ul><li
dir="ltr"><p role="presentation"><span>Rest</span></p></li><ul><li><p>Sit up</p></li></ul></ul></b>"""
PAGES = """<p class="p1"><span class="s1"><b>Care</b></span></p><ul class="ul1"><li class="li1">Rest</li></ul>
<table><tr><td>One</td><td><img src="file:///x.png">Two</td></tr></table><div>Loose <i>text</i></div>"""


@pytest.mark.parametrize(
    ("pasted", "kept"),
    [
        (
            "<p><b style='mso-bidi-font-weight:normal'>Not</b>"
            " <i style='mso-bidi-font-style:normal'>now</i></p>",
            "<p><strong>Not</strong> <em>now</em></p>",
        ),
        (
            WORD,
            "<h2>Care</h2><p>Do <strong>not</strong> rub. "
            'See <a href="https://www.fda.gov/x">the FDA</a>.</p>'
            "<h3>What to do</h3><ul><li><p>Rest</p><ul><li><p>Sit up</p></li></ul></li>"
            "<li><p>Drink</p></li></ul><ol><li><p>First</p></li></ol><p>End</p>",
        ),
        (
            DOCS,
            "<h2>Care</h2><p>Do <strong>not</strong><em> rub</em> "
            '<a href="https://www.fda.gov/y">the FDA</a></p>'
            "<ul><li><p>Rest</p><ul><li><p>Sit up</p></li></ul></li></ul>",
        ),
        (
            PAGES,
            "<p><strong>Care</strong></p><ul><li><p>Rest</p></li></ul><p>One</p><p>Two</p>"
            "<p>Loose <em>text</em></p>",
        ),
        ("One\r\ntwo\n\nThree & < four", "<p>One<br>two</p><p>Three &amp; &lt; four</p>"),
    ],
    ids=["Word's marks for other scripts", "word", "google docs", "pages", "plain text"],
)
def test_the_structure_stays_and_the_rest_goes(pasted: str, kept: str) -> None:
    assert clean_body(pasted) == kept
    assert clean_body(kept) == kept


def test_what_the_editor_writes_stays_as_it_is() -> None:
    own = (
        '<h2>A</h2><ul><li><p>b <a href="/contact/">c</a></p></li></ul><blockquote><p>d<br>e</p></blockquote>'
    )
    assert clean_body(own) == own


class _Acting(HTMLParser):
    """What is in a text beyond plain structure and plain links."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in {"p", "h2", "h3", "ul", "ol", "li", "blockquote", "br", "a", "strong", "em"}:
            self.found.append(tag)
        for name, value in attrs:
            if name != "href" or not re.match(r"(https:|tel:|/(?!/))", value or ""):
                self.found.append(f"{tag} {name}={value}")


@pytest.mark.parametrize("pasted", PASTES)
def test_nothing_that_acts_is_kept(pasted: str) -> None:
    reader = _Acting()
    for text in (pasted, f"<p>Before</p>{pasted}<p>after</p>", f'<h1 style="x">{pasted}</h1>'):
        reader.feed(clean_body(text))
    reader.close()
    assert reader.found == []


def test_there_are_fifty() -> None:
    assert len(set(PASTES)) == 50


def test_the_editor_asks_the_server_what_is_kept(editor: User) -> None:
    client = Client()
    client.force_login(editor)
    answer = client.post("/admin/pasted/", {"html": "<h1>A</h1><script>x</script>"})
    assert answer.text == "<h2>A</h2>"
    assert answer["Content-Type"].startswith("text/plain")
    assert Client().post("/admin/pasted/", {"html": "x"}).status_code == 302
