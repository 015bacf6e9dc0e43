"""What a backup that is brought back must not undo: STOP, and consents that were taken back."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from appointments.messages.texts import consent
from appointments.models import PatientRequest, TextConsent, TextOptOut
from appointments.requests.restored import text_stops
from clinic.staff.sealing import NotReadable
from tests.appointments.messages.texts.written import agreed
from tests.builders import WEDNESDAY

pytestmark = pytest.mark.django_db
LATER = WEDNESDAY + timedelta(hours=1)
NUMBERS = ("+13105550121", "+13105550122", "+13105550123")


@pytest.fixture(autouse=True)
def site_with_texts(settings: Settings, clinic: object) -> None:
    settings.TEXTS_BACKEND = "tests"


@pytest.fixture
def rows() -> list[PatientRequest]:
    """One who has written STOP since, one who took the consent back, one who still wants texts."""
    return [agreed(phone=number) for number in NUMBERS]


def since_then(rows: list[PatientRequest]) -> list[dict[str, Any]]:
    """What is listed after the backup; then the backup is back, which knows nothing of it."""
    consent.opt_out(NUMBERS[0], LATER)
    consent.take_back(rows[1], None, LATER)
    listed = text_stops.listed()
    TextOptOut.objects.all().delete()
    TextConsent.objects.update(ended_at=None)
    assert all(consent.number_of(row) for row in rows)
    return listed


def test_nobody_who_stopped_since_the_backup_is_texted_again(rows: list[PatientRequest]) -> None:
    carried = text_stops.read(since_then(rows))
    assert text_stops.reapply(carried) == 2
    assert [consent.number_of(row) for row in rows] == ["", "", NUMBERS[2]]
    assert TextOptOut.objects.get().at == TextConsent.objects.get(request=rows[1]).ended_at == LATER
    assert text_stops.reapply(carried) == 0


def test_who_agreed_again_is_not_stopped(rows: list[PatientRequest]) -> None:
    carried = text_stops.read(since_then(rows))
    TextConsent.objects.filter(request=rows[1]).update(at=LATER + timedelta(minutes=1))
    text_stops.reapply(carried)
    assert consent.number_of(rows[1]) == NUMBERS[1]
    consent.take_back(rows[2], None, LATER)
    consent.give(rows[2], None, LATER + timedelta(minutes=1))
    assert [row for row in text_stops.listed() if "request" in row] == []


def test_the_list_names_no_number(
    rows: list[PatientRequest], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    since_then(rows)
    consent.opt_out(NUMBERS[0], LATER)
    call_command("text_stops", "--list")
    printed = capsys.readouterr()
    assert "5550121" not in printed.out + printed.err
    path = tmp_path / "text_stops.json"
    path.write_text(printed.out)
    TextOptOut.objects.all().delete()
    call_command("text_stops", "--again", str(path))
    printed = capsys.readouterr()
    assert "1 stopped again" in printed.out
    assert "5550121" not in printed.out + printed.err
    assert TextOptOut.objects.get().number == NUMBERS[0]


def test_without_the_key_that_sealed_it_nothing_is_done(
    rows: list[PatientRequest], settings: Settings, tmp_path: Path
) -> None:
    path = tmp_path / "text_stops.json"
    path.write_text(json.dumps(since_then(rows)))
    former, settings.SECRET_KEY = settings.SECRET_KEY, "another one, and as long as the first one has been"
    with pytest.raises(CommandError, match="SECRET_KEY_FALLBACKS") as refused:
        call_command("text_stops", "--again", str(path))
    assert isinstance(refused.value.__cause__, NotReadable)
    assert not TextOptOut.objects.exists()
    settings.SECRET_KEY_FALLBACKS = [former]
    call_command("text_stops", "--again", str(path))
    assert TextOptOut.objects.exists()


@pytest.mark.parametrize("content", ["", "{}", '["digest"]', '[{"at": "2026"}]', '[{"number": 7}]'])
def test_no_list_is_no_list(content: str, tmp_path: Path) -> None:
    path = tmp_path / "text_stops.json"
    path.write_text(content)
    with pytest.raises(CommandError, match="no list of who wants no texts"):
        call_command("text_stops", "--again", str(path))
