"""The recall: a patient who agreed to it is reminded once after a visit, before the effect ends.

It makes a request, never an appointment. An opt-out, a coming appointment, an open request or a problem
reported after the visit keeps it back.
"""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from django.conf import settings
from django.core.signing import BadSignature, SignatureExpired, TimestampSigner
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils import translation
from django.utils.crypto import salted_hmac

from appointments import lifecycle
from appointments.messages.notices import queue
from appointments.models import Appointment, AppointmentStatus, Message, PatientRequest, Topic
from clinic.operations.batches import one_by_one
from clinic.time.hours import Span, at, clinic_day
from treatments.models import Treatment, TreatmentVersion
from treatments.shown import add_months

# Without a span of its own a treatment reminds so long before its effect may end.
BEFORE_END = timedelta(weeks=2)
# A recall that had to wait may still go out for so long after its day.
LATEST_AFTER = timedelta(days=60)
CLOCK = time(10)

# After that the link still opts out, but fills no form in any more.
FILLS_FORM_FOR = timedelta(days=180)

_signer = TimestampSigner(salt="appointments.recall")


def due_at(visit: datetime, treatment: Treatment) -> datetime | None:
    """When to remind the patient of a visit; None for a treatment without a span.

    Never sooner than the treatment's shortest interval.
    """
    day = clinic_day(visit)
    if treatment.recall_after_weeks:
        back = day + timedelta(weeks=treatment.recall_after_weeks)
    elif treatment.effect_months:
        back = add_months(day, treatment.effect_months) - BEFORE_END
    else:
        return None
    return at(max(back, soonest(visit, treatment)), CLOCK)


def effect_ends(visit: datetime, treatment: Treatment) -> date:
    """The day for which the next visit is proposed: when the effect of this one may end, else when the
    patient is reminded. Never sooner than the treatment's shortest interval."""
    day = clinic_day(visit)
    if treatment.effect_months:
        day = add_months(day, treatment.effect_months)
    elif treatment.recall_after_weeks:
        day += timedelta(weeks=treatment.recall_after_weeks)
    return max(day, soonest(visit, treatment))


def soonest(visit: datetime, treatment: Treatment) -> date:
    """The first day on which the shortest interval after a visit is over."""
    return add_months(clinic_day(visit), treatment.min_interval_months or 0)


def ask_back(now: datetime) -> int:
    """Queues the recalls that are due; returns how many. Each visit is asked about once."""
    # First all that are due: a failure hangs up, and with the connection an open cursor would go.
    due = [visit for treatment in _with_a_span() for visit in _due_of(treatment, now)]
    due.sort(key=lambda visit: (visit.start, visit.pk))
    return one_by_one(
        "recall", due, lambda visit: not speaks_against(visit, now) and remind(visit.request, now)
    )


def _due_of(treatment: Treatment, now: datetime) -> Iterator[Appointment]:
    """The visits for one treatment after which patients are to be reminded now. Reads those alone that lie
    about as long ago as it asks for."""
    first, last = _between(treatment, now)
    visits = not_yet_asked(now).filter(
        request__treatment=treatment,
        start__gt=first,
        start__lt=min(last, at(clinic_day(now), time())),  # until then the visit can be undone
    )
    for visit in visits.select_related("request").order_by("start", "pk").iterator(500):
        due = due_at(visit.start, treatment)
        if due is not None and due <= now < due + LATEST_AFTER:
            visit.request.treatment = treatment
            yield visit


def _between(treatment: Treatment, now: datetime) -> Span:
    """When a visit can have been that is due now: a little more than that, as months differ."""
    interval = treatment.min_interval_months or 0
    if treatment.recall_after_weeks:
        shortest = longest = timedelta(weeks=treatment.recall_after_weeks)
    else:
        months = treatment.effect_months or 0
        shortest, longest = (timedelta(days=months * days) - BEFORE_END for days in (28, 31))
    margin = timedelta(days=3)
    first = now - max(longest, timedelta(days=31 * interval)) - LATEST_AFTER - margin
    return first, now - max(shortest, timedelta(days=28 * interval)) + margin


def not_yet_asked(now: datetime) -> QuerySet[Appointment]:
    """The visits after which a patient agreed to be reminded, by e-mail, and hasn't been."""
    asked = Message.objects.filter(request=OuterRef("request"), kind="recall")
    visits = Appointment.objects.filter(
        ~Exists(asked),
        status=AppointmentStatus.FULFILLED,
        start__gt=now - timedelta(days=3 * 366),
        request__recall_consent=True,
    )
    return visits.exclude(request__email="")


def _with_a_span() -> QuerySet[Treatment]:
    """The treatments on offer whose signed facts say when to remind."""
    facts = TreatmentVersion.objects.facts()
    spans = facts.filter(Q(recall_after_weeks__isnull=False) | Q(effect_months__isnull=False))
    return Treatment.objects.published().filter(pk__in=spans.values("page"))


def take_back(now: datetime) -> int:
    """Voids the recalls that still wait to go out and that something speaks against by now."""
    unsent = Message.objects.unsent().filter(kind="recall")
    about = list(unsent.values_list("request", flat=True))
    if not about:
        return 0
    visits = Appointment.objects.filter(status=AppointmentStatus.FULFILLED, request__in=about)
    back = [visit.request_id for visit in visits.select_related("request") if speaks_against(visit, now)]
    return unsent.filter(request__in=back).void()


def speaks_against(visit: Appointment, now: datetime) -> bool:
    """Whether something speaks against asking the patient of `visit` back now.

    A reported problem counts from anybody on the same phone: better no recall than a wrong one.
    """
    if visit.is_talk_alone:  # nothing was treated whose effect could end
        return True
    patient_request = visit.request
    same_name = Q(name_key=patient_request.name_key) & Q(phone_digits=patient_request.phone_digits)
    if patient_request.email_key:
        same_name |= Q(name_key=patient_request.name_key) & Q(email_key=patient_request.email_key)
    theirs = PatientRequest.objects.filter(Q(person=patient_request.person) | same_name)
    opted_out = PatientRequest.objects.filter(_of_sender(patient_request))
    if opted_out.filter(recall_opted_out_at__gte=patient_request.consented_at).exists():
        return True
    if theirs.filter(status__in=lifecycle.OPEN).exists():
        return True
    later = Appointment.objects.filter(request__in=theirs).exclude(pk=visit.pk).active()
    if later.filter(start__gt=visit.start).exists():
        return True
    reports = PatientRequest.objects.filter(
        Q(person=patient_request.person) | Q(phone_digits=patient_request.phone_digits)
    )
    return reports.filter(topic=Topic.AFTER_TREATMENT, received_at__gt=visit.start).exists()


def remind(patient_request: PatientRequest, now: datetime) -> bool:
    """Queues the recall of a patient who agreed to it; whether there is a way to tell them."""
    with translation.override(patient_request.language):
        token = token_for(patient_request)
        recall_link = settings.SITE_URL + reverse("recall", args=[token])
        stop_link = settings.SITE_URL + reverse("recall-stop", args=[token])
    message = queue(
        patient_request,
        "recall",
        None,
        cause=f"request:{patient_request.pk}",
        now=now,
        unsubscribe_url=stop_link,
        recall_link=recall_link,
        stop_link=stop_link,
    )
    return message is not None


def token_for(patient_request: PatientRequest) -> str:
    """What the recall's links carry: good for asking again and for opting out, for nothing else."""
    return _signer.sign_object([patient_request.pk, _mark(patient_request)])


def _mark(patient_request: PatientRequest) -> str:
    """Ends with the patient's own link: whoever reads a wrong address learns nothing of the right one."""
    return salted_hmac("appointments.recall", patient_request.token, algorithm="sha256").hexdigest()[:16]


def request_of(token: str) -> PatientRequest | None:
    """The request that a recall's link is about; None for a wrong one."""
    try:
        signed = _signer.unsign_object(token)
    except BadSignature:
        return None
    pk = signed[0] if isinstance(signed, list) else signed
    return PatientRequest.objects.select_related("treatment").filter(pk=pk).first()


def is_too_old(token: str, patient_request: PatientRequest) -> bool:
    """Whether a link that is right in itself was made too long ago, or before the patient's own link was
    renewed, to show who it was made for."""
    try:
        signed = _signer.unsign_object(token, max_age=FILLS_FORM_FOR)
    except SignatureExpired:
        return True
    return bool(signed != [patient_request.pk, _mark(patient_request)])


def opt_out(patient_request: PatientRequest, now: datetime) -> None:
    """Doesn't ask this person back again, unless they agree to it anew later; the last click counts."""
    PatientRequest.objects.filter(pk=patient_request.pk).update(recall_opted_out_at=now)
    theirs = PatientRequest.objects.filter(_of_sender(patient_request))
    Message.objects.unsent().filter(kind="recall", request__in=theirs).void()


def _of_sender(patient_request: PatientRequest) -> Q:
    """Whose opt-out counts for whom: the same person's, and that of who reads the same mail."""
    same_person = Q(person=patient_request.person)
    return same_person | Q(email_key=patient_request.email_key) if patient_request.email_key else same_person
