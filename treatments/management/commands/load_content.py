"""Brings in the first content; see treatments.content_loader."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from clinic.operations import edition
from treatments import content_loader


class Command(BaseCommand):
    help = (
        "Adds the clinic, its doctor, treatments and articles where missing. Changes nothing that is there."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--samples", action="store_true", help="Also treatments marked as sample content."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        added = content_loader.load(samples=options["samples"]).added
        edition.advance()
        words = ", ".join(f"{count} {kind}" for kind, count in added.items())
        self.stdout.write(f"Added: {words}." if words else "Everything was there already.")
