"""The clinic's own rows in the admin by role; the identity's colours."""

import re
from datetime import date, time
from pathlib import Path

import pytest
from django.contrib.admin.utils import flatten_fieldsets
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from clinic.admin.facts import ClinicAdmin
from clinic.models import Clinic, Closure, OpeningHours, SpecialOpening
from tests import builders

STATIC = Path(__file__).resolve().parents[3] / "clinic" / "static" / "clinic"


def status(user: User, name: str, *args: object, data: dict[str, object] | None = None) -> int:
    client = Client()
    client.force_login(user)
    url = reverse(f"admin:{name}", args=args)
    return (client.get(url) if data is None else client.post(url, data)).status_code


def test_there_is_one_clinic(clinic: Clinic, client: Client) -> None:
    client.force_login(builders.superuser())
    response = client.get(reverse("admin:clinic_clinic_changelist"))
    assert response["Location"] == reverse("admin:clinic_clinic_change", args=[1])
    assert client.get(reverse("admin:clinic_clinic_add")).status_code == 403
    assert client.get(reverse("admin:clinic_clinic_delete", args=[1])).status_code == 403


def test_every_field_of_the_clinic_can_be_set() -> None:
    shown = set(flatten_fieldsets(ClinicAdmin.fieldsets))
    assert {field.name for field in Clinic._meta.get_fields() if field.concrete} - shown == {"id"}


def test_the_clinics_page_leads_to_the_shorter_times_of_keeping(clinic: Clinic, desk_client: Client) -> None:
    page = desk_client.get(reverse("admin:clinic_clinic_change", args=[1])).content.decode()
    assert reverse("admin:appointments_retentionperiod_changelist") in page


def test_who_may_change_the_clinic(
    clinic: Clinic, front_desk: User, dermatologist: User, editor: User
) -> None:
    assert status(dermatologist, "clinic_clinic_change", 1) == 200
    assert status(front_desk, "clinic_clinic_change", 1) == 200
    assert status(front_desk, "clinic_clinic_change", 1, data={"name": "Mine"}) == 403
    assert status(editor, "clinic_clinic_change", 1) == 403
    assert Clinic.objects.get().name != "Mine"


def test_the_front_desk_sets_hours_and_closures(clinic: Clinic, front_desk: User, editor: User) -> None:
    hours: dict[str, object] = {"weekday": 0, "opens": "09:00", "closes": "17:00", "practitioner": ""}
    assert status(front_desk, "clinic_openinghours_add", data=hours) == 302
    assert status(front_desk, "clinic_openinghours_add", data={**hours, "closes": "08:00"}) == 200
    days: dict[str, object] = {"first_day": "2026-12-24", "last_day": "2026-12-26", "practitioner": ""}
    assert status(front_desk, "clinic_closure_add", data=days) == 302
    assert status(editor, "clinic_closure_add") == 403
    assert (OpeningHours.objects.count(), Closure.objects.count()) == (1, 1)


@pytest.mark.parametrize("role", ["front_desk", "dermatologist", "editor"])
def test_accounts_are_for_superusers(role: str, request: pytest.FixtureRequest) -> None:
    assert status(request.getfixturevalue(role), "auth_user_changelist") == 403


def test_the_admin_wears_the_sites_colours() -> None:
    """admin.css repeats the values of tokens.css, whose media query knows nothing of the admin's toggle."""
    tokens, admin = ((STATIC / name).read_text() for name in ("tokens.css", "admin.css"))
    light, dark = tokens.split("(prefers-color-scheme: dark)")
    pairs = re.findall(r"--([a-z-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)", admin)
    assert len(pairs) == 12
    for name, by_day, by_night in pairs:
        assert f"--{name}: {by_day};" in light, name
        assert f"--{name}: {by_night};" in dark, name


def test_lists_show_times_of_day_as_the_forms_do(clinic: Clinic, client: Client) -> None:
    client.force_login(builders.superuser())
    OpeningHours.objects.create(weekday=2, opens=time(9), closes=time(17, 30))
    SpecialOpening.objects.create(day=date(2031, 5, 3), opens=time(12), closes=time(15))
    Closure.objects.create(first_day=date(2031, 5, 5), last_day=date(2031, 5, 5))
    for name, shown in (
        ("openinghours", ("9am", "5:30pm")),
        ("specialopening", ("noon", "3pm")),
        ("closure", ("-", "-")),
    ):
        text = client.get(reverse(f"admin:clinic_{name}_changelist")).text
        cells = re.findall(r'<td class="field-(?:opens|starts|closes|ends)[^"]*">([^<]*)<', text)
        assert tuple(cells[:2]) == shown
        assert "column-opens" in text or "column-starts" in text
        assert "sortable" in text


def test_the_list_of_one_app_is_no_today(clinic: Clinic, client: Client) -> None:
    client.force_login(builders.superuser())
    text = client.get(reverse("admin:app_list", args=["clinic"])).text
    assert reverse("admin:clinic_openinghours_changelist") in text
    assert "Looked up at" not in text
    assert "<live-part" not in text
