"""The questions that are asked before an appointment."""

from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from clinic.constraints import choices_check


class Answer(models.TextChoices):
    """What a patient may answer to a screening question."""

    YES = "yes", _("Yes")
    NO = "no", _("No")
    UNSURE = "unsure", _("I'm not sure")


class FlaggedAnswer(models.TextChoices):
    """The plain answer that sends a request to a dermatologist first."""

    YES = "yes", _("Yes")
    NO = "no", _("No")


class ScreeningQuestion(models.Model):
    """A question asked before an appointment for a treatment is offered, as one version of its page has it.

    The answer that raises the flag sends the request to a dermatologist first; so does 'not sure'.
    """

    version = models.ForeignKey(
        "treatments.TreatmentVersion",
        verbose_name=_("version"),
        on_delete=models.CASCADE,
        related_name="questions",
    )
    number = models.PositiveSmallIntegerField(
        _("number"), help_text=_("Stays with the question for good; the form shows questions in this order.")
    )
    text = models.CharField(_("question"), max_length=300)
    text_es = models.CharField(_("question in Spanish"), max_length=300, blank=True)
    hint = models.CharField(_("hint"), max_length=200, blank=True)
    hint_es = models.CharField(_("hint in Spanish"), max_length=200, blank=True)
    flagged_answer = models.CharField(
        _("raises a flag"), max_length=3, choices=FlaggedAnswer.choices, default=FlaggedAnswer.YES
    )
    is_asked = models.BooleanField(_("asked"), default=True)

    class Meta:
        verbose_name = _("screening question")
        verbose_name_plural = _("screening questions")
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["version", "number"], name="screeningquestion_once_a_version"),
            choices_check("flagged_answer", FlaggedAnswer, "screeningquestion_flagged_answer"),
        ]

    def __str__(self) -> str:
        return self.text

    @property
    def shown_text(self) -> str:
        """The question in the language of the page."""
        return (self.text_es if get_language() == "es" else "") or self.text

    @property
    def shown_hint(self) -> str:
        """The hint in the language of the page."""
        return (self.hint_es if get_language() == "es" else "") or self.hint

    def raises_flag(self, answer: str) -> bool:
        """Whether `answer` (a value of Answer) asks for a dermatologist's look first."""
        return answer in {self.flagged_answer, Answer.UNSURE}
