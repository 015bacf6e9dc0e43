"""The clinic's own words for a message, if it has any: asked before the shipped template.

A message is worded as a whole: a text for its subject, one for all below it, one to say on the phone. Where
the template says different things, each occasion is a text of its own (see `EMAIL_OCCASIONS`). The shipped
words are the template, filled in with the placeholders themselves.
"""

import re
from collections.abc import Mapping
from typing import Any

from django.template.loader import render_to_string
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from clinic.models import Clinic
from clinic.wordings import present
from clinic.wordings.filling import filled
from clinic.wordings.texts import text_of

SUBJECT, TEXT, SPOKEN = "subject", "message", "spoken"
# By kind, what is said otherwise on what occasion; the first that fits. Names are those of the samples.
EMAIL_OCCASIONS: dict[str, dict[str, Mapping[str, Any]]] = {
    "acknowledgement": {"acknowledgement-call": {"is_callback": True}},
    "cancelled": {
        "cancelled-and-withdrawn": {"by_patient": True, "withdrawn": True},
        "cancelled-by-patient": {"by_patient": True},
    },
    "earlier_time": {"earlier-time-several": {"several": True}},
    "moved": {"moved-same-time": {"is_same_time": True}},
    "offers": {"offers-one": {"is_one": True}},
    "other_times": {"other-times-one": {"is_one": True}},
    "times_beside": {"times-beside-one": {"is_one": True}},
}
SPOKEN_OCCASIONS: dict[str, dict[str, Mapping[str, Any]]] = {
    "cancelled": {"cancelled-by-patient": {"by_patient": True}},
    "decided": {"decided-consultation-first": {"decision": "consultation_first"}},
    "moved": {"moved-same-time": {"is_same_time": True}},
}
# What a template says besides the clinic's name and the times.
NAMES = (
    "clinic_phone", "reference", "answer_by", "promise", "link", "calendar_link", "recall_link", "stop_link",
    "start", "start_day", "start_clock", "old_start", "until", "new_time", "why", "words", "reason",
    "consultation", "with_doctor", "details", "reply", "told", "counts", "changes", "inbox_link",
    "request_link", "said", "account_link", "confirm", "happened", "happened_short", "notice_link",
    "choice_link",
)  # fmt: skip
# Without these a text still says what it has to.
MAY_SAY_NOTHING = frozenset(
    {"why", "words", "reason", "consultation", "until", "with_doctor", "details", "told", "confirm"}
)


def _occasions(part: str, kind: str) -> Mapping[str, Mapping[str, Any]]:
    return (SPOKEN_OCCASIONS if part == SPOKEN else EMAIL_OCCASIONS).get(kind, {})


def names_of(part: str, kind: str) -> set[str]:
    """The texts in which a message of `kind` may come."""
    return {kind.replace("_", "-"), *_occasions(part, kind)}


def occasion(part: str, kind: str, said: Mapping[str, Any]) -> str:
    """The name of the text in use for a message of `kind` that knows what is `said`."""
    facts = {**said, "is_one": len(said.get("starts", ())) == 1}
    fitting = (
        name
        for name, wanted in _occasions(part, kind).items()
        if all(facts.get(key) == wanted[key] for key in wanted)
    )
    return next(fitting, kind.replace("_", "-"))


def own(part: str, kind: str, said: Mapping[str, Any]) -> str:
    """What the clinic says itself, filled in; '' where it says nothing, or where what is owed isn't known."""
    text = text_of(f"{part}.{occasion(part, kind, said)}")
    if text is None:
        return ""
    words = present.own(said["clinic"], text, get_language() or "en")
    values = values_of(said)
    if not words or not all(values.get(name) for name in text.owed - MAY_SAY_NOTHING):
        return ""
    return filled(words, values)


def values_of(said: Mapping[str, Any]) -> dict[str, str]:
    """What the placeholders stand for."""
    return {
        **{name: str(said.get(name) or "") for name in NAMES},
        "clinic_name": str(said["clinic"].name),
        "times": "\n".join(f"- {start}" for start in said.get("starts", ())),
    }


def sentences(said: Mapping[str, Any]) -> dict[str, str]:
    """What is said in a sentence or not at all, in the active language."""
    if said["is_urgent"]:
        promise = _("We get in touch with you as soon as we can, within our opening hours.")
    elif said["answer_by_email"]:
        promise = _("We answer by e-mail, by %(answer_by)s.")
    else:
        promise = _("We answer by phone, by %(answer_by)s.")
    first = _("This visit is a consultation: the dermatologist talks with you before any treatment.")
    return {
        "promise": promise % {"answer_by": said["answer_by"]},
        "with_doctor": _("With %(name)s") % {"name": said["doctor"]} if said.get("doctor") else "",
        "details": "\n".join(_details(said)),
        "reply": reply(said["clinic"]),
        "why": _("You can read on your page why.") if said.get("has_reason") else "",
        "confirm": _(
            "Please tell us that you are coming: open your page with the link below and choose"
            " “Yes, I am coming”."
        )
        if said["asks"]
        else "",
        "consultation": first if said.get("is_consultation") else "",
    }


def _details(said: Mapping[str, Any]) -> list[str]:
    """With whom a visit is, how long it takes and where, a line each, as far as they are known."""
    clinic: Clinic = said["clinic"]
    lines = []
    if name := said.get("who") or said.get("doctor"):
        lines.append(_("With %(name)s") % {"name": name})
    if minutes := said.get("minutes"):
        words = ngettext("It takes about %(minutes)s minute.", "It takes about %(minutes)s minutes.", minutes)
        lines.append(words % {"minutes": minutes})
    if clinic.address_lines:
        lines.append(", ".join([clinic.name, *clinic.address_lines]))
    elif clinic.phone:
        lines.append(_("For directions, call %(phone)s.") % {"phone": clinic.phone.as_national})
    return lines


def reply(clinic: Clinic) -> str:
    """Whether somebody reads an answer to the e-mail."""
    if clinic.email:
        return _("You can reply to this e-mail, but what is private is safer on your page.")
    if clinic.phone:
        phone = clinic.phone.as_national
        return _("Nobody can read replies to this e-mail, so please call us at %(phone)s instead.") % {
            "phone": phone
        }
    return _("Nobody can read replies to this e-mail.")


def shipped(part: str, kind: str, name: str) -> str:
    """The shipped words with placeholders for what is filled in, in the active language."""
    folder = "email/spoken" if part == SPOKEN else "email"
    facts = dict(_occasions(part, kind).get(name, {}))
    number = 1 if facts.pop("is_one", False) else 2
    braced = {each: f"{{{each}}}" for each in NAMES}
    context = {
        **braced,
        "clinic": Clinic(name="{clinic_name}"),
        "starts": ["{times}"] * number,
        **facts,
    }
    rendered = render_to_string(f"{folder}/{kind}.txt", context).strip()
    said = re.sub(r"(- \{times\}\n)+", "{times}\n", rendered)
    subject, _newline, text = said.partition("\n")
    whole = {SUBJECT: subject, TEXT: text, SPOKEN: said}[part]
    return re.sub(r"\n{3,}", "\n\n", whole.strip())
