"""The page of one request: everything in one look, and the steps that are possible now."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from appointments.lifecycle import BESIDE_BOOKED, Action, ClosedReason, ColleagueWasFaster, Status
from appointments.messages.staleness import about_fallen
from appointments.messages.texts import consent
from appointments.models import (
    Appointment,
    CallOutcome,
    ClinicalReview,
    EarlierWish,
    EventKind,
    Kind,
    OtherTimeWish,
    PatientRequest,
    RequestEvent,
)
from appointments.requests import spam
from appointments.requests.calls import counts_as_unreachable, outcomes_for
from appointments.requests.intake import DUPLICATE_WITHIN
from appointments.requests.known import persons
from appointments.roles import HANDLE, VIEW_ANSWERS, VIEW_CLINICAL_NOTE, name_of
from appointments.scheduling.earlier.wishes import may_wish
from appointments.scheduling.visits import NOTED
from appointments.staff.inbox.filters import flag_words
from appointments.staff.kit import address, answer, click, opened_words, page_of, request_for, staff_of
from appointments.staff.request.moves import label_of
from appointments.staff.schedule import steps
from appointments.staff.titles import subject_of, treatment_titles
from clinic.http.pages import clinic_of
from clinic.models import Clinic, opening_times
from clinic.time.hours import clinic_day
from clinic.time.words import counted_since, day_and_clock, due_words, is_overdue, moment_words

# Steps that have a page of their own kind; every other one opens the plain page of a move.
PAGES = {
    Action.DECIDE: "admin:request-review",
    Action.OFFER: "admin:request-offer",
    Action.BOOK: "admin:request-book",
    Action.TAKE_OFFER: "admin:request-take-offer",
}
# Steps that are taken on an appointment, from its line on the page.
ON_APPOINTMENTS = (Action.APPOINTMENT_CANCELLED, Action.VISIT_UNDONE, Action.TAKE_OTHER, *BESIDE_BOOKED)
ON_APPOINTMENT: tuple[tuple[Promise, str, tuple[str, ...]], ...] = (
    (gettext_lazy("Visit"), "admin:request-visit", ()),
    (gettext_lazy("Move"), "admin:request-appointment-move", ()),
    (gettext_lazy("Offer other times"), "admin:request-offer-beside", ()),
    (gettext_lazy("Patient cancels"), "admin:request-move", (Action.WITHDRAW,)),
    (gettext_lazy("Clinic cancels"), "admin:request-appointment-cancel", ()),
)
# Steps that end a request stand apart from those that lead on.
ENDING = (Action.DECLINE, Action.CLOSE, Action.WITHDRAW)
# What somebody most likely does next; the first one that is possible is the filled button.
NEXT = {
    (Status.NEW, Kind.APPOINTMENT): (Action.OFFER, Action.TAKE),
    (Status.NEW, Kind.CALLBACK): (Action.TAKE,),
    (Status.IN_PROGRESS, Kind.APPOINTMENT): (Action.OFFER, Action.ASK_REVIEW),
    (Status.IN_PROGRESS, Kind.CALLBACK): (Action.COMPLETE,),
    (Status.CLINICAL_REVIEW, Kind.APPOINTMENT): (Action.DECIDE,),
    (Status.CLINICAL_REVIEW, Kind.CALLBACK): (Action.DECIDE,),
}
LATEST = 20


@dataclass(frozen=True)
class Button:
    """A step that can be taken: a link to its page, or a form that takes it at once."""

    label: str | Promise
    url: str
    posts: bool = False
    is_next: bool = False
    ends: bool = False


class AppointmentLine:
    """One appointment on the page, with what can be done about it."""

    def __init__(self, appointment: Appointment, by: User, now: datetime) -> None:
        self.appointment = appointment
        self.when = day_and_clock(appointment.start)
        self.held_until = day_and_clock(appointment.hold_until) if appointment.hold_until else ""
        may = by.has_perm(HANDLE)
        steps = ON_APPOINTMENT if appointment.is_coming and may else ()
        found = [(label, address(name, appointment.request_id, *more)) for label, name, more in steps]
        today = clinic_day(appointment.start) == clinic_day(now)
        self.can_undo = may and today and appointment.status in NOTED
        self.can_confirm = may and appointment.can_confirm(now)
        self.can_take_back = may and appointment.is_confirmed_ahead(now)
        self.links = [(label, url) for label, url in found if url]


def show(request: HttpRequest, pk: int) -> HttpResponse:
    """The page. Looking at it is noted on the request, so that two don't work on it unknowingly."""
    patient_request = request_for(request, pk)
    by, now = staff_of(request), timezone.now()
    # By the query, which doesn't even read the dermatologist's note.
    asked = PatientRequest.objects.filter(pk=pk).with_open_question().exists()
    context = {
        **_who(patient_request, now, asked),
        **_around(patient_request, by, clinic_of(request), now),
        "opened": opened_words(patient_request, by, now),
        "buttons": buttons(patient_request, by, asked),
        "next_request": next_request(patient_request, by),
        "can_handle": by.has_perm(HANDLE),
        "again": address("admin:request-book-again", pk) if by.has_perm(HANDLE) else "",
        "subject": subject_of(patient_request, treatment_titles(request)),
    }
    if request.method == "GET":
        PatientRequest.objects.filter(pk=pk).update(opened_by=by, opened_at=now)
    return answer(request, "patientrequest/page.html", context)


def buttons(patient_request: PatientRequest, by: User, asked: bool = False) -> list[Button]:
    """The steps that the table of moves allows `by` now, the one next step first; none is next while the
    patient is `asked`."""
    possible = patient_request.possible_actions(by)
    # A new request is taken on the way to offering times or booking.
    possible += [
        each
        for each in (Action.OFFER, Action.BOOK)
        if each not in possible and steps.can_be(each, patient_request, by)
    ]
    likely = () if asked else NEXT.get((Status(patient_request.status), Kind(patient_request.kind)), ())
    following = next(
        (action for action in likely if action in possible and _page_of_step(action, patient_request)), None
    )
    found = [
        Button(
            label_of(action, patient_request),
            _page_of_step(action, patient_request),
            posts=action == Action.TAKE,
            is_next=action == following,
            ends=action in ENDING,
        )
        for action in sorted(possible, key=list(Action).index)
        if action not in ON_APPOINTMENTS and _page_of_step(action, patient_request)
    ]
    return sorted(found, key=lambda button: not button.is_next)


def _page_of_step(action: Action, patient_request: PatientRequest) -> str:
    if action == Action.TAKE:
        return address("admin:request-take", patient_request.pk)
    if action == Action.COMPLETE and patient_request.status == Status.BOOKED:
        # What became of the visit is asked on its own page, and not before its day.
        return address("admin:request-visit", patient_request.pk)
    if action in PAGES:
        return address(PAGES[action], patient_request.pk)
    return address("admin:request-move", patient_request.pk, action)


def next_request(patient_request: PatientRequest, by: User) -> str:
    """The address of what waits longest and is nobody's or one's own; empty when nothing else waits."""
    waiting = PatientRequest.objects.waiting().filter(Q(assignee=None) | Q(assignee=by.pk))
    following = waiting.exclude(pk=patient_request.pk).most_urgent_first().only("pk").first()
    return page_of(following) if following else ""


def _who(row: PatientRequest, now: datetime, asked: bool) -> dict[str, Any]:
    """The person and the wishes, in words."""
    times = opening_times(since=counted_since(now))
    is_due = row.is_waiting and not asked
    return {
        "row": row,
        "title": row.shown_reference,
        "age": row.age_on(clinic_day(now)),
        "flags": flag_words(row),
        "asked": asked,
        "is_overdue": is_due and is_overdue(row.respond_by, now),
        "due": due_words(row.respond_by, now, times) if is_due else "",
        "due_at": moment_words(row.respond_by),
        "duplicate": ClosedReason.DUPLICATE,
    }


def _around(row: PatientRequest, by: User, clinic: Clinic, now: datetime) -> dict[str, Any]:
    """What belongs to the request. The number of queries doesn't grow with the rows."""
    events = list(row.events.select_related("by"))
    calls = [event for event in events if event.kind == EventKind.CALL]
    unreachable = counts_as_unreachable(row, clinic, calls[-1].outcome if calls else CallOutcome.REACHED)
    can_close = Action.CLOSE in row.possible_actions(by)
    close = address("admin:request-move", row.pk, Action.CLOSE)
    return {
        "answers": list(row.screening_answers.all()) if by.has_perm(VIEW_ANSWERS) else [],
        "reviews": reviews_for(row, by),
        "appointments": [
            AppointmentLine(appointment, by, now)
            for appointment in row.appointments.no_longer_beside().select_related("practitioner")
        ],
        "earlier_wish": EarlierWish.objects.filter(request=row).first(),
        "another_wish": OtherTimeWish.objects.filter(request=row).first(),
        "can_wish_earlier": may_wish(row),
        "texts": consent.stands(row),
        "to_say": list(row.messages.phone_tasks()),
        "not_yet": about_fallen(row.messages.phone_tasks(), now),
        "sent": list(row.messages.order_by("-created_at", "-pk")[:LATEST]),
        "timeline": [(event, actor_words(event)) for event in reversed(events)],
        "earlier": list(persons.others_of(row)[:LATEST]),
        "likely": [each for each in persons.suggestions(row) if each.is_likely],
        "alike": list(alike(row)) if row.possible_duplicate else [],
        "duplicates": list(row.duplicates.only("reference", "status")[:LATEST]),
        "same_person_url": address("admin:request-same-person", row.pk),
        "outcomes": outcomes_for(row) if row.is_open else [],
        "after_call": calls[-1].outcome if calls and row.calling_ended_at and row.is_open else "",
        "can_complete": Action.COMPLETE in row.possible_actions(by),
        "can_book": steps.can_be(Action.BOOK, row, by),
        "next_call": moment_words(row.next_call_at) if row.next_call_at and row.is_open else "",
        "close_unreachable": f"{close}?reason={ClosedReason.UNREACHABLE}"
        if unreachable and can_close
        else "",
    }


def reviews_for(row: PatientRequest, by: User) -> QuerySet[ClinicalReview]:
    """The dermatologist's decisions; her notes are not even read for anybody else."""
    reviews = row.clinical_reviews.select_related("by")
    return reviews if by.has_perm(VIEW_CLINICAL_NOTE) else reviews.defer("note")


def alike(row: PatientRequest) -> QuerySet[PatientRequest]:
    """What somebody of this name sent from this phone within a day before or after."""
    return (
        PatientRequest.objects.like(row)
        .filter(received_at__range=(row.received_at - DUPLICATE_WITHIN, row.received_at + DUPLICATE_WITHIN))
        .exclude(pk=row.pk)
        .only("reference", "kind", "status", "received_at")[:LATEST]
    )


def actor_words(event: RequestEvent) -> str:
    """Who did it: a colleague by name, the patient, or the clock."""
    if event.by:
        return name_of(event.by)
    if event.action == Action.HOLD_FALLEN or event.kind == EventKind.APPOINTMENT:
        return _("the clinic's hours")
    by_itself = event.kind in (EventKind.MESSAGE, EventKind.MARK) or event.action in (
        Action.HOLD_ENDED, Action.ASK_REVIEW, Action.SCREENING_LIFTED, Action.OFFER_OTHER,
        Action.OTHER_ENDED, Action.OFFER,
    )  # fmt: skip
    return _("by itself") if by_itself else _("the patient")


@click
def not_spam(request: HttpRequest, patient_request: PatientRequest) -> str:
    """Takes the suspicion off this request; its acknowledgement goes out now."""
    if not spam.free(PatientRequest.objects.filter(pk=patient_request.pk), staff_of(request), timezone.now()):
        raise ColleagueWasFaster(_("A colleague was faster."))
    return _("The request is in the inbox now.")
