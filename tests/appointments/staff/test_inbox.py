"""The inbox: what it shows to whom, in which order, at what cost, and what its bulk actions do."""

from collections.abc import Callable
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from appointments.lifecycle import Action, ClosedReason, Status
from appointments.messages import notices
from appointments.models import EventKind, Message, PatientRequest, RequestEvent
from appointments.references import check_character
from appointments.requests import spam
from appointments.staff.inbox import bulk
from appointments.worker.statistics import refresh_statistics
from clinic.jobs import asking
from clinic.models import Job
from tests import builders
from tests.builders import WEDNESDAY
from tests.prepared import job_of, work

pytestmark = pytest.mark.django_db
INBOX = "/admin/appointments/patientrequest/"


def shown(client: Client, query: str = "") -> list[int]:
    """The ids in the list, in its order."""
    response = client.get(INBOX + query)
    assert response.status_code == 200
    return [row.pk for row in response.context["cl"].result_list]


def act(client: Client, action: str, *requests: PatientRequest, query: str = "", **data: str) -> None:
    chosen = [str(request.pk) for request in requests]
    response = client.post(INBOX + query, {"action": action, "_selected_action": chosen, **data})
    assert response.status_code == 302, response.status_code


def test_waiting_by_default_most_overdue_first_urgent_before_all(
    desk_client: Client, front_desk: User
) -> None:
    now = timezone.now()
    later = builders.callback_request(respond_by=now + timedelta(hours=5)).pk
    overdue = builders.appointment_request(respond_by=now - timedelta(hours=5)).pk
    urgent = builders.callback_request(respond_by=now + timedelta(hours=9), urgent=True).pk
    finished = builders.callback_request(status="withdrawn", finished_at=now).pk
    offered = builders.appointment_request(status="offered").pk
    spam = builders.callback_request(suspected_spam=True).pk
    assert shown(desk_client) == [urgent, overdue, later]
    assert shown(desk_client, "?state=overdue") == [overdue]
    assert shown(desk_client, "?state=with-patient") == [offered]
    assert shown(desk_client, "?state=finished") == [finished]
    assert shown(desk_client, "?state=spam") == [spam]
    assert set(shown(desk_client, "?state=all")) == {later, overdue, urgent, finished, offered}


def test_a_sign_of_alarm_waits_wherever_the_request_stands_until_somebody_has_spoken(
    desk_client: Client,
) -> None:
    now = timezone.now()
    later = builders.callback_request(respond_by=now - timedelta(hours=5)).pk
    alarm = {"alarm": "call_us", "alarm_at": now, "urgent": True}
    booked = builders.appointment_request(status="booked", **alarm)
    offered = builders.appointment_request(status="offered", **alarm).pk
    builders.appointment_request(status="booked", **alarm, alarm_met_at=now)
    assert set(shown(desk_client)[:2]) == {booked.pk, offered}
    assert shown(desk_client)[2:] == [later]
    PatientRequest.objects.filter(pk__in=(booked.pk, offered)).update(alarm_met_at=now)
    assert shown(desk_client) == [later]


def test_filters(desk_client: Client, front_desk: User) -> None:
    botox = builders.treatment("botox")
    mine = builders.appointment_request(assignee=front_desk, treatment=botox, status="in_progress").pk
    flagged = builders.appointment_request(
        decision_owed=True, screening_flagged=True, status="clinical_review"
    ).pk
    call = builders.callback_request().pk
    done = builders.callback_request(status="completed", finished_at=timezone.now()).pk
    assert shown(desk_client, "?kind=callback") == [call]
    assert shown(desk_client, "?who=mine") == [mine]
    assert set(shown(desk_client, "?who=nobody")) == {flagged, call}
    assert shown(desk_client, f"?treatment={botox.pk}") == [mine]
    assert set(shown(desk_client, "?treatment=none")) == {flagged, call}
    assert shown(desk_client, "?flag=screening") == [flagged]
    assert shown(desk_client, "?calls=due") == [call]
    # A status that never waits is found all the same.
    assert shown(desk_client, "?status=completed") == [done]
    # Nonsense filters nothing and breaks nothing.
    assert len(shown(desk_client, "?treatment=x&flag=x&kind=x&state=x")) == 3


def test_each_line_says_it_in_words(desk_client: Client) -> None:
    now = timezone.now()
    builders.appointment_request(
        first_name="<b>Ada</b>",
        respond_by=now - timedelta(days=1),
        treatment=builders.treatment("botox"),
        age_flagged=True,
    )
    builders.callback_request(respond_by=now + timedelta(hours=2), topic="billing")
    text = desk_client.get(INBOX).text
    assert '<bdi class="who">&lt;b&gt;Ada&lt;/b&gt;' in text
    assert '<span class="due overdue">overdue by 1 day</span>' in text
    assert '<span class="due">in 2 hours</span>' in text
    for words in ("Botox", "Billing", "Age outside the range", 'class="status status-new">New'):
        assert words in text
    assert text.count("<h1") == 1


def test_a_colleague_who_has_it_open_is_named(desk_client: Client, front_desk: User) -> None:
    colleague = builders.staff(first_name="Kim")
    now = timezone.now()
    builders.callback_request(opened_by=colleague, opened_at=now - timedelta(minutes=3))
    assert "Opened by Kim 3 minutes ago" in desk_client.get(INBOX).text
    PatientRequest.objects.update(opened_by=front_desk)
    assert "Opened by" not in desk_client.get(INBOX).text
    PatientRequest.objects.update(opened_by=colleague, opened_at=now - timedelta(hours=2))
    assert "Opened by" not in desk_client.get(INBOX).text


def test_search_recognises_what_was_typed(desk_client: Client) -> None:
    ada = builders.callback_request(phone="+13105550123", email="ada@example.org", last_name="Lovelace")
    builders.callback_request(phone="+14245550199", first_name="Bo", last_name="Other")
    reference = ada.shown_reference
    for typed in (
        reference,
        reference.lower().replace("-", " "),
        "(310) 555-0123",
        "555-0123",
        "ADA@example.org",
        "lovel",
    ):
        assert shown(desk_client, f"?q={typed.replace(' ', '+')}") == [ada.pk], typed
    # Found although it is finished.
    PatientRequest.objects.filter(pk=ada.pk).update(status="withdrawn", finished_at=timezone.now())
    assert shown(desk_client, f"?q={reference}") == [ada.pk]


def test_a_mistyped_reference_finds_nothing_and_says_so(desk_client: Client) -> None:
    body = "7" + builders.callback_request().reference[1:7]
    right = check_character(body)
    wrong = "X" if right != "X" else "Y"
    response = desk_client.get(INBOX, {"q": body + wrong})
    assert response.context["cl"].result_list == []
    assert "one of its characters is wrong" in response.text
    assert "one of its characters is wrong" not in desk_client.get(INBOX, {"q": "Nobody"}).text


def queries(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


def test_the_number_of_queries_does_not_grow(desk_client: Client, front_desk: User) -> None:
    botox = builders.treatment("botox")
    row = builders.appointment_request(treatment=botox, assignee=front_desk, opened_by=builders.staff())
    desk_client.get(INBOX)

    def costs() -> list[int]:
        return [queries(desk_client, INBOX + query) for query in ("", "?state=all", "?q=ada")]

    one = costs()
    builders.copies(row, 2)
    assert costs() == one
    builders.copies(row, 997)
    assert PatientRequest.objects.count() == 1000
    assert costs() == one


def test_the_count_stops_at_the_cap(desk_client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("clinic.staff.read_only.CappedPaginator.CAP", 60)
    monkeypatch.setattr("appointments.staff.counts.MOST_COUNTED", 60)
    builders.copies(builders.callback_request(), 80)
    with CaptureQueriesContext(connection) as captured:
        response = desk_client.get(INBOX)
    assert response.context["cl"].result_count == 60
    assert "The first 60 requests are listed" in response.text
    counts = [
        query["sql"] for query in captured if "COUNT" in query["sql"] and "patientrequest" in query["sql"]
    ]
    assert counts
    assert all("LIMIT 60" in sql for sql in counts)


@pytest.mark.skipif(connection.vendor != "sqlite", reason="how SQLite plans its queries")
def test_what_waits_is_read_from_its_index() -> None:
    """Without it a long inbox is sorted whole for each page."""
    builders.copies(builders.callback_request(), 200)
    assert refresh_statistics(timezone.now()) == 1
    for requests in (PatientRequest.objects.owed(), PatientRequest.objects.overdue(timezone.now())):
        plan = requests.order_by("-urgent", "respond_by", "pk")[:50].explain()
        assert "USING INDEX request_waits" in plan
        assert "TEMP B-TREE" not in plan


@pytest.mark.parametrize(
    "lookup",
    [
        "phone__startswith",
        "first_name",
        "clinical_reviews__note__contains",
        "token__startswith",
        "status__exact",
        "id__in",
    ],
)
def test_a_look_up_by_any_column_is_refused(desk_client: Client, lookup: str) -> None:
    builders.callback_request()
    assert desk_client.get(INBOX, {lookup: "1"}).status_code == 400


def test_a_content_editor_sees_no_patient_anywhere(client: Client, editor: User) -> None:
    request = builders.appointment_request(first_name="Marked")
    client.force_login(editor)
    for address in (
        INBOX, f"{INBOX}{request.pk}/change/", f"{INBOX}{request.pk}/history/", f"{INBOX}x/change/",
        f"{INBOX}add/",
        f"{INBOX}{request.pk}/delete/", f"{INBOX}{request.pk}/move/close/", f"{INBOX}{request.pk}/correct/",
        f"{INBOX}?phone__startswith=%2B1", f"{INBOX}999999/change/", f"{INBOX}export/",
        f"{INBOX}{request.pk}/take/",
        "/admin/appointments/message/", "/admin/appointments/appointment/",
        "/admin/autocomplete/?app_label=appointments&model_name=requestevent&field_name=request&term=mar",
    ):  # fmt: skip
        response = client.get(address)
        assert response.status_code == 403, address
        assert "Marked" not in response.text
    for address in (INBOX, f"{INBOX}export/", f"{INBOX}{request.pk}/take/", f"{INBOX}{request.pk}/note/"):
        assert client.post(address, {"action": "export", "_selected_action": [request.pk]}).status_code == 403
    assert "patientrequest" not in client.get("/admin/").text


def test_nothing_is_added_changed_or_deleted_by_the_admins_own_forms(desk_client: Client) -> None:
    request = builders.callback_request()
    change = f"{INBOX}{request.pk}/change/"
    assert desk_client.post(change, {"status": "booked"}).status_code == 403
    assert desk_client.post(f"{INBOX}add/", {"first_name": "x"}).status_code == 403
    assert desk_client.post(f"{INBOX}{request.pk}/delete/", {"post": "yes"}).status_code == 403
    desk_client.post(INBOX, {"action": "delete_selected", "_selected_action": [request.pk], "post": "yes"})
    root = Client()
    root.force_login(builders.superuser())
    assert root.post(change, {"status": "booked"}).status_code == 403
    assert PatientRequest.objects.get().status == Status.NEW
    assert 'name="status"' not in desk_client.get(change).text


def test_taking_many_leaves_what_colleagues_have(desk_client: Client, front_desk: User) -> None:
    free, had = (
        builders.callback_request(),
        builders.callback_request(status="in_progress", assignee=builders.staff()),
    )
    act(desk_client, "take", free, had)
    assert set(PatientRequest.objects.filter(assignee=front_desk)) == {free}
    assert RequestEvent.objects.get().action == Action.TAKE


def test_assigning_asks_for_the_colleague_first(desk_client: Client, editor: User) -> None:
    requests = [builders.callback_request(), builders.callback_request()]
    done = builders.callback_request(status="completed", finished_at=timezone.now())
    chosen = [request.pk for request in (*requests, done)]
    colleague = builders.staff(first_name="Kim")
    between = desk_client.post(f"{INBOX}?state=all", {"action": "assign", "_selected_action": chosen})
    assert between.status_code == 200
    assert "Kim" in between.text
    assert editor.username not in between.text
    # Somebody who can't work on requests can't be given any.
    act_data = {"action": "assign", "_selected_action": chosen, "asked": "1"}
    assert "Choose a colleague" in desk_client.post(INBOX, {**act_data, "colleague": editor.pk}).text
    act(desk_client, "assign", *requests, done, query="?state=all", colleague=str(colleague.pk))
    assert set(PatientRequest.objects.filter(assignee=colleague)) == set(requests)
    assert [event.kind for event in RequestEvent.objects.all()] == [EventKind.ASSIGNED] * 2
    assert "Kim" in RequestEvent.objects.all()[0].note


def test_closing_as_spam_follows_the_table_of_moves(desk_client: Client, front_desk: User) -> None:
    new = builders.callback_request(suspected_spam=True)
    booked = builders.callback_request(suspected_spam=True, status="booked")
    act_once = desk_client.post(
        f"{INBOX}?state=spam", {"action": "close_as_spam", "_selected_action": [new.pk, booked.pk]}
    )
    assert act_once.status_code == 200, "it is asked once"
    assert new.full_name in act_once.text
    assert not RequestEvent.objects.exists()
    act(desk_client, "close_as_spam", new, booked, query="?state=spam", asked="1")
    new.refresh_from_db()
    assert (new.status, new.closed_reason, new.version) == (Status.CLOSED, ClosedReason.SPAM, 2)
    assert new.finished_at is not None
    event = RequestEvent.objects.get()
    assert (event.request, event.action, event.from_status, event.by) == (
        new,
        Action.CLOSE,
        Status.NEW,
        front_desk,
    )
    assert not Message.objects.exists()
    assert PatientRequest.objects.get(pk=booked.pk).status == Status.BOOKED


def test_what_was_closed_as_spam_is_opened_again_in_bulk(desk_client: Client, front_desk: User) -> None:
    suspected = builders.callback_request(suspected_spam=True, email="a@example.org")
    plain = builders.callback_request()
    unreachable = builders.callback_request()
    flagged = builders.appointment_request(
        screening_flagged=True, decision_owed=True, status="clinical_review"
    )
    RequestEvent.objects.create(request=suspected, kind=EventKind.RECEIVED, at=suspected.received_at)
    for row, reason in (
        (suspected, "spam"),
        (plain, "spam"),
        (flagged, "spam"),
        (unreachable, "unreachable"),
    ):
        row.move(Action.CLOSE, front_desk, reason=reason)
    Message.objects.all().delete()
    assert set(shown(desk_client, "?state=closed-spam")) == {suspected.pk, plain.pk, flagged.pk}
    act(desk_client, "not_spam_after_all", suspected, plain, flagged, query="?state=closed-spam")
    for row in (suspected, plain, unreachable, flagged):
        row.refresh_from_db()
    assert (suspected.status, plain.status, unreachable.status) == ("in_progress", "in_progress", "closed")
    assert flagged.status == "clinical_review", "the dermatologist is asked again"
    assert not suspected.suspected_spam
    assert [message.kind for message in Message.objects.filter(request=suspected)] == ["acknowledgement"]
    assert shown(desk_client, "?state=closed-spam") == []


def test_mine_is_a_tab(desk_client: Client, front_desk: User) -> None:
    mine = builders.callback_request(status="in_progress", assignee=front_desk)
    builders.callback_request(status="in_progress", assignee=builders.staff())
    builders.callback_request(status="completed", finished_at=timezone.now(), assignee=front_desk)
    assert shown(desk_client, "?state=mine") == [mine.pk]
    assert "Mine</a>" in desk_client.get(INBOX).text


def test_a_request_is_handed_over_with_a_note(desk_client: Client, front_desk: User, editor: User) -> None:
    row = builders.callback_request(status="in_progress", assignee=front_desk)
    kim = builders.staff(first_name="Kim", last_name="Desk")
    url = reverse("admin:request-hand-over", args=[row.pk])
    assert url in desk_client.get(reverse("admin:appointments_patientrequest_change", args=[row.pk])).text
    asked = desk_client.get(url).text
    assert "Kim Desk" in asked
    assert f'value="{editor.pk}"' not in asked
    desk_client.post(url, {"colleague": editor.pk})
    assert PatientRequest.objects.get().assignee == front_desk
    desk_client.post(url, {"colleague": kim.pk, "note": "She speaks Spanish."})
    event = RequestEvent.objects.get(kind=EventKind.ASSIGNED)
    assert (PatientRequest.objects.get().assignee, event.by) == (kim, front_desk)
    assert event.note == "Assigned to Kim Desk. She speaks Spanish."


def test_freeing_sends_the_acknowledgement_that_was_held_back(desk_client: Client) -> None:
    late = builders.callback_request(
        suspected_spam=True, email="a@example.org", respond_by=timezone.now() - timedelta(days=2)
    )
    flagged = builders.appointment_request(suspected_spam=True, screening_flagged=True, decision_owed=True)
    for request in (late, flagged):
        RequestEvent.objects.create(request=request, kind=EventKind.RECEIVED, at=request.received_at)
    assert 'class="take"' not in desk_client.get(f"{INBOX}?state=spam").text
    act(desk_client, "not_spam", late, flagged, query="?state=spam")
    late.refresh_from_db()
    flagged.refresh_from_db()
    assert not late.suspected_spam
    assert late.respond_by > timezone.now()
    assert [message.kind for message in Message.objects.filter(request=late)] == ["acknowledgement"]
    assert flagged.status == Status.CLINICAL_REVIEW
    assert RequestEvent.objects.filter(kind=EventKind.MARK, note="Not spam").count() == 2
    act(desk_client, "not_spam", late, query="?state=spam")
    assert Message.objects.filter(request=late).count() == 1


def test_thousands_are_cleared_by_the_worker(
    desk_client: Client, front_desk: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    """No web process is held, and each of them is closed once; what comes after the click isn't meant."""
    builders.copies(builders.callback_request(suspected_spam=True), 499)
    freed = builders.callback_request(suspected_spam=True)
    data = {"action": "close_as_spam", "select_across": "1", "_selected_action": [freed.pk], "asked": "1"}
    with django_assert_max_num_queries(60):
        asked = desk_client.post(f"{INBOX}?state=spam", data)
    assert not PatientRequest.objects.filter(status=Status.CLOSED).exists()
    later = builders.callback_request(suspected_spam=True)
    spam.free(PatientRequest.objects.filter(pk=freed.pk), front_desk, timezone.now())
    PatientRequest.objects.filter(pk=freed.pk).update(status=Status.WITHDRAWN, finished_at=timezone.now())
    work()
    assert PatientRequest.objects.filter(status=Status.CLOSED).count() == 500
    assert RequestEvent.objects.filter(action=Action.CLOSE, by=front_desk).count() == 500
    assert PatientRequest.objects.get(pk=later.pk).suspected_spam
    page = desk_client.get(asked["Location"]).text
    assert "Done for 500 requests." in page
    assert "1 request was left as it is" not in page, "it had left the list before the worker began"
    assert "Done for 500 requests." in desk_client.get("/admin/").text
    assert desk_client.get(f"{asked['Location']}file/").status_code == 410


@pytest.mark.parametrize(
    ("action", "query", "values"),
    [
        ("take", "", {}),
        ("assign", "", {}),
        ("not_spam", "?state=spam", {"suspected_spam": True}),
        (
            "not_spam_after_all",
            "?state=closed-spam",
            {"status": Status.CLOSED, "closed_reason": "spam", "finished_at": WEDNESDAY},
        ),
    ],
)
def test_each_step_on_many_is_the_worker_s(
    desk_client: Client, front_desk: User, action: str, query: str, values: dict[str, Any]
) -> None:
    first = builders.callback_request(**values)
    builders.copies(first, bulk.AT_ONCE)
    data = {"action": action, "select_across": "1", "_selected_action": [first.pk], "asked": "1"}
    asked = desk_client.post(INBOX + query, data | {"colleague": str(front_desk.pk)})
    job = job_of(asked)
    assert job.scope.get("to") == (front_desk.pk if action == "assign" else None)
    work()
    job.refresh_from_db()
    assert (job.total, job.changed) == (bulk.AT_ONCE + 1, bulk.AT_ONCE + 1)
    desk_client.get(asked["Location"])


def test_who_left_meanwhile_is_given_none(desk_client: Client) -> None:
    first, colleague = builders.callback_request(), builders.staff(first_name="Kim")
    builders.copies(first, bulk.AT_ONCE)
    data = {"action": "assign", "select_across": "1", "_selected_action": [first.pk], "asked": "1"}
    asked = desk_client.post(INBOX, data | {"colleague": str(colleague.pk)})
    colleague.groups.clear()
    work()
    assert not PatientRequest.objects.filter(assignee=colleague).exists()
    assert not RequestEvent.objects.filter(kind=EventKind.ASSIGNED).exists()
    page = desk_client.get(asked["Location"]).text
    assert "Done for 0 requests. 51 requests were left as they are" in page


@pytest.mark.parametrize("action", ["take", "export"])
def test_a_search_that_finds_too_many_for_a_job_says_so(
    desk_client: Client, monkeypatch: pytest.MonkeyPatch, action: str
) -> None:
    monkeypatch.setattr(asking, "MOST_KEYS", 60)
    first = builders.callback_request(first_name="Zebedee")
    builders.copies(first, 60)
    data = {"action": action, "select_across": "1", "_selected_action": [first.pk]}
    for address in [f"{INBOX}?q=Zebedee"] + [f"{INBOX}export/?q=Zebedee"] * (action == "export"):
        page = desk_client.post(address, data, follow=True)
        assert page.redirect_chain == [(f"{INBOX}?q=Zebedee", 302)]
        assert "the search finds more than 60 requests" in unescape(page.text)
    assert not Job.objects.exists()
    by_filters = desk_client.post(INBOX, data)
    assert "/jobs/" in by_filters["Location"], "filters have no limit"
    first.delete()
    data["_selected_action"] = [PatientRequest.objects.values_list("pk", flat=True)[0]]
    assert "/jobs/" in desk_client.post(f"{INBOX}?q=Zebedee", data)["Location"]


@pytest.mark.parametrize("action", ["take", "assign", "close_as_spam", "not_spam", "export"])
def test_bulk_actions_need_their_permission(client: Client, action: str, clinic: object) -> None:
    looker = _only_looks()
    request = builders.callback_request(suspected_spam=action == "not_spam")
    client.force_login(looker)
    query = "?state=spam" if action == "not_spam" else ""
    assert shown(client, query) == [request.pk]
    client.post(INBOX + query, {"action": action, "_selected_action": [request.pk]})
    assert client.post(f"{INBOX}export/").status_code == 403
    request.refresh_from_db()
    assert (request.version, request.assignee, request.status) == (1, None, Status.NEW)
    assert not RequestEvent.objects.exists()


def _only_looks() -> User:
    looker = User.objects.create_user("looker", is_staff=True)
    looker.user_permissions.add(Permission.objects.get(codename="view_patientrequest"))
    return looker


@pytest.mark.parametrize("change", [spam.close_as_spam, spam.free])
def test_the_functions_check_for_themselves(change: Callable[..., int], editor: User) -> None:
    builders.callback_request(suspected_spam=True)
    with pytest.raises(PermissionDenied):
        change(PatientRequest.objects.all(), editor, timezone.now())
    assert PatientRequest.objects.get().version == 1


def test_ids_outside_the_list_shown_are_not_touched(desk_client: Client) -> None:
    """The list waits; the spam isn't in it, so its id posted beside does nothing."""
    spam, seen = builders.callback_request(suspected_spam=True), builders.callback_request()
    act(desk_client, "take", spam, seen)
    assert PatientRequest.objects.get(pk=spam.pk).status == Status.NEW
    assert PatientRequest.objects.get(pk=seen.pk).status == Status.IN_PROGRESS


def test_failed_messages_go_out_again(desk_client: Client, front_desk: User) -> None:
    request = builders.appointment_request(email="ada@example.org", status="in_progress")
    request.move(Action.DECLINE, front_desk, "Sorry.")
    Message.objects.update(status="failed", attempts=12)
    data = {"action": "send_again", "_selected_action": [Message.objects.get().pk]}
    desk_client.post("/admin/appointments/message/", data)
    message = Message.objects.get()
    assert (message.status, message.attempts) == ("queued", 0)
    assert message in Message.objects.to_send(timezone.now())


def test_phone_tasks_are_done_once(desk_client: Client, front_desk: User) -> None:
    request = builders.appointment_request(status="in_progress")
    request.move(Action.DECLINE, front_desk, "Sorry.")
    task = Message.objects.phone_tasks().get()
    assert shown(desk_client, "?calls=to-say") == [request.pk]
    assert '<span class="flag">Words to say</span>' in desk_client.get(f"{INBOX}?status=declined").text
    for _twice in range(2):
        desk_client.post("/admin/appointments/message/", {"action": "said", "_selected_action": [task.pk]})
    assert Message.objects.get().status == "sent"
    assert RequestEvent.objects.filter(kind=EventKind.MESSAGE).count() == 1
    page = desk_client.get(reverse("admin:appointments_message_change", args=[task.pk]))
    assert page.status_code == 200
    assert shown(desk_client, "?calls=to-say") == []


def test_a_sent_message_keeps_the_patients_own_link_back(desk_client: Client) -> None:
    """Whoever opens it is taken for the patient."""
    request = builders.appointment_request(email="a@example.org")
    event = RequestEvent.objects.create(request=request, kind=EventKind.RECEIVED, at=timezone.now())
    message = notices.queue(request, "acknowledgement", event)
    assert message is not None
    assert request.token in message.text
    Message.objects.filter(pk=message.pk).update(text=message.text + "/appointments/recall/1:signed:x/stop/")
    page = desk_client.get(reverse("admin:appointments_message_change", args=[message.pk])).text
    assert "/appointments/status/\u2026/" in page
    assert request.token not in page
    assert "signed" not in page


def test_the_other_lists_are_no_oracle_either(desk_client: Client) -> None:
    builders.callback_request()
    for address in (
        "/admin/appointments/message/?request__phone__startswith=tel",
        "/admin/appointments/message/?text__contains=a",
        "/admin/appointments/appointment/?request__clinical_reviews__note__contains=a",
    ):
        assert desk_client.get(address).status_code == 400
    for address in ("/admin/appointments/message/?status__exact=failed", "/admin/appointments/appointment/"):
        assert desk_client.get(address).status_code == 200
