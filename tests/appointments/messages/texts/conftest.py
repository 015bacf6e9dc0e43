from collections.abc import Iterator

import pytest
from pytest_django import Settings

from tests.faults.text_server import TextServer


@pytest.fixture
def texts(settings: Settings) -> None:
    """A site that sends texts, to nowhere."""
    use(settings, port=9)


@pytest.fixture
def centre(settings: Settings, clinic: object) -> Iterator[TextServer]:
    """A real message centre on the loopback."""
    with TextServer() as running:
        use(settings, running.port)
        yield running


def use(settings: Settings, port: int) -> None:
    settings.TEXTS_BACKEND = "appointments.messages.texts.smpp.Smpp"
    settings.TEXTS_HOST, settings.TEXTS_PORT, settings.TEXTS_TIMEOUT = "127.0.0.1", port, 0.5
    settings.TEXTS_USER, settings.TEXTS_PASSWORD, settings.TEXTS_SENDER = "clinic", "secret", "13105550100"
