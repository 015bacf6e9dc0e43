"""'Help' on a page of the staff opens at the chapter about it, in the book of who asks."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from clinic.handbook.books import book
from clinic.handbook.contents import entries, help_about
from tests import access_table, access_world
from tests.access_world import World

# These answer with no page of the staff's: a redirect, or data for a script.
NO_PAGES = {"admin:None", "admin:autocomplete", "admin:jsi18n", "admin:view_on_site"}
STAFF = {role: letter for role, letter in access_table.LETTERS.items() if letter in access_table.STAFF}
# Which book and chapter, for whom, on which page.
OPENS = {
    ("front_desk", "admin:appointments_patientrequest_changelist"): "front-desk#the-inbox",
    ("front_desk", "admin:index"): "front-desk#today",
    ("front_desk", "admin:clinic_closure_add"): "front-desk#closures-and-opening-hours",
    ("front_desk", "admin:treatments_treatment_change"): "editor#a-page-and-its-versions",
    ("dermatologist", "admin:index"): "dermatologist#your-today",
    ("dermatologist", "admin:request-review"): "dermatologist#deciding-what-is-suitable",
    ("dermatologist", "admin:request-offer"): "front-desk#offering-times",
    ("dermatologist", "admin:treatments_article_version"): "dermatologist#signing-off-a-page",
    ("editor", "admin:index"): "editor#your-today",
    ("editor", "admin:treatments_article_version"): "editor#handing-over-for-sign-off",
    ("editor", "mfa_index"): "front-desk#signing-in",
    ("superuser", "admin:index"): "owner#your-today",
    ("superuser", "admin:figures"): "owner#figures",
    ("superuser", "admin:auth_user_change"): "owner#staff-accounts",
    ("superuser", "admin:request-visit"): "front-desk#the-visit",
    ("superuser", "admin:no_such_page"): "owner#",
}


def names(patterns: list[Any], route: str = "", spaces: tuple[str, ...] = ()) -> Iterator[tuple[str, str]]:
    """Each address of the site, and its name in the URL configuration."""
    for each in patterns:
        own = route + str(each.pattern)
        if isinstance(each, URLResolver):
            within = (*spaces, each.namespace) if each.namespace else spaces
            yield from names(each.url_patterns, own, within)
        elif isinstance(each, URLPattern):
            yield own, ":".join((*spaces, str(each.name)))


NAMES = dict(names(get_resolver().url_patterns))


@pytest.fixture
def world(db: None) -> World:
    return access_world.build()


def test_every_page_of_the_staff_has_a_chapter_for_whoever_may_see_it(world: World) -> None:
    anchors = {each.name: {chapter.anchor for chapter in book(each.name).chapters} for each in entries()}
    without = [
        f"{role}: {name}"
        for row in access_table.ROWS
        if row.route.startswith(("admin/", "accounts/")) and (name := NAMES[row.route]) not in NO_PAGES
        for role, letter in STAFF.items()
        if letter in row.read + row.post
        for shown, anchor in [help_about(name, world.users[role])]
        if anchor not in anchors[shown]
    ]
    assert without == []


def test_no_chapter_is_about_a_page_that_is_gone() -> None:
    there = {*NAMES.values(), "admin:handbook"}
    for entry in entries():
        for page in entry.pages:
            assert any(name == page or (page[-1] == "*" and name.startswith(page[:-1])) for name in there), (
                page
            )


@pytest.mark.parametrize(("role", "name"), OPENS)
def test_it_opens_in_the_book_of_who_asks(world: World, role: str, name: str) -> None:
    assert "#".join(help_about(name, world.users[role])) == OPENS[role, name]


@pytest.mark.parametrize("role", ["front_desk", "editor"])
@pytest.mark.parametrize("path", ["/admin/", "/accounts/2fa/", "/accounts/sessions/", "/admin/help/editor/"])
def test_the_link_stands_above_each_page(world: World, role: str, path: str) -> None:
    page = world.client(role).get(path, follow=True).text
    [address] = re.findall(r'href="(/admin/help/[\w-]+/#[\w-]+)">Help<', page)
    name, _, anchor = address.removeprefix("/admin/help/").partition("/#")
    assert anchor in {chapter.anchor for chapter in book(name).chapters}
