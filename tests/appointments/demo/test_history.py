"""The demonstration's weeks before: whole, over, and nothing that anybody has to do today."""

from collections import defaultdict
from datetime import UTC, datetime, time, timedelta

import pytest
from django.db.models import Sum
from django.test import override_settings

from appointments import demo
from appointments.demo.history import FIRST_NUMBER
from appointments.demo.scene import submission
from appointments.follow_up import aftercare, day_counts, promises, recall, retention
from appointments.lifecycle import FINISHED, rows_for
from appointments.models import (
    DayCount,
    EventKind,
    Figure,
    Message,
    PatientRequest,
    RequestEvent,
    RequestSource,
)
from appointments.staff import counts
from clinic.time.hours import at, clinic_day

# A Wednesday, 11:20 in Los Angeles.
NOW = datetime(2026, 11, 18, 19, 20, tzinfo=UTC)
TODAY = at(clinic_day(NOW), time())


@pytest.fixture(scope="class")
def waiting(class_rows: None) -> dict[str, int]:
    """What waits with the stories alone, after which the weeks before are added once for the class."""
    with override_settings(TEXTS_BACKEND="appointments.demo.mail.TextsBesideMail"):
        demo.make(demo.DEFAULT_REQUESTS, NOW)
        found = counts.counts(NOW) | {"on their way": Message.objects.on_their_way().count()}
        demo.make(demo.DEFAULT_REQUESTS, NOW, weeks_before=True)
    return found


@pytest.mark.django_db
@pytest.mark.usefixtures("waiting")
class TestWeeksBefore:
    def ours(self) -> list[PatientRequest]:
        told = {submission(number) for number in range(1, demo.DEFAULT_REQUESTS + 1)}
        return list(PatientRequest.objects.exclude(submission_id__in=told))

    def test_all_of_it_is_over_and_nothing_more_waits_today(self, waiting: dict[str, int]) -> None:
        assert 350 <= len(self.ours()) <= 520
        assert {row.status for row in self.ours()} <= set(FINISHED)
        assert max(row.finished_at for row in self.ours() if row.finished_at) < TODAY
        found = counts.counts(NOW) | {"on their way": Message.objects.on_their_way().count()}
        assert found == waiting
        today = RequestEvent.objects.filter(at__gte=TODAY, request__in=self.ours())
        assert set(today.values_list("kind", flat=True)) <= {EventKind.MESSAGE}, "aftercare of the night"

    def test_the_worker_has_nothing_to_do_about_it(self) -> None:
        pks = {row.pk for row in self.ours()}
        aftercare.give(NOW)
        recall.ask_back(NOW)
        promises.answer_for_broken(NOW)
        assert not Message.objects.on_their_way().filter(request__in=pks).exists()
        assert not retention.outlived(NOW).exists()

    def test_every_timeline_is_a_way_through_the_table_of_moves(self) -> None:
        moves = defaultdict(list)
        for event in RequestEvent.objects.exclude(action="").order_by("at", "pk"):
            moves[event.request_id].append(event)
        for row in self.ours():
            status = "new"
            for event in moves[row.pk]:
                assert event.from_status == status
                assert any(status in each.sources for each in rows_for(event.action))
                status = event.to_status
            assert status == row.status
            times = [event.at for event in moves[row.pk]]
            assert times == sorted(times)
            assert times[-1] == row.finished_at

    def test_there_is_something_to_see_of_every_figure(self) -> None:
        day_counts.count_days(NOW)
        day_counts.count_days(NOW)
        sums = dict(DayCount.objects.values_list("figure").annotate(Sum("number")).order_by())
        assert {figure for figure in Figure if sums.get(figure, 0) < 5} == set()
        assert sums[Figure.BROKEN] < sums[Figure.KEPT] / 5
        weeks = PatientRequest.objects.filter(received_at__gte=NOW - timedelta(weeks=13))
        assert set(weeks.values_list("source", flat=True)) == set(RequestSource)
        assert 0.15 < weeks.filter(language="es").count() / weeks.count() < 0.35

    def test_everybody_is_made_up_and_can_be_found(self) -> None:
        for row in self.ours():
            assert row.email == "" or row.email.endswith("@example.org")
            assert str(row.phone.national_number)[3:8] == "55501"
        row = PatientRequest.objects.get(submission_id=submission(FIRST_NUMBER))
        assert row in PatientRequest.objects.search(row.full_name)

    def test_again_adds_nothing(self) -> None:
        assert demo.make(demo.DEFAULT_REQUESTS, NOW, weeks_before=True).requests == 0
