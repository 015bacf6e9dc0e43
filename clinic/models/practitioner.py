"""A doctor of the clinic."""

from typing import Self

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from clinic.models.address import Address, Addressed
from clinic.models.picture import Picture


class PractitionerQuerySet(models.QuerySet["Practitioner"]):
    def physicians(self) -> Self:
        """The physicians who practise here."""
        return self.filter(is_active=True, is_physician=True)


class Practitioner(Addressed):
    """A doctor of the clinic: the page about them, and whose time appointments take."""

    slug = models.SlugField(_("address of the page"), unique=True)
    name = models.CharField(_("name"), max_length=120)
    role = models.CharField(_("role"), max_length=160, blank=True)
    role_es = models.CharField(_("role in Spanish"), max_length=160, blank=True)
    biography = models.TextField(_("about"), blank=True)
    biography_es = models.TextField(_("about, in Spanish"), blank=True)
    portrait = models.OneToOneField(
        Picture,
        verbose_name=_("portrait"),
        null=True,
        blank=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        verbose_name=_("staff account"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="practitioner",
    )
    is_active = models.BooleanField(_("sees patients"), default=True)
    is_physician = models.BooleanField(
        _("physician"),
        default=False,
        db_default=False,
        help_text=_("May sign off medical content, with a staff account that may and while seeing patients."),
    )
    is_lead = models.BooleanField(
        _("named in the menu"),
        default=False,
        help_text=_("The one doctor to whose page the site's menu leads. Without one, the first in order."),
    )
    position = models.PositiveSmallIntegerField(_("order"), default=0)

    objects = PractitionerQuerySet.as_manager()

    class Meta:
        verbose_name = _("practitioner")
        verbose_name_plural = _("practitioners")
        ordering = ["position", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["is_lead"],
                condition=models.Q(is_lead=True),
                name="practitioner_one_lead",
                violation_error_message=_("Another doctor is named in the menu already."),
            )
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("doctor", args=[self.slug])

    @property
    def shown_role(self) -> str:
        """The role in the language of the page."""
        return (self.role_es if get_language() == "es" else "") or self.role

    @property
    def shown_biography(self) -> str:
        """The text about the practitioner in the language of the page."""
        return (self.biography_es if get_language() == "es" else "") or self.biography

    @property
    def role_beside_biography(self) -> str:
        """The role, where the text about the practitioner doesn't say it anyway."""
        role = self.shown_role
        return "" if role.casefold() in self.shown_biography.casefold() else role


class PractitionerAddress(Address):
    page = models.ForeignKey(Practitioner, on_delete=models.CASCADE, related_name="addresses")

    class Meta(Address.Meta):
        verbose_name = _("address of a doctor")
        verbose_name_plural = _("addresses of doctors")
