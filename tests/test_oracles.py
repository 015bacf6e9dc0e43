"""What is usually forgotten: the side doors by which somebody learns what the pages don't show them."""

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from appointments.models import ClinicalReview, Decision, PatientRequest, RequestEvent
from clinic.models import AuditEntry
from tests import access_table, access_world, builders
from tests.prepared import fetched, text_of
from tests.test_access import Writes, is_refused

INBOX = "/admin/appointments/patientrequest/"
NOTE = "only-for-dermatologists"


@pytest.fixture
def reviewed(dermatologist: User) -> PatientRequest:
    """A request with a clinical note."""
    row = builders.appointment_request(
        first_name="Zebedee", email="zeb@example.org", treatment=builders.treatment()
    )
    ClinicalReview.objects.create(
        request=row, decision=Decision.SUITABLE, note=NOTE, by=dermatologist, at=timezone.now()
    )
    return row


@pytest.mark.django_db
@pytest.mark.parametrize(
    "query",
    [
        {"token__startswith": "A"},
        {"email__startswith": "zeb"},
        {"date_of_birth__year": "1990"},
        {"message__contains": "x"},
        {"clinical_reviews__note__startswith": "only"},
        {"assignee__password__startswith": "md5"},
        {"events__by__password__startswith": "md5"},
        {"screening_answers__answer": "yes"},
        {"_to_field": "token"},
        {"e": "1", "person": "x"},
    ],
)
def test_the_inbox_answers_no_look_up_by_column(
    desk_client: Client, reviewed: PatientRequest, query: dict[str, str]
) -> None:
    with_it = desk_client.get(INBOX, query)
    other = dict.fromkeys(query, "nobody-has-this")
    without = desk_client.get(INBOX, other)
    assert with_it.status_code == without.status_code
    if with_it.status_code == 200:
        assert ("Zebedee" in with_it.content.decode()) == ("Zebedee" in without.content.decode())
    else:
        assert with_it.status_code in (302, 400)


@pytest.mark.django_db
@pytest.mark.parametrize("model", ["message", "appointment", "patientrequest"])
@pytest.mark.parametrize(
    "lookup", ["request__clinical_reviews__note__startswith", "request__token__startswith"]
)
def test_the_other_lists_neither(
    desk_client: Client, reviewed: PatientRequest, model: str, lookup: str
) -> None:
    answer = desk_client.get(f"/admin/appointments/{model}/", {lookup: "o"})
    assert answer.status_code in (302, 400)


@pytest.mark.django_db
def test_search_finds_no_hidden_field(desk_client: Client, reviewed: PatientRequest) -> None:
    for words in (NOTE, reviewed.token, str(reviewed.submission_id)):
        assert "Zebedee" not in desk_client.get(INBOX, {"q": words}).content.decode()


@pytest.mark.django_db
def test_the_clinical_note_is_on_no_page_of_the_front_desk(
    desk_client: Client, front_desk: User, reviewed: PatientRequest
) -> None:
    world = access_world.World(
        {"front_desk": front_desk},
        reviewed,
        {"appointments/patientrequest": reviewed.pk, "token": reviewed.token},
    )
    asked = 0
    for row in access_table.ROWS:
        if "patientrequest" not in row.route or "<int:version_pk>" in row.route or "F" not in row.read:
            continue
        world.keys |= {"action": "decline", "message_pk": 1}
        answer = desk_client.get(world.path(row, "front_desk"))
        asked += 1
        assert NOTE not in answer.content.decode(), row.route
    assert asked > 8
    exported = fetched(desk_client, desk_client.post(reverse("admin:requests-export")))
    assert NOTE not in text_of(exported)


@pytest.mark.django_db
def test_a_dermatologist_reads_it_and_a_superuser_is_written_down(
    client: Client, dermatologist: User, reviewed: PatientRequest
) -> None:
    page = reverse("admin:request-review", args=[reviewed.pk])
    for user in (dermatologist, builders.superuser()):
        client.force_login(user)
        before = AuditEntry.objects.filter(user=user, object_id=str(reviewed.pk)).count()
        client.get(page)
        assert AuditEntry.objects.filter(user=user, object_id=str(reviewed.pk)).count() == before + 1


@pytest.mark.django_db
def test_a_content_editor_sees_no_patient_anywhere(
    client: Client, editor: User, reviewed: PatientRequest
) -> None:
    client.force_login(editor)
    builders.appointment(reviewed, builders.practitioner(), timezone.now())
    for path in (
        "/admin/",
        "/admin/today/",
        "/admin/treatments/",
        "/admin/treatments/treatment/",
        "/admin/?q=Zebedee",
    ):
        text = client.get(path).content.decode()
        for words in ("Zebedee", reviewed.shown_reference, "zeb@example.org", reviewed.phone_digits[-7:]):
            assert words not in text, (path, words)
    assert client.get("/admin/appointments/").status_code in (403, 404)


@pytest.mark.django_db
@pytest.mark.parametrize("model", ["patientrequest", "appointment", "message"])
def test_autocomplete_tells_no_patient(desk_client: Client, reviewed: PatientRequest, model: str) -> None:
    for field in ("request", "duplicate_of", "event", "assignee"):
        query = {"app_label": "appointments", "model_name": model, "field_name": field, "term": "Z"}
        answer = desk_client.get("/admin/autocomplete/", query)
        assert answer.status_code in (403, 404)


@pytest.mark.django_db
def test_a_popup_is_no_way_round(client: Client, editor: User, reviewed: PatientRequest) -> None:
    client.force_login(editor)
    for suffix in ("?_popup=1", "?_popup=1&_to_field=token", f"{reviewed.pk}/change/?_popup=1"):
        assert client.get(INBOX + suffix).status_code == 403


@pytest.mark.django_db
@pytest.mark.parametrize(
    "action", ["take", "assign", "not_spam", "close_as_spam", "export", "delete_selected"]
)
def test_bulk_actions_do_nothing_for_who_may_not(client: Client, editor: User, action: str) -> None:
    """With others' keys, sent by hand."""
    row = builders.callback_request()
    client.force_login(editor)
    writes = Writes()
    with connection.execute_wrapper(writes):
        answer = client.post(INBOX, {"action": action, "_selected_action": [row.pk], "select_across": "1"})
    assert is_refused(answer)
    assert writes.found == []


@pytest.mark.django_db
def test_nobody_deletes_in_bulk(client: Client) -> None:
    row = builders.callback_request()
    client.force_login(builders.superuser())
    for model in ("patientrequest", "appointment", "message"):
        data = {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"}
        client.post(f"/admin/appointments/{model}/", data)
    entry = AuditEntry.objects.latest("pk")
    client.post(
        "/admin/clinic/auditentry/",
        {"action": "delete_selected", "_selected_action": [entry.pk], "post": "yes"},
    )
    assert PatientRequest.objects.filter(pk=row.pk).exists()
    assert AuditEntry.objects.filter(pk=entry.pk).exists()


@pytest.mark.django_db
def test_the_timeline_and_the_reviews_have_no_page_to_change_them(
    client: Client, reviewed: PatientRequest
) -> None:
    client.force_login(builders.superuser())
    for model in ("requestevent", "clinicalreview", "screeninganswer", "erasure"):
        assert client.get(f"/admin/appointments/{model}/").status_code == 404
    assert RequestEvent.objects.filter(request=reviewed).count() == 0
