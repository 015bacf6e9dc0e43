"""A book as its page shows it, made of its Markdown file once per process."""

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import slugify
from PIL import Image

from clinic.handbook.contents import FOLDER, PICTURES

if TYPE_CHECKING:
    from markdown_it.token import Token


@dataclass(frozen=True)
class Chapter:
    """A heading of the second level; `anchor` is what GitHub makes of it too."""

    anchor: str
    title: str


@dataclass(frozen=True)
class Book:
    chapters: tuple[Chapter, ...]
    html: SafeString


@cache
def book(name: str) -> Book:
    """The book of that name, one of `contents.entries`. HTML in its file is shown, not obeyed."""
    # Takes 0.1 s to import, which only who reads a book waits for.
    from markdown_it import MarkdownIt

    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = _without_title(markdown.parse((FOLDER / f"{name}.md").read_text("utf-8")))
    chapters = []
    for token, after in zip(tokens, [*tokens[1:], None], strict=True):
        if token.type == "heading_open" and token.tag == "h2" and after:
            chapters.append(Chapter(slugify(after.content), after.content))
            token.attrSet("id", chapters[-1].anchor)
        for child in token.children or ():
            _lead_within_the_site(child)
    html = markdown.renderer.render(tokens, markdown.options, {})
    # The file is the project's own, and the parser lets no HTML of it through.
    return Book(tuple(chapters), mark_safe(html))  # noqa: S308


def _without_title(tokens: "list[Token]") -> "list[Token]":
    """The page has the book's title for its own."""
    return tokens[3:] if tokens and tokens[0].tag == "h1" else tokens


def _lead_within_the_site(token: "Token") -> None:
    """Has a picture, and a link to another book, lead to where the site has them. In the repository they
    lead from file to file."""
    if token.type == "image":
        file = PICTURES / str(token.attrs["src"]).removeprefix("pictures/")
        with Image.open(file) as picture:
            token.attrs |= {"width": picture.width, "height": picture.height, "loading": "lazy"}
        token.attrs["src"] = reverse("admin:handbook_picture", args=[file.name])
    elif token.type == "link_open":
        file_name, _, anchor = str(token.attrs["href"]).partition("#")
        if file_name.endswith(".md"):
            address = reverse("admin:handbook_book", args=[file_name.removesuffix(".md")])
            token.attrs["href"] = f"{address}#{anchor}" if anchor else address
