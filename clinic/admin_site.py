"""The staff's site: Django's admin under the clinic's name."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _


class ClinicAdminSite(admin.AdminSite):
    """Django's admin, branded."""

    site_title = _("FineTouch Dermatology")
    site_header = _("FineTouch Dermatology")
    index_title = _("Today")
    enable_nav_sidebar = False
