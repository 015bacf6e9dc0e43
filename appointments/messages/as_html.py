"""A text message as an e-mail shows it: the same words, with what matters most set apart.

Mail programs know little of the web: tables, attributes and styles inline, no picture, nothing loaded. The
text is the source, also where the clinic words it itself: a line that is a time becomes a date block, the
paragraph that ends with the patient's link becomes a button with the link below it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.template.loader import render_to_string
from django.utils.functional import Promise
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinic.time.words import month_and_number

LINK = re.compile(r"https?://[^\s<>]+[^\s<>.,)]")
# By kind, what the button says.
BUTTONS: dict[str, str | Promise] = {
    "acknowledgement": gettext_lazy("See your request"),
    "offers": gettext_lazy("Choose a time"),
    "other_times": gettext_lazy("Choose a time"),
    "earlier_time": gettext_lazy("Choose a time"),
    "times_beside": gettext_lazy("Choose a time"),
    "question": gettext_lazy("Read and answer"),
    "decided": gettext_lazy("Read our answer"),
    "declined": gettext_lazy("Read our answer"),
    "booked": gettext_lazy("See your appointment"),
    "moved": gettext_lazy("See your appointment"),
    "reminder_days": gettext_lazy("See your appointment"),
    "reminder_morning": gettext_lazy("See your appointment"),
    "aftercare": gettext_lazy("Read our advice"),
    "aftercare_update": gettext_lazy("Read our advice"),
    "recall": gettext_lazy("Ask for an appointment"),
}
# In these the time is one that ends.
_ENDING = ("cancelled", "other_times")


@dataclass(frozen=True)
class Block:
    """One piece of a message: words, a button, or a time with its calendar leaf."""

    words: SafeString
    button: str | Promise = ""
    link: str = ""
    month: str = ""
    number: str = ""
    time: str = ""
    is_over: bool = False


def html_of(kind: str, subject: str, text: str, language: str, said: Mapping[str, Any]) -> str:
    """The message as HTML. `said` brings the clinic, `main_link`, where the button leads, for staff `button`,
    what it says, and for patients `moments`, each time that the text names with its moment."""
    foot = str(said.get("reply", ""))
    paragraphs = [each.strip() for each in text.split("\n\n")]
    context = {
        **said,
        "subject": subject,
        "language": language,
        "blocks": [
            block
            for paragraph in paragraphs
            if paragraph and paragraph != foot
            for block in _blocks(kind, paragraph, said)
        ],
    }
    return render_to_string("email/base.html", context)


def _blocks(kind: str, paragraph: str, said: Mapping[str, Any]) -> list[Block]:
    main_link, moments = str(said.get("main_link", "")), said.get("moments", {})
    if main_link and paragraph.endswith(main_link):
        before = paragraph.removesuffix(main_link).strip()
        button = said.get("button") or BUTTONS.get(kind, _("Open your page"))
        return [Block(_safe(before, said), button=button, link=main_link)]
    lines = paragraph.split("\n")
    times = [line.removeprefix("- ") for line in lines]
    over = {said.get("start")} if kind in _ENDING else set()
    if all(time in moments for time in times):
        return [_date(time, moments[time], SafeString(), is_over=time in over) for time in times]
    if times[0] in moments:
        below = _safe("\n".join(lines[1:]), said)
        return [_date(times[0], moments[times[0]], below, is_over=times[0] in over)]
    return [Block(_safe(paragraph, said))]


def _date(time: str, moment: datetime, words: SafeString, *, is_over: bool) -> Block:
    month, number = month_and_number(moment)
    return Block(words, month=month, number=number, time=time, is_over=is_over)


def _safe(words: str, said: Mapping[str, Any]) -> SafeString:
    """Words as safe HTML: links lead where they read, the phone number can be tapped, the reference and the
    doctor's name stay as they are in every language."""
    html = LINK.sub(r'<a class="link" style="color:#1f5d57" href="\g<0>">\g<0></a>', escape(words))
    phone, reference = said.get("clinic_phone"), said.get("reference")
    if phone:
        dialled = said["clinic"].phone.as_e164
        tap = f'<a class="link" style="color:#1f5d57;white-space:nowrap" href="tel:{dialled}">{phone}</a>'
        html = html.replace(escape(phone), tap)
    if reference:
        html = html.replace(escape(reference), f'<strong translate="no">{reference}</strong>')
    for name in {said.get("who"), said.get("doctor")} - {None, ""}:
        html = html.replace(escape(name), f'<span translate="no">{escape(name)}</span>')
    return mark_safe(html.replace("\n", "<br>"))  # noqa: S308 - escaped
