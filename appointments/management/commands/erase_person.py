"""Erases everything about the person behind a reference, or erases again after a restore."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from appointments.models import PatientRequest
from appointments.requests import rights


class Command(BaseCommand):
    help = (
        "Erases everything about one person; asks first. With --again only what was erased before a restore."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("reference", nargs="?", help="the reference of any request of the person")
        what.add_argument(
            "--again", action="store_true", help="erase again what a restored backup brought back"
        )
        parser.add_argument("--from-file", type=Path, help="with --again: erasures that --list wrote before")
        what.add_argument(
            "--list", action="store_true", help="print every erasure so far as JSON; no data in it"
        )
        parser.add_argument("--reason", default="", help="why; no name, nothing about health")
        parser.add_argument("--yes", action="store_true", help="do not ask")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["list"]:
            self.stdout.write(json.dumps(rights.erasures(), indent=2))
        elif options["again"]:
            carried = json.loads(options["from_file"].read_text("utf-8")) if options["from_file"] else []
            self.stdout.write(f"{rights.reapply_erasures(carried)} erased again")
        else:
            self._erase(options)

    def _erase(self, options: dict[str, Any]) -> None:
        found = PatientRequest.objects.with_reference(options["reference"]).first()
        if found is None:
            raise CommandError("No request has this reference.")
        if not options["reason"]:
            raise CommandError("Say why, with --reason.")
        count = rights.requests_of(found).count()
        if not options["yes"] and input(f"Erase {count} requests of this person? Type yes: ") != "yes":
            raise CommandError("Nothing was erased.")
        self.stdout.write(f"{rights.erase(found, None, options['reason'])} erased")
