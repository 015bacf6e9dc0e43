"""Gives a practitioner's calendar to whoever has its address: programs ask every few minutes, without a
session."""

from datetime import date

from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.cache import get_conditional_response

from clinic.feed.busy import calendar_of
from clinic.feed.writing import CONTENT_TYPE, tag_of, written
from clinic.http.refusals import only, refuse
from clinic.models import CalendarFeed
from clinic.operations.limits import Limit, TooMany, client_line, count
from clinic.time.hours import clinic_day

# A program asks once in some minutes; an owner has a handful of them.
ASKED = Limit("calendar", 120, 3600)
WRONG = Limit("calendar-wrong", 60, 3600)


@only("GET")
def calendar(request: HttpRequest, token: str) -> HttpResponse:
    """The calendar as it is now; 304 for whoever has it. Raises Http404, the same for every wrong address and
    every one that has ended. As many queries whatever there is."""
    now = timezone.now()
    feed = CalendarFeed.objects.in_force().of(token)
    try:
        count([(ASKED, feed.digest) if feed else (WRONG, client_line(request))], now)
    except TooMany as too_many:
        return refuse(request, 429, retry_after=too_many.retry_after)
    if feed is None:
        raise Http404
    _note(feed, clinic_day(now))
    found = calendar_of(feed, now)
    tag = tag_of(found)
    response = get_conditional_response(request, etag=tag) or HttpResponse(
        written(found), content_type=CONTENT_TYPE
    )
    response["ETag"] = tag
    # Its owner's program may keep it, nobody on the way, and asks each time whether it still holds.
    response["Cache-Control"] = "private, no-cache"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response


def _note(feed: CalendarFeed, today: date) -> None:
    """Keeps the day on which the address was last used, for its owner; written once a day."""
    if feed.asked_on != today:
        earlier = Q(asked_on=None) | Q(asked_on__lt=today)
        CalendarFeed.objects.filter(earlier, pk=feed.pk, digest=feed.digest).update(asked_on=today)
