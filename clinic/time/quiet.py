"""When nobody is woken: patients are written to by day, on the clinic's clock, open or closed; staff choose
their own quiet hours. Pure."""

from datetime import datetime, time, timedelta

from clinic.time.hours import at, clinic_day

BEGINS, ENDS = time(8), time(20)


def is_day(moment: datetime) -> bool:
    """Whether nobody is woken at `moment`."""
    today = clinic_day(moment)
    return at(today, BEGINS) <= moment < at(today, ENDS)


def by_day(moment: datetime) -> datetime:
    """`moment` itself by day, else the morning after it."""
    if is_day(moment):
        return moment
    today = clinic_day(moment)
    morning = at(today, BEGINS)
    return morning if moment < morning else at(today + timedelta(days=1), BEGINS)


def after(moment: datetime, length: timedelta) -> datetime:
    """The moment at which `length` of day has passed since `moment`; nights don't count."""
    begins = by_day(moment)
    while (left := at(clinic_day(begins), ENDS) - begins) < length:
        length -= left
        begins = at(clinic_day(begins) + timedelta(days=1), BEGINS)
    return begins + length


def ends(moment: datetime, begins: time, until: time) -> datetime | None:
    """When the quiet hours in which `moment` lies end, None outside of them. They come each day, from
    `begins` until `until` on the clinic's clock, past midnight where that is the earlier one; on a day on
    which the clocks change they are as long as the clock says."""
    today = clinic_day(moment)
    for day in (today - timedelta(days=1), today):
        end = at(day if begins < until else day + timedelta(days=1), until)
        if at(day, begins) <= moment < end:
            return end
    return None
