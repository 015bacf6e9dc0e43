from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate


class AppointmentsConfig(AppConfig):
    name = "appointments"
    verbose_name = "Appointments"

    def ready(self) -> None:
        """After each migrate: the groups with their permissions, and SQLite's triggers again."""
        post_migrate.connect(_after_migrate, sender=self, dispatch_uid="appointments.after_migrate")


def _after_migrate(using: str, **kwargs: Any) -> None:
    from appointments import guards, roles

    connection = connections[using]
    if connection.vendor == "sqlite" and guards.tables_exist(connection):
        guards.install(connection)
    roles.install(using)
