"""The front desk's and the dermatologist's parts of Today."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import OuterRef, Subquery
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from appointments import scheduling
from appointments.messages.texts import consent
from appointments.models import Appointment, EventKind, PatientRequest, RequestEvent, TextToRead
from appointments.requests.calls import outcomes_for
from appointments.roles import HANDLE, REVIEW, VIEW, VIEW_APPOINTMENT
from appointments.staff import counts, forgotten, unconfirmed
from appointments.staff.inbox import filters
from appointments.staff.kit import page_of
from appointments.staff.schedule import earlier
from appointments.staff.schedule.broken import booked_clashes
from appointments.staff.titles import subject_of, treatment_titles, visit_subject
from clinic.http.pages import clinic_of
from clinic.models import Heartbeat, OpeningHours, opening_times
from clinic.staff.site import Advice, Count, Part, Section, address, on_front_page
from clinic.time.words import counted_since, due_words, is_overdue

# So many times that fell free are shown; their own page has all.
MOST_FREE = 5
MOST_TEXTS = 20
WORKER_SILENT = timedelta(minutes=5)


@on_front_page
def waiting(request: HttpRequest, now: datetime) -> Iterator[Part]:
    """The counts, each a link to what it counts."""
    if not request.user.has_perm(VIEW):
        return
    found = counts.counts(now)

    def count(name: str, words: str, query: str, page: str = "patientrequest", late: bool = False) -> Count:
        url = address(f"appointments_{page}_changelist", query=query)
        return Count(name.replace("_", "-"), words, found[name], url, late)

    yield count("new", _("new"), "state=all&status=new")
    yield count("overdue", _("overdue"), "state=overdue", late=True)
    yield count("due_today", _("due today"), "state=due-today")
    yield count("review", _("waiting for the dermatologist"), "state=all&status=clinical_review")
    asked = ngettext(
        "question waiting for the patient's answer",
        "questions waiting for the patient's answer",
        found["asked"],
    )
    yield count("asked", asked, "state=with-patient&flag=decision")
    offered = ngettext("offer waiting for the patient", "offers waiting for the patient", found["offered"])
    yield count("offered", offered, "state=all&status=offered")
    yield count("holds_end", _("with holds that end today"), "state=all&holds=today")
    yield count("calls", ngettext("call due now", "calls due now", found["calls"]), "calls=due")
    to_say = address("phone-tasks") if request.user.has_perm(HANDLE) else ""
    said = ngettext("message to say on the phone", "messages to say on the phone", found["phone_tasks"])
    yield Count("phone-tasks", said, found["phone_tasks"], to_say)
    failed = ngettext("message that failed", "messages that failed", found["failed"])
    yield count("failed", failed, "status__exact=failed", "message", late=True)
    if found["crowded"]:
        yield count("crowded", _("under a phone or e-mail with many requests"), "flag=crowded")
    yield count("spam", _("suspected spam"), "state=spam")
    if request.user.has_perm(HANDLE):
        yield from _forgotten(found, now)
    if found["calls"] and request.user.has_perm(HANDLE):
        lines = [(row, page_of(row), outcomes_for(row)) for row in counts.calls(now)]
        yield Section("admin/appointments/today/calls.html", {"lines": lines}, 2)


def _forgotten(found: dict[str, int], now: datetime) -> Iterator[Part]:
    """What would be forgotten, until it is done. No query where there is nothing."""
    visits = forgotten.unfinished(now) if found["unfinished"] else []
    untouched = forgotten.untouched_for_clinic_days(now) if found["untouched"] else []
    ended = (
        list(forgotten.hold_ended().order_by("respond_by", "pk")[: forgotten.MOST])
        if found["hold_ended"]
        else []
    )
    fallen = [offers[0].request for offers in scheduling.fallen_offers()] if found["hold_fallen"] else []
    if visits or untouched or ended or fallen:
        rest = [row for row in untouched if row not in ended and row not in fallen]
        ours = _("We took the held times back, because nobody is there then: other times are owed")
        content = {
            "visits": visits,
            "groups": [
                (ours, fallen[: forgotten.MOST], address("clashes")),
                (_("The hold has ended, and the patient didn't choose"), ended, ""),
                (_("In progress, untouched for three days"), rest, ""),
            ],
        }
        yield Section("admin/appointments/today/forgotten.html", content, 1)


@on_front_page
def alarms(request: HttpRequest, now: datetime) -> Iterator[Part]:
    """The signs of alarm about which nobody has spoken to the patient yet, before all else. One query."""
    if not request.user.has_perm(HANDLE):
        return
    lines = [(row, page_of(row)) for row in PatientRequest.objects.alarming()[: counts.MOST_CALLS]]
    if lines:
        yield Section("admin/appointments/today/alarms.html", {"lines": lines}, 0)


@on_front_page
def texts(request: HttpRequest, now: datetime) -> Iterator[Part]:
    """What patients have texted that nobody has read yet, the oldest first. One query, none where the clinic
    sends no texts."""
    if not consent.exists() or not request.user.has_perm(HANDLE):
        return
    written = RequestEvent.objects.filter(request=OuterRef("request"), kind=EventKind.TEXT).order_by("-pk")
    rows = TextToRead.objects.select_related("request").order_by("since", "pk")
    rows = rows.annotate(said=Subquery(written.values("note")[:1]), seen=Subquery(written.values("pk")[:1]))
    lines = [(row, page_of(row.request)) for row in rows[:MOST_TEXTS]]
    if lines:
        inbox = address("appointments_patientrequest_changelist", query=f"state={filters.WROTE_BACK}")
        yield Section("admin/appointments/today/texts.html", {"lines": lines, "inbox": inbox}, 1)


@on_front_page
def reviews(request: HttpRequest, now: datetime) -> Iterator[Part]:
    """The dermatologist's own work: what waits for her decision."""
    if not request.user.has_perm(REVIEW):
        return
    rows = counts.reviews()
    titles = treatment_titles(request) if rows else {}
    times = opening_times(since=counted_since(now)) if rows else None
    lines = [
        {
            "request": row,
            "url": address("request-review", row.pk) or page_of(row),
            "subject": subject_of(row, titles),
            "due": due_words(row.respond_by, now, times) if times else "",
            "is_overdue": is_overdue(row.respond_by, now),
        }
        for row in rows
    ]
    yield Section("admin/appointments/today/review.html", {"lines": lines}, 1)


@on_front_page
def fallen_visits(request: HttpRequest, now: datetime) -> Iterator[Part]:
    """Booked visits at times at which nobody is there, and two of one patient at once, until the last is
    mended."""
    if not request.user.has_perm(HANDLE):
        return
    number = len(booked_clashes(now))
    if number:
        words = _("booked while closed")
        yield Count("clashes", words, number, address("clashes"), is_late=True)
    pairs = scheduling.twice_at_once(now)
    if pairs:
        yield Section("admin/appointments/today/at_once.html", {"pairs": pairs}, 1)


@on_front_page
def fell_free(request: HttpRequest, now: datetime) -> Iterator[Part]:
    """Times that fell free and whom to offer them to, and what is offered already; then who keeps a booked
    time and wants another one. Three queries where there is nothing."""
    if not request.user.has_perm(HANDLE):
        return
    found = earlier.panel(request, now, MOST_FREE)
    if found["times"] or found["waves"]:
        yield Section("admin/appointments/today/earlier.html", found, 1)
    if found["movers"]:
        yield Section("admin/appointments/today/movers.html", found, 1)


@on_front_page
def not_confirmed(request: HttpRequest, now: datetime) -> Iterator[Part]:
    """The visits of the next clinic day of which nobody knows whether the patient comes, from noon on."""
    if not request.user.has_perm(HANDLE):
        return
    found = unconfirmed.to_call(now, clinic_of(request))
    if found:
        days = [
            (title, on, [(each, outcomes_for(each.appointment.request)) for each in rows])
            for title, on, rows in unconfirmed.by_day(found[: unconfirmed.MOST], now)
        ]
        content = {"days": days, "more": max(0, len(found) - unconfirmed.MOST)}
        yield Section("admin/appointments/today/not_confirmed.html", content, 2)


@on_front_page
def visits(request: HttpRequest, now: datetime) -> Iterator[Part]:
    """Today's appointments by practitioner."""
    if not request.user.has_perm(VIEW_APPOINTMENT):
        return
    groups = counts.appointments_by_practitioner(now)
    titles = treatment_titles(request) if groups else {}

    def lines(rows: list[Appointment], are_coming: bool) -> list[dict[str, Any]]:
        return [
            {
                "appointment": row,
                "url": page_of(row.request),
                "subject": visit_subject(row, titles),
                "has_begun": row.start <= now,
                "confirmed": unconfirmed.confirmed_words(row, clinic_of(request), now),
            }
            for row in rows
            if row.is_coming == are_coming
        ]

    days = [(who, lines(rows, True), lines(rows, False)) for who, rows in groups]
    yield Section(
        "admin/appointments/today/visits.html", {"days": days, "schedule_url": address("schedule")}, 2
    )


@on_front_page
def to_look_after(request: HttpRequest, now: datetime) -> Iterator[Part]:
    """What the clinic has not set yet, to those who may set it; what has stopped working, to everybody whom
    patients ask."""
    may = request.user.has_perm
    if may("clinic.add_openinghours") and not OpeningHours.objects.filter(practitioner=None).exists():
        yield Advice(
            _("Set the clinic's opening hours. Until then Monday to Friday, 9am to 5pm, is assumed."),
            address("clinic_openinghours_changelist"),
        )
    if may("clinic.change_clinic") and not clinic_of(request).email:
        yield Advice(_("Set the clinic's e-mail address, where staff get notices."), _clinic_page())
    if may("clinic.view_clinic"):
        yield from _stopped(now)


def _stopped(now: datetime) -> Iterator[Part]:
    if settings.EMAIL_BACKEND == "clinic.operations.mail.NotSetUp":
        yield Advice(_("No e-mail can be sent: EMAIL_URL is not set on the server. Messages wait."))
    beat = Heartbeat.objects.filter(name=Heartbeat.WORKER).values_list("at", flat=True).first()
    if beat is None or beat < now - WORKER_SILENT:
        yield Advice(
            _("The program that sends messages and ends holds has not been seen for over 5 minutes.")
        )
    held_up = _(
        "%(what)s: the site's own set-up is refused (%(error)s). Nothing is lost; it goes on by "
        "itself once whoever runs the server has mended it."
    )
    if text_error := counts.texts_stand():
        yield Advice(held_up % {"what": _("No text message goes out"), "error": text_error})
    stands = counts.mail_stands(now)
    if stands and stands.held_up:
        yield Advice(held_up % {"what": stands.held_up, "error": stands.error})
    elif stands:
        minutes = int(stands.waited.total_seconds() // 60)
        long = (
            _("%(hours)s hours") % {"hours": minutes // 60}
            if minutes >= 120
            else _("%(minutes)s minutes") % {"minutes": minutes}
        )
        yield Advice(_("The oldest e-mail has been waiting to be sent for %(long)s.") % {"long": long})


def _clinic_page() -> str:
    return address("clinic_clinic_change", 1) or address("clinic_clinic_changelist")
