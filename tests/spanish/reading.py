"""Reads a page as a Spanish-speaking patient does, and finds what is English in it."""

import re
from html.parser import HTMLParser

# Words that stand in nearly every English sentence of the site and in no Spanish one.
ENGLISH = re.compile(
    r"\b(the|and|you|your|we|our|us|of|to|is|are|not|this|that|with|for|by|from|at|it|if|please|call|phone"
    r"|request|appointment|time|times|day|days|month|months|years|monday|tuesday|wednesday|thursday|friday"
    r"|morning|afternoon|midday|noon|january|december|november|what|when|here|page|treatment|treatments|answer"
    r"|name|email|optional|about|error message|required)\b",
    re.IGNORECASE,
)
_SPOKEN = {"alt", "aria-label", "placeholder", "title", "content"}
_SILENT = {"script", "style"}
_VOID = {"meta", "link", "input", "br", "img", "hr", "path"}


class Reader(HTMLParser):
    """Gathers what is seen or read aloud, but for the parts that say themselves that they are English."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self._open: list[bool] = []

    @property
    def _is_heard(self) -> bool:
        return not any(self._open)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        is_apart = tag in _SILENT or values.get("lang") == "en"
        is_for_machines = tag == "meta" and values.get("name") != "description"
        if self._is_heard and not is_apart and not is_for_machines:
            self.said += [value for name, value in attrs if name in _SPOKEN and value]
        if tag not in _VOID:
            self._open.append(is_apart)

    def handle_endtag(self, tag: str) -> None:
        if tag not in _VOID and self._open:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        if self._is_heard and data.strip():
            self.said.append(" ".join(data.split()))


def english_in(html: str) -> list[str]:
    """Each piece of a page that holds an English word."""
    reader = Reader()
    reader.feed(html)
    reader.close()
    assert reader.said
    return [piece for piece in reader.said if ENGLISH.search(piece)]
