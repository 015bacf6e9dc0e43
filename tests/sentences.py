"""The sentences of a text, and the tables in `docs/` that say what stands behind each."""

import re
from html.parser import HTMLParser
from pathlib import Path


class Sentences(HTMLParser):
    """The sentences of each paragraph and each line of a list; headings are none."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self.is_said = False

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag in {"p", "li"}:
            self.parts.append("")
            self.is_said = True
        elif tag in {"h2", "h3"}:
            self.is_said = False

    def handle_endtag(self, tag: str) -> None:
        if tag in {"p", "li"}:
            self.is_said = False

    def handle_data(self, data: str) -> None:
        if self.is_said:
            self.parts[-1] += data


def sentences_of(html: str) -> list[str]:
    reader = Sentences()
    reader.feed(html)
    parts = (" ".join(part.split()) for part in reader.parts)
    return [sentence for part in parts if part for sentence in re.split(r"(?<=[.:?]) (?=[A-ZÁÉÍÓÚÑ¿])", part)]


def rows_of(table: Path) -> list[tuple[str, str, list[str]]]:
    """English, Spanish, and what is named in backquotes behind them, of each row of three cells."""
    found = []
    for line in table.read_text("utf-8").splitlines():
        if line.startswith("| ") and not line.startswith(("| English", "| ---")) and line.count(" | ") == 2:
            english, spanish, proof = (cell.strip() for cell in line.strip("|").split(" | "))
            found.append((english, spanish, re.findall(r"`([^`]+)`", proof)))
    return found
