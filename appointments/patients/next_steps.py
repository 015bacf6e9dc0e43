"""What the patient's page says comes next, as somebody at the desk would: a few sentences, in order."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from appointments.lifecycle import Status
from appointments.models import Appointment, Kind, PatientRequest
from clinic.models import Clinic


def next_steps(
    patient_request: PatientRequest, clinic: Clinic, *, asked: bool, offers: bool, coming: Appointment | None
) -> list[str]:
    """The steps from here on, none where nothing comes any more. `asked`: a question is open."""
    if coming is not None:
        return _to_the_visit(patient_request, clinic)
    if patient_request.kind == Kind.CALLBACK and patient_request.is_waiting:
        return [
            _("We call you and answer what you would like to know."),
            _("If you don't pick up, we try again and say on this page that we called."),
            _("If you would like to come in, we find a time together on the phone."),
        ]
    if patient_request.status == Status.OFFERED:
        return [_("The time that you choose is yours at once.")] if offers else [_looking(), *_with_times()]
    if patient_request.is_waiting:
        if asked:
            return [
                _("You answer our question here. Our dermatologist reads your answer."),
                _("Then we go on with your request, and you find the next step on this page."),
            ]
        return [*_reading(patient_request), _looking(), *_with_times()]
    return []


def _reading(patient_request: PatientRequest) -> list[str]:
    """Who reads what was sent; nobody any more once we look for times."""
    if patient_request.status == Status.CLINICAL_REVIEW:
        return [_("Our dermatologist reads your answers and decides how we go on.")]
    if patient_request.status == Status.NEW:
        return [_("We read what you sent. Where it is needed, our dermatologist looks at it too.")]
    return []


def _looking() -> str:
    return _("We look for times that suit you and hold them for you. You find them on this page.")


def _with_times() -> list[str]:
    return [_("You choose one of them, and it is yours at once.")]


def _to_the_visit(patient_request: PatientRequest, clinic: Clinic) -> list[str]:
    steps = []
    if patient_request.email and (clinic.reminder_days or clinic.reminder_morning):
        steps.append(_("We remind you by e-mail before your visit."))
    hours = clinic.cancel_notice_hours
    if hours:
        notice = ngettext(
            "If you can't come, tell us at least %(hours)s hour before: somebody else can have the time.",
            "If you can't come, tell us at least %(hours)s hours before: somebody else can have the time.",
            hours,
        )
        steps.append(notice % {"hours": hours})
    steps.append(_("When you come in, give your name at the desk. You don't need to print anything."))
    return steps
