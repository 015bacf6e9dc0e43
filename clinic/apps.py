from typing import Any

from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps
from django.db import connections
from django.db.models.signals import post_migrate


class ClinicConfig(AppConfig):
    name = "clinic"
    verbose_name = "The clinic"
    default = True

    def ready(self) -> None:
        """The system checks, the clocks of each sign-in, the audit's entries, and SQLite's trigger again."""
        from clinic import checks
        from clinic.audit import sign_ins
        from clinic.operations import logs
        from clinic.staff import sessions

        checks.register()
        sessions.connect()
        sign_ins.connect()
        logs.connect()
        post_migrate.connect(_after_migrate, sender=self, dispatch_uid="clinic.after_migrate")


def _after_migrate(using: str, **kwargs: Any) -> None:
    """Django rebuilds a table of SQLite for most changes of its columns, which drops its triggers."""
    from clinic.audit import entry

    if connections[using].vendor == "sqlite":
        entry.install_guard(connections[using])


class ClinicAdminConfig(admin_apps.AdminConfig):
    default_site = "clinic.staff.site.ClinicAdminSite"
    default = False
