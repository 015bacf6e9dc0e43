"""What differs between two texts, in words that were taken out and put in.

Blocks that say much the same are compared word by word; a rewritten one stands whole, the old above the new.
"""

import re
from dataclasses import dataclass, field
from difflib import SequenceMatcher

from django.utils.functional import Promise
from django.utils.translation import ngettext

# From so much in common on two blocks are one that was changed.
ALIKE = 0.5
# So much of what stays the same is shown on either side of a change within a block.
CONTEXT = 160


@dataclass(frozen=True)
class Piece:
    """A run of words: kept, taken out ('del') or put in ('ins')."""

    kind: str
    text: str


@dataclass(frozen=True)
class Change:
    """One part of a version that differs: its blocks, each a run of pieces."""

    name: str | Promise
    blocks: list[list[Piece]] = field(default_factory=list)


def blocks(before: list[str], after: list[str]) -> list[list[Piece]]:
    """Both lists of blocks as one; blocks that stay are only counted."""
    found: list[list[Piece]] = []
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    for kind, start, end, other_start, other_end in matcher.get_opcodes():
        if kind == "equal":
            count = end - start
            words = ngettext("… %(count)s part stays …", "… %(count)s parts stay …", count)
            found.append([Piece("", words % {"count": count})])
        else:
            found += _changed(before[start:end], after[other_start:other_end])
    return found


def _changed(gone: list[str], come: list[str]) -> list[list[Piece]]:
    """Each new block beside the old one that it was made of, else beside none."""
    found: list[list[Piece]] = []
    left = list(gone)
    for text in come:
        source = next((each for each in left if _alike(each, text)), None)
        if source is None:
            found.append([Piece("ins", text)])
            continue
        position = left.index(source)
        found += [[Piece("del", each)] for each in left[:position]]
        left = left[position + 1 :]
        found.append(pieces(source, text))
    # What has gone for good stands above what has come in its place.
    place = len(found)
    while place and [piece.kind for piece in found[place - 1]] == ["ins"]:
        place -= 1
    return [*found[:place], *([Piece("del", each)] for each in left), *found[place:]]


def _alike(one: str, other: str) -> bool:
    return SequenceMatcher(None, one.split(), other.split(), autojunk=False).ratio() >= ALIKE


def pieces(before: str, after: str) -> list[Piece]:
    """Both texts as one, with the words that were taken out and put in."""
    one, other = (re.findall(r"\s+|\[[^\]]*\]|[^\s\[]+|\[", text) for text in (before, after))
    found = []
    for kind, start, end, other_start, other_end in SequenceMatcher(
        None, one, other, autojunk=False
    ).get_opcodes():
        if kind == "equal":
            found.append(Piece("", shortened("".join(one[start:end]))))
            continue
        for mark, words in (("del", one[start:end]), ("ins", other[other_start:other_end])):
            if words:
                found.append(Piece(mark, "".join(words)))
    return found


def shortened(same: str) -> str:
    """A long stretch of the same words, without its middle."""
    if len(same) <= 2 * CONTEXT + 20:
        return same
    head, tail = same[:CONTEXT].rpartition(" ")[0], same[-CONTEXT:].partition(" ")[2]
    return f"{head} \u2026 {tail}"
