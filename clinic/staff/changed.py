"""What somebody signs in with has changed: told to the person, so that no stranger changes it unseen.

Said here by whatever changes it; how the person is told, the apps above bring (`heard`).
"""

from collections.abc import Callable

from django.contrib.auth.models import User
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Change(TextChoices):
    """What changed, in a sentence for the person."""

    PASSWORD = "password", _("The password was changed.")
    ADDRESS = "address", _("The e-mail address was changed. Notices no longer come to the one that you read.")
    APP_ADDED = "totp added", _("An authenticator app was added.")
    APP_REMOVED = "totp removed", _("The authenticator app was removed.")
    KEY_ADDED = "webauthn added", _("A passkey or security key was added.")
    KEY_REMOVED = "webauthn removed", _("A passkey or security key was removed.")
    CODES_RENEWED = (
        "recovery_codes renewed",
        _("New recovery codes were made; the ones before no longer count."),
    )
    ALL_REMOVED = "all removed", _("Everything that is asked for after the password was removed.")


# Each is called with the account, the change, and the address to tell it to, which may be ''.
heard: list[Callable[[User, Change, str], None]] = []


def tell(user: User, change: Change, address: str | None = None) -> None:
    """Tells the person of `user` at the account's own address, or at the one that it had."""
    for hear in heard:
        hear(user, change, user.email if address is None else address)
