"""Offering times, taking an offer by phone, booking, moving and cancelling."""

from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from appointments import scheduling
from appointments.lifecycle import Action, Status
from appointments.models import PatientRequest
from appointments.scheduling import SchedulingError
from appointments.scheduling.earlier import own_move
from appointments.scheduling.free_times import MOST_OFFERED
from appointments.scheduling.offers import WrongNumber
from appointments.staff.schedule.picking import Picker
from appointments.staff.schedule.times_page import TimesPage
from clinic.time.hours import Span
from clinic.time.words import day_and_clock


def can_be(action: Action, patient_request: PatientRequest, by: User) -> bool:
    """Whether `by` can offer or book for the request now; a new one is taken on the way."""
    if patient_request.status == Status.NEW:
        return not patient_request.decision_owed and Action.TAKE in patient_request.possible_actions(by)
    return action in patient_request.possible_actions(by)


class Picking(TimesPage):
    """A step that picks free times."""

    most = 1
    stays = False  # whether the booked time is kept until another one is taken
    button_words: Any
    hint: Any = ""

    def load(self, pk: int | None) -> None:
        super().load(pk)
        self.picker = Picker(
            self.request,
            self.patient_request,
            self.now,
            self.appointment,
            earlier=getattr(self.patient_request, "earlier_practitioner", None),
            most=self.most,
            proposes=self.most > 1,
            stays=self.stays,
        )
        self.others = self.picker.other_visits
        if self.most > 1 and not self.few and self.picker.picked and not self.problem:
            refusal = WrongNumber()
            self.problem, self.status = str(refusal), refusal.status

    @property
    def few(self) -> list[datetime]:
        """What is picked; nothing where it is more than can be offered, as no such message is ever sent."""
        return self.picker.picked if len(self.picker.picked) <= self.most else []

    def spans(self) -> list[Span]:
        return self.picker.spans()

    def said(self) -> dict[str, Any] | None:
        return {"start": self.picker.picked[0]} if self.picker.picked else None

    def is_consultation(self) -> bool:
        return self.picker.is_consultation

    def context(self) -> dict[str, Any]:
        return super().context() | {
            "picker": self.picker,
            "kind": "checkbox" if self.most > 1 else "radio",
            "button": self.button,
            "button_words": self.button_words,
            "hint": self.hint,
        }


class Giving(Picking):
    """A step that gives times to a request which has none."""

    action: Action

    def impossible(self) -> str:
        if can_be(self.action, self.patient_request, self.by):
            return ""
        if self.patient_request.decision_owed:
            return _("The dermatologist has to decide first.")
        status = self.patient_request.get_status_display()
        return _("A colleague was faster. The request is now: %(status)s.") % {"status": status}


class Offer(Giving):
    """Holds one to three free times for the patient."""

    title, template = gettext_lazy("Offer times"), "schedule/pick.html"
    action, button, message, most = Action.OFFER, "send", "offers", MOST_OFFERED
    button_words = gettext_lazy("Hold and send these times")
    hint = gettext_lazy(
        "Choose one to three times. They are held for the patient, and nobody else can get them until one is"
        " taken or the hold ends."
    )

    def said(self) -> dict[str, Any] | None:
        starts = self.few
        if not starts:
            return None
        instead = getattr(self.patient_request, "latest_step", "") == Action.HOLD_FALLEN
        return {"starts": starts, "until": min(*starts, self.picker.hold_ends), "instead": instead}

    def act(self) -> str:
        who, starts = self.picker.chosen()
        held = scheduling.offer(
            self.patient_request,
            who,
            starts,
            self.by,
            take=True,
            seen_version=self.seen_version,
            minutes=self.picker.chosen_minutes,
            looked_at=self.looked_at,
        )
        until = held[0].hold_until
        words = _("The times are held for the patient until %(until)s.")
        return words % {"until": day_and_clock(until)} if until else _("The times are offered.")


class Book(Giving):
    """Books one free time, as agreed on the phone."""

    title, template = gettext_lazy("Book by phone"), "schedule/pick.html"
    action, button, message = Action.BOOK, "book", "booked"
    button_words = gettext_lazy("Book this time")

    def act(self) -> str:
        who, [start, *_more] = self.picker.chosen()
        booked = scheduling.book(
            self.patient_request,
            who,
            start,
            self.by,
            take=True,
            seen_version=self.seen_version,
            minutes=self.picker.chosen_minutes,
            looked_at=self.looked_at,
        )
        return _("Booked: %(time)s.") % {"time": day_and_clock(booked.start)}


class Move(Picking):
    """Moves the booked appointment: the old time is free and the new one taken at once."""

    title, template = gettext_lazy("Move the appointment"), "schedule/pick.html"
    button, message, about_visit = "move", "moved", True
    button_words = gettext_lazy("Move to this time")

    def said(self) -> dict[str, Any] | None:
        said = super().said()
        who = self.picker.who
        doctor = who.name if who and who.pk != self.visit.practitioner_id else ""
        return {**said, "old_start": self.visit.start, "doctor": doctor} if said else None

    def act(self) -> str:
        who, [start, *_more] = self.picker.chosen()
        moved = scheduling.move_appointment(
            self.visit,
            start,
            self.by,
            who,
            seen_version=self.seen_version,
            minutes=self.picker.chosen_minutes,
            looked_at=self.looked_at,
        )
        return _("Moved to %(time)s.") % {"time": day_and_clock(moved.start)}


class OfferBeside(Picking):
    """Holds one to three other times for a patient who keeps the booked one until one of them is taken."""

    title, template = gettext_lazy("Offer other times"), "schedule/pick.html"
    button, message, about_visit, most, stays = "send", "times_beside", True, MOST_OFFERED, True
    button_words = gettext_lazy("Hold and send these times")
    hint = gettext_lazy(
        "Choose one to three times. They are held for the patient, who keeps the booked one until one of them"
        " is taken."
    )

    def said(self) -> dict[str, Any] | None:
        starts, who = self.few, self.picker.who
        if not starts:
            return None
        return {
            "starts": starts,
            "until": own_move.ends_at(self.picker.hold_ends, self.visit, starts),
            "old_start": self.visit.start,
            "doctor": who.name if who and who.pk != self.visit.practitioner_id else "",
        }

    def act(self) -> str:
        who, starts = self.picker.chosen()
        held = own_move.offer_beside(
            self.visit,
            who,
            starts,
            self.by,
            seen_version=self.seen_version,
            minutes=self.picker.chosen_minutes,
            looked_at=self.looked_at,
        )
        words = _("The times are held for the patient until %(until)s.")
        return words % {"until": day_and_clock(held[0].until)}


class TakeOffer(TimesPage):
    """Books one of the held times for a patient who chose it on the phone."""

    title, template = gettext_lazy("Book a held time by phone"), "schedule/take_offer.html"
    button, message = "book", "booked"

    def load(self, pk: int | None) -> None:
        super().load(pk)
        held = self.patient_request.appointments.held().select_related("practitioner")
        self.held = list(held.order_by("start"))
        named = self.request.POST.get("held")
        self.chosen = next((each for each in self.held if str(each.pk) == named), None)

    def impossible(self) -> str:
        if self.held and self.patient_request.status == Status.BOOKED:
            return _(
                "This time is offered beside the booked one. Today says who is asked, and what they say."
            )
        return "" if self.held else _("No time is held for this request.")

    def spans(self) -> list[Span]:
        return [(self.chosen.start, self.chosen.end)] if self.chosen else []

    def said(self) -> dict[str, Any] | None:
        return {"start": self.chosen.start} if self.chosen else None

    def context(self) -> dict[str, Any]:
        return super().context() | {"held": self.held, "chosen": self.chosen}

    def act(self) -> str:
        if self.chosen is None:
            raise SchedulingError(_("Choose a time."))
        booked = scheduling.accept(self.chosen, self.by)
        return _("Booked: %(time)s.") % {"time": day_and_clock(booked.start)}


class Cancel(TimesPage):
    """Cancels the booked appointment with a reason that reaches the patient."""

    title, template = gettext_lazy("Cancel the appointment"), "schedule/cancel.html"
    button, message, about_visit = "cancel", "cancelled", True

    @property
    def reason(self) -> str:
        """Why, as typed."""
        return self.request.POST.get("reason", "").strip()[:500]

    def said(self) -> dict[str, Any] | None:
        return {"start": self.visit.start, "reason": self.reason, "by_patient": False}

    def context(self) -> dict[str, Any]:
        return super().context() | {"reason": self.reason}

    def act(self) -> str:
        if not self.reason:
            raise SchedulingError(_("Say why: the patient will read it."))
        scheduling.cancel(self.visit, self.by, self.reason, seen_version=self.seen_version)
        words = _("Cancelled: %(time)s. The request is back in the inbox.")
        return words % {"time": day_and_clock(self.visit.start)}
