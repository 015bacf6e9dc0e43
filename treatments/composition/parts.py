"""The text of a page as its parts, one for each heading, with the lists of what to do and not to do told
apart; and what is drawn beside which part.

The text was cleaned when it was stored, so it is well formed and has no attributes but those of links.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from django.utils.html import strip_tags
from django.utils.safestring import SafeString, mark_safe

# The headings over such lists, in the languages of the site.
DO = {"do", "qué hacer"}
DO_NOT = {"don't", "do not", "qué no hacer"}
TAG = re.compile(r"<(/?)([a-z0-9]+)[^>]*>")
WITHOUT_END = {"br"}


@dataclass(frozen=True)
class Part:
    """A heading with what stands below it. `number` counts from 1; 0 is what stands above the first one."""

    number: int
    heading: str
    words: SafeString
    # From the first list of what to do, or not to do, on; empty where there is none.
    lists: SafeString
    # A template's name, empty where nothing is drawn.
    drawing: str = ""

    @property
    def anchor(self) -> str:
        return f"part-{self.number}"

    @property
    def says_what_to_do(self) -> bool:
        return bool(self.lists)


def parts_of(body: str) -> list[Part]:
    """The parts of a cleaned text, in order."""
    groups: list[list[tuple[str, str]]] = [[]]
    for tag, html in _blocks(body):
        if tag == "h2":
            groups.append([])
        groups[-1].append((tag, html))
    return [_part(number, blocks) for number, blocks in enumerate(groups) if blocks]


def drawn(parts: Sequence[Part], how: str = "", beside: Sequence[str] = ()) -> list[Part]:
    """`parts` with what is drawn: `how` after the second heading's, or the last, and each of `beside` at one
    that says what to do."""
    last = max((part.number for part in parts), default=0)
    left = list(beside)
    found = []
    for part in parts:
        if how and part.number == min(2, last):
            found.append(replace(part, drawing=how))
        elif left and part.says_what_to_do:
            found.append(replace(part, drawing=left.pop(0)))
        else:
            found.append(part)
    return found


def _blocks(body: str) -> Iterator[tuple[str, str]]:
    """What stands side by side in a text: each outermost element, by its tag; loose words have none."""
    depth, start, end = 0, 0, 0
    for found in TAG.finditer(body):
        is_end, tag = found.group(1) == "/", found.group(2)
        if tag in WITHOUT_END:
            continue
        if not is_end and depth == 0:
            start = found.start()
            if loose := body[end:start].strip():
                yield "", loose
        depth += -1 if is_end else 1
        if depth == 0:
            end = found.end()
            yield tag, body[start:end]
    if loose := body[end:].strip():
        yield "", loose


def _part(number: int, blocks: list[tuple[str, str]]) -> Part:
    heading = ""
    if blocks[0][0] == "h2":
        heading = _words(blocks[0][1])
        blocks = [("h2", blocks[0][1].replace("<h2>", f'<h2 id="part-{number}">', 1)), *blocks[1:]]
    words, lists = _with_lists_apart(blocks)
    return Part(number, heading, mark_safe(words), mark_safe(lists))  # noqa: S308


def _words(html: str) -> str:
    return " ".join(strip_tags(html).replace("\N{RIGHT SINGLE QUOTATION MARK}", "'").split())


def _kind(heading: str) -> str:
    words = _words(heading).casefold()
    return "do" if words in DO else "dont" if words in DO_NOT else ""


def _with_lists_apart(blocks: list[tuple[str, str]]) -> tuple[str, str]:
    """What stands above the first list under 'Do' or 'Don't', and the rest. Such a list becomes a card with
    its heading; those in a row stand side by side."""
    kinds = [
        _kind(html) if tag == "h3" and following == "ul" else ""
        for (tag, html), (following, _html) in pairwise([*blocks, ("", "")])
    ]
    first = next((place for place, kind in enumerate(kinds) if kind), len(blocks))
    above, found, place = "".join(html for _tag, html in blocks[:first]), "", first
    while place < len(blocks):
        cards = ""
        while place < len(blocks) and kinds[place]:
            card = blocks[place][1] + blocks[place + 1][1]
            cards += f'<section class="dos__{kinds[place]}">{card}</section>'
            place += 2
        if cards:
            found += f'<div class="dos">{cards}</div>'
        else:
            found += blocks[place][1]
            place += 1
    return above, found
