"""`manage.py demo`: a clinic to look at, with staff of each role and requests in every status."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from appointments import demo
from clinic import checks


class Command(BaseCommand):
    """Repeating it adds only what is missing."""

    help = "Fills the site with demonstration content, staff of each role and made-up requests."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--requests",
            type=int,
            default=demo.DEFAULT_REQUESTS,
            help="how many made-up requests there are to be (default %(default)s)",
        )
        parser.add_argument(
            "--full-day", action="store_true", help="fill the doctor's day with appointments as well"
        )

        parser.add_argument(
            "--weeks-before",
            action="store_true",
            help="add the finished requests of the three months before, for the figures",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["requests"] < 0:
            raise CommandError("--requests can't be below 0.")
        if checks.is_reachable():
            raise CommandError("This is a public site: its patients would find made-up doctors and staff.")
        made = demo.make(
            options["requests"],
            timezone.now(),
            full_day=options["full_day"],
            weeks_before=options["weeks_before"],
        )
        self.stdout.write(f"{made.requests} made-up requests added.")
        if made.staff:
            self.stdout.write("Staff accounts of the demonstration, shown this once:")
            for username in made.staff:
                self.stdout.write(f"  {username:<15} password  {made.password}")
