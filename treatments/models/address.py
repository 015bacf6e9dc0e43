"""Every address that a page has or had. What was given away once leads to the same page for good."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from treatments.models.page import Article, Treatment


class Address(models.Model):
    """The database writes the rows itself whenever a page gets a slug (treatments.guards), so that two pages
    can't meet on one, whatever writes it, and no old one is lost."""

    slug = models.SlugField(_("address of the page"), unique=True)

    class Meta:
        abstract = True
        default_permissions = ()

    def __str__(self) -> str:
        return self.slug


class TreatmentAddress(Address):
    page = models.ForeignKey(Treatment, on_delete=models.CASCADE, related_name="addresses")

    class Meta(Address.Meta):
        verbose_name = _("address of a treatment")
        verbose_name_plural = _("addresses of treatments")


class ArticleAddress(Address):
    page = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="addresses")

    class Meta(Address.Meta):
        verbose_name = _("address of an article")
        verbose_name_plural = _("addresses of articles")
