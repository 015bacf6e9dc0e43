from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps


class ClinicConfig(AppConfig):
    name = "clinic"
    verbose_name = "The clinic"
    default = True


class ClinicAdminConfig(admin_apps.AdminConfig):
    default_site = "clinic.admin_site.ClinicAdminSite"
    default = False
