"""The visit itself: the patient is here, the visit took place, the patient didn't come, and the way back."""

from collections.abc import Callable
from datetime import datetime

from django.contrib.auth.models import User
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from appointments.lifecycle import Action
from appointments.models import Appointment, AppointmentStatus, EventKind, PatientRequest
from appointments.requests.moves import require_desk
from appointments.scheduling.rules import SchedulingError, lock_again, look_again, note_change, whole
from clinic.time.hours import clinic_day

# What can be noted of a visit, and taken back.
NOTED = (AppointmentStatus.ARRIVED, AppointmentStatus.FULFILLED, AppointmentStatus.NOSHOW)
# What the timeline says.
HAS_ARRIVED = gettext_lazy("The patient has arrived.")
DID_NOT_COME = gettext_lazy("The patient didn't come.")


def arrive(appointment: Appointment, by: User | None, *, now: datetime | None = None) -> None:
    """The patient is here. Raises SchedulingError."""

    def work(patient_request: PatientRequest, fresh: Appointment, moment: datetime) -> None:
        if fresh.status != AppointmentStatus.BOOKED:
            raise SchedulingError(_("Only a booked appointment can begin."))
        Appointment.objects.filter(pk=fresh.pk).update(status=AppointmentStatus.ARRIVED)
        # A mark: it changes nothing for the patient, whose page and reminders leave marks out.
        note_change(patient_request, by, moment, str(HAS_ARRIVED), EventKind.MARK)

    _at_visit(appointment, by, now, work)


class NotBegun(SchedulingError):
    """The visit hasn't begun: to be asked once, whether it took place all the same."""

    def __init__(self) -> None:
        super().__init__(_("The appointment hasn't begun yet. Did the visit take place earlier?"))


def fulfil(
    appointment: Appointment,
    by: User | None,
    *,
    early: bool = False,
    treated: bool = False,
    now: datetime | None = None,
) -> None:
    """The visit took place; completes the request. `treated` at a consultation that the treatment followed at
    once: aftercare, recall and the shortest interval count from it.

    Raises SchedulingError, NotBegun before its start unless it is said that it was `early`.
    """

    def work(patient_request: PatientRequest, fresh: Appointment, moment: datetime) -> None:
        if not fresh.is_coming:
            raise SchedulingError(_("This appointment has ended or is cancelled already."))
        if moment < fresh.start and not early:
            raise NotBegun
        if treated and not may_be_treated(fresh):
            raise SchedulingError(_("This is no consultation about a treatment."))
        note = ""
        if treated:  # before the move, which looks whose shortest interval counts from it
            note = _("The treatment followed at once.")
            Appointment.objects.filter(pk=fresh.pk).update(
                status=AppointmentStatus.FULFILLED, treatment_followed=True
            )
        patient_request.move(Action.COMPLETE, by, note, now=moment)

    _at_visit(appointment, by, now, work)


def may_be_treated(appointment: Appointment) -> bool:
    """Whether a treatment can follow at once: at a consultation about one."""
    return appointment.is_consultation and appointment.request.treatment_id is not None


def no_show(appointment: Appointment, by: User | None, *, now: datetime | None = None) -> None:
    """The patient didn't come, or left before the visit; completes the request and frees the time. Raises
    SchedulingError."""

    def work(patient_request: PatientRequest, fresh: Appointment, moment: datetime) -> None:
        if not fresh.is_coming:
            raise SchedulingError(_("This appointment has ended or is cancelled already."))
        left = fresh.status == AppointmentStatus.ARRIVED
        if moment < fresh.start and not left:
            raise SchedulingError(_("The appointment hasn't begun yet."))
        Appointment.objects.filter(pk=fresh.pk).update(
            status=AppointmentStatus.NOSHOW, sequence=F("sequence") + 1
        )
        note = _("The patient left before the visit.") if left else str(DID_NOT_COME)
        patient_request.move(Action.COMPLETE, by, note, now=moment)

    _at_visit(appointment, by, now, work)


def undo_visit(appointment: Appointment, by: User | None, *, now: datetime | None = None) -> None:
    """Takes back what was noted of a visit, on its own clinic day: the appointment is booked again, and so is
    its request. Raises SchedulingError, TimeTaken when somebody else has got the time of a no-show."""

    def work(patient_request: PatientRequest, fresh: Appointment, moment: datetime) -> None:
        if fresh.status not in NOTED:
            raise SchedulingError(_("There is nothing to undo for this appointment."))
        if clinic_day(moment) != clinic_day(fresh.start):
            raise SchedulingError(
                _("This can be undone on the day of the visit only. Reopen the request instead.")
            )
        changed = {"sequence": F("sequence") + 1} if fresh.status == AppointmentStatus.NOSHOW else {}
        Appointment.objects.filter(pk=fresh.pk).update(
            status=AppointmentStatus.BOOKED, treatment_followed=False, **changed
        )
        note = _("Undone: %(what)s") % {"what": fresh.get_status_display()}
        if fresh.status == AppointmentStatus.ARRIVED:
            note_change(patient_request, by, moment, note, EventKind.MARK)
        else:
            patient_request.move(Action.VISIT_UNDONE, by, note, now=moment)

    _at_visit(appointment, by, now, work)


def _at_visit(
    appointment: Appointment,
    by: User | None,
    now: datetime | None,
    work: Callable[[PatientRequest, Appointment, datetime], None],
) -> None:
    """Runs `work` on the locked appointment; only for staff, and not before the day of the visit."""
    moment = now or timezone.now()

    def whole_work() -> None:
        require_desk(by)
        patient_request, fresh = lock_again(appointment)
        if clinic_day(moment) < clinic_day(fresh.start):
            raise SchedulingError(_("The day of the visit hasn't come yet."))
        work(patient_request, fresh, moment)

    whole(whole_work)
    look_again(appointment)
