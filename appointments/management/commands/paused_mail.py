"""`manage.py paused_mail`: what to do with the mail that a restored backup still had to send."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from appointments.messages import paused_mail


class Command(BaseCommand):
    """Without an option it changes nothing."""

    help = (
        "Says how many messages are paused since a backup was brought back; releases them or gives them up."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        choice = parser.add_mutually_exclusive_group()
        choice.add_argument(
            "--release", action="store_true", help="send them now, although some may come twice"
        )
        choice.add_argument("--give-up", action="store_true", help="never send them")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["release"]:
            self.stdout.write(f"{paused_mail.release(timezone.now())} messages will go out now.")
        elif options["give_up"]:
            self.stdout.write(f"{paused_mail.give_up()} messages are void.")
        else:
            self.stdout.write(f"{paused_mail.paused().count()} messages are paused.")
