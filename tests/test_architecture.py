"""The picture in docs/architecture.md shows the imports as they are."""

from tests import architecture


def test_the_picture_is_of_today() -> None:
    """If not: `make architecture`."""
    assert architecture.PAGE.read_text() == architecture.page_with(architecture.drawing())


def test_an_arrow_stays_only_where_no_others_lead_the_same_way() -> None:
    graph = {"roof": {"hall", "cellar"}, "hall": {"stairs"}, "stairs": {"cellar"}, "cellar": set()}
    assert architecture.without_detours(graph) == {**graph, "roof": {"hall"}}
