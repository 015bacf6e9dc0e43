"""Which words a page's address can't be: those that the site's own addresses are made of."""

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.db.models.lookups import In
from django.utils.translation import gettext_lazy as _

# A test walks the addresses of the site and says which one is missing here.
RESERVED = (
    "accept", "accounts", "admin", "answer", "appointments", "articles", "bounces", "calendar", "callback",
    "cancel", "change", "confirm", "consultation", "contact", "csp-report", "doctors", "earlier", "en",
    "es", "find", "healthz", "keep", "media", "metrics", "none-suit", "other", "privacy", "readyz",
    "recall", "request", "s", "share", "static", "status", "statusz", "stop", "take", "texts", "treatments",
    "withdraw",
)  # fmt: skip


def not_reserved(slug: str) -> None:
    """Raises ValidationError for a word that the site itself needs."""
    if slug.lower() in RESERVED:
        raise ValidationError(
            _("“%(slug)s” is a part of the site's own addresses. Please choose another word."),
            code="reserved",
            params={"slug": slug},
        )


def slug_constraint(name: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        condition=~Q(In(Lower(F("slug")), RESERVED)),
        name=f"{name}_slug_not_reserved",
        violation_error_message=_("The address is a part of the site's own addresses."),
    )
