"""The words of the notices to staff among the texts that the clinic may word itself: in English alone."""

from collections import Counter
from collections.abc import Mapping
from functools import partial
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy

from appointments.messages.to_staff import at_once
from appointments.messages.to_staff.digest import in_words, inbox_link
from appointments.messages.to_staff.urgent import TOLD
from appointments.messages.to_staff.wording import worded
from appointments.messages.wordings import SUBJECT, TEXT, shipped, values_of
from appointments.models import Happening
from appointments.staff.messages.samples import MAIL_POLICY
from appointments.staff.messages.texts import PERMISSION, REFUSED, concerns
from clinic.languages import MAIN
from clinic.models import Clinic
from clinic.staff import attempts
from clinic.wordings.texts import Group, Kind, Placeholder, Text, register
from treatments.alarm.signs import Level

_CLINIC = Placeholder("clinic_name", gettext_lazy("The clinic's name."))
_SUBJECT = {
    "staff_digest": (Placeholder("counts", gettext_lazy("What is new, overdue or undelivered, in short.")),),
    "staff_notice": (Placeholder("happened_short", gettext_lazy("What has happened, in short.")),),
}
_TEXT = {
    "staff_urgent": (
        Placeholder("request_link", gettext_lazy("The link to the request, for those who may sign in.")),
        Placeholder(
            "told", gettext_lazy("One sentence: what the site told the patient. Left out if nothing.")
        ),
    ),
    "staff_digest": (
        Placeholder("changes", gettext_lazy("How much is new, overdue or undelivered, a line for each.")),
        Placeholder("inbox_link", gettext_lazy("The link to Today.")),
    ),
    "staff_sign_in": (
        Placeholder("said", gettext_lazy("Whose account it is, and what happened.")),
        Placeholder("account_link", gettext_lazy("The link to the account, for superusers.")),
    ),
    "staff_notice": (
        Placeholder("happened", gettext_lazy("What has happened; several things have a line for each.")),
        Placeholder("notice_link", gettext_lazy("The link to the request; of several, to Today.")),
        Placeholder("choice_link", gettext_lazy("The link to where one chooses what one hears.")),
    ),
}
_OWED = {
    "staff_urgent": {"request_link"},
    "staff_digest": {"changes", "inbox_link"},
    "staff_sign_in": {"said", "account_link"},
    "staff_notice": {"happened", "notice_link"},
}
# By kind, what it is called and when it is sent.
NAMES: dict[str, tuple[str | Promise, str | Promise]] = {
    "staff_urgent": (
        gettext_lazy("Urgent request"),
        gettext_lazy("At once, to the clinic's address and the physicians, when somebody may need help."),
    ),
    "staff_digest": (
        gettext_lazy("What is new in the inbox"),
        gettext_lazy("To the clinic's address, every 15 minutes at most, when there is something to tell."),
    ),
    "staff_sign_in": (
        gettext_lazy("A colleague's account is tried"),
        gettext_lazy("Once a day for each account, to the clinic's address and the superusers."),
    ),
    "staff_notice": (
        gettext_lazy("What one chose to hear at once"),
        gettext_lazy("To the one person who chose it, or together when that person's quiet hours end."),
    ),
}


def _kind_of(text: Text) -> str:
    return text.key.partition(".")[2].replace("-", "_")


def sampled(clinic: Clinic) -> dict[str, Any]:
    """What a notice knows, made up."""
    request_link = settings.SITE_URL + reverse("admin:appointments_patientrequest_change", args=[1])
    said = {"clinic": clinic, "told": TOLD[Level.CALL_US], "request_link": request_link}
    tried = {"said": attempts.words(attempts.Attempts(1, "front-desk", attempts.CODES, 0))}
    tried["account_link"] = settings.SITE_URL + reverse("admin:auth_user_change", args=[1])
    counted = in_words({"new": 2, "overdue": 1, "undelivered": 1})
    chosen = at_once.said(Counter({Happening.REVIEW: 1}), request_link)
    return {**said, "inbox_link": inbox_link(), **counted, **tried, **chosen}


def _values(_text: Text, clinic: Clinic) -> Mapping[str, str]:
    return values_of(sampled(clinic))


def _whole(_request: HttpRequest, text: Text, _language: str) -> HttpResponse:
    html = worded(_kind_of(text), sampled(Clinic.current()))["html"]
    return HttpResponse(html, headers={"Content-Security-Policy": MAIL_POLICY, "Content-Language": MAIN})


NOTICES = Group(
    "notices",
    gettext_lazy("Notices to staff"),
    PERMISSION,
    7,
    _values,
    _whole,
    gettext_lazy("See the e-mail"),
    REFUSED,
    concerns,
)


def register_notices() -> None:
    """A subject and a text for each."""
    for kind, (name, when) in NAMES.items():
        slug = kind.replace("_", "-")
        said: dict[str, Any] = {"group": NOTICES, "hint": when, "languages": (MAIN,)}
        subject = Text(
            f"{SUBJECT}.{slug}",
            label=format_lazy(gettext_lazy("{name}: subject"), name=name),
            shipped=partial(shipped, SUBJECT, kind, slug),
            placeholders=(_CLINIC, *_SUBJECT.get(kind, ())),
            **said,
        )
        text = Text(
            f"{TEXT}.{slug}",
            label=format_lazy(gettext_lazy("{name}: text"), name=name),
            shipped=partial(shipped, TEXT, kind, slug),
            kind=Kind.PARAGRAPHS,
            placeholders=(_CLINIC, *_TEXT[kind]),
            owed=frozenset(_OWED[kind]),
            **said,
        )
        register(subject, text)
