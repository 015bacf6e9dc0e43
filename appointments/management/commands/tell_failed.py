"""`manage.py tell_failed UNIT`: somebody is told that a unit of the machine has failed."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from appointments.messages.to_staff import failed_unit


class Command(BaseCommand):
    """Runs when much else may be broken, so it asks for nothing first."""

    help = "Tells the operator, the clinic and the superusers by e-mail that a unit has failed."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("unit", help="the unit's name, such as finetouch-backup")

    def handle(self, *args: Any, **options: Any) -> None:
        told = failed_unit.tell(options["unit"], timezone.now())
        if not told.sent and not told.waiting:
            raise CommandError(
                f"{options['unit']} has failed, and nobody could be told: see OPERATOR_EMAIL and EMAIL_URL."
            )
        self.stdout.write(
            f"{options['unit']} has failed: {told.sent} told, {told.waiting} waiting in the outbox."
        )
