"""The words that confirm a request, made once for all requests to which the same is said: before one of them
is stored, so that nobody waits for a template while it is."""

from datetime import datetime
from typing import Any

from appointments import references
from appointments.messages.notices import Words, render, spoken
from appointments.models.request import PatientRequest, new_token
from clinic.operations import known
from clinic.operations.edition import Kept

KIND = "acknowledgement"
# All in which two of them differ, as it stands in what is kept; nobody's own.
_REFERENCE, _TOKEN = references.new_reference(), new_token()
# Two languages, two kinds, two ways to answer, urgent or not: a few moments by which we answer.
_kept: Kept[tuple[str, str, str, bool, datetime], Words] = Kept(200)


def words_for(patient_request: PatientRequest) -> Words | None:
    """What confirms a request that may not be stored yet; None where nobody is told: suspected spam gets
    nothing, so that the form can't be made to mail strangers, and who gave no e-mail sees it on the page."""
    if patient_request.suspected_spam or not patient_request.email:
        return None
    said: dict[str, Any] = {
        name: getattr(patient_request, name)
        for name in ("language", "kind", "contact_by", "urgent", "respond_by")
    }
    words = _kept.of(tuple(said.values()), lambda: _worded(said))
    own = {references.shown(_REFERENCE): patient_request.shown_reference, _TOKEN: patient_request.token}
    return Words(*(_with(text, own) for text in words))


def _worded(said: dict[str, Any]) -> Words:
    """As they are for a request of which nothing is known but what is `said`."""
    anybody = PatientRequest(**said, reference=_REFERENCE, token=_TOKEN)
    clinic = known.clinic()
    return Words(*render(anybody, KIND, clinic=clinic), spoken(anybody, KIND, clinic=clinic))


def _with(text: str, own: dict[str, str]) -> str:
    for mark, value in own.items():
        text = text.replace(mark, value)
    return text
