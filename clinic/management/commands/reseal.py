"""Seals anew, with the present SECRET_KEY, what an earlier one sealed: the secrets of the second factors."""

from typing import Any

from allauth.mfa.models import Authenticator
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from clinic.staff import sealing


class Command(BaseCommand):
    help = "After a change of SECRET_KEY: without it the second factors would end with the old key."

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        rows = Authenticator.objects.select_for_update().exclude(type=Authenticator.Type.WEBAUTHN)
        try:
            for row in rows:
                row.data = _resealed(row.data)
                row.save(update_fields=["data"])
        except sealing.NotReadable as error:
            raise CommandError(
                "Nothing is changed: a secret was sealed with a key that isn't in SECRET_KEY_FALLBACKS."
            ) from error
        self.stdout.write(f"{len(rows)} sealed anew.")


def _resealed(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _resealed(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_resealed(each) for each in value]
    return (
        sealing.seal(sealing.unseal(value)) if isinstance(value, str) and sealing.is_sealed(value) else value
    )
