"""What a patient's answers and age mean: the flags, the clinical hold, and whether the dermatologist decides.

Asked when a request comes in, when suspected spam is freed and when a date of birth is corrected; it lifts
what it set itself, and nothing that a person asked for or decided.
"""

from datetime import date, datetime

from appointments.lifecycle import BARRED_BY_CLINICAL_HOLD, Action, Status
from appointments.models import PatientRequest
from appointments.requests.moves import move


def set_age_flag(patient_request: PatientRequest, today: date) -> None:
    """Says on the row whether the age lies outside the range of the treatment."""
    age, treatment = patient_request.age_on(today), patient_request.treatment
    patient_request.age_flagged = treatment is not None and age is not None and not treatment.suits_age(age)


def screen(patient_request: PatientRequest, now: datetime) -> None:
    """Sends a stored, locked request to the dermatologist or takes it off her list, as its flags say.

    Suspected spam reaches her only when staff free it; until then the hold alone bars offers. What she has
    decided or asked stays hers.
    """
    flagged = patient_request.screening_flagged or patient_request.age_flagged
    if not flagged and not patient_request.clinical_hold:
        return
    if patient_request.clinical_reviews.exists():
        return
    if flagged and not patient_request.suspected_spam:
        if patient_request.status in (Status.NEW, Status.IN_PROGRESS):
            move(patient_request, Action.ASK_REVIEW, None, now=now)
        return
    asked = patient_request.events.filter(action=Action.ASK_REVIEW).order_by("-at", "-pk").first()
    if asked is not None and asked.by_id is not None:
        return
    if patient_request.status == Status.CLINICAL_REVIEW:
        if asked is not None:
            move(patient_request, Action.SCREENING_LIFTED, None, to=Status(asked.from_status), now=now)
    elif patient_request.status not in BARRED_BY_CLINICAL_HOLD:
        patient_request.clinical_hold = flagged
        PatientRequest.objects.filter(pk=patient_request.pk).update(clinical_hold=flagged)
