import pytest

from tests.appointments.messages.texts.conftest import centre, texts

__all__ = ["centre", "texts"]


@pytest.fixture(autouse=True)
def site_with_texts(texts: None, clinic: object) -> None:
    """All of this room is about a site that sends texts."""
