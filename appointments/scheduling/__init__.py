"""Holding, taking, booking, moving and cancelling a practitioner's time.

Every function works whole or not at all and raises SchedulingError when the rule says no; its message is for
the person who tried. No function looks whether a time is free before it writes: the database refuses an
overlap (see appointments.guards), and of two requests that want one time exactly one gets it.
"""

from appointments.availability import clashes
from appointments.scheduling.bookings import book, cancel, move_appointment
from appointments.scheduling.confirming import confirm, take_back_confirmation
from appointments.scheduling.fallen import end_fallen_holds, fallen_offers
from appointments.scheduling.offers import accept, end_of_hold, none_suits, offer, release_expired
from appointments.scheduling.rules import SchedulingError, TimeTaken
from appointments.scheduling.same_patient import NotLookedAt, other_visits, twice_at_once
from appointments.scheduling.visits import NotBegun, arrive, fulfil, no_show, undo_visit

__all__ = [
    "NotBegun",
    "NotLookedAt",
    "SchedulingError",
    "TimeTaken",
    "accept",
    "arrive",
    "book",
    "cancel",
    "clashes",
    "confirm",
    "end_fallen_holds",
    "end_of_hold",
    "fallen_offers",
    "fulfil",
    "move_appointment",
    "no_show",
    "none_suits",
    "offer",
    "other_visits",
    "release_expired",
    "take_back_confirmation",
    "twice_at_once",
    "undo_visit",
]
