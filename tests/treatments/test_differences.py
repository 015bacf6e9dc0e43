"""What differs between two versions, in words."""

from typing import Any

import pytest

from clinic.signed.differences import Piece, blocks, pieces
from clinic.signed.written import lines
from treatments.admin.differences import _fact_differences, _question_differences, differences
from treatments.models import ArticleVersion
from treatments.publishing import Facts, Question


def said(found: list[list[Piece]]) -> list[str]:
    """Each block as one line: words taken out in (-), put in in (+)."""
    marks = {"del": "-{}-", "ins": "+{}+", "": "{}"}
    return ["".join(marks[piece.kind].format(piece.text) for piece in block) for block in found]


def body_changes(before: str, after: str) -> list[str]:
    old, new = (ArticleVersion(title="T", summary="S", body=body) for body in (before, after))
    [change] = differences(old, new)
    assert str(change.name) == "Text"
    return said(change.blocks)


def test_blocks_become_lines_and_say_what_they_are() -> None:
    body = "<h2>Do</h2>\n<ul>\n<li>rest &amp; drink</li><li><p>call us</p></li></ul><ol><li>one</li></ol>"
    assert lines(body) == ["[heading] Do", "[item] rest & drink", "[item] call us", "[numbered item] one"]
    assert lines("<blockquote><h3>Note</h3><p>a<br>b</p></blockquote><p>c</p>") == [
        "[quote] [smaller heading] Note", "[quote] a / b", "c",
    ]  # fmt: skip


def test_words_taken_out_and_put_in_are_marked() -> None:
    found = [(piece.kind, piece.text) for piece in pieces("do not rub it", "do not press it")]
    assert found == [("", "do not "), ("del", "rub"), ("ins", "press"), ("", " it")]


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        (
            '<p>Ask <a href="https://a.example/x">us</a> first.</p>',
            '<p>Ask <a href="https://b.example/x">us</a> first.</p>',
            "Ask -[link to https://a.example/x]-+[link to https://b.example/x]+ us [end of link] first.",
        ),
        (
            "<p>Do not rub it.</p>",
            "<p>Do <strong>not</strong> rub it.</p>",
            "Do +[bold] +not+ [end of bold]+ rub it.",
        ),
        ("<p>Rest well.</p>", "<h2>Rest well.</h2>", "+[heading] +Rest well."),
        (
            "<ul><li>Rest well.</li></ul>",
            "<ol><li>Rest well.</li></ol>",
            "-[item]-+[numbered item]+ Rest well.",
        ),
    ],
)
def test_links_headings_and_emphasis_count(before: str, after: str, shown: str) -> None:
    assert body_changes(before, after) == [shown]


def test_what_stays_is_counted_and_a_rewrite_stands_whole() -> None:
    same = "".join(f"<p>This is sentence {number}.</p>" for number in range(9))
    assert body_changes(
        same + "<p>The effect can last up to four months.</p>",
        same + "<p>Nobody knows how long.</p><p>Ask your dermatologist.</p>",
    ) == [
        "… 9 parts stay …",
        "-The effect can last up to four months.-",
        "+Nobody knows how long.+",
        "+Ask your dermatologist.+",
    ]


def test_a_changed_sentence_between_new_ones_is_compared_with_itself() -> None:
    assert said(blocks(["one two three four", "out"], ["new", "one two three five"])) == [
        "+new+", "one two three -four-+five+", "-out-",
    ]  # fmt: skip


def test_what_stays_the_same_within_a_block_is_kept_short() -> None:
    long = "same words " * 200
    found = pieces(long + "old", long + "new")
    assert len(found[0].text) < 400
    assert "\u2026" in found[0].text


def test_facts_and_questions_are_named() -> None:
    old = Facts(18, 65, 4, 3, 14, names_medicine=True)
    new = Facts(12, None, 12, 3, 14, names_medicine=False, drawing="brow")
    facts = [(str(each.name), *said(each.blocks)) for each in _fact_differences(old, new)]
    assert facts == [
        ("Youngest age", "-18- +12+"), ("Oldest age", "-65- +nothing said+"),
        ("The effect can last up to (months)", "-4- +12+"), (
            "Names a medicine",
            "-yes: the page says when to call 911- +no: it doesn't say when to call 911+",
        ),
        ("Drawn on the page", "-Nothing- +How it works: the muscles between the brows, in four steps+"),
    ]  # fmt: skip
    before = (Question("Allergic?", 1, "¿Alergia?", "To it."), Question("Pregnant?", 2))
    after = (
        Question("Allergic?", 1, "¿Alergia?"),
        Question("Pregnant?", 2, is_asked=False),
        Question("New?", 3),
    )
    found: list[Any] = [(str(each.name), said(each.blocks)) for each in _question_differences(before, after)]
    assert [name for name, _blocks in found] == ["Question 1", "Question 2", "Question 3"]
    assert "-To it.-" in found[0][1]
    assert any("+Not asked any more+" in line for line in found[1][1])
    assert found[2][1][0] == "+New?+"


def test_only_what_changed_is_named() -> None:
    old = ArticleVersion(title="One", summary="Same", body="<p>A b</p>")
    new = ArticleVersion(title="One", summary="Same", body="<p>A c</p>")
    assert [str(change.name) for change in differences(old, new)] == ["Text"]
