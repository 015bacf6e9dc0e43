"""The staff's site: Django's admin under the clinic's name, with Today as its front page.

The apps bring the parts of Today by `on_front_page`, so that the clinic needs to know none of them.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch, URLPattern, URLResolver, path, reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from clinic.rich_text import clean_body
from clinic.staff import passwords

Words = str | Promise

# Counting ends there: nobody reads more off a number, and it costs the same however much waits.
MOST_COUNTED = 1000


def shown_count(number: int) -> str:
    """The number as it is shown: '1,000+' where counting has ended."""
    return f"{MOST_COUNTED:,}+" if number >= MOST_COUNTED else str(number)


@dataclass(frozen=True)
class Count:
    """How many of something wait, as a link to them; without an address only the number."""

    name: str
    words: Words
    number: int
    url: str = ""
    is_late: bool = False

    @property
    def shown(self) -> str:
        """The number as it is shown."""
        return shown_count(self.number)


@dataclass(frozen=True)
class Advice:
    """Something that the clinic still has to set or to look after, with where to do it."""

    words: Words
    url: str = ""


@dataclass(frozen=True)
class Section:
    """A part of Today with a template of its own, which finds its content as `section.content`."""

    template: str
    content: dict[str, Any] = field(default_factory=dict)
    position: int = 0


Part = Count | Advice | Section
Contribution = Callable[[HttpRequest, datetime], Iterable[Part]]
_contributions: list[Contribution] = []


def on_front_page(contribution: Contribution) -> Contribution:
    """Decorates a function that gives parts of Today: only what the user of the request may see."""
    if contribution not in _contributions:
        _contributions.append(contribution)
    return contribution


@dataclass(frozen=True)
class MenuEntry:
    """A link of the menu on every page: to the admin's page of that name, for those with the permission.

    It is marked as current on that page, on the `others`, and on all pages below any of them.
    """

    label: Words
    page: str
    permission: str
    position: int
    others: tuple[str, ...] = ()


_menu: set[MenuEntry] = set()


def add_to_menu(*entries: MenuEntry) -> None:
    _menu.update(entries)


def menu(request: HttpRequest) -> list[dict[str, Any]]:
    """The entries for this user, with the value of `aria-current` for each."""
    shown = [
        (entry, url)
        for entry in sorted(_menu, key=lambda entry: entry.position)
        if request.user.has_perm(entry.permission) and (url := address(entry.page))
    ]
    # One page may lie below another's: the longest address that fits is where one is.
    above = [
        (len(start), entry)
        for entry, _url in shown
        for page in (entry.page, *entry.others)
        if (start := address(page)) and request.path.startswith(start)
    ]
    current = max(above, key=lambda found: found[0])[1] if above else None
    return [
        {
            "label": entry.label,
            "url": url,
            "current": ("page" if request.path == url else "true") if entry is current else "",
        }
        for entry, url in shown
    ]


_pages: list[URLPattern] = []


def add_pages(*pages: URLPattern) -> None:
    """Has the site answer at these addresses, below its own, for whoever has signed in as staff."""
    _pages.extend(page for page in pages if page not in _pages)


def address(name: str, *args: Any, query: str = "") -> str:
    """The address of a page of the admin, or '' while there is none."""
    try:
        url = reverse(f"admin:{name}", args=args)
    except NoReverseMatch:
        return ""
    return f"{url}?{query}" if query else url


def pasted(request: HttpRequest) -> HttpResponse:
    """What the editor inserts of what was pasted into it: the same as would be kept of it."""
    return HttpResponse(clean_body(request.POST.get("html", "")), content_type="text/plain; charset=utf-8")


class ClinicAdminSite(admin.AdminSite):
    """Django's admin, branded."""

    site_title = _("FineTouch Dermatology")
    site_header = _("FineTouch Dermatology")
    index_title = _("Today")
    enable_nav_sidebar = False

    def today(self, request: HttpRequest) -> dict[str, Any]:
        """The context of Today: counts, advice, sections, and when it was looked up."""
        now = timezone.now()
        parts = [part for contribution in _contributions for part in contribution(request, now)]
        return {
            "now": now,
            "counts": [part for part in parts if isinstance(part, Count)],
            "advice": [part for part in parts if isinstance(part, Advice)],
            "sections": sorted(
                (part for part in parts if isinstance(part, Section)), key=lambda part: part.position
            ),
        }

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        """Today, with the list of everything that can be edited below it."""
        return super().index(request, {**self.today(request), **(extra_context or {})})

    def today_part(self, request: HttpRequest) -> HttpResponse:
        """What changes on Today, for the page to refresh itself."""
        context = {**self.each_context(request), **self.today(request)}
        return TemplateResponse(request, "admin/parts/today.html", context)

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        return {**super().each_context(request), "menu": menu(request)}

    def password_change(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        """Django's page for one's own password."""
        answer = super().password_change(request, extra_context)
        if request.method == "POST" and answer.status_code == 302:
            passwords.is_ones_own(request)
        return answer

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """Django's, with a plain name for its accounts."""
        apps: list[Any] = super().get_app_list(request, app_label)
        for app in apps:
            if app["app_label"] == "auth":
                app["name"] = _("Staff accounts")
        return apps

    def get_urls(self) -> list[URLResolver | URLPattern]:
        """Django's, the part of Today that refreshes, what the editor makes of what is pasted, and what the
        apps add."""
        return [
            path("pasted/", self.admin_view(require_POST(pasted)), name="pasted"),
            path("today/", self.admin_view(require_safe(self.today_part)), name="today"),
            *(URLPattern(each.pattern, self.admin_view(each.callback), {}, each.name) for each in _pages),
            *super().get_urls(),
        ]
