"""The export: the current list as CSV, safe in a spreadsheet, on record, without clinical notes."""

import csv
import io
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from appointments.models import ClinicalReview, Decision, EventKind, PatientRequest, RequestEvent
from appointments.staff.inbox.export import safe_cell
from clinic.audit.entry import AuditAction, AuditEntry
from tests import builders

pytestmark = pytest.mark.django_db
INBOX = "/admin/appointments/patientrequest/"


def export(client: Client, query: str = "") -> tuple[str, list[dict[str, str]]]:
    response: Any = client.post(f"{INBOX}export/{query}")
    assert response.status_code == 200
    assert response.streaming
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"].startswith('attachment; filename="requests-')
    text = b"".join(response.streaming_content).decode()
    assert text.startswith("\ufeff")
    return text, list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠"])
def test_no_cell_is_a_formula(start: str) -> None:
    assert safe_cell(f"{start}1+1") == f"'{start}1+1"
    assert safe_cell("1=1") == "1=1"


def test_the_current_list_leaves_as_csv(desk_client: Client, front_desk: User) -> None:
    here = builders.appointment_request(
        first_name='=HYPERLINK("http://x")', message='Line one\r\n"quoted", and more', phone="+442079460958"
    )
    builders.callback_request(status="withdrawn", finished_at=timezone.now())
    text, rows = export(desk_client, "?kind=appointment")
    assert len(rows) == 1
    assert rows[0]["Reference"] == here.shown_reference
    assert rows[0]["First name"] == '\'=HYPERLINK("http://x")'
    assert rows[0]["Message"] == 'Line one\r\n"quoted", and more'
    assert rows[0]["Phone"].startswith("'+44")
    assert text.endswith("\r\n")
    assert len(export(desk_client, "?state=finished")[1]) == 1


def test_the_export_is_on_record(desk_client: Client, front_desk: User) -> None:
    request = builders.callback_request()
    export(desk_client)
    event = RequestEvent.objects.get()
    assert (event.request, event.kind, event.by) == (request, EventKind.MARK, front_desk)
    entry = AuditEntry.objects.get(action=AuditAction.EXPORTED)
    assert (entry.user, entry.count) == (front_desk, 1)


def test_chosen_ones_leave_by_the_bulk_action(desk_client: Client) -> None:
    chosen, _other = builders.callback_request(), builders.callback_request()
    response: Any = desk_client.post(INBOX, {"action": "export", "_selected_action": [chosen.pk]})
    text = b"".join(response.streaming_content).decode()
    assert text.count("\r\n") == 2
    assert chosen.shown_reference in text


def test_no_clinical_note_leaves(client: Client, dermatologist: User) -> None:
    request = builders.appointment_request()
    ClinicalReview.objects.create(
        request=request, decision=Decision.SUITABLE, note="MARKED-NOTE", by=dermatologist, at=timezone.now()
    )
    client.force_login(dermatologist)
    assert "MARKED-NOTE" not in export(client)[0]


def test_the_export_is_for_post_and_for_those_who_may(
    desk_client: Client, editor: User, client: Client
) -> None:
    builders.callback_request()
    assert desk_client.get(f"{INBOX}export/").status_code == 403
    client.force_login(editor)
    assert client.post(f"{INBOX}export/").status_code == 403
    assert not RequestEvent.objects.exists()


def test_more_than_one_portion_in_the_lists_order(
    desk_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("appointments.requests.moves.AT_ONCE", 2)
    for _each in range(5):
        builders.callback_request()
    _text, rows = export(desk_client)
    expected = PatientRequest.objects.order_by("-urgent", "respond_by", "pk")
    assert [row["Reference"] for row in rows] == [request.shown_reference for request in expected]
    assert RequestEvent.objects.count() == 5
