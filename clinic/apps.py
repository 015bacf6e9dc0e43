from typing import Any

from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps
from django.db import connections
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class ClinicConfig(AppConfig):
    name = "clinic"
    verbose_name = "The clinic"
    default = True

    def ready(self) -> None:
        """The system checks, the clocks of each sign-in, its texts and pages, and SQLite's triggers again."""
        from clinic import checks
        from clinic.audit import sign_ins
        from clinic.feed import busy, closures
        from clinic.handbook import contents
        from clinic.handbook import pages as handbook
        from clinic.jobs import monitoring, pages
        from clinic.operations import figures, logs, metrics, patient_links
        from clinic.staff import attempts, passwords, second_factor, sessions, sign_in
        from clinic.staff.site import MenuEntry, add_pages, add_to_menu
        from clinic.wordings import site

        checks.register()
        sessions.connect()
        second_factor.connect()
        passwords.connect()
        sign_in.connect()
        figures.register()
        metrics.register(attempts.figures)
        metrics.register(monitoring.figures)
        sign_ins.connect()
        logs.connect()
        patient_links.register_others("/calendar/")
        busy.register(closures.closures)
        busy.register(closures.holidays)
        site.register_site()
        add_pages(*pages.PAGES, *handbook.PAGES)
        # A site that was put there without its handbook fails here, and not on each page of the staff.
        contents.entries()
        add_to_menu(MenuEntry(_("Doctors"), "clinic_practitioner_changelist", "clinic.view_practitioner", 5))
        add_to_menu(MenuEntry(_("Texts"), "clinic_wording_changelist", site.PERMISSION, 4))
        post_migrate.connect(_after_migrate, sender=self, dispatch_uid="clinic.after_migrate")


def _after_migrate(using: str, **kwargs: Any) -> None:
    """Django rebuilds a table of SQLite for most changes of its columns, which drops its triggers."""
    from clinic import guards

    if connections[using].vendor == "sqlite":
        guards.install(connections[using])


class ClinicAdminConfig(admin_apps.AdminConfig):
    default_site = "clinic.staff.site.ClinicAdminSite"
    default = False
