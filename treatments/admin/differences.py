"""What differs between two versions, word by word."""

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from html import unescape

from django.utils.functional import Promise
from django.utils.html import strip_tags
from django.utils.translation import gettext_lazy as _

from treatments.models import ContentVersion

_BLANK_LINES = re.compile(r"\s*\n\s*")
# So much of what stays the same is shown on either side of a change.
CONTEXT = 160
_BLOCK_ENDS = re.compile(r"</(?:p|h[1-6]|li|blockquote)>|<br ?/?>")


@dataclass(frozen=True)
class Piece:
    """A run of words: kept, taken out ('del') or put in ('ins')."""

    kind: str
    text: str


@dataclass(frozen=True)
class Change:
    """One text of a page that differs, as a run of pieces."""

    name: str | Promise
    pieces: list[Piece]


def plain(body: str) -> str:
    """The words of `body`, one line for each block."""
    text = unescape(strip_tags(_BLOCK_ENDS.sub("\n", body)))
    return _BLANK_LINES.sub("\n", text).strip()


def differences(old: ContentVersion, new: ContentVersion) -> list[Change]:
    """The texts of a page that differ from `old` to `new`."""
    texts = [
        (_("Title"), old.title, new.title),
        (_("Summary"), old.summary, new.summary),
        (_("Text"), plain(old.body), plain(new.body)),
    ]
    return [Change(name, pieces(before, after)) for name, before, after in texts if before != after]


def pieces(before: str, after: str) -> list[Piece]:
    """Both texts as one, with the words that were taken out and put in."""
    one, other = re.findall(r"\s+|\S+", before), re.findall(r"\s+|\S+", after)
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
    return f"{head} \u2026\n\u2026 {tail}"
