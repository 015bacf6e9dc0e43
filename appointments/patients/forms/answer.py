"""The forms behind the link in which the patient writes: an answer, a few words, a lost link."""

from django.utils.translation import gettext_lazy as _

from appointments.patients.fields import WordsField
from appointments.patients.forms.summed_up import SummedUpForm


class AnswerForm(SummedUpForm):
    """The patient's answer to the dermatologist's question."""

    answer = WordsField(
        2000,
        label=_("Your answer"),
        help_text=_("Up to 2,000 characters."),
        error_messages={"required": _("Write your answer.")},
    )


class WordsForm(SummedUpForm):
    """What the patient may say along with a step."""

    words = WordsField(500, required=False)
