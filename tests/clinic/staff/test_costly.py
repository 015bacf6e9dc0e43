"""What takes long within a request is asked for so often by one account and no more."""

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import Settings

from clinic.operations.limits import Limit
from clinic.staff import costly
from tests import builders

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _two(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.RATE_LIMITS = True
    monkeypatch.setattr(costly, "PICTURES", Limit("of-test-pictures", 2, 3600))


def test_uploads_of_pictures(client: Client, dermatologist: User) -> None:
    client.force_login(dermatologist)
    page = f"/admin/clinic/practitioner/{builders.practitioner().pk}/picture/"
    sent = [client.post(page, {"file": SimpleUploadedFile("me.jpg", b"no picture")}) for _each in range(3)]
    assert [answer.status_code for answer in sent] == [422, 422, 429]
