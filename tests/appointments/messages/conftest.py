from collections.abc import Iterator

import pytest
from pytest_django import Settings

from tests.faults.mail_server import MailServer


@pytest.fixture
def server(settings: Settings, clinic: object) -> Iterator[MailServer]:
    """A real SMTP server on the loopback."""
    with MailServer() as running:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", running.port, 0.3
        yield running
