"""The clinic's one row of facts and settings."""

import tomllib
from datetime import time
from functools import lru_cache
from pathlib import Path
from threading import get_ident
from typing import Any, ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Aggregate, Count, Max, Q, Subquery, Value
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _
from phonenumber_field.modelfields import PhoneNumberField

from clinic.models.practitioner import Practitioner
from clinic.models.privacy_notice import PrivacyNotice, privacy_version
from clinic.models.question import CommonQuestion, QuestionVersion
from clinic.models.signed import SignedText
from clinic.models.wording import Wording
from clinic.privacy import PRIVACY_VERSION

# What is known before anybody edits the clinic's row; the page for a failure takes its phone from here.
_AREA = gettext_noop("Los Angeles area")  # as shipped, for the catalog
FIRST_FACTS: dict[str, str] = tomllib.loads((Path(__file__).parent.parent / "facts.toml").read_text("utf-8"))


def _ever_live(versions: type[SignedText], count: type[Aggregate]) -> Subquery:
    """How many versions ever went live, or when the last of them did."""
    ever = versions._default_manager.exclude(published_at=None).order_by()
    # Of one group, which `values` makes of a constant.
    return Subquery(ever.values(one=Value(1)).annotate(found=count("published_at")).values("found"))


@lru_cache
def _with_marks(thread: int) -> models.QuerySet[Any]:
    """What `Clinic.current` asks beside the time, put together once in each thread: that takes longer than
    asking it, and whoever asks counts in the subqueries, which all copies share."""
    doctors = Practitioner.objects.filter(is_active=True).order_by("-is_lead", "position", "name")
    questions = CommonQuestion.objects.order_by("-changed_at")
    return Clinic.objects.filter(pk=1).annotate(
        lead_doctor_slug=Subquery(doctors.values("slug")[:1]),
        lead_doctor_name=Subquery(doctors.values("name")[:1]),
        live_wordings=_ever_live(Wording, Count),
        live_wording_at=_ever_live(Wording, Max),
        live_questions=_ever_live(QuestionVersion, Count),
        live_question_at=_ever_live(QuestionVersion, Max),
        newest_question_at=Subquery(questions.values("changed_at")[:1]),
        **Clinic._marks,
    )


class Clinic(models.Model):
    """The clinic: one row. What is not known stays empty, and the pages leave it out."""

    name = models.CharField(_("name"), max_length=120)
    area = models.CharField(_("area"), max_length=120, blank=True, help_text=_("Such as 'Los Angeles area'."))
    phone = PhoneNumberField(_("phone"))
    email = models.EmailField(
        _("e-mail"), blank=True, help_text=_("Shown to patients, and where staff get notices.")
    )
    street_address = models.CharField(_("street address"), max_length=200, blank=True)
    city = models.CharField(_("city"), max_length=120, blank=True)
    state = models.CharField(_("state"), max_length=2, blank=True)
    postal_code = models.CharField(_("ZIP code"), max_length=10, blank=True)
    demo_note = models.CharField(
        _("demo note"),
        max_length=120,
        blank=True,
        help_text=_(
            "Shown on every page of a demonstration, so that nobody takes it for the clinic's own site."
        ),
    )

    answer_within_days = models.PositiveSmallIntegerField(
        _("answer within (clinic days)"), default=1, validators=[MinValueValidator(1), MaxValueValidator(10)]
    )
    hold_days = models.PositiveSmallIntegerField(
        _("hold offered times for (clinic days)"),
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(10)],
    )
    cancel_notice_hours = models.PositiveSmallIntegerField(
        _("a cancellation is late from (hours before)"), default=24, validators=[MaxValueValidator(336)]
    )
    consultation_minutes = models.PositiveSmallIntegerField(
        _("length of a consultation (minutes)"),
        default=30,
        validators=[MinValueValidator(5), MaxValueValidator(480)],
    )
    call_gap_minutes = models.PositiveSmallIntegerField(
        _("wait between two calls (minutes)"), default=120, validators=[MinValueValidator(5)]
    )
    call_attempts = models.PositiveSmallIntegerField(
        _("calls before a patient counts as unreachable"), default=3, validators=[MinValueValidator(1)]
    )
    reminder_days = models.PositiveSmallIntegerField(
        _("remind patients (days before)"),
        default=2,
        validators=[MaxValueValidator(14)],
        help_text=_("At the time of day of the appointment. 0 sends none."),
    )
    reminder_morning = models.TimeField(
        _("remind patients on the morning before, at"),
        default=time(9),
        null=True,
        blank=True,
        help_text=_("On the day before the appointment. Empty sends none."),
    )
    earlier_by_itself = models.BooleanField(
        _("offer times that fall free by itself"),
        default=False,
        db_default=False,
        help_text=_(
            "To patients who asked for an earlier time, between 8am and 8pm. Otherwise Today proposes them."
        ),
    )
    earlier_hold_hours = models.PositiveSmallIntegerField(
        _("hold an earlier time for (hours)"),
        default=3,
        db_default=3,
        validators=[MinValueValidator(1), MaxValueValidator(48)],
        help_text=_("Hours between 8am and 8pm. After that it goes to the next patient."),
    )
    keep_finished_days = models.PositiveSmallIntegerField(
        _("keep finished requests for (days)"),
        default=730,
        help_text=_("Requests that never became a visit. Visits belong to the medical record."),
    )

    class Meta:
        verbose_name = _("clinic")
        verbose_name_plural = _("clinic")
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="clinic_one_row")]

    def __str__(self) -> str:
        return self.name

    # With the row that `current` has read.
    own_privacy_version: str | None

    _last_read: ClassVar["Clinic | None"] = None
    _marks: ClassVar[dict[str, Subquery]] = {}

    @classmethod
    def carry(cls, name: str, subquery: Subquery) -> None:
        """Has the row that `current` reads bring along what another app tells by it, under `name`."""
        cls._marks[name] = subquery
        _with_marks.cache_clear()

    @classmethod
    def facts(cls) -> "Clinic":
        """The one row, for rules; before `load_content` an unsaved one without facts. One query."""
        return cls.objects.filter(pk=1).first() or cls._unsaved()

    @classmethod
    def current(cls) -> "Clinic":
        """The same for pages and messages. One query, several times as long.

        Carries `lead_doctor_slug` and `lead_doctor_name` for the site's navigation, and what of the clinic's
        words went live last and how many ever did (`live_wordings`, ...), by which a process knows whether
        its copy of what the clinic says still holds.
        """
        begun = PrivacyNotice.objects.begun(timezone.now()).values("version")[:1]
        row = _with_marks(get_ident()).annotate(own_privacy_version=Subquery(begun)).first()
        if row is not None:
            Clinic._last_read = row
        return row or cls._unsaved()

    @classmethod
    def _unsaved(cls) -> "Clinic":
        return cls(pk=1, name=str(_("The clinic")))

    @classmethod
    def last_known(cls) -> "Clinic":
        """The row as this process read it last, else the first facts. Never asks the database."""
        return cls._last_read or cls(pk=1, **FIRST_FACTS)

    @property
    def privacy_version(self) -> str:
        """The version of the privacy notice that was in force when this row was read."""
        if not hasattr(self, "own_privacy_version"):
            return privacy_version(timezone.now())
        return self.own_privacy_version or PRIVACY_VERSION

    @property
    def sends_texts(self) -> bool:
        """Whether patients can get text messages."""
        return bool(settings.TEXTS_BACKEND)

    @property
    def shown_area(self) -> str:
        """The area in the language of the page: what shipped is known in both, other words stand as typed."""
        return gettext(self.area) if self.area else ""

    @property
    def address_lines(self) -> list[str]:
        """The postal address as lines to show; empty until it is known."""
        if not self.street_address:
            return []
        place = " ".join(part for part in (self.state, self.postal_code) if part)
        return [self.street_address, ", ".join(part for part in (self.city, place) if part)]
