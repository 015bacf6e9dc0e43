"""Every address that a page has or had. What was given away once leads to the same page for good."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _


class Address(models.Model):
    """The database writes the rows itself whenever a page gets a slug (clinic.kept_addresses), so that two
    pages can't meet on one, whatever writes it, and no old one is lost."""

    slug = models.SlugField(_("address of the page"), unique=True)

    class Meta:
        abstract = True
        default_permissions = ()

    def __str__(self) -> str:
        return self.slug


class Addressed(models.Model):
    """A page with a `slug` now, and `addresses` that it ever had."""

    slug: str

    class Meta:
        abstract = True

    def clean(self) -> None:
        """An address that was another page's still leads there."""
        super().clean()
        meta: Any = self._meta
        addresses = meta.get_field("addresses").related_model._default_manager
        if addresses.filter(slug=self.slug).exclude(page_id=self.pk).exists():
            taken = _("This is or was the address of another page, and links lead there. Choose another one.")
            raise ValidationError({"slug": taken})
