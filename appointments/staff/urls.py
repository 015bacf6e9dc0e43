"""The addresses of the staff's own pages: below the inbox's in the admin, and below the messages'."""

from collections.abc import Callable, Sequence
from typing import Any

from django.urls import URLPattern, path

from appointments.staff import forgotten
from appointments.staff.figures import page as figures
from appointments.staff.messages import aftercare, samples
from appointments.staff.request import (
    calls,
    correction,
    entry,
    handover,
    moves,
    page,
    review,
    rights,
    same_person,
    visits,
)
from appointments.staff.schedule import calendar, earlier, mending, steps

INBOX = (
    path("entry/", entry.Entry.as_view(), name="entry"),
    path("schedule/", calendar.schedule, name="schedule"),
    path("schedule/clashes/", mending.clashes, name="clashes"),
    path("schedule/earlier/", earlier.page, name="earlier"),
    path("schedule/earlier/<int:freed_pk>/offer/", earlier.offer, name="earlier-offer"),
    path("schedule/earlier/<int:freed_pk>/leave/", earlier.leave, name="earlier-leave"),
    path("schedule/earlier/<uuid:wave>/back/", earlier.back, name="earlier-back"),
    path("schedule/earlier/<int:other_pk>/said/", earlier.said, name="earlier-said"),
    path("schedule/day-sheet/", calendar.day_sheet, name="day-sheet"),
    path("figures/", figures.figures_page, name="figures"),
    path("figures/csv/", figures.as_csv, name="figures-csv"),
    path("aftercare/", aftercare.outdated, name="aftercare"),
    path("aftercare/<int:version_pk>/send/", aftercare.send, name="aftercare-send"),
    path("<int:pk>/take/", moves.take, name="request-take"),
    path("<int:pk>/hand-over/", handover.hand_over, name="request-hand-over"),
    path("<int:pk>/note/", moves.note, name="request-note"),
    path("<int:pk>/move/<slug:action>/", moves.Move.as_view(), name="request-move"),
    path("<int:pk>/call/", calls.log, name="request-call"),
    path("<int:pk>/call/again/", calls.again, name="request-call-again"),
    path("<int:pk>/texts/", calls.texts, name="request-texts"),
    path("<int:pk>/texts-read/", calls.texts_read, name="request-texts-read"),
    path("<int:pk>/alarm-met/", calls.alarm_met, name="request-alarm-met"),
    path("to-say/", calls.to_say, name="phone-tasks"),
    path("end-of-day/", forgotten.end_of_day, name="end-of-day"),
    path("<int:pk>/said/<int:message_pk>/", calls.tell, name="request-said"),
    path("<int:pk>/not-spam/", page.not_spam, name="request-not-spam"),
    path("<int:pk>/correct/", correction.Correct.as_view(), name="request-correct"),
    path("<int:pk>/end-link/", correction.end_link, name="request-end-link"),
    path("<int:pk>/review/", review.Review.as_view(), name="request-review"),
    path("<int:pk>/same-person/", same_person.suggestions_page, name="request-same-person"),
    path("<int:pk>/offer/", steps.Offer.as_view(), name="request-offer"),
    path("<int:pk>/take-offer/", steps.TakeOffer.as_view(), name="request-take-offer"),
    path("<int:pk>/book/", steps.Book.as_view(), name="request-book"),
    path("<int:pk>/book-again/", entry.Entry.as_view(), name="request-book-again"),
    path("<int:pk>/appointment/move/", steps.Move.as_view(), name="request-appointment-move"),
    path("<int:pk>/appointment/offer-others/", steps.OfferBeside.as_view(), name="request-offer-beside"),
    path("<int:pk>/appointment/cancel/", steps.Cancel.as_view(), name="request-appointment-cancel"),
    path("<int:pk>/appointment/confirmed/", visits.confirmed, name="request-confirmed"),
    path("<int:pk>/another-time/", earlier.another, name="request-another-time"),
    path("<int:pk>/earlier/", earlier.wish, name="request-earlier-wish"),
    path("<int:pk>/visit/", visits.visit, name="request-visit"),
    path("<int:pk>/person/", rights.person, name="request-person"),
    path("<int:pk>/person/copy/", rights.copy, name="request-person-copy"),
    path("<int:pk>/person/erase/", rights.erase, name="request-person-erase"),
)
MESSAGES = (
    path("samples/", samples.listed, name="message-samples"),
    path("samples/<slug:slug>/<str:language>/", samples.sample, name="message-sample"),
    path("samples/<slug:slug>/<str:language>/e-mail/", samples.e_mail, name="message-sample-e-mail"),
)


def in_admin(patterns: Sequence[URLPattern], admin_view: Callable[..., Any]) -> list[URLPattern]:
    """The same addresses, each behind the admin's own log-in."""
    return [URLPattern(each.pattern, admin_view(each.callback), {}, each.name) for each in patterns]
