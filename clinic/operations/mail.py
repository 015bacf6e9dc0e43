"""The e-mail backend of a site that has not been told how to send."""

from collections.abc import Sequence

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend


class NotSetUp(BaseEmailBackend):
    """Refuses to send, so that every message stays in the outbox until EMAIL_URL is set."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Raises OSError, which the outbox takes for a passing fault and tries again."""
        raise OSError("EMAIL_URL is not set")
