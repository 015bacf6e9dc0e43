"""The notices that staff get by e-mail: in English, in the shipped words or the clinic's own, without a word
about any patient."""

from collections.abc import Mapping
from typing import Any

from django.template.loader import render_to_string
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from appointments.messages.as_html import html_of
from appointments.messages.notices import split
from appointments.messages.wordings import SUBJECT, TEXT, own
from clinic.languages import MAIN

# By kind, where the e-mail's button leads and what it says. A notice without one holds no link.
BUTTONS: dict[str, tuple[str, str | Promise]] = {
    "staff_urgent": ("request_link", gettext_lazy("Open the request")),
    "staff_digest": ("inbox_link", gettext_lazy("Open the inbox")),
    "staff_sign_in": ("account_link", gettext_lazy("Open the account")),
    "staff_notice": ("notice_link", gettext_lazy("Look at it")),
}


def worded(kind: str, said: Mapping[str, Any]) -> dict[str, str]:
    """Language, subject, text and HTML of a notice of `kind`; `said` holds the clinic and what the
    placeholders stand for."""
    with translation.override(MAIN):
        shipped_subject, shipped_text = split(render_to_string(f"email/{kind}.txt", dict(said)))
        subject = own(SUBJECT, kind, said) or shipped_subject
        text = own(TEXT, kind, said) or shipped_text
        link, button = BUTTONS.get(kind, ("", ""))
        html = html_of(kind, subject, text, MAIN, {**said, "main_link": said.get(link, ""), "button": button})
    return {"language": MAIN, "subject": subject, "text": text, "html": html}
