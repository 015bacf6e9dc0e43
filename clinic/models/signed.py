"""A text that somebody stands for: numbered versions, each with an explicit state and a signer.

A version is written as a draft, submitted, and from then on never changed. What is clinical goes live by a
dermatologist's sign-off, or because she says that the change isn't clinical; the clinic's own other words by
who speaks for the clinic. Never by a rule about dates or ticks.
"""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from clinic.constraints import choices_check


class State(models.TextChoices):
    """Where a version stands. Only a draft changes; only the live one is shown."""

    DRAFT = "draft", _("Draft")
    WAITING = "waiting", _("Waiting for sign-off")
    SCHEDULED = "scheduled", _("Signed, goes live later")
    LIVE = "live", _("Live")
    RETURNED = "returned", _("Sent back")
    SUPERSEDED = "superseded", _("Superseded")


class Release(models.TextChoices):
    """By what a version was let onto the site."""

    SIGNED = "signed", _("Signed off")
    PASSED = "passed", _("Not clinical, said a dermatologist")
    OWN = "own", _("In the clinic's own name")
    SHIPPED = "shipped", _("Came with the product")
    EARLIER = "earlier", _("Published before sign-offs were asked for")


# What somebody answers for by name, and what nobody does.
BY_SOMEBODY = (Release.SIGNED, Release.PASSED)
BY_NOBODY = (Release.SHIPPED, Release.EARLIER)
# What is written of every version, beside its words.
TEXT_COLUMNS = ("number", "change_note", "editor_id", "created_at")
# In each of these states a text has one version at most.
ONE_OF_EACH = (State.DRAFT, State.WAITING, State.SCHEDULED, State.LIVE)


class SignedText(models.Model):
    """One version of a text. `released_by` let it onto the site. `signed_off_by` and `signed_off_at` name the
    last medical review that covers its words: its sign-off, a later review without a change, or the one of
    the version before it, where a dermatologist passed a change as not clinical."""

    number = models.PositiveIntegerField(_("version"), editable=False)
    state = models.CharField(
        _("state"), max_length=10, choices=State.choices, default=State.DRAFT, db_default=State.DRAFT,
        editable=False,
    )  # fmt: skip
    revision = models.PositiveIntegerField(_("saved so often"), default=1, db_default=1, editable=False)
    change_note = models.CharField(_("what changed, and why"), max_length=200)
    editor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("editor"),
        null=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="+",
    )
    created_at = models.DateTimeField(_("written at"), auto_now_add=True)
    submitted_at = models.DateTimeField(_("submitted at"), null=True, blank=True, editable=False)
    release = models.CharField(
        _("released as"), max_length=7, choices=Release.choices, blank=True, default="", db_default="",
        editable=False,
    )  # fmt: skip
    released_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("released by"),
        null=True,
        blank=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="+",
    )
    released_at = models.DateTimeField(_("released at"), null=True, blank=True, editable=False)
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
    goes_live_at = models.DateTimeField(_("goes live at"), null=True, blank=True, editable=False)
    published_at = models.DateTimeField(_("live since"), null=True, blank=True, editable=False)
    ended_at = models.DateTimeField(_("superseded at"), null=True, blank=True, editable=False)
    returned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("sent back by"),
        null=True,
        blank=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="+",
    )
    return_note = models.TextField(_("note to the editor"), blank=True, default="", db_default="")

    class Meta:
        abstract = True
        ordering = ["-number"]

    @property
    def takes_a_physician(self) -> bool:
        """Whether only a physician lets it onto the site, or whoever speaks for the clinic may too."""
        return True

    def of_same_text(self) -> models.QuerySet[Self]:
        """Every version of the text that this is one of."""
        raise NotImplementedError


def signed_constraints(name: str, *text: str, own: Q | None = None) -> list[models.BaseConstraint]:
    """What the database guarantees of the versions of a text; `text` are the columns that say which text it
    is, none where there is only one, and `own` which of them take no physician, if any. The rest, that a
    submitted version never changes, are triggers."""
    released = Q(released_by__isnull=False, released_at__isnull=False)
    by_somebody = BY_SOMEBODY if own is None else (*BY_SOMEBODY, Release.OWN)
    shown = Q(state__in=(State.SCHEDULED, State.LIVE))
    one_of_each = [
        models.UniqueConstraint(
            fields=[*text] or ["state"], condition=Q(state=state), name=f"{name}_one_{state.value}"
        )
        for state in ONE_OF_EACH
    ]
    return [
        models.UniqueConstraint(fields=[*text, "number"], name=f"{name}_number"),
        *one_of_each,
        choices_check("state", State, f"{name}_state"),
        models.CheckConstraint(
            condition=~shown | Q(release__in=[*by_somebody, *BY_NOBODY]), name=f"{name}_shown_is_released"
        ),
        models.CheckConstraint(
            condition=Q(release__in=by_somebody) & released
            | Q(release__in=["", *BY_NOBODY], released_by=None, released_at=None),
            name=f"{name}_released_by_somebody",
        ),
        # Nothing that somebody wrote here counts as shipped with the product.
        models.CheckConstraint(
            condition=~Q(release=Release.SHIPPED) | Q(editor=None), name=f"{name}_shipped_has_no_editor"
        ),
        models.CheckConstraint(
            condition=~Q(release=Release.SIGNED) | Q(signed_off_at__gte=F("released_at")),
            name=f"{name}_signed_is_reviewed",
        ),
        models.CheckConstraint(
            condition=Q(signed_off_at=None, signed_off_by=None)
            | Q(signed_off_at__isnull=False, signed_off_by__isnull=False),
            name=f"{name}_signed_off_whole",
        ),
        models.CheckConstraint(
            condition=~Q(state__in=(State.DRAFT, State.WAITING)) | Q(release=""),
            name=f"{name}_unreleased_waits",
        ),
        models.CheckConstraint(
            condition=(~Q(state=State.LIVE) | Q(published_at__isnull=False))
            & (~Q(state=State.SCHEDULED) | Q(goes_live_at__isnull=False)),
            name=f"{name}_has_its_moment",
        ),
        *_own_name(name, own),
    ]


def _own_name(name: str, own: Q | None) -> list[models.BaseConstraint]:
    if own is None:
        return []
    reviewed = ~Q(release=Release.OWN) | own & Q(signed_off_by=None)
    return [models.CheckConstraint(condition=reviewed, name=f"{name}_clinical_takes_a_physician")]
