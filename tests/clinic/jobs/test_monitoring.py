"""What failed shows in the figures for a day."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from clinic.models import Job, JobState
from tests.clinic.jobs.conftest import Numbers, wanted
from tests.prepared import work

pytestmark = pytest.mark.django_db


def failed(client: Client) -> float:
    lines = client.get("/metrics").text.splitlines()
    [line] = [line for line in lines if line.startswith("finetouch_jobs_failed ")]
    return float(line.split()[1])


def test_failed_jobs_are_counted_for_a_day(numbers: Numbers, front_desk: User, client: Client) -> None:
    well, broken = wanted(front_desk), wanted(front_desk, kind="of another version")
    assert failed(client) == 0
    work()
    assert {job.state for job in Job.objects.filter(pk=well.pk)} == {JobState.DONE}
    assert failed(client) == 1
    Job.objects.filter(pk=broken.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    assert failed(client) == 0
