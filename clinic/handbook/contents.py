"""Which books there are, whose each is, which chapter is about which page: docs/handbook/contents.toml."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.conf import settings
from django.contrib.auth.models import AnonymousUser, User

FOLDER: Path = settings.BASE_DIR / "docs" / "handbook"
PICTURES = FOLDER / "pictures"


@dataclass(frozen=True)
class Entry:
    """A book: the stem of its file, what it is called, and the permission that makes it somebody's own."""

    name: str
    title: str
    permission: str
    # From names in the URL configuration, or their beginnings before a `*`, to the anchor of a chapter.
    pages: Mapping[str, str]

    def chapter_about(self, view_name: str) -> str:
        """The anchor of the chapter about that page, or ''. The longest beginning that fits holds."""
        if view_name in self.pages:
            return self.pages[view_name]
        fits = [each for each in self.pages if each.endswith("*") and view_name.startswith(each[:-1])]
        return self.pages[max(fits, key=len)] if fits else ""


@cache
def entries() -> tuple[Entry, ...]:
    """All books, in the order in which they are asked for a chapter. Read once per process."""
    given = tomllib.loads((FOLDER / "contents.toml").read_text("utf-8"))
    return tuple(
        Entry(
            name,
            book["title"],
            book["permission"],
            {page: anchor for anchor, pages in book["chapters"].items() for page in pages},
        )
        for name, book in given.items()
    )


def for_user(user: User | AnonymousUser) -> list[Entry]:
    """All books, those of the user's own work first."""
    return sorted(entries(), key=lambda each: not user.has_perm(each.permission))


def help_about(view_name: str, user: User | AnonymousUser) -> tuple[str, str]:
    """The book and the anchor at which 'Help' opens for this user on this page; the user's own book from its
    beginning, with an empty anchor, where no book has a chapter about the page."""
    books = for_user(user)
    for book in books:
        if anchor := book.chapter_about(view_name):
            return book.name, anchor
    return books[0].name, ""
