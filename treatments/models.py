"""What the clinic offers and writes: treatments, articles, their versions, screening questions, sources."""

from collections.abc import Iterable
from typing import Any, TypeVar

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django_prose_editor.fields import create_sanitizer
from django_prose_editor.sanitized import SanitizedProseEditorField

from clinic.constraints import choices_check

EDITOR_EXTENSIONS = {
    "Bold": True,
    "Italic": True,
    "BulletList": True,
    "OrderedList": True,
    "ListItem": True,
    "Heading": {"levels": [2, 3]},
    "Link": {"protocols": ["https", "tel"]},
    "HardBreak": True,
    "Blockquote": True,
}


def clean_body(html: str) -> str:
    """`html` with nothing in it that the editor can't write: no script, style, image or foreign scheme."""
    cleaned: str = create_sanitizer(EDITOR_EXTENSIONS)(html)
    return cleaned


# Taken for arithmetic until the clinic has said how long a visit takes; shown to nobody as a fact.
ASSUMED_VISIT_MINUTES = 30


class Language(models.TextChoices):
    ENGLISH = "en", "English"
    SPANISH = "es", "Español"


class Source(models.Model):
    """Where facts of a page come from; cited on the page."""

    title = models.CharField(_("title"), max_length=200, unique=True)
    publisher = models.CharField(_("publisher"), max_length=120, blank=True)
    url = models.URLField(_("address"), blank=True, help_text=_("Only an address that somebody has opened."))

    class Meta:
        verbose_name = _("source")
        verbose_name_plural = _("sources")
        ordering = ["title"]

    def __str__(self) -> str:
        return f"{self.title}, {self.publisher}" if self.publisher else self.title


class Page(models.Model):
    """What a treatment and an article have in common: an address, an order, sources, a state."""

    slug = models.SlugField(_("address of the page"), unique=True)
    is_published = models.BooleanField(_("published"), default=False)
    is_sample = models.BooleanField(
        _("sample content"),
        default=False,
        help_text=_("Marked as such on the page; only for demonstrations."),
    )
    position = models.PositiveSmallIntegerField(_("order"), default=0)
    names_medicine = models.BooleanField(
        _("names a medicine"), default=False, help_text=_("The page then says when to call 911.")
    )
    sources = models.ManyToManyField(Source, verbose_name=_("sources"), blank=True)
    review_every_months = models.PositiveSmallIntegerField(
        _("medical review every (months)"),
        default=12,
        validators=[MinValueValidator(1), MaxValueValidator(60)],
    )

    class Meta:
        abstract = True
        ordering = ["position", "slug"]

    def __str__(self) -> str:
        return self.slug


class TreatmentQuerySet(models.QuerySet["Treatment"]):
    """Questions asked of treatments."""

    def published(self) -> "TreatmentQuerySet":
        """The treatments that patients may see and ask for."""
        return self.filter(is_published=True)


class Treatment(Page):
    """A treatment on offer. Facts that drive behaviour live here alone; its words live in versions."""

    min_age = models.PositiveSmallIntegerField(_("youngest age"), default=18)
    max_age = models.PositiveSmallIntegerField(
        _("oldest age"),
        null=True,
        blank=True,
        help_text=_("Outside the range a dermatologist decides first."),
    )
    visit_minutes = models.PositiveSmallIntegerField(
        _("length of a visit (minutes)"),
        default=ASSUMED_VISIT_MINUTES,
        validators=[MinValueValidator(5), MaxValueValidator(480)],
        help_text=_("30 is what we assume, and patients don't see it; they see any other length."),
    )
    effect_months = models.PositiveSmallIntegerField(
        _("the effect can last up to (months)"), null=True, blank=True, validators=[MinValueValidator(1)]
    )
    min_interval_months = models.PositiveSmallIntegerField(
        _("not again before (months)"), null=True, blank=True, validators=[MinValueValidator(1)]
    )
    recall_after_weeks = models.PositiveSmallIntegerField(
        _("ask back after (weeks)"), null=True, blank=True, validators=[MinValueValidator(1)]
    )
    aftercare = models.ForeignKey(
        "Article",
        verbose_name=_("aftercare article"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="aftercare_of",
    )

    objects = TreatmentQuerySet.as_manager()

    class Meta(Page.Meta):
        verbose_name = _("treatment")
        verbose_name_plural = _("treatments")
        constraints = [
            models.CheckConstraint(
                condition=Q(max_age=None) | Q(min_age__lte=F("max_age")),
                name="treatment_age_range",
                violation_error_message=_("The oldest age can't be below the youngest."),
            ),
            models.CheckConstraint(
                condition=Q(min_interval_months=None)
                | Q(effect_months=None)
                | Q(min_interval_months__lte=F("effect_months")),
                name="treatment_interval_within_effect",
                violation_error_message=_("The shortest interval can't be longer than the effect."),
            ),
        ]

    def get_absolute_url(self) -> str:
        return reverse("treatment", args=[self.slug])

    @property
    def stated_visit_minutes(self) -> int | None:
        """How long a visit takes, if the clinic has said so."""
        return None if self.visit_minutes == ASSUMED_VISIT_MINUTES else self.visit_minutes

    def suits_age(self, age: int) -> bool:
        """Whether `age`, in full years, lies in the range given for the treatment."""
        return self.min_age <= age and (self.max_age is None or age <= self.max_age)


class ArticleQuerySet(models.QuerySet["Article"]):
    """Questions asked of articles."""

    def published(self) -> "ArticleQuerySet":
        """The articles that the public may see."""
        return self.filter(is_published=True)


class Article(Page):
    """An article, such as the aftercare advice; its words live in versions."""

    objects = ArticleQuerySet.as_manager()

    class Meta(Page.Meta):
        verbose_name = _("article")
        verbose_name_plural = _("articles")

    def get_absolute_url(self) -> str:
        return reverse("article", args=[self.slug])


class ContentVersion(models.Model):
    """One wording of a page in one language. Append-only: a change is a new version."""

    language = models.CharField(
        _("language"), max_length=2, choices=Language.choices, default=Language.ENGLISH
    )
    number = models.PositiveIntegerField(_("version"), editable=False)
    title = models.CharField(_("title"), max_length=120)
    summary = models.CharField(
        _("summary"), max_length=300, help_text=_("One or two sentences, for lists and search engines.")
    )
    body = SanitizedProseEditorField(_("text"), extensions=EDITOR_EXTENSIONS)
    change_note = models.CharField(_("what changed"), max_length=200)
    is_clinical = models.BooleanField(
        _("a clinical change"),
        default=True,
        help_text=_("On a page that has been signed off, it shows only after the next sign-off."),
    )
    editor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("editor"),
        null=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="+",
    )
    created_at = models.DateTimeField(_("written at"), auto_now_add=True)
    published_at = models.DateTimeField(_("published at"), null=True, blank=True, editable=False)
    signed_off_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("signed off by"),
        null=True,
        blank=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="+",
    )
    signed_off_at = models.DateTimeField(_("signed off at"), null=True, blank=True, editable=False)

    class Meta:
        abstract = True
        ordering = ["-number"]

    def __str__(self) -> str:
        return f"{self.title} ({self.language} {self.number})"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Cleans the text, whoever wrote it: the editor's field does so for forms alone."""
        self.body = clean_body(self.body)
        super().save(*args, **kwargs)


class TreatmentVersion(ContentVersion):
    """A wording of a treatment's page."""

    page = models.ForeignKey(Treatment, on_delete=models.PROTECT, related_name="versions")

    class Meta(ContentVersion.Meta):
        verbose_name = _("version of a treatment's page")
        verbose_name_plural = _("versions of treatments' pages")
        default_permissions = ("view", "add")
        permissions = [("sign_off_treatmentversion", "Can sign off the medical content of a treatment")]
        constraints = [
            models.UniqueConstraint(fields=["page", "language", "number"], name="treatmentversion_number"),
            choices_check("language", Language, "treatmentversion_language"),
            models.CheckConstraint(
                condition=Q(signed_off_at=None, signed_off_by=None)
                | Q(signed_off_at__isnull=False, signed_off_by__isnull=False),
                name="treatmentversion_signed_off_whole",
            ),
        ]


class ArticleVersion(ContentVersion):
    """A wording of an article."""

    page = models.ForeignKey(Article, on_delete=models.PROTECT, related_name="versions")

    class Meta(ContentVersion.Meta):
        verbose_name = _("version of an article")
        verbose_name_plural = _("versions of articles")
        default_permissions = ("view", "add")
        permissions = [("sign_off_articleversion", "Can sign off the medical content of an article")]
        constraints = [
            models.UniqueConstraint(fields=["page", "language", "number"], name="articleversion_number"),
            choices_check("language", Language, "articleversion_language"),
            models.CheckConstraint(
                condition=Q(signed_off_at=None, signed_off_by=None)
                | Q(signed_off_at__isnull=False, signed_off_by__isnull=False),
                name="articleversion_signed_off_whole",
            ),
        ]


VersionT = TypeVar("VersionT", TreatmentVersion, ArticleVersion)


def shown_version(versions: Iterable[VersionT], language: str) -> VersionT | None:
    """The version that the public sees, out of all versions of one page.

    The newest published one in `language`; once one has been signed off, a clinical change stays back until
    the next sign-off. A page without a version in `language` is shown in English.
    """
    published = [version for version in versions if version.published_at is not None]
    for wanted in (language, Language.ENGLISH):
        candidates = sorted((v for v in published if v.language == wanted), key=lambda v: v.number)
        last_signed = max((v.number for v in candidates if v.signed_off_at is not None), default=None)
        shown: VersionT | None = None
        for version in candidates:
            if last_signed is not None and version.number > last_signed and version.is_clinical:
                break
            shown = version
        if shown is not None:
            return shown
    return None


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
    """A question asked before an appointment for a treatment is offered.

    The answer that raises the flag sends the request to a dermatologist first; so does 'not sure'.
    """

    treatment = models.ForeignKey(Treatment, on_delete=models.CASCADE, related_name="screening_questions")
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
            models.UniqueConstraint(fields=["treatment", "number"], name="screeningquestion_number"),
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
