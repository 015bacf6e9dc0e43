"""How often the patient's page was looked at."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class PageViews(models.Model):
    """The looks at one request's page: a link that is passed around shows here."""

    request = models.OneToOneField(
        "appointments.PatientRequest", on_delete=models.CASCADE, related_name="page_views"
    )
    views = models.PositiveIntegerField(_("views"), default=1)
    last_at = models.DateTimeField(_("last seen at"))

    class Meta:
        verbose_name = _("views of the patient's page")
        verbose_name_plural = _("views of the patient's page")
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.views)
