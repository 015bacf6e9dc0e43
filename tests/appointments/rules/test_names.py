"""The keys by which names are found again and compared."""

import pytest

from appointments import names


@pytest.mark.parametrize(
    "name",
    [
        "O\u2019Brien",
        "O'Brien",
        "obrien",
        "O Brien",
        "O`Brien",
        "O\u02bcBrien",
        "O\u2011Brien",
        "\u00d3BRIEN",
    ],
)
def test_all_apostrophes_are_one_name(name: str) -> None:
    assert names.key(name) == "obrien"


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("S\u00f8ren", "soren"), ("\u0141ukasz", "lukasz"), ("\u0110or\u0111e", "dorde"),
        ("Gro\u00df", "gross"), ("GROSS", "gross"), ("Mu\u00f1oz", "munoz"), ("Mun\u0303oz", "munoz"),
        ("\u00c6gir", "aegir"),
        ("\u0130pek", "ipek"), ("I\u015f\u0131l", "isil"), ("Anne-Marie", "annemarie"),
        ("\uff21\uff44\uff41", "ada"), ("\u00deor", "thor"), ("Nguy\u1ec5n", "nguyen"), ("Jr.", "jr"),
    ],
)  # fmt: skip
def test_a_key_has_no_accents_strokes_or_ligatures(name: str, plain: str) -> None:
    assert names.key(name) == plain


def test_every_word_begins_one_way_in() -> None:
    assert names.ways_in("Ana", "Garc\u00eda L\u00f3pez") == [
        "ana garcialopez lopez",
        "garcialopez ana lopez",
        "lopez ana garcialopez",
    ]
    assert names.ways_in("\u674e", "") == ["\u674e"]
    assert names.ways_in("\u5c0f\u660e", "\u738b") == [
        "\u5c0f\u660e\u738b \u738b\u5c0f\u660e",
        "\u738b\u5c0f\u660e \u5c0f\u660e\u738b",
    ]
    assert names.ways_in("X", "X") == ["x"]


@pytest.mark.parametrize("name", ["\U0001f469\u200d\U0001f469", "-", "'", "\u0646\u200c\u0647", "\u2e3a"])
def test_every_name_has_a_key(name: str) -> None:
    assert names.key(names.read(name))
    assert names.ways_in(name, "")
