"""What the patient answered to the screening questions, and what the dermatologist decided."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from appointments.models.choices import Decision
from appointments.models.timeline import AppendOnly
from clinic.constraints import choices_check
from treatments.models import Answer, ScreeningQuestion

# How much a patient may write about one question.
LONGEST_WORDS = 300


class ScreeningAnswer(AppendOnly):
    """A question with its hint, and its answer with the patient's own words, as they were worded that day."""

    request = models.ForeignKey(
        "appointments.PatientRequest", on_delete=models.CASCADE, related_name="screening_answers"
    )
    question = models.ForeignKey(ScreeningQuestion, on_delete=models.PROTECT, related_name="+")
    number = models.PositiveSmallIntegerField(_("number"))
    question_text = models.CharField(_("question"), max_length=300)
    hint = models.CharField(_("hint"), max_length=200, blank=True, default="", db_default="")
    answer = models.CharField(_("answer"), max_length=6, choices=Answer.choices)
    words = models.CharField(
        _("in the patient's words"), max_length=LONGEST_WORDS, blank=True, default="", db_default=""
    )
    is_flagged = models.BooleanField(_("flagged"))

    class Meta:
        verbose_name = _("screening answer")
        verbose_name_plural = _("screening answers")
        ordering = ["number"]
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(fields=["request", "number"], name="screeninganswer_once"),
            choices_check("answer", Answer, "screeninganswer_answer"),
        ]

    def __str__(self) -> str:
        return f"{self.question_text} {self.get_answer_display()}"


class ClinicalReview(AppendOnly):
    """A dermatologist's decision. Its note is for dermatologists' eyes."""

    request = models.ForeignKey(
        "appointments.PatientRequest", on_delete=models.CASCADE, related_name="clinical_reviews"
    )
    decision = models.CharField(_("decision"), max_length=18, choices=Decision.choices)
    words_for_patient = models.TextField(_("words for the patient"), blank=True)
    note = models.TextField(_("clinical note"), blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("by"), on_delete=models.PROTECT, related_name="+"
    )
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("clinical review")
        verbose_name_plural = _("clinical reviews")
        ordering = ["-at", "-pk"]
        default_permissions = ("view",)
        constraints = [
            choices_check("decision", Decision, "clinicalreview_decision"),
            models.CheckConstraint(
                condition=Q(decision__in=(Decision.SUITABLE, Decision.CONSULTATION_FIRST))
                | ~Q(words_for_patient=""),
                name="clinicalreview_words_where_owed",
            ),
        ]

    def __str__(self) -> str:
        return self.get_decision_display()
