"""Which messages go as texts, and their words: what an e-mail may say and less, with a link to the rest."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from appointments.messages.texts import consent, segments
from appointments.models.request import PatientRequest

# What asks for promptness, in templates/text/: beside the e-mail, instead of the call.
TEXTED = frozenset(
    {
        "offers", "other_times", "earlier_time", "times_beside", "times_fallen", "moved", "cancelled",
        "reminder_days", "reminder_morning",
    }
)  # fmt: skip


def number_for(patient_request: PatientRequest, kind: str, extra: Mapping[str, Any]) -> str:
    """The number to which message `kind` goes as a text; '' for none. Nobody is told their own wish. One
    query at most."""
    is_texted = kind in TEXTED and not extra.get("by_patient")
    return consent.number_of(patient_request) if is_texted else ""


def words(kind: str, token: str, context: Mapping[str, Any]) -> str:
    """Message `kind` in the active language. `context` is that of its e-mail."""
    short_link = settings.SITE_URL + reverse("request-short", args=[token])
    rendered = render_to_string(f"text/{kind}.txt", {**context, "short_link": short_link})
    return segments.plain(" ".join(rendered.split()))


def cost_in_words(text: str) -> str:
    """What it costs to send `text` once, for staff."""
    cost = segments.cost_of(text)
    said = ngettext("%(count)s segment", "%(count)s segments", cost.segments) % {"count": cost.segments}
    dear = segments.dear_signs(text)
    if not dear:
        return _("%(segments)s, %(alphabet)s") % {"segments": said, "alphabet": cost.alphabet}
    return _("%(segments)s, %(alphabet)s because of: %(signs)s") % {
        "segments": said,
        "alphabet": cost.alphabet,
        "signs": " ".join(dear),
    }
