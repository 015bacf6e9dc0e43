"""Answers to common questions."""

from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _


class CommonQuestion(models.Model):
    """A question that people ask often, and the clinic's answer. Shown on the home page and the contact page,
    or on the one page that `place` names."""

    question = models.CharField(_("question"), max_length=200)
    question_es = models.CharField(_("question in Spanish"), max_length=200, blank=True)
    answer = models.TextField(
        _("answer"), max_length=2000, help_text=_("Plain text. An empty line begins a new paragraph.")
    )
    answer_es = models.TextField(_("answer in Spanish"), max_length=2000, blank=True)
    place = models.CharField(
        _("where"), max_length=40, blank=True, help_text=_("Empty: on the home page and the contact page.")
    )
    position = models.PositiveSmallIntegerField(_("order"), default=0)
    is_shown = models.BooleanField(_("shown"), default=True)
    changed_at = models.DateTimeField(_("changed at"), auto_now=True)

    class Meta:
        verbose_name = _("common question")
        verbose_name_plural = _("common questions")
        ordering = ["place", "position", "pk"]
        # One that is no longer asked is no longer shown.
        default_permissions = ("view", "add", "change")
        indexes = [models.Index(fields=["-changed_at"], name="commonquestion_changed")]

    def __str__(self) -> str:
        return self.question

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
