"""The words of messages and phone scripts among the texts that the clinic may word itself."""

import re
from collections.abc import Mapping
from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from appointments.messages import notices
from appointments.messages.wordings import SPOKEN, SUBJECT, TEXT, names_of, shipped
from appointments.staff.messages.samples import SAMPLES, Sample, made_up_for, mail_as_shown
from clinic.models import Clinic
from clinic.wordings.texts import Group, Kind, Placeholder, Text, register
from treatments.models import TreatmentVersion

PERMISSION = "clinic.change_clinic"
MEANINGS: dict[str, str | Promise] = {
    "clinic_name": gettext_lazy("The clinic's name."),
    "clinic_phone": gettext_lazy("The clinic's phone number."),
    "reference": gettext_lazy("The reference of the request, which brings you to it when the patient calls."),
    "link": gettext_lazy("The link to the patient's page."),
    "answer_by": gettext_lazy("The day and time by which you answer."),
    "promise": gettext_lazy("One sentence: how you answer and by when."),
    "start": gettext_lazy("Day and time of the appointment."),
    "start_day": gettext_lazy("The day of the appointment."),
    "start_clock": gettext_lazy("The time of the appointment."),
    "old_start": gettext_lazy("Day and time of the appointment before it was moved."),
    "calendar_link": gettext_lazy("The link that puts the appointment in the patient's calendar."),
    "times": gettext_lazy("The times on offer, one on each line."),
    "until": gettext_lazy("Day and time until which the times are held."),
    "new_time": gettext_lazy("The new day and time by which you answer."),
    "with_doctor": gettext_lazy("With which doctor, if it is another one. Else it is left out."),
    "details": gettext_lazy("With whom, how long and where, each on a line of its own."),
    "reply": gettext_lazy("One sentence: whether somebody reads replies to the e-mail."),
    "why": gettext_lazy(
        "One sentence: that the reason can be read on the patient's page. Left out without one."
    ),
    "reason": gettext_lazy("The reason that staff gave. Left out without one."),
    "words": gettext_lazy("The dermatologist's or the desk's own words. Left out without any."),
    "consultation": gettext_lazy("One sentence, if the visit is a consultation. Else it is left out."),
    "confirm": gettext_lazy("One sentence that asks the patient to confirm. Left out once they have."),
    "recall_link": gettext_lazy("The link to the form, most of it filled in."),
    "stop_link": gettext_lazy("The link that ends messages like this one."),
}
# By kind: what its e-mail may say, and what it has to, beside name, phone, reference and link.
_VISIT = "start start_day start_clock details calendar_link"
IN_EMAIL: dict[str, tuple[str, str]] = {
    "acknowledgement": ("promise answer_by", "promise reference"),
    "booked": (_VISIT, "start"),
    "cancelled": (f"{_VISIT} why", "start"),
    "earlier_time": ("times until old_start with_doctor", "times until old_start with_doctor"),
    "missed_promise": ("new_time", "new_time"),
    "moved": (f"{_VISIT} old_start with_doctor", "start details"),
    "offers": ("times until", "times"),
    "other_times": (f"{_VISIT} times until why with_doctor", "start times with_doctor"),
    "promise_moved": ("promise answer_by", "promise"),
    "recall": ("recall_link stop_link", "recall_link stop_link"),
    "times_beside": ("times until old_start with_doctor", "times until old_start with_doctor"),
    "reminder_days": (f"{_VISIT} confirm", "start"),
    "reminder_morning": (f"{_VISIT} confirm", "start"),
}
ON_THE_PHONE: dict[str, tuple[str, str]] = {
    "acknowledgement": ("answer_by", "answer_by"),
    "booked": ("start consultation", "start consultation"),
    "cancelled": ("start reason", "start"),
    "decided": ("words", "words"),
    "declined": ("words", "words"),
    "earlier_time": (
        "times until old_start with_doctor consultation",
        "times until old_start with_doctor consultation",
    ),
    "missed_promise": ("new_time", "new_time"),
    "moved": ("start old_start with_doctor consultation", "start with_doctor consultation"),
    "offers": ("times until consultation", "times consultation"),
    "other_times": (
        "start times until reason with_doctor consultation",
        "start times with_doctor consultation",
    ),
    "question": ("words", "words"),
    "times_beside": (
        "times until old_start with_doctor consultation",
        "times until old_start with_doctor consultation",
    ),
    "reminder_days": ("start consultation", "start consultation"),
    "reminder_morning": ("start consultation", "start consultation"),
}
_TYPED = gettext_lazy(
    "Nothing that a patient typed stands in a message, so that the form can't be made to mail strangers."
)
_CLINICAL = gettext_lazy(
    "No message names the treatment or says anything about health: e-mails pass through other computers."
)
REFUSED = {
    **dict.fromkeys(("name", "first_name", "last_name", "message", "email", "phone"), _TYPED),
    **dict.fromkeys(("treatment", "treatments", "answers", "screening", "diagnosis"), _CLINICAL),
}


def _values(text: Text, _clinic: Clinic) -> Mapping[str, str]:
    one = _sample_of(text)
    language = get_language() or "en"
    made_up, values = made_up_for(one, language, timezone.now())
    values = notices.sampled_values(made_up, **values, has_reason=True)
    return {name: notices.without_link(value) for name, value in values.items()}


def _whole(request: HttpRequest, text: Text, language: str) -> HttpResponse:
    return mail_as_shown(_sample_of(text), language)


def _sample_of(text: Text) -> Sample:
    slug = text.key.partition(".")[2]
    return next(sample for sample in SAMPLES if sample.slug == slug)


def concerns(words: str) -> list[str]:
    """Treatments, and what they are called in part, that an e-mail would name. One query."""
    said = words.casefold()
    each_word = set(re.findall(r"\w{4,}", said))
    found: dict[str, str] = {}
    for title, slug in TreatmentVersion.objects.values_list("title", "page__slug").distinct():
        for name in (title, slug.replace("-", " ")):
            if len(name) > 3 and name.casefold() in said:
                found.setdefault(name.casefold(), name)
        # Its medicine may stand in the title alone, under an address such as 'frown-lines'.
        for name in re.findall(r"\w{4,}", title):
            if name.casefold() in each_word:
                found.setdefault(name.casefold(), name)
    sentence = _(
        "“%(name)s” names a treatment. E-mails pass through the computers of others, and our privacy notice"
        " says that they say nothing about health. Can you say it without?"
    )
    return [sentence % {"name": name} for name in found.values()]


MESSAGES = Group(
    "messages",
    gettext_lazy("Messages"),
    PERMISSION,
    5,
    _values,
    _whole,
    gettext_lazy("See the e-mail"),
    REFUSED,
    concerns,
)
SCRIPTS = Group("scripts", gettext_lazy("Phone scripts"), PERMISSION, 6, _values, refused=REFUSED)


def register_messages() -> None:
    """A subject and a text for each e-mail, and what is said on the phone instead."""
    for sample in SAMPLES:
        if sample.slug in names_of(TEXT, sample.kind):
            register(*_of_email(sample))
        if sample.kind in notices.SPOKEN and sample.slug in names_of(SPOKEN, sample.kind):
            register(_of_script(sample))


def _of_email(sample: Sample) -> tuple[Text, Text]:
    may, owed = IN_EMAIL.get(sample.kind, ("", ""))
    said: dict[str, Any] = {
        "group": MESSAGES,
        "placeholders": _named("clinic_name", "clinic_phone", "reference", "reply", *may.split()),
        "hint": sample.when,
    }
    subject = Text(
        f"{SUBJECT}.{sample.slug}",
        label=format_lazy(gettext_lazy("{name}: subject"), name=sample.name),
        shipped=partial(shipped, SUBJECT, sample.kind, sample.slug),
        **said,
    )
    said["placeholders"] = (*_named("link"), *said["placeholders"])
    text = Text(
        f"{TEXT}.{sample.slug}",
        label=format_lazy(gettext_lazy("{name}: text"), name=sample.name),
        shipped=partial(shipped, TEXT, sample.kind, sample.slug),
        kind=Kind.PARAGRAPHS,
        owed=frozenset({"link", *owed.split()}),
        owed_words=("911",),
        **said,
    )
    return subject, text


def _of_script(sample: Sample) -> Text:
    may, owed = ON_THE_PHONE.get(sample.kind, ("", ""))
    return Text(
        f"{SPOKEN}.{sample.slug}",
        SCRIPTS,
        sample.name,
        partial(shipped, SPOKEN, sample.kind, sample.slug),
        Kind.PARAGRAPHS,
        _named("clinic_name", "clinic_phone", "reference", *may.split()),
        frozenset(owed.split()),
        hint=gettext_lazy(
            "Said on the phone to patients without an e-mail address, or when an e-mail fails."
        ),
    )


def _named(*names: str) -> tuple[Placeholder, ...]:
    return tuple(Placeholder(name, MEANINGS[name]) for name in names)
