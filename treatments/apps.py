from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate


class TreatmentsConfig(AppConfig):
    name = "treatments"
    verbose_name = "Treatments and articles"

    def ready(self) -> None:
        """After each migrate: SQLite's triggers again."""
        post_migrate.connect(_after_migrate, sender=self, dispatch_uid="treatments.after_migrate")


def _after_migrate(using: str, **kwargs: Any) -> None:
    from treatments import guards

    connection = connections[using]
    if connection.vendor == "sqlite" and guards.tables_exist(connection):
        guards.install(connection)
