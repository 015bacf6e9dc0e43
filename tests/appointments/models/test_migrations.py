"""What migrations do to rows that are stored already."""

from importlib import import_module
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.db import connection
from django.db.models import Value
from django.db.models.functions import Concat

from appointments.models import PatientName, PatientRequest
from tests import builders


@pytest.mark.django_db(transaction=True)
def test_stored_rows_are_keyed_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """As they were before: keys with spaces and apostrophes, phone numbers without their zero, no names."""
    migration = import_module("appointments.migrations.0023_key_names_anew")
    monkeypatch.setattr(migration, "BATCH", 2)
    rows = [
        builders.callback_request(
            first_name="Ada", last_name=f"O\u2019Brien{number}", phone="+390669821234", email="ada@gmail.con"
        )
        for number in "abcde"
    ]
    old = {"name_key": "ada o\u2019brien", "phone_digits": "39669821234", "phone_digits_reversed": "43"}
    PatientRequest.objects.update(**old, email_key="x")
    PatientName.objects.filter(request__in=rows[:2]).delete()
    PatientName.objects.update(key=Concat("key", Value(" of before")))
    schema_editor = SimpleNamespace(connection=connection, quote_name=connection.ops.quote_name)
    migration.key_anew(apps, schema_editor)
    migration.key_anew(apps, schema_editor)  # broken off and begun again
    for row in rows:
        assert PatientRequest.objects.search(row.last_name).get() == row
        row.refresh_from_db()
        assert row.name_key == f"ada{row.last_name}".replace("\u2019", "").lower()
        assert row.email_to_check
    assert PatientRequest.objects.search("+39 06 6982 1234").count() == 5
    assert PatientRequest.objects.search("ada@gmail.con").count() == 5
    assert PatientName.objects.count() == 5 * 3
