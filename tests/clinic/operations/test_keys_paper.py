"""What docs/keys.md says to do without the site really works."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from appointments.models import AppointmentStatus
from tests import builders
from tests.clinic.test_checks import ROOT


@pytest.mark.postgresql
@pytest.mark.skipif(connection.vendor != "postgresql", reason="asked in PostgreSQL's own program")
@pytest.mark.django_db
def test_the_query_for_a_day_without_the_site_finds_who_comes() -> None:
    request = builders.appointment_request(first_name="Ada")
    doctor, now = builders.practitioner(name="Dr. Example"), timezone.now()
    builders.appointment(request, doctor, now, status=AppointmentStatus.BOOKED)
    builders.appointment(request, doctor, now + timedelta(hours=3), status=AppointmentStatus.CANCELLED)
    [query] = re.findall(r'-c "(SELECT .*?)"\n', (ROOT / "docs" / "keys.md").read_text(), re.S)
    with connection.cursor() as cursor:
        cursor.execute(query)
        [(at, first, _last, phone, who)] = cursor.fetchall()
    assert (first, phone, who) == ("Ada", request.phone.as_rfc3966, "Dr. Example")
    assert at == timezone.localtime(now).replace(tzinfo=None)
