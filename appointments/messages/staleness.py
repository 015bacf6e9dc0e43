"""Whether a message still holds when its turn comes. What has been overtaken is voided, not sent; what speaks
of a time that no longer stands waits until the front desk has mended it."""

from datetime import datetime

from appointments.availability import clashes
from appointments.lifecycle import OPEN, WAITING, Status
from appointments.models.appointment import COMING
from appointments.models.choices import AppointmentStatus
from appointments.models.earlier import OtherTime
from appointments.models.message import Message, MessageQuerySet

REMINDERS = ("reminder_days", "reminder_morning")
# Each says that the patient has this time.
SAYS_THE_TIME = (*REMINDERS, "booked", "moved")
# Each offers a time beside the booked one.
OFFERS_ANOTHER = ("earlier_time", "times_beside")
# Each speaks of something that is only true as long as the request stands where it stood.
ONLY_WHILE = {
    "offers": (Status.OFFERED,),
    "other_times": (Status.OFFERED,),
    "earlier_time": (Status.BOOKED,),
    "times_beside": (Status.BOOKED,),
    "hold_ended": WAITING,
    "times_fallen": WAITING,
    "missed_promise": WAITING,
    "promise_moved": WAITING,
    "question": OPEN,
    "decided": (Status.IN_PROGRESS,),
    "declined": (Status.DECLINED,),
    "could_not_reach": (Status.CLOSED,),
}


def is_stale(message: Message, now: datetime) -> bool:
    """Whether what `message` speaks of has changed since it was written."""
    patient_request, appointment = message.request, message.appointment
    if patient_request is not None and patient_request.status not in ONLY_WHILE.get(
        message.kind, (patient_request.status,)
    ):
        return True
    if message.kind in OFFERS_ANOTHER:
        return not OtherTime.objects.open(now).filter(request=patient_request).exists()
    if appointment is None:
        return False
    if appointment.sequence != message.appointment_sequence:
        return True
    if message.kind in REMINDERS:
        if appointment.confirmed_at is not None and appointment.confirmed_at >= message.created_at:
            return True  # what it asks has been answered
        return appointment.status != AppointmentStatus.BOOKED or appointment.start <= now
    return message.kind in SAYS_THE_TIME and appointment.status not in COMING


def about_fallen(messages: MessageQuerySet, now: datetime) -> set[int]:
    """The keys of those of `messages` that would tell a patient a time at which nobody is there any more.
    One query, and those of `clashes` where any says a time."""
    said = messages.filter(kind__in=SAYS_THE_TIME, appointment__status=AppointmentStatus.BOOKED)
    times = dict(said.order_by().values_list("pk", "appointment_id"))
    fallen = {each.pk for each in clashes(now)} if times else set()
    return {pk for pk, appointment in times.items() if appointment in fallen}
