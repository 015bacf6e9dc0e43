"""A formatted text as lines of words, with its headings, lists, emphasis and links said in words, so that a
change of any of them can be read."""

from html.parser import HTMLParser

from django.utils.translation import gettext as _

_BLOCKS = {"p", "h2", "h3", "li", "blockquote"}


def lines(body: str) -> list[str]:
    """One line for each block of `body`."""
    reader = _Reader()
    reader.feed(body)
    reader.close()
    return reader.finished()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self._lines: list[str] = []
        self._line: list[str] = []
        self._lists: list[str] = []
        self._in_quote = False
        self._kind = ""

    def finished(self) -> list[str]:
        self._end_line()
        return self._lines

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("ul", "ol"):
            self._end_line()
            self._lists.append(tag)
        elif tag in _BLOCKS:
            self._begin(tag)
        elif tag == "br":
            self._line.append(" / ")
        else:
            self._line.append(_opening(tag, dict(attrs).get("href") or ""))

    def handle_endtag(self, tag: str) -> None:
        if tag in ("ul", "ol"):
            self._end_line()
            self._lists = self._lists[:-1]
        elif tag == "blockquote":
            self._end_line()
            self._in_quote = False
        elif tag in _BLOCKS:
            self._end_line()
        else:
            self._line.append(_closing(tag))

    def handle_data(self, data: str) -> None:
        self._line.append(data)

    def _begin(self, tag: str) -> None:
        """A block; the paragraph inside an item of a list is the item."""
        if tag == "p" and self._kind == "li" and not "".join(self._line).strip():
            return
        self._end_line()
        self._in_quote = self._in_quote or tag == "blockquote"
        self._kind = tag

    def _end_line(self) -> None:
        text = " ".join("".join(self._line).split())
        if text:
            self._lines.append(self._said_of_the_block() + text)
        self._line, self._kind = [], ""

    def _said_of_the_block(self) -> str:
        said = {
            "h2": _("[heading] "),
            "h3": _("[smaller heading] "),
            "li": _("[numbered item] ") if self._lists[-1:] == ["ol"] else _("[item] "),
        }.get(self._kind, "")
        return (_("[quote] ") if self._in_quote else "") + said


def _opening(tag: str, href: str) -> str:
    if tag == "a":
        return f" {_('[link to %(target)s]') % {'target': href}} "
    return {"strong": f" {_('[bold]')} ", "em": f" {_('[italic]')} "}.get(tag, "")


def _closing(tag: str) -> str:
    return {
        "a": f" {_('[end of link]')} ",
        "strong": f" {_('[end of bold]')} ",
        "em": f" {_('[end of italic]')} ",
    }.get(tag, "")
