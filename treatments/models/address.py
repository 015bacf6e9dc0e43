"""The addresses that treatments and articles have or had."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from clinic.models.address import Address
from treatments.models.page import Article, Treatment


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
