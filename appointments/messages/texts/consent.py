"""Who may be texted: who agreed, at which number, in which words, and which numbers want none.

Consent is given for one request at one number, and ends with either; taken back, it ends for every request at
that number. Its words say who writes, what for, how
often, what it costs, STOP and HELP, and are no condition of anything (47 CFR 64.1200; CTIA's Messaging
Principles). STOP holds for the number, whoever's request it is, and outlives them: only START from the same
phone ends it.
"""

from datetime import datetime

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import translation
from django.utils.translation import gettext as _
from phonenumber_field.phonenumber import PhoneNumber

from appointments.messages.making import note_on_timeline
from appointments.messages.phone_tasks import ask_for_call
from appointments.messages.staleness import is_stale
from appointments.models.choices import EventKind, MessageChannel
from appointments.models.message import Message, MessageQuerySet
from appointments.models.request import PatientRequest
from appointments.models.texting import TextConsent, TextConsentQuerySet, TextOptOut
from appointments.models.timeline import RequestEvent
from clinic.operations import known
from clinic.time import quiet

# A new one whenever the words below change; each consent keeps its own.
VERSION = "2026-11-27"
# What answers a text that somebody has just sent us, at whatever hour.
STOPPED, HELP, STARTED = "text_stopped", "text_help", "text_started"
ANSWERS = (STOPPED, HELP, STARTED)
# Numbers elsewhere cost many times as much, and fraud lives on that.
OUR_COUNTRY = 1
GIVEN_UP_AT_ONCE = 200


def exists() -> bool:
    """Whether this site sends texts at all; without TEXTS_URL nothing anywhere speaks of them."""
    return bool(settings.TEXTS_BACKEND)


def label() -> str:
    """What the patient ticks, in the active language."""
    return _("Text me about my request and my appointment.")


def terms() -> str:
    """What they agree to with it, in the active language."""
    return _(
        "%(clinic)s sends about 2 to 8 texts for each visit to your phone number: times to choose, changes"
        " and reminders. Message and data rates may apply. Reply STOP to end them, HELP for help. You do not"
        " have to agree: we answer you all the same."
    ) % {"clinic": known.clinic().name}


def can_be_texted(phone: PhoneNumber) -> bool:
    """Whether a text could reach this number: of our country, and without an extension."""
    return phone.country_code == OUR_COUNTRY and not phone.extension


def give(patient_request: PatientRequest, by: AbstractUser | None, now: datetime) -> bool:
    """Notes that the patient agrees, in the words that the form has in their language; whether that changed
    anything. `by` is None for the patient."""
    number = patient_request.phone.as_e164
    if not exists() or not can_be_texted(patient_request.phone):
        return False
    with transaction.atomic():
        if standing(patient_request).exists():
            return False
        end_for(patient_request, now)
        with translation.override(patient_request.language):
            words = f"{label()} {terms()}"
        TextConsent.objects.create(
            request=patient_request,
            number=number,
            version=VERSION,
            words=words,
            language=patient_request.language,
            at=now,
            by_id=by.pk if by else None,
        )
    return True


def agree(patient_request: PatientRequest, by: AbstractUser | None, now: datetime) -> bool:
    """The same of a request that is there already, with a word on its timeline."""
    with transaction.atomic():
        given = give(patient_request, by, now)
        if given:
            with translation.override(settings.LANGUAGE_CODE):  # for staff, whatever the patient reads
                words = _("Agreed to text messages about this request.")
            note(patient_request, EventKind.CORRECTION, words, now, by)
    return given


def take_back(patient_request: PatientRequest, by: AbstractUser | None, now: datetime) -> bool:
    """Notes that the patient wants no more texts, about whichever request: who says so means the phone, as
    who writes STOP does. Whether they got any. They can agree anew, request by request."""
    with transaction.atomic():
        agreed = TextConsent.objects.standing().filter(number=patient_request.phone.as_e164)
        about = list(PatientRequest.objects.filter(text_consents__in=agreed).distinct())
        agreed.update(ended_at=now)
        with translation.override(settings.LANGUAGE_CODE):  # for staff, whatever the patient reads
            words = _("Wants no more text messages.")
        for each in about:
            note(each, EventKind.CORRECTION, words, now, by)
        if about:
            give_up_unwanted(now, is_known=by is not None)
    return bool(about)


def end_with_number(patient_request: PatientRequest, now: datetime) -> None:
    """Ends what the patient has agreed to at the number of before: nobody has at the new one."""
    if end_for(patient_request, now):
        give_up_unwanted(now, is_known=True)


def end_for(patient_request: PatientRequest, now: datetime) -> int:
    """Ends what the patient has agreed to for this request, as another number does; how much that was."""
    return TextConsent.objects.standing().filter(request=patient_request).update(ended_at=now)


def number_of(patient_request: PatientRequest) -> str:
    """The number to which texts about this request go; '' for none. One query, none where there are none."""
    if not exists() or patient_request.pk is None:
        return ""
    number = patient_request.phone.as_e164
    agreed = standing(patient_request).exclude(number__in=TextOptOut.objects.values("number"))
    return number if agreed.exists() else ""


def standing(patient_request: PatientRequest) -> TextConsentQuerySet:
    """What the patient has agreed to for this request at the number that it has now."""
    number = patient_request.phone.as_e164
    return TextConsent.objects.standing().filter(request=patient_request, number=number)


def stands(patient_request: PatientRequest) -> str:
    """Whether texts about this request go out: 'on', 'off', 'stopped' by STOP from its number; '' where there
    can be none. Two queries, none where the clinic sends no texts."""
    if not exists() or not can_be_texted(patient_request.phone):
        return ""
    if has_opted_out(patient_request.phone.as_e164):
        return "stopped"
    return "on" if standing(patient_request).exists() else "off"


def has_opted_out(number: str) -> bool:
    """Whether somebody wrote STOP from it."""
    return TextOptOut.objects.filter(number=number).exists()


def opt_out(number: str, now: datetime) -> bool:
    """Notes that STOP came from `number`: what waits for it is given up at once, in the same transaction.
    Whether that is new."""
    with transaction.atomic():
        _row, is_new = TextOptOut.objects.get_or_create(number=number, defaults={"at": now})
        if is_new:
            give_up_unwanted(now)
    return is_new


def opt_in(number: str) -> bool:
    """Notes that START came from `number`: what its owner agreed to holds again. Whether that is new."""
    gone, _rows = TextOptOut.objects.filter(number=number).delete()
    return bool(gone)


def wanted(texts: MessageQuerySet, now: datetime) -> MessageQuerySet:
    """Those of `texts` that may be handed over at `now`: their number wants them, their patient has agreed,
    and nobody is woken. What answers a text needs no more than that nobody wrote STOP; that STOP was heard is
    said even so, once."""
    rows = texts.filter(Q(kind=STOPPED) | ~_opted_out()).filter(Q(kind__in=ANSWERS) | _agreed())
    return rows if quiet.is_day(now) else rows.filter(kind__in=ANSWERS)


def give_up_unwanted(now: datetime, *, is_known: bool = False) -> int:
    """Takes out what no longer may be sent as a text, and asks for a call where somebody has to hear it, of
    which staff hear unless it `is_known`; how much that was. What is being handed over at this moment is
    looked at by whoever does it."""
    texts = Message.objects.unsent(MessageChannel.TEXT).filter(Q(lease_until=None) | Q(lease_until__lte=now))
    unwanted = texts.exclude(kind=STOPPED).filter(_opted_out() | Q(~Q(kind__in=ANSWERS) & ~_agreed()))
    given_up = 0
    for message in unwanted.select_related("appointment", "request").order_by("pk")[:GIVEN_UP_AT_ONCE]:
        with transaction.atomic():
            if texts.filter(pk=message.pk).void():
                given_up += 1
                if is_stale(message, now):
                    continue
                if ask_for_call(message, now, has_failed=False, is_known=is_known) is None:
                    note_on_timeline(message, _("The %(what)s “%(subject)s” is not sent any more."), now)
    return given_up


def note(
    patient_request: PatientRequest,
    kind: EventKind,
    words: str,
    now: datetime,
    by: AbstractUser | None = None,
) -> RequestEvent:
    """Says something of the patient's texts on the timeline."""
    return RequestEvent.objects.create(
        request=patient_request, kind=kind, by_id=by.pk if by else None, at=now, note=words
    )


def _opted_out() -> Exists:
    return Exists(TextOptOut.objects.filter(number=OuterRef("recipient")))


def _agreed() -> Exists:
    rows = TextConsent.objects.standing()
    return Exists(rows.filter(request=OuterRef("request"), number=OuterRef("recipient")))
