"""Where the clinic lets it happen by itself: times that fell free are offered to whom they suit, by day."""

from datetime import datetime, timedelta

from appointments.scheduling.earlier.offering import offer, together
from appointments.scheduling.earlier.proposals import Candidate, Proposal, proposals
from appointments.scheduling.rules import SchedulingError
from clinic.models import Clinic
from clinic.operations.batches import one_by_one
from clinic.time import quiet

# A time that is nearer than this is asked of several at once: one after the other would take too long.
SOON = timedelta(days=2)


def offer_by_itself(now: datetime) -> int:
    """Offers each time that fell free to the first whom it suits, a near one to the first three at once;
    returns how many times. At night nothing is offered: it would keep a time from everybody until the
    morning. What suits nobody stays on Today for the front desk. One query where it isn't wanted."""
    if not quiet.is_day(now) or not Clinic.facts().earlier_by_itself:
        return 0
    return one_by_one("earlier time", proposals(now, by_itself=True), lambda each: _offer(each, now))


def _offer(proposal: Proposal, now: datetime) -> bool:
    chosen = _first_of([each for each in proposal.candidates if each.suits], now)
    try:
        if chosen:
            offer(proposal.freed, [each.wish.request_id for each in chosen], None, now=now)
    except SchedulingError:  # somebody has just been offered another one; the next round looks again
        return False
    return bool(chosen)


def _first_of(candidates: list[Candidate], now: datetime) -> list[Candidate]:
    if not candidates:
        return []
    first = candidates[0]
    if first.booked is None or first.start - now > SOON:
        return [first]
    return together(candidates)
