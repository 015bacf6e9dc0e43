"""The words in which patients are told what to do about a sign of alarm, in versions that a physician
signs."""

from typing import Self, cast

from django.db import models
from django.utils.translation import gettext_lazy as _

from clinic.models.signed import SignedText, signed_constraints

LONGEST_HEADING = 120
LONGEST_SIGNS = 300


class AlarmWords(SignedText):
    """One version of both levels, in both languages at once: what holds in one has to hold in the other.

    Of each level what to do, and the signs for which to do it, in a list with commas. The columns are called
    after the levels of treatments.alarm.signs.
    """

    call_911 = models.CharField(_("first level: what to do"), max_length=LONGEST_HEADING)
    call_911_signs = models.CharField(_("first level: signs"), max_length=LONGEST_SIGNS)
    call_us = models.CharField(_("second level: what to do"), max_length=LONGEST_HEADING)
    call_us_signs = models.CharField(_("second level: signs"), max_length=LONGEST_SIGNS)
    call_911_es = models.CharField(_("first level in Spanish: what to do"), max_length=LONGEST_HEADING)
    call_911_signs_es = models.CharField(_("first level in Spanish: signs"), max_length=LONGEST_SIGNS)
    call_us_es = models.CharField(_("second level in Spanish: what to do"), max_length=LONGEST_HEADING)
    call_us_signs_es = models.CharField(_("second level in Spanish: signs"), max_length=LONGEST_SIGNS)

    class Meta(SignedText.Meta):
        verbose_name = _("version of the alarm words")
        verbose_name_plural = _("alarm words")
        default_permissions = ("view", "change")
        permissions = [("sign_off_alarmwords", "Can sign off the alarm words")]
        constraints = signed_constraints("alarmwords")

    def __str__(self) -> str:
        return f"{self._meta.verbose_name_plural} {self.number}"

    def of_same_text(self) -> models.QuerySet[Self]:
        return cast("models.QuerySet[Self]", AlarmWords.objects.order_by("-number"))
