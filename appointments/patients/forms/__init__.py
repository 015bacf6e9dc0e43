"""The patients' forms. They know nothing of HTTP, so that staff can enter a caller's request with the same
rules.

A form checks what was typed and builds the unsaved request; `appointments.intake` stores it.
"""

from appointments.patients.forms.answer import AnswerForm, WordsForm
from appointments.patients.forms.appointment import AppointmentForm, screening_name
from appointments.patients.forms.callback import CallbackForm
from appointments.patients.forms.change import ChangeForm
from appointments.patients.forms.find import FindForm
from appointments.patients.forms.patient import PatientForm

__all__ = [
    "AnswerForm",
    "AppointmentForm",
    "CallbackForm",
    "ChangeForm",
    "FindForm",
    "PatientForm",
    "WordsForm",
    "screening_name",
]
