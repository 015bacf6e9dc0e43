"""Answers to common questions."""

from typing import Self, cast

from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from clinic.models.signed import TEXT_COLUMNS, SignedText, signed_constraints

VERSIONS_TABLE = "clinic_questionversion"
WORDS = ("question", "question_es", "answer", "answer_es", "place")
# What a version says, never changed once it was handed over.
WRITTEN_ONCE = (*TEXT_COLUMNS, "common_id", *WORDS)


class CommonQuestion(models.Model):
    """A question that people ask often: in which order it stands, and whether it is shown. What it says and
    on which page lies in its versions."""

    position = models.PositiveSmallIntegerField(_("order"), default=0, db_default=0)
    is_shown = models.BooleanField(_("shown"), default=True, db_default=True)
    changed_at = models.DateTimeField(_("changed at"), auto_now=True)

    class Meta:
        verbose_name = _("common question")
        verbose_name_plural = _("common questions")
        ordering = ["position", "pk"]
        # One that is no longer asked is no longer shown.
        default_permissions = ("view", "add", "change")
        indexes = [models.Index(fields=["-changed_at"], name="commonquestion_changed")]

    def __str__(self) -> str:
        newest = self.versions.first()
        return newest.question if newest else f"{self._meta.verbose_name} {self.pk}"


class QuestionVersion(SignedText):
    """A wording of a question and its answer, in both languages. Shown on the home page and the contact page,
    or on the one page that `place` names: there it stands beside what a physician has signed."""

    common = models.ForeignKey(
        CommonQuestion, editable=False, on_delete=models.PROTECT, related_name="versions"
    )
    question = models.CharField(_("question"), max_length=200)
    question_es = models.CharField(_("question in Spanish"), max_length=200, blank=True)
    answer = models.TextField(
        _("answer"), max_length=2000, help_text=_("Plain text. An empty line begins a new paragraph.")
    )
    answer_es = models.TextField(_("answer in Spanish"), max_length=2000, blank=True)
    place = models.CharField(
        _("where"), max_length=40, blank=True, help_text=_("Empty: on the home page and the contact page.")
    )
    change_note = models.CharField(_("why you change it (for colleagues)"), max_length=200, blank=True)

    class Meta(SignedText.Meta):
        verbose_name = _("version of a common question")
        verbose_name_plural = _("versions of common questions")
        default_permissions = ()
        permissions = [
            ("release_questionversion", "Can put answers to common questions on the site"),
            ("sign_off_questionversion", "Can sign off answers that stand beside signed words"),
        ]
        constraints = signed_constraints("questionversion", "common", own=Q(place=""))

    def __str__(self) -> str:
        return self.question

    @property
    def takes_a_physician(self) -> bool:
        return bool(self.place)

    def of_same_text(self) -> models.QuerySet[Self]:
        rows = QuestionVersion.objects.filter(common=self.common_id)
        return cast("models.QuerySet[Self]", rows)

    @property
    def is_in_spanish(self) -> bool:
        return bool(self.question_es and self.answer_es)

    @property
    def language(self) -> str:
        """The language of the words, where it differs from the page around them; else empty."""
        return "en" if get_language() == "es" and not self.is_in_spanish else ""

    @property
    def shown_question(self) -> str:
        return self.question_es if get_language() == "es" and self.is_in_spanish else self.question

    @property
    def shown_answer(self) -> str:
        return self.answer_es if get_language() == "es" and self.is_in_spanish else self.answer
