"""What comes out of a word processor as the plain structure that the editor writes: headings from the second
level on, paragraphs, lists, emphasis and links; the rest is dropped. Makes nothing safe: that is the
sanitiser's part, which comes after it.

Word writes a list as paragraphs with the bullet as text; Google Docs writes emphasis as styles, and bold
around the whole that means nothing; Pages writes paragraphs with classes. A plain text has blank lines.
"""

import re
from dataclasses import dataclass, field
from html import escape, unescape
from html.parser import HTMLParser
from itertools import groupby
from urllib.parse import parse_qs, urlsplit

HEADINGS = {f"h{level}": level for level in range(1, 7)}
BLOCKS = {
    "p", "div", "section", "article", "main", "header", "footer", "aside", "figure", "figcaption", "address",
    "pre", "table", "tr", "td", "th", "caption", "dt", "dd", "dl", "center", "body", "hr",
}  # fmt: skip
NOT_TEXT = {
    "script", "style", "title", "xml", "template", "noscript", "iframe", "object", "svg", "math", "select",
    "textarea", "noembed", "noframes", "xmp",
}  # fmt: skip
EMPHASIS = {"b": "strong", "strong": "strong", "i": "em", "em": "em"}
OWN_TAGS = {"p", "h2", "h3", "ul", "ol", "li", "blockquote", "br", "a", "strong", "em"}
_TAG = re.compile(r"<([a-zA-Z][^\s/>]*)([^>]*)>")
_MARKUP = re.compile(r"<[a-zA-Z/!?]")
_FOREIGN = re.compile(r"(?i)\s(style|class)\s*=|\bhref\s*=\s*[\"']?(?!https:|tel:|/(?!/))")
_LIST_LEVEL = re.compile(r"mso-list:[^;]*\blevel(\d)")
_NUMBER = re.compile(r"[\s(]*(\d+|[a-zA-Z]{1,4})[.)]")
_SPACE = re.compile(r"\s+")


@dataclass
class _Block:
    """`path` are the lists around it: of each its kind and the number of its item."""

    kind: str
    path: tuple[tuple[str, int], ...]
    in_quote: bool
    html: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Inline:
    """An inline element that is open: the tag that ends it, and what is written for it. A marker is the
    bullet or number that Word writes before an item."""

    tag: str
    opening: str = ""
    closing: str = ""
    is_marker: bool = False


def tidied(text: str) -> str:
    """`text` in the editor's own structure; as it is where it has that already."""
    if not _MARKUP.search(text):
        return _paragraphs(text)
    tags = _TAG.findall(text)
    if all(tag.lower() in OWN_TAGS and not _FOREIGN.search(rest) for tag, rest in tags):
        return text
    reader = _Reader(shift=int(any(tag.lower() == "h1" for tag, _rest in tags)))
    reader.feed(text)
    reader.close()
    return _written(reader.blocks)


def _paragraphs(text: str) -> str:
    parts = [part.strip() for part in re.split(r"\n\s*\n", unescape(text).replace("\r\n", "\n"))]
    return "".join(f"<p>{escape(part, quote=False)}</p>".replace("\n", "<br>") for part in parts if part)


class _Reader(HTMLParser):
    """Blocks, one after another, each with its inline markup closed."""

    def __init__(self, shift: int) -> None:
        super().__init__()
        self.blocks: list[_Block] = []
        self._shift = shift
        self._open: _Block | None = None
        self._kind = "p"
        self._lists: list[tuple[str, int]] = []
        self._quotes = self._items = self._skipped = 0
        self._inline: list[_Inline] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in NOT_TEXT or self._skipped:
            self._skipped += tag in NOT_TEXT
            return
        values = {name: value or "" for name, value in attrs}
        if tag in HEADINGS:
            self._begin(f"h{min(3, max(2, HEADINGS[tag] + self._shift))}")
        elif tag in ("ul", "ol"):
            self._end()
            self._lists.append((tag, 0))
        elif tag == "li":
            self._end()
            self._item()
        elif tag == "blockquote":
            self._end()
            self._quotes += 1
        elif tag in BLOCKS:
            self._paragraph(values)
        elif tag == "br":
            if self._open:
                self._open.html.append("<br>")
        else:
            self._begin_inline(tag, values)

    def handle_endtag(self, tag: str) -> None:
        if self._skipped:
            self._skipped -= tag in NOT_TEXT
        elif tag in ("ul", "ol"):
            self._end()
            self._lists = self._lists[:-1]
        elif tag == "blockquote":
            self._end()
            self._quotes = max(0, self._quotes - 1)
        elif tag in HEADINGS or tag in BLOCKS or tag == "li":
            self._end()
        else:
            self._end_inline(tag)

    def handle_data(self, data: str) -> None:
        text = _SPACE.sub(" ", data)
        if self._skipped:
            return
        if any(each.is_marker for each in self._inline):
            self._mark(text)
            return
        if self._open is None:
            if not text.strip():
                return
            self._open = _Block(self._kind, tuple(self._lists), self._quotes > 0)
            self.blocks.append(self._open)
            self._open.html += [each.opening for each in self._inline]
        self._open.html.append(escape(text, quote=False))

    def _mark(self, text: str) -> None:
        """The marker says what list it is."""
        if self._lists and _NUMBER.match(text):
            self._lists[-1] = ("ol", self._lists[-1][1])

    def _begin(self, kind: str) -> None:
        self._end()
        self._kind = kind

    def _end(self) -> None:
        if self._open is not None:
            self._open.html += [each.closing for each in reversed(self._inline)]
        self._open, self._kind = None, "p"

    def _item(self) -> None:
        self._items += 1
        kind = self._lists[-1][0] if self._lists else "ul"
        self._lists = [*self._lists[:-1], (kind, self._items)]

    def _paragraph(self, values: dict[str, str]) -> None:
        style, name = values.get("style", ""), values.get("class", "")
        level = _LIST_LEVEL.search(style)
        if level is not None:
            self._end()
            depth = int(level[1])
            self._lists = [*self._lists[:depth], *([("ul", 0)] * (depth - len(self._lists)))]
            self._item()
            return
        if name.startswith("Mso"):
            self._lists = []
        self._begin("h2" if name == "MsoTitle" else "p")

    def _begin_inline(self, tag: str, values: dict[str, str]) -> None:
        style = values.get("style", "").replace(" ", "").lower()
        in_heading = self._kind != "p" or (self._open is not None and self._open.kind != "p")
        opening = closing = ""
        if tag == "a" and (href := _address(values.get("href", ""))):
            opening, closing = f'<a href="{escape(href)}">', "</a>"
        elif not in_heading:
            names = _emphasis(tag, style)
            opening = "".join(f"<{name}>" for name in names)
            closing = "".join(f"</{name}>" for name in reversed(names))
        self._inline.append(_Inline(tag, opening, closing, "mso-list:ignore" in style))
        if self._open is not None:
            self._open.html.append(opening)

    def _end_inline(self, tag: str) -> None:
        """Ends the innermost of that name; what was begun within it and is still open goes on."""
        place = next((at for at in range(len(self._inline) - 1, -1, -1) if self._inline[at].tag == tag), None)
        if place is None:
            return
        after = self._inline[place + 1 :]
        if self._open is not None:
            self._open.html += [each.closing for each in reversed(self._inline[place:])]
            self._open.html += [each.opening for each in after]
        self._inline = [*self._inline[:place], *after]


def _emphasis(tag: str, style: str) -> list[str]:
    weight = re.search(r"(?<![\w-])font-weight:(bold|bolder|[6-9]00|normal|[1-5]00)", style)
    is_bold = EMPHASIS.get(tag) == "strong" if weight is None else weight[1][0] in "b6789"
    slant = re.search(r"(?<![\w-])font-style:(italic|normal)", style)
    is_italic = EMPHASIS.get(tag) == "em" if slant is None else slant[1] == "italic"
    return ["strong"] * is_bold + ["em"] * is_italic


def _address(href: str) -> str:
    """The address of a link that leads somewhere: without the search engine around it, over https."""
    href = href.strip()
    parts = urlsplit(href) if href.startswith(("http://", "https://")) else None
    if parts and parts.hostname in ("www.google.com", "google.com") and parts.path == "/url":
        href = next(iter(parse_qs(parts.query).get("q", [])), href)
    if href.startswith("http://"):
        href = "https://" + href.removeprefix("http://")
    is_own = href.startswith("/") and not href.startswith("//")
    return href if is_own or href.startswith(("https://", "tel:")) else ""


def _written(blocks: list[_Block]) -> str:
    """The blocks as HTML; those of a list in it, those of a quote in one."""
    parts = []
    for in_quote, group in groupby(blocks, key=lambda block: block.in_quote):
        inner = _listed(list(group), 0)
        parts.append(f"<blockquote>{inner}</blockquote>" if in_quote else inner)
    return "".join(parts)


def _listed(blocks: list[_Block], depth: int) -> str:
    parts = []
    for kind, group in groupby(
        blocks, key=lambda block: block.path[depth][0] if len(block.path) > depth else ""
    ):
        if not kind:
            parts += [f"<{block.kind}>{_trimmed(block.html)}</{block.kind}>" for block in group]
            continue
        items = groupby(group, key=lambda block: block.path[depth][1])
        inner = "".join(f"<li>{_listed(list(item), depth + 1)}</li>" for _number, item in items)
        parts.append(f"<{kind}>{inner}</{kind}>")
    return "".join(parts)


def _trimmed(html: list[str]) -> str:
    text = re.sub(r"^(<br>|\s)+|(<br>|\s)+$", "", "".join(html))
    return re.sub(r"<(strong|em)>(\s*)</\1>", r"\2", text)
