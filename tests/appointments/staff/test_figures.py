"""The owner's figures: who sees them, what they say, and what may not be worked out from them."""

import random
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from appointments.follow_up import day_counts
from appointments.models.counts import CountedDay, DayCount, Figure
from appointments.staff.figures import groups, page, tables
from appointments.staff.figures.charts import bars
from clinic.models import Clinic, opening_times
from clinic.time.hours import clinic_day
from tests import builders
from tests.builders import WEDNESDAY
from treatments.models import Treatment

pytestmark = pytest.mark.django_db
DAY = clinic_day(WEDNESDAY)


def count(treatment: Treatment | None, figure: Figure, number: int, detail: str = "") -> None:
    day, _made = CountedDay.objects.get_or_create(day=DAY, defaults={"counted_at": WEDNESDAY})
    DayCount.objects.create(
        day=day, treatment=treatment, source="web", language="en", figure=figure, detail=detail, number=number
    )


def test_hidden_numbers_cannot_be_worked_out_from_the_sum() -> None:
    dice = random.Random(1)
    for _round in range(2000):
        column = {name: dice.choice([0, 0, 1, 2, 3, 4, 5, 6, 30]) for name in range(dice.randrange(1, 7))}
        cells = groups.hide_together(column)
        hidden = [column[name] for name, cell in cells.items() if cell.value is None]
        assert not any(0 < (cell.value or 0) < 5 for cell in cells.values())
        if hidden and sum(column.values()) >= 5:  # else the sum itself is hidden
            assert len(hidden) > 1, column
            assert sum(hidden) >= 5, column


def test_an_alone_small_number_is_hidden_and_zero_is_not() -> None:
    cells = groups.cells_of({number: number for number in (0, 1, 4, 5)}, [])
    assert [cell.value for cell in cells.values()] == [0, None, None, 5]


def test_median_and_nine_in_ten_are_the_hours_within_which_so_many_were_answered() -> None:
    numbers = {("answered", "2"): 5, ("answered", "8"): 4, ("answered", day_counts.LONGER): 1}
    assert groups.hours_until(numbers, 0.5) == "2"
    assert groups.hours_until(numbers, 0.9) == "8"
    assert groups.hours_until({("answered", "2"): 5}, 0.9) == "", "the slowest of five is one patient"
    assert groups.hours_until({("answered", "2"): 4}, 0.5) == ""


def test_no_row_gives_a_small_one_away_beside_it() -> None:
    """Offers less those taken and not taken are those refused; answers less promises kept are late ones."""
    dice = random.Random(1)
    for _round in range(500):
        taken, passed, refused, kept, late = (dice.choice([0, 0, 1, 2, 4, 5, 6, 30]) for _each in range(5))
        numbers = {
            (Figure.OFFERS.value, ""): taken + passed + refused, (Figure.TAKEN.value, ""): taken,
            (Figure.NOT_TAKEN.value, ""): passed, (Figure.REFUSED.value, ""): refused,
            (Figure.ANSWERED.value, "4"): kept + late, (Figure.KEPT.value, ""): kept,
            (Figure.BROKEN.value, ""): late,
        }  # fmt: skip
        column = tables._column(numbers)
        cells = groups.cells_of(column, tables.LINES)
        for line in tables.LINES:
            hidden = [column[key] for key in line if cells[key].value is None]
            total = sum(column[key] for key in line)
            assert not hidden or total < 5 or (len(hidden) > 1 and sum(hidden) >= 5), numbers


def test_no_table_gives_a_small_number_away_in_another_row(clinic: Clinic) -> None:
    peel = builders.treatment("peel")
    for figure, number in ((Figure.OFFERS, 14), (Figure.TAKEN, 13), (Figure.REFUSED, 1), (Figure.KEPT, 36)):
        count(peel, figure, number)
    count(peel, Figure.ANSWERED, 37, "4")
    for table in (tables.as_table(tables.line("week", DAY, DAY)), *tables.by_parts("week", DAY, {})):
        shown = {words: cells[0] for words, cells in table.rows}
        for figure, words in (
            (Figure.OFFERS, "14"),
            (Figure.TAKEN, "–"),
            (Figure.REFUSED, "–"),
            (Figure.KEPT, "–"),
        ):
            assert shown[str(figure.label)] == words, (table.title, figure)


def test_the_page_adds_weeks_and_months_up_and_hides_small_groups(clinic: Clinic) -> None:
    one, other = builders.treatment("peel"), builders.treatment("laser")
    count(one, Figure.REQUESTS, 20)
    count(other, Figure.REQUESTS, 6)
    count(None, Figure.REQUESTS, 3)
    count(one, Figure.ANSWERED, 12, "24")
    for by in tables.PERIODS:
        table = tables.as_table(tables.line(by, DAY, DAY))
        assert dict(table.rows)["Requests"][0] == "29"
        assert dict(table.rows)["Half of the first answers within"][0] == "24 hours"
        assert dict(table.rows)["Requests"][1] == "0"
        part = next(iter(tables.by_parts(by, DAY, {one.pk: "Peel", other.pk: "Laser"})))
        assert part.columns[::2] == ["Peel", "Laser", "No treatment"]
        assert dict(part.rows)["Requests"][::2] == ["20", "–", "–"], "29 - 20 - 6 would be 3"
        assert dict(part.rows)["Requests"][1::2] == ["0", "0", "0"]


def test_each_part_stands_beside_itself_of_the_period_before() -> None:
    peel, laser = builders.treatment("peel"), builders.treatment("laser")
    for back, numbers in ((0, {peel: 20}), (7, {peel: 12, laser: 30})):
        day, _made = CountedDay.objects.get_or_create(day=DAY - timedelta(days=back), counted_at=WEDNESDAY)
        for treatment, number in numbers.items():
            DayCount.objects.create(
                day=day, treatment=treatment, source="web", language="en",
                figure=Figure.REQUESTS, detail="", number=number,
            )  # fmt: skip
    [part, *_others] = tables.by_parts("week", DAY, {peel.pk: "Peel", laser.pk: "Laser"})
    assert part.columns == ["Peel", "Peel, before", "Laser", "Laser, before"]
    assert dict(part.rows)["Requests"] == ["20", "12", "0", "30"]


def test_only_the_owner_finds_the_page_in_the_menu(
    clinic: Clinic, desk_client: Client, client: Client
) -> None:
    url = reverse("admin:figures")
    assert desk_client.get(url).status_code == 403
    assert f'href="{url}"' not in desk_client.get("/admin/").text
    client.force_login(builders.superuser())
    assert f'href="{url}"' in client.get("/admin/").text
    answer = client.get(url, {"by": "month"})
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]


def test_a_period_that_is_over_is_held_against_the_one_before() -> None:
    count(None, Figure.REQUESTS, 30)
    day, _made = CountedDay.objects.get_or_create(day=DAY - timedelta(days=7), counted_at=WEDNESDAY)
    DayCount.objects.create(
        day=day, source="web", language="en", figure=Figure.REQUESTS, detail="", number=24
    )
    over = tables.as_table(tables.line("week", DAY, DAY + timedelta(days=7)))
    assert over.columns[:3] == ["Nov 30, 2026", "Change", "Nov 23, 2026"]
    assert dict(over.rows)["Requests"][:3] == ["30", "+6 (+25%)", "24"]
    assert {len(cells) for _words, cells in over.rows} == {len(over.columns)}
    present = tables.as_table(tables.line("week", DAY, DAY))
    assert present.columns[:2] == ["Nov 30, 2026, so far", "Nov 23, 2026"]
    assert dict(present.rows)["Requests"][:2] == ["30", "24"]


@pytest.mark.parametrize(
    ("now", "before", "shown"),
    [(12, 0, "+12"), (0, 0, "0"), (9, 10, "-1 (-10%)"), (3, 20, "–"), (20, 3, "–")],
)
def test_a_change_gives_no_small_number_away(now: int, before: int, shown: str) -> None:
    assert tables.changed(*(groups.hide_together({1: number})[1] for number in (now, before))) == shown


def test_recalls_that_came_back_are_as_hidden_as_their_source() -> None:
    count(None, Figure.REQUESTS, 20)
    day = CountedDay.objects.get(day=DAY)
    for source, number in (("recall", 7), ("phone", 9)):
        DayCount.objects.create(
            day=day, source=source, language="en", figure=Figure.REQUESTS, detail="", number=number
        )

    def shown() -> str:
        return dict(tables.as_table(tables.line("week", DAY, DAY)).rows)["Recalls that came back"][0]

    assert shown() == "7"
    DayCount.objects.create(
        day=day, source="walk-in", language="en", figure=Figure.REQUESTS, detail="", number=3
    )
    assert shown() == "–", "39 - 20 - 9 - 7 would be 3"


def test_what_is_promised_stands_beside_what_was_kept(clinic: Clinic) -> None:
    """Monday to Friday, 9am to 5pm, by the close of the next clinic day: 89 hours on Friday at midnight."""
    half, most = tables.promised(opening_times(), clinic)
    assert (half, most) == ("34", "73")
    [words] = [words for words, _cells in tables.as_table(tables.line("week", DAY, DAY), (half, most)).rows
               if words.startswith("Half")]  # fmt: skip
    assert words == "Half of the first answers within (promised now: 34 hours)"


def test_it_opens_with_the_last_week_that_is_over(clinic: Clinic, client: Client) -> None:
    client.force_login(builders.superuser())
    today = clinic_day(timezone.now())
    monday = tables.first_day("week", today)
    assert client.get(reverse("admin:figures")).context["start"] == monday
    CountedDay.objects.create(day=monday - timedelta(days=3), counted_at=timezone.now())
    assert client.get(reverse("admin:figures")).context["start"] == monday - timedelta(days=7)


@pytest.mark.parametrize("day", ["", "nonsense", "0001-01-01", "9999-12-31", "2026-02-30"])
def test_no_day_in_the_address_breaks_the_page(clinic: Clinic, client: Client, day: str) -> None:
    client.force_login(builders.superuser())
    for name in ("admin:figures", "admin:figures-csv"):
        assert client.get(reverse(name), {"day": day, "by": "month"}).status_code == 200


def test_the_csv_says_what_the_page_says_and_is_kept_by_nobody(
    clinic: Clinic, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.force_login(builders.superuser())
    treatment = builders.treatment("peel")
    monkeypatch.setattr(page, "treatment_titles", lambda _request: {treatment.pk: "=cmd()"})
    now = timezone.now()
    for _number in range(6):
        builders.appointment_request(received_at=now, treatment=treatment)
    day_counts.count_days(now + timedelta(seconds=1))
    answer = client.get(reverse("admin:figures-csv"))
    assert "no-store" in answer["Cache-Control"]
    assert answer["Content-Disposition"].startswith("attachment")
    assert "By treatment,'=cmd()" in answer.text
    assert ",6,0\r\n" in answer.text


def test_the_page_asks_as_much_of_many_requests_as_of_one(clinic: Clinic, client: Client) -> None:
    client.force_login(builders.superuser())

    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            client.get(reverse("admin:figures"))
        assert not any('FROM "appointments_patientrequest"' in each["sql"] for each in asked.captured_queries)
        return len(asked)

    now = timezone.now()
    builders.appointment_request(received_at=now, treatment=builders.treatment())
    day_counts.count_days(now)
    queries()
    one = queries()
    for _number in range(6):
        builders.appointment_request(received_at=now, treatment=builders.treatment())
    day_counts.count_days(now)
    assert queries() == one


def test_a_chart_says_from_when_to_when_it_is_and_each_bar_its_number() -> None:
    weeks = ["Nov 9, 2026", "Nov 16, 2026", "Nov 23, 2026"]
    chart = bars(
        "Requests", [groups.Cell(8), groups.Cell(None), groups.Cell(1200)], weeks, ("Nov 9", "Nov 23")
    )
    assert chart.periods == ("Nov 9", "Nov 23")
    assert (chart.greatest, chart.last) == ("1,200", "1,200")
    words = [bar.words for bar in chart.bars]
    assert words == ["Nov 9, 2026: 8", f"Nov 16, 2026: {groups.Cell(None).shown}", "Nov 23, 2026: 1,200"]
    assert [bar.is_hidden for bar in chart.bars] == [False, True, False]
    assert [bar.is_last for bar in chart.bars] == [False, False, True]
