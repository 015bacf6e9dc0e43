"""`python -m tests.benchmarks.picker`: what a page of times costs over 5,000 appointments of three doctors.

In memory, in one process, without a server between. Time of the processor, so that what else runs counts
little. A copy of it runs in an older tree too.
"""

import os
import statistics
import sys
import time
from datetime import datetime, timedelta
from datetime import time as clock
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
os.environ["DATABASE_URL"] = "sqlite://:memory:"
django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.urls import reverse  # noqa: E402
from django.utils import timezone  # noqa: E402

from appointments.lifecycle import Status  # noqa: E402
from appointments.models import Appointment, AppointmentStatus, PatientRequest  # noqa: E402
from clinic.models import Practitioner  # noqa: E402
from clinic.time.hours import at, clinic_day  # noqa: E402
from tests import builders  # noqa: E402

TIMES = 15
HOURS = (9, 10, 11, 13, 14)


def fill(doctors: list[Practitioner], since: datetime) -> None:
    """Five visits on each day of twelve months for each of them."""
    of_all = builders.appointment_request(status=Status.COMPLETED, finished_at=since)
    days = [clinic_day(since) + timedelta(days=number) for number in range(1, 360)]
    Appointment.objects.bulk_create(
        Appointment(
            request=of_all,
            practitioner=who,
            status=AppointmentStatus.FULFILLED,
            start=at(day, clock(hour)),
            end=at(day, clock(hour, 30)),
        )
        for who in doctors
        for day in days
        for hour in HOURS
    )


def row_of(client: Client, name: str, patient_request: PatientRequest) -> str:
    """One line of the table: the queries of the page and the median of its time on the processor."""
    url = reverse(f"admin:{name}", args=[patient_request.pk])
    client.get(url)
    asked: list[str] = []

    def count(execute: Any, sql: str, *rest: Any) -> Any:
        asked.append(sql)
        return execute(sql, *rest)

    with connection.execute_wrapper(count):
        status = client.get(url).status_code
    taken = []
    for _number in range(TIMES):
        began = time.process_time()
        client.get(url)
        taken.append(time.process_time() - began)
    return f"  {name:26} {status} {len(asked):4} queries   median {statistics.median(taken) * 1000:6.1f} ms"


def main() -> int:
    """Prints the table."""
    call_command("migrate", verbosity=0)
    builders.clinic()
    now = timezone.now()
    doctors = [builders.practitioner() for _number in range(3)]
    botox = builders.treatment("botox", effect_months=4, min_interval_months=3)
    fill(doctors, now)
    waiting = builders.appointment_request(status=Status.IN_PROGRESS, treatment=botox)
    booked = builders.appointment_request(status=Status.BOOKED, treatment=botox)
    builders.appointment(booked, doctors[0], at(clinic_day(now) + timedelta(days=21), clock(12)))
    client = Client()
    client.force_login(builders.staff())
    sys.stdout.write(f"{Appointment.objects.count():,} appointments\n")
    for name, patient_request in (
        ("request-offer", waiting),
        ("request-book", waiting),
        ("request-appointment-move", booked),
    ):
        sys.stdout.write(row_of(client, name, patient_request) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
