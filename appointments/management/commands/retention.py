"""Deletes finished requests that have outlived their time; with --dry-run only counts them."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from appointments.follow_up import retention


class Command(BaseCommand):
    """`manage.py retention [--dry-run]`; the worker does the same by itself."""

    help = "Deletes finished requests that are older than the clinic keeps them; visits stay."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="Only print what would be deleted.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Prints the counts by kind and status, and deletes unless told not to."""
        now = timezone.now()
        counts = retention.counts(now)
        for (kind, status), number in sorted(counts.items()):
            self.stdout.write(f"{kind:12} {status:16} {number:6}")
        total = sum(counts.values())
        if options["dry_run"]:
            self.stdout.write(f"{total} would be deleted. Nothing was changed.")
            return
        deleted = 0
        while gone := retention.clear(now):
            deleted += gone
        self.stdout.write(f"{deleted} deleted.")
