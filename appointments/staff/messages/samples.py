"""Every message that patients get, as they get it: rendered for somebody made up, never for a patient."""

from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from appointments import references
from appointments.messages import notices
from appointments.messages.texts import consent, wording
from appointments.messages.wordings import SPOKEN, SUBJECT, TEXT
from appointments.models import ContactBy, Decision, Kind, PatientRequest, Topic
from appointments.roles import HANDLE
from appointments.staff.kit import answer
from clinic.time.hours import at, clinic_day
from clinic.wordings.texts import text_of
from treatments.models import Language

# An e-mail brings its styles along, which the site's own policy forbids. It may load nothing and do nothing.
MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
# Shorter than any that is given out, so that it leads nowhere even unmasked.
NOBODYS_LINK = "made-up-token"
_NO_REFERENCE = "SAMP1E0"


@dataclass(frozen=True)
class Sample:
    """One wording of message `kind`; `values` and `of_request` are what the others don't have."""

    slug: str
    kind: str
    name: str | Promise
    when: str | Promise
    values: dict[str, Any] = field(default_factory=dict)
    of_request: dict[str, Any] = field(default_factory=dict)
    # How many times are on offer.
    times: int = 3
    moved_by: timedelta = timedelta(days=1)


def _plain(kind: str, name: Any, when: Any) -> Sample:
    return Sample(kind.replace("_", "-"), kind, name, when)


SAMPLES: tuple[Sample, ...] = (
    _plain(
        "acknowledgement",
        gettext_lazy("Request received"),
        gettext_lazy("At once, for a request for an appointment."),
    ),
    Sample(
        "acknowledgement-call",
        "acknowledgement",
        gettext_lazy("Request for a call received"),
        gettext_lazy("At once, for a request for a call that came with an e-mail address."),
        of_request={"kind": Kind.CALLBACK, "topic": Topic.OTHER},
    ),
    _plain(
        "link_again",
        gettext_lazy("Link again"),
        gettext_lazy("When a patient asks for the lost link of an open request."),
    ),
    _plain(
        "new_link",
        gettext_lazy("New link"),
        gettext_lazy("When the phone or e-mail is corrected, or staff end the old link."),
    ),
    _plain(
        "missed_promise",
        gettext_lazy("Late with our answer"),
        gettext_lazy("When we have not answered by the time that we promised."),
    ),
    _plain(
        "promise_moved",
        gettext_lazy("We answer later than promised"),
        gettext_lazy("When the clinic closes on the day by which we promised an answer."),
    ),
    _plain(
        "question",
        gettext_lazy("Question from the dermatologist"),
        gettext_lazy(
            "When the dermatologist needs more information. The question stands on the patient's page."
        ),
    ),
    _plain(
        "declined",
        gettext_lazy("Declined"),
        gettext_lazy("When the request is declined. The words stand on the patient's page."),
    ),
    _plain(
        "decided",
        gettext_lazy("Decided: suitable"),
        gettext_lazy("When the dermatologist has decided. The decision stands on the patient's page."),
    ),
    Sample(
        "decided-consultation-first",
        "decided",
        gettext_lazy("Decided: consultation first"),
        gettext_lazy("When the dermatologist would like to see the patient first."),
        values={"decision": Decision.CONSULTATION_FIRST},
    ),
    _plain(
        "could_not_reach",
        gettext_lazy("Could not reach you"),
        gettext_lazy("When the request is closed because nobody answered the phone."),
    ),
    _plain("offers", gettext_lazy("Times on offer"), gettext_lazy("When times are held for the patient.")),
    Sample(
        "offers-one",
        "offers",
        gettext_lazy("One time on offer"),
        gettext_lazy("When a single time is held for the patient."),
        times=1,
    ),
    _plain(
        "hold_ended",
        gettext_lazy("Hold ended"),
        gettext_lazy("When the patient picked none of the held times in time."),
    ),
    _plain(
        "times_fallen",
        gettext_lazy("Held times no longer possible"),
        gettext_lazy("When the clinic closes at times that are held for the patient."),
    ),
    _plain(
        "other_times",
        gettext_lazy("Other times instead of a booked one"),
        gettext_lazy("When the clinic closes at a booked time and holds other times."),
    ),
    Sample(
        "other-times-one",
        "other_times",
        gettext_lazy("One other time instead of a booked one"),
        gettext_lazy("When the clinic closes at a booked time and holds a single other time."),
        times=1,
    ),
    _plain("booked", gettext_lazy("Booked"), gettext_lazy("When the appointment is booked.")),
    _plain("moved", gettext_lazy("Moved"), gettext_lazy("When the appointment gets another time.")),
    Sample(
        "moved-same-time",
        "moved",
        gettext_lazy("Changed at the same time"),
        gettext_lazy("When the appointment stays at its time with another doctor."),
        values={"doctor": "Dr. Sample"},
        moved_by=timedelta(0),
    ),
    Sample(
        "earlier-time",
        "earlier_time",
        gettext_lazy("An earlier time is free"),
        gettext_lazy("When a time falls free and is offered to a patient who asked for an earlier one."),
        times=1,
        moved_by=timedelta(days=-5),
    ),
    Sample(
        "earlier-time-several",
        "earlier_time",
        gettext_lazy("An earlier time is free, asked of several"),
        gettext_lazy("The same, when up to three patients are asked and the first to take it gets it."),
        values={"several": True},
        times=1,
        moved_by=timedelta(days=-5),
    ),
    _plain(
        "times_beside",
        gettext_lazy("Other times, the booked one kept until then"),
        gettext_lazy("When the patient asked for another time and the clinic holds some."),
    ),
    Sample(
        "times-beside-one",
        "times_beside",
        gettext_lazy("One other time, the booked one kept until then"),
        gettext_lazy("When the patient asked for another time and the clinic holds a single one."),
        times=1,
    ),
    Sample(
        "cancelled",
        "cancelled",
        gettext_lazy("Cancelled by the clinic"),
        gettext_lazy("When staff cancel the appointment. The reason stands on the patient's page."),
    ),
    Sample(
        "cancelled-by-patient",
        "cancelled",
        gettext_lazy("Cancelled by the patient"),
        gettext_lazy("When the patient cancels and would like another time."),
        values={"by_patient": True},
    ),
    Sample(
        "cancelled-and-withdrawn",
        "cancelled",
        gettext_lazy("Cancelled and withdrawn by the patient"),
        gettext_lazy("When the patient cancels and wants no other time."),
        values={"by_patient": True, "withdrawn": True},
    ),
    _plain(
        "withdrawn",
        gettext_lazy("Withdrawn by phone"),
        gettext_lazy("When the patient withdraws on the phone and no appointment is booked."),
    ),
    _plain(
        "reminder_days",
        gettext_lazy("Reminder, days before"),
        gettext_lazy("Some days before the appointment."),
    ),
    _plain(
        "reminder_morning",
        gettext_lazy("Reminder, the morning before"),
        gettext_lazy("On the morning of the day before the appointment."),
    ),
    _plain("aftercare", gettext_lazy("Aftercare"), gettext_lazy("After the visit.")),
    _plain(
        "aftercare_update",
        gettext_lazy("Aftercare has changed"),
        gettext_lazy("When staff send the new advice to those who have the old one."),
    ),
    _plain(
        "recall",
        gettext_lazy("Time for another visit"),
        gettext_lazy("Before the effect ends, to those who asked for it. Once after a visit."),
    ),
)


@require_safe
@permission_required(HANDLE, raise_exception=True)
def listed(request: HttpRequest) -> HttpResponse:
    """Every message, and when it is sent."""
    return answer(
        request,
        "message/samples.html",
        {"title": _("What patients are told"), "samples": SAMPLES, "languages": Language.choices},
    )


@require_safe
@permission_required(HANDLE, raise_exception=True)
def sample(request: HttpRequest, slug: str, language: str) -> HttpResponse:
    """Subject and text of one message, and what is said on the phone instead."""
    one = _sample(slug, language)
    made_up, values = made_up_for(one, language, timezone.now())
    subject, text, _html = notices.render(made_up, one.kind, **values)
    context = {
        "title": f"{one.name} ({Language(language).label})",
        "sample": one,
        "language": language,
        "languages": Language.choices,
        "subject": subject,
        "text": notices.without_link(text),
        "spoken": notices.spoken(made_up, one.kind, **values),
        **_as_text(made_up, one, values),
        "own_words": [
            (worded.label, worded.key)
            for part in (SUBJECT, TEXT, SPOKEN)
            if (worded := text_of(f"{part}.{one.slug}"))
        ],
    }
    return answer(request, "message/sample.html", context)


def _as_text(made_up: PatientRequest, one: Sample, values: dict[str, Any]) -> dict[str, str]:
    if not consent.exists() or one.kind not in wording.TEXTED or one.values.get("by_patient"):
        return {}
    texted = notices.texted_words(made_up, one.kind, **values)
    return {"texted": notices.without_link(texted), "cost": wording.cost_in_words(texted)}


@require_safe
@permission_required(HANDLE, raise_exception=True)
def e_mail(request: HttpRequest, slug: str, language: str) -> HttpResponse:
    """The message as mail programs show it."""
    return mail_as_shown(_sample(slug, language), language)


def mail_as_shown(one: Sample, language: str) -> HttpResponse:
    """The e-mail by itself: no page of the site, so under a policy of its own."""
    made_up, values = made_up_for(one, language, timezone.now())
    html = notices.render(made_up, one.kind, **values)[2]
    return HttpResponse(
        notices.without_link(html),
        headers={"Content-Security-Policy": MAIL_POLICY, "Content-Language": language},
    )


def _sample(slug: str, language: str) -> Sample:
    found = next((each for each in SAMPLES if each.slug == slug), None)
    if found is None or language not in Language.values:
        raise Http404
    return found


def made_up_for(one: Sample, language: str, now: datetime) -> tuple[PatientRequest, dict[str, Any]]:
    """A request that is in no database, and what the message about it says beside."""
    today = clinic_day(now)
    made_up = PatientRequest(
        **{
            "kind": Kind.APPOINTMENT,
            "language": language,
            "reference": _NO_REFERENCE + references.check_character(_NO_REFERENCE),
            "token": NOBODYS_LINK,
            "first_name": "Sam",
            "last_name": "Sample",
            "email": "sam@example.org",
            "contact_by": ContactBy.PHONE,
            "received_at": now,
            "respond_by": at(today + timedelta(days=1), time(17)),
        }
        | one.of_request
    )
    start = at(today + timedelta(days=2), time(10, 30))
    with translation.override(language):
        recall_link = settings.SITE_URL + reverse("recall", args=[NOBODYS_LINK])
        stop_link = settings.SITE_URL + reverse("recall-stop", args=[NOBODYS_LINK])
    values: dict[str, Any] = {
        "words": gettext_lazy("[your words]"),
        "reason": gettext_lazy("[your words]"),
        "is_consultation": False,
        "who": "Dr. Sample",
        "minutes": 30,
        "starts": [start, start + timedelta(hours=4), start + timedelta(days=1)][: one.times],
        "until": at(today + timedelta(days=1), time(12)),
        "start": start,
        "old_start": start - one.moved_by,
        "new_time": at(today + timedelta(days=1), time(17)),
        "recall_link": recall_link,
        "stop_link": stop_link,
    }
    return made_up, values | one.values
