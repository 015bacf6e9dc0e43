"""What differs between two versions, in words."""

from treatments.admin.differences import differences, pieces, plain
from treatments.models import ArticleVersion


def test_blocks_become_lines() -> None:
    assert (
        plain("<h2>Do</h2>\n<ul>\n<li>rest &amp; drink</li><li>call us</li></ul>")
        == "Do\nrest & drink\ncall us"
    )


def test_words_taken_out_and_put_in_are_marked() -> None:
    found = [(piece.kind, piece.text) for piece in pieces("do not rub it", "do not press it")]
    assert found == [("", "do not "), ("del", "rub"), ("ins", "press"), ("", " it")]


def test_what_stays_the_same_is_kept_short() -> None:
    long = "same words " * 200
    found = pieces(long + "old", long + "new")
    assert len(found[0].text) < 400
    assert "\u2026" in found[0].text


def test_only_what_changed_is_named() -> None:
    old = ArticleVersion(title="One", summary="Same", body="<p>A b</p>")
    new = ArticleVersion(title="One", summary="Same", body="<p>A c</p>")
    assert [str(change.name) for change in differences(old, new)] == ["Text"]
