"""Helps a member of staff who lost the phone or key: the next sign-in asks to set up a new second factor."""

from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from clinic.audit.recording import AuditAction, record
from clinic.staff import changed, sessions


class Command(BaseCommand):
    help = "Removes every second factor of one account and signs it out everywhere. Make sure who is asking."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(username=options["username"]).first()
        if user is None:
            raise CommandError("Nobody has this user name.")
        removed, _ = Authenticator.objects.filter(user=user).delete()
        ended = sessions.end_all(user)
        record(None, AuditAction.FACTOR_CHANGED, user=user, how="reset_second_factor")
        changed.tell(user, changed.Change.ALL_REMOVED)
        self.stdout.write(
            f"{removed} removed, {ended} sessions ended. The next sign-in asks to set up a new one."
        )
