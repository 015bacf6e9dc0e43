"""What the clinic says in its own words where the site brings shipped ones."""

from typing import Self, cast

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from clinic.constraints import choices_check
from clinic.languages import Language
from clinic.models.signed import SignedText, State, signed_constraints

TABLE = "clinic_wording"
# What a version says, never changed once it was handed over.
WRITTEN_ONCE = ("key", "language", "number", "text", "is_clinical", "editor_id", "at", "note")


class Wording(SignedText):
    """One wording of one text (`clinic.wordings`) in one language. The live one holds; an empty one brings
    the shipped words back. The number refuses the second of two who change the same."""

    key = models.CharField(_("text"), max_length=80)
    language = models.CharField(_("language"), max_length=2, choices=Language.choices)
    text = models.TextField(_("words"), blank=True)
    is_clinical = models.BooleanField(_("takes a physician"), default=False, db_default=False, editable=False)
    # What the version of the site before this one still writes is history here until somebody brings it
    # back.
    state = models.CharField(
        _("state"), max_length=10, choices=State.choices, default=State.DRAFT, db_default=State.SUPERSEDED,
        editable=False,
    )  # fmt: skip
    created_at = models.DateTimeField(_("written at"), db_column="at")
    change_note = models.CharField(_("what changed"), max_length=200, blank=True, db_column="note")

    class Meta(SignedText.Meta):
        verbose_name = _("text")
        verbose_name_plural = _("texts")
        ordering = ["-pk"]
        default_permissions = ("view", "change")
        permissions = [
            ("release_wording", "Can put the clinic's own words on the site"),
            ("sign_off_wording", "Can sign off words that stand beside signed ones"),
        ]
        constraints = [
            *signed_constraints("wording", "key", "language", own=Q(is_clinical=False)),
            choices_check("language", Language, "wording_language"),
        ]

    def __str__(self) -> str:
        return f"{self.key} ({self.language} {self.number})"

    @property
    def takes_a_physician(self) -> bool:
        return self.is_clinical

    def of_same_text(self) -> models.QuerySet[Self]:
        rows = Wording.objects.filter(key=self.key, language=self.language)
        return cast("models.QuerySet[Self]", rows)
