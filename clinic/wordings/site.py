"""The texts of the site's own pages: where they stand and who may change them. The words are in `shipped`."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.urls import resolve, reverse
from django.utils import translation
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from clinic.models import Clinic
from clinic.wordings.shipped import SHIPPED, site_values
from clinic.wordings.texts import Group, Kind, Placeholder, Text, Words, register

PERMISSION = "clinic.change_wording"
NAME = Placeholder("clinic_name", _("The clinic's name."))
PHONE = Placeholder("clinic_phone", _("The clinic's phone number."))
DAYS = Placeholder("answer_days", _("Within how many clinic days you answer, such as '2 clinic days'."))
HOLD = Placeholder("hold_days", _("For how many clinic days you hold times, such as '1 clinic day'."))


def values(_text: Text, clinic: Clinic) -> dict[str, str]:
    return site_values(clinic)


def page_at(
    request: HttpRequest, path: str, language: str, view: Callable[..., HttpResponse] | None = None
) -> HttpResponse:
    """The page at `path` as a visitor gets it in `language`, or what `view` would show there."""
    with translation.override(language):
        match = resolve(path)
        # The same person's request for another page: nothing on it depends on what else was sent.
        asked = HttpRequest()
        vars(asked).update(vars(request))
        asked.method, asked.path, asked.path_info, asked.resolver_match = "GET", path, path, match
        response: HttpResponse = (view or match.func)(asked, *match.args, **match.kwargs)
    response["Cache-Control"] = "no-store"
    return response


def _whole(request: HttpRequest, text: Text, language: str) -> HttpResponse:
    with translation.override(language):
        return page_at(request, reverse(text.page), language)


def _group(name: str, label: Words, position: int) -> Group:
    return Group(name, label, PERMISSION, position, values, _whole)


HOME = _group("home", _("Home"), 1)
CONTACT = _group("contact", _("Contact"), 4)


def _home(
    key: str, label: Words, kind: Kind = Kind.LINE, *placeholders: Placeholder, hint: Words = ""
) -> Text:
    return Text(key, HOME, label, SHIPPED[key], kind, (NAME, PHONE, *placeholders), hint=hint, page="home")


def _contact(key: str, label: Words, kind: Kind = Kind.LINE, hint: Words = "") -> Text:
    shipped = SHIPPED.get(key, "")
    named = () if kind is Kind.LINK else (NAME, PHONE)
    left_out = _("On the home page too. Left out until you write it.")
    return Text(
        key,
        CONTACT,
        label,
        shipped,
        kind,
        named,
        hint=hint if shipped else _joined(hint, left_out),
        page="contact",
    )


def _joined(*hints: Words) -> Words:
    return format_lazy(" ".join("{}" for hint in hints if hint), *(hint for hint in hints if hint))


def register_site() -> None:
    """The home page's texts, those of the ways to reach the clinic, and the contact page's."""
    lines = Kind.PARAGRAPHS
    register(
        _home(
            "home.heading", _("First sentence"), hint=_("The large line at the top, and the page's title.")
        ),
        _home(
            "home.lead", _("Lead"), lines, hint=_("Below the first sentence: who you are and what you do.")
        ),
        _home("home.next", _("Below the buttons: what comes next"), Kind.LINE, DAYS),
        _home("home.reasons", _("What you can count on: heading"), hint=_("Read aloud by screen readers.")),
        _home("home.reason-1", _("What you can count on: 1")),
        _home("home.reason-1-words", _("What you can count on: 1, words")),
        _home("home.reason-2", _("What you can count on: 2")),
        _home("home.reason-2-words", _("What you can count on: 2, words")),
        _home("home.reason-3", _("What you can count on: 3")),
        _home("home.reason-3-words", _("What you can count on: 3, words")),
        _home("home.why-heading", _("Why with us: heading")),
        _home(
            "home.why",
            _("Why with us"),
            Kind.RICH,
            hint=_("Why somebody should come to you. Left out, with its heading, until you write it."),
        ),
        _home("home.offered", _("What you offer: heading")),
        _home("home.steps", _("Heading above 'How it works'")),
        _home("home.step-1", _("How it works: step 1")),
        _home("home.step-1-words", _("How it works: step 1, words")),
        _home("home.step-2", _("How it works: step 2")),
        _home("home.step-2-words", _("How it works: step 2, words"), Kind.LINE, DAYS),
        _home("home.step-3", _("How it works: step 3")),
        _home("home.step-3-words", _("How it works: step 3, words"), Kind.LINE, HOLD),
        _home("home.step-4", _("How it works: step 4")),
        _home("home.step-4-words", _("How it works: step 4, words")),
        _home(
            "home.search", _("For search engines"), hint=_("Shown below the page's title in search results.")
        ),
        _home("ways.request", _("Ways to reach you: request"), hint=_("Also on the contact page.")),
        _home("ways.call", _("Ways to reach you: call"), hint=_("Also on the contact page.")),
        _contact("contact.lead", _("Lead"), lines, hint=_("Above the phone number.")),
        _contact("contact.map", _("Link to a map"), Kind.LINK, hint=_("Opened by 'See us on a map'.")),
        _contact("contact.parking", _("Parking"), lines),
        _contact("contact.languages", _("Languages spoken"), hint=_("Such as 'English and Spanish'.")),
        _contact("contact.price", _("Note on prices"), lines),
        _contact("contact.insurance", _("Note on insurance"), lines),
    )
