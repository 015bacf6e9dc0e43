"""The hours on the home page and the contact page: only what the clinic has said, in few lines."""

from dataclasses import replace
from datetime import date, time
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone, translation

from clinic.http.hours_in_words import hours_in_words
from clinic.models import Closure, HolidayDecision, OpeningHours
from clinic.time.hours import OpeningTimes, clinic_day
from tests import builders

NINE_TO_FIVE = [(time(9), time(17))]
WEEK = OpeningTimes({**dict.fromkeys(range(4), NINE_TO_FIVE), 4: [(time(9), time(12)), (time(13), time(15))]})
MONDAY = date(2026, 11, 23)
THANKSGIVING = date(2026, 11, 26)


def differing(times: OpeningTimes, today: date = MONDAY) -> list[str]:
    said = hours_in_words(times, today, "CA")
    assert said
    return said.differing


@pytest.fixture(autouse=True)
def autumn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Dates are named as of then."""
    monkeypatch.setattr("clinic.time.words._needs_year", lambda moment: False)


def test_days_alike_share_a_line_and_closed_ones_are_named() -> None:
    said = hours_in_words(WEEK, MONDAY, "CA")
    assert said
    assert said.week == [
        ("Monday to Thursday", "9am to 5pm"),
        ("Friday", "9am to noon, 1pm to 3pm"),
        ("Saturday and Sunday", "closed"),
    ]
    assert said.differing == []
    with translation.override("es"):
        spanish = hours_in_words(WEEK, MONDAY, "CA")
        assert spanish
        assert spanish.week[0] == ("De lunes a jueves", "de 9:00\xa0a.\xa0m. a 5:00\xa0p.\xa0m.")
        assert spanish.week[2] == ("Sábado y domingo", "cerrado")


def test_a_holiday_is_named() -> None:
    times = replace(WEEK, holidays={THANKSGIVING})
    assert differing(times) == ["We are closed on Thursday, November 26, for Thanksgiving Day."]
    with translation.override("es"):
        assert differing(times) == ["El jueves 26 de noviembre estaremos cerrados: Día de Acción de Gracias."]
    assert differing(times, date(2026, 11, 27)) == []


@pytest.mark.parametrize(
    ("differs", "english", "spanish"),
    [
        (
            {"holidays": {THANKSGIVING}},
            "We are closed today, Thursday, November 26, for Thanksgiving Day.",
            "Hoy, jueves 26 de noviembre, estamos cerrados: Día de Acción de Gracias.",
        ),
        (
            {"closed": [(THANKSGIVING, THANKSGIVING)]},
            "We are closed today, Thursday, November 26.",
            "Hoy, jueves 26 de noviembre, estamos cerrados.",
        ),
        (
            {"closed": [(MONDAY, date(2026, 11, 27))]},
            "We are closed today, Thursday, November 26, through Friday, November 27.",
            "Hoy, jueves 26 de noviembre, estamos cerrados, y así hasta el viernes 27 de noviembre"
            " inclusive.",
        ),
        (
            {"extra": [(THANKSGIVING, (time(18), time(19)))]},
            "Today, Thursday, November 26, we are open from 9am to 5pm, 6pm to 7pm.",
            "Hoy, jueves 26 de noviembre, abrimos de 9:00\xa0a.\xa0m. a 5:00\xa0p.\xa0m.,"
            " de 6:00\xa0p.\xa0m. a 7:00\xa0p.\xa0m.",
        ),
    ],
)
def test_today_is_called_today(differs: dict[str, Any], english: str, spanish: str) -> None:
    times = replace(WEEK, **differs)
    assert differing(times, THANKSGIVING) == [english]
    with translation.override("es"):
        assert differing(times, THANKSGIVING) == [spanish]


def test_a_vacation_is_one_stretch_though_weekends_lie_in_it() -> None:
    times = replace(WEEK, closed=[(date(2026, 11, 30), date(2026, 12, 11))])
    assert differing(times) == ["We are closed from Monday, November 30 to Friday, December 11."]


def test_a_vacation_around_a_holiday_tells_both() -> None:
    times = replace(WEEK, closed=[(date(2026, 11, 25), date(2026, 11, 27))], holidays={THANKSGIVING})
    assert differing(times) == ["We are closed from Wednesday, November 25 to Friday, November 27."]


def test_other_hours_of_a_day() -> None:
    times = replace(WEEK, extra=[(date(2026, 11, 28), (time(10), time(14)))])
    assert differing(times) == ["On Saturday, November 28, we are open from 10am to 2pm."]


@pytest.mark.django_db
def test_staffs_reason_stays_with_staff_and_an_open_holiday_is_no_news(client: Client) -> None:
    builders.clinic()
    today = clinic_day(timezone.now())
    assert "closed today" not in client.get("/").content.decode()
    OpeningHours.objects.bulk_create(
        OpeningHours(weekday=day, opens=time(9), closes=time(17)) for day in range(7)
    )
    HolidayDecision.objects.create(day=today, is_closed=False)
    assert "closed today" not in client.get("/").content.decode()
    Closure.objects.create(first_day=today, last_day=today, reason="Secret party")
    for path in ("/", "/contact/"):
        html = client.get(path).content.decode()
        assert "We are closed today" in html
        assert "Secret party" not in html
