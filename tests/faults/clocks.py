"""A worker that looks every few minutes over both clock-change weekends, and a clock that steps back."""

from datetime import UTC, datetime, time, timedelta

from django.db import transaction

from appointments.follow_up.reminders import remind
from appointments.models import EventKind, Message, PatientRequest, RequestEvent
from clinic.models import OpeningHours
from clinic.time.hours import clinic_zone
from tests import builders
from tests.faults.stage import Row

LOOK_EVERY = timedelta(minutes=30)
# The Sundays on which the clocks of Los Angeles change.
CHANGES = {
    "clocks go back": datetime(2026, 11, 1, 9, tzinfo=UTC),
    "clocks go forward": datetime(2027, 3, 14, 10, tzinfo=UTC),
}
# By the wall clock of the day before and of two days before.
DAYS_BEFORE = {"reminder_days": 2, "reminder_morning": 1}


def weekend(name: str, change: datetime) -> Row:
    """Appointments on the days around the change, every half hour of the day."""
    begin = change - timedelta(days=3)
    _booked_around(change, begin)
    now = begin
    while now < change + timedelta(days=4):
        remind(now)
        now += LOOK_EVERY
    wrong = sum(not _is_right(message) for message in Message.objects.select_related("appointment"))
    sent = Message.objects.count()
    figures = f"64 appointments, {sent} reminders, {wrong} at a wrong wall-clock time"
    return Row(f"reminders, {name}", figures, sent == 128 and not wrong)


@transaction.atomic
def _booked_around(change: datetime, begin: datetime) -> None:
    """Four days of appointments, every half hour."""
    PatientRequest.objects.all().delete()
    doctor = builders.practitioner()
    monday = change.astimezone(clinic_zone()).date() + timedelta(days=1)
    for offset in range(4):
        for half_hour in range(16):
            clock = datetime.combine(monday + timedelta(days=offset - 1), datetime.min.time(), clinic_zone())
            start = clock.replace(hour=9 + half_hour // 2, minute=30 * (half_hour % 2)).astimezone(UTC)
            request = builders.appointment_request(email="ada@example.org", received_at=begin)
            builders.appointment(request, doctor, start)
            RequestEvent.objects.create(request=request, kind=EventKind.APPOINTMENT, at=begin)


def _is_right(message: Message) -> bool:
    if message.appointment is None:
        return False
    start = message.appointment.start.astimezone(clinic_zone())
    written = message.created_at.astimezone(clinic_zone())
    clock = (9, 0) if message.kind == "reminder_morning" else (start.hour, start.minute)
    days = (start.date() - written.date()).days
    return days == DAYS_BEFORE[message.kind] and (written.hour, written.minute) == clock


def steps_back() -> Row:
    """The clock runs two hours, steps back one, and runs on; for each reminder's moment."""
    PatientRequest.objects.all().delete()
    start = datetime(2026, 12, 10, 18, 0, tzinfo=UTC)
    request = builders.appointment_request(email="ada@example.org", received_at=start - timedelta(days=5))
    builders.appointment(request, builders.practitioner(), start)
    RequestEvent.objects.create(request=request, kind=EventKind.APPOINTMENT, at=start - timedelta(days=5))
    for moment in (start - timedelta(days=2), start - timedelta(hours=25)):
        for minutes in (*range(-60, 60, 5), *range(0, 60, 5)):
            remind(moment + timedelta(minutes=minutes))
    sent = Message.objects.count()
    return Row("clock steps back an hour, twice", f"{sent} reminders of 2, none twice", sent == 2)


def run() -> None:
    """A row for each change of the clocks, and one for a step back."""
    builders.clinic()
    for weekday in range(7):  # nobody is reminded of a time at which the clinic is closed
        OpeningHours.objects.create(weekday=weekday, opens=time(8), closes=time(18))
    for name, change in CHANGES.items():
        weekend(name, change).tell()
    steps_back().tell()
