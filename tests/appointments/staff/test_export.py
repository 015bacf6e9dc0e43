"""The export: the current list as CSV, safe in a spreadsheet, on record, without clinical notes."""

import csv
import io
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from appointments.follow_up import retention
from appointments.models import ClinicalReview, Decision, EventKind, PatientRequest, RequestEvent
from appointments.requests import rights
from appointments.staff.inbox.export import RequestsAsCsv, safe_cell
from clinic.audit.entry import AuditAction, AuditEntry
from clinic.models import Clinic, Job, JobState
from tests import builders
from tests.prepared import fetched, job_of, text_of, work

pytestmark = pytest.mark.django_db
INBOX = "/admin/appointments/patientrequest/"


def export(client: Client, query: str = "") -> tuple[str, list[dict[str, str]]]:
    response = fetched(client, client.post(f"{INBOX}export/{query}"))
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"].startswith('attachment; filename="requests-')
    text = text_of(response)
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
    fetched_it, asked = AuditEntry.objects.filter(action=AuditAction.EXPORTED)
    assert (asked.user, asked.page) == (front_desk, "admin:requests-export")
    assert (fetched_it.user, fetched_it.page, fetched_it.count) == (front_desk, "admin:clinic_job_file", 1)


def test_chosen_ones_leave_by_the_bulk_action(desk_client: Client) -> None:
    chosen, _other = builders.callback_request(), builders.callback_request()
    asked = desk_client.post(INBOX, {"action": "export", "_selected_action": [chosen.pk]})
    text = text_of(fetched(desk_client, asked))
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
    monkeypatch.setattr(RequestsAsCsv, "at_once", 2)
    for _each in range(5):
        builders.callback_request()
    _text, rows = export(desk_client)
    expected = PatientRequest.objects.order_by("-urgent", "respond_by", "pk")
    assert [row["Reference"] for row in rows] == [request.shown_reference for request in expected]
    assert RequestEvent.objects.count() == 5


def test_what_was_searched_for_is_kept_nowhere(desk_client: Client) -> None:
    """It is mostly a name; the requests that it found are meant, by their keys."""
    found = builders.callback_request(first_name="Zebedee")
    builders.callback_request(first_name="Florence")
    asked = desk_client.post(f"{INBOX}export/?q=Zebedee&kind=callback&treatment=Zebedee")
    assert job_of(asked).scope == {"keys": [found.pk]}
    asked = desk_client.post(f"{INBOX}export/?kind=callback&treatment=Zebedee&status=zebedee")
    assert job_of(asked).scope["list"] == {"kind": "callback"}
    assert "ebedee" not in str(list(Job.objects.values()))


def test_the_list_is_as_it_was_when_asked(desk_client: Client, front_desk: User) -> None:
    """What comes later isn't in it; what is gone by then is left out."""
    here, gone = builders.callback_request(), builders.callback_request()
    asked = desk_client.post(f"{INBOX}export/?who=mine&state=all")
    PatientRequest.objects.filter(pk__in=(here.pk, gone.pk)).update(assignee=front_desk)
    later = builders.callback_request(assignee=front_desk)

    def meanwhile() -> None:
        gone.delete()
        work()

    text = text_of(fetched(desk_client, asked, meanwhile))
    assert here.shown_reference in text
    assert later.shown_reference not in text
    assert text.count("\r\n") == 2


def test_an_erased_patient_leaves_the_files_that_wait(desk_client: Client, front_desk: User) -> None:
    erased, other = builders.callback_request(first_name="Zebedee"), builders.callback_request()
    asked = desk_client.post(f"{INBOX}export/?state=all")
    work()
    assert job_of(asked).changed == 2
    rights.erase(erased, None, "Asked for it")
    assert desk_client.get(f"{asked['Location']}file/").status_code == 410
    text = text_of(fetched(desk_client, asked))
    assert "Zebedee" not in text
    assert other.shown_reference in text
    rights.erase(other, None, "Asked for it")
    assert desk_client.get(f"{asked['Location']}file/").status_code == 410, "it has been fetched, and is gone"


def test_an_erasure_writes_no_export_on_a_timeline_once_more(desk_client: Client, front_desk: User) -> None:
    """A file is made anew because somebody was erased; the others hear of one export, which it is."""
    erased, others = builders.callback_request(), [builders.callback_request() for _each in range(2)]
    asked = desk_client.post(f"{INBOX}export/?state=all")
    work()
    rights.erase(erased, None, "Asked for it")
    assert text_of(fetched(desk_client, asked)).count("\r\n") == 3
    assert job_of(asked).changed == 2
    marks = RequestEvent.objects.filter(kind=EventKind.MARK).values_list("request", flat=True)
    assert sorted(marks) == [other.pk for other in others]


def test_a_file_without_the_erased_patient_stays_as_it_is(desk_client: Client, front_desk: User) -> None:
    erased, other = builders.callback_request(), builders.callback_request()
    builders.callback_request(
        status="closed", closed_reason="duplicate", duplicate_of=erased, finished_at=timezone.now()
    )
    files = [
        desk_client.post(INBOX, {"action": "export", "_selected_action": [other.pk]}),
        desk_client.post(f"{INBOX}export/?state=finished"),
    ]
    work()
    rights.erase(erased, None, "Asked for it")
    assert [job_of(each).state for each in files] == [JobState.DONE, JobState.WAITING]
    assert erased.shown_reference not in text_of(fetched(desk_client, files[1]))


def test_retention_takes_the_files_along(desk_client: Client, clinic: Clinic) -> None:
    ago = timezone.now() - timedelta(days=clinic.keep_finished_days + 1)
    builders.callback_request(status="withdrawn", received_at=ago, finished_at=ago)
    asked = desk_client.post(f"{INBOX}export/?state=finished")
    work()
    assert job_of(asked).changed == 1
    assert retention.clear(timezone.now()) == 1
    assert text_of(fetched(desk_client, asked)).count("\r\n") == 1
