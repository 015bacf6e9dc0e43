"""The audit: what shows or changes a patient's data leaves an entry, and no entry holds a value."""

from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse

from clinic.audit.recording import record
from clinic.models import AuditAction, AuditEntry
from tests import builders

INBOX = "admin:appointments_patientrequest_changelist"


def last() -> AuditEntry:
    entry = AuditEntry.objects.first()
    assert entry is not None
    return entry


@pytest.mark.django_db
class TestStaffPages:
    def test_looking_at_a_request(self, desk_client: Client, front_desk: User) -> None:
        row = builders.callback_request()
        url = reverse("admin:appointments_patientrequest_change", args=[row.pk])
        desk_client.get(url, REMOTE_ADDR="203.0.113.9")
        entry = last()
        assert (entry.action, entry.user, entry.address) == (AuditAction.SAW, front_desk, "203.0.113.9")
        assert (entry.model, entry.object_id) == ("appointments.patientrequest", str(row.pk))

    def test_the_address_is_the_one_that_the_proxy_vouches_for(
        self, desk_client: Client, settings: Any
    ) -> None:
        settings.TRUSTED_PROXIES = 1
        desk_client.get(
            "/admin/", headers={"X-Forwarded-For": "6.6.6.6, 203.0.113.9"}, REMOTE_ADDR="127.0.0.1"
        )
        assert last().address == "203.0.113.9"

    def test_the_list_with_its_length(self, desk_client: Client) -> None:
        for _ in range(3):
            builders.callback_request()
        desk_client.get(reverse(INBOX))
        assert (last().action, last().count) == (AuditAction.LISTED, 3)

    def test_a_search_without_its_words(self, desk_client: Client) -> None:
        for words in ("Zebedee", "zebedee", "Florence"):
            desk_client.get(reverse(INBOX), {"q": words})
        florence, again, zebedee = AuditEntry.objects.filter(action=AuditAction.SEARCHED)
        assert zebedee.digest == again.digest != florence.digest
        assert "ebedee" not in str(AuditEntry.objects.values_list())

    def test_an_export(self, desk_client: Client) -> None:
        builders.callback_request()
        desk_client.get(reverse("admin:requests-export"))
        desk_client.post(reverse("admin:requests-export"))
        assert AuditEntry.objects.filter(action=AuditAction.EXPORTED).exists()

    def test_a_change(self, desk_client: Client) -> None:
        row = builders.callback_request()
        desk_client.post(reverse("admin:request-take", args=[row.pk]), {"seen_version": row.version})
        assert (last().action, last().object_id) == (AuditAction.CHANGED, str(row.pk))

    def test_a_refusal(self, client: Client, editor: User) -> None:
        client.force_login(editor)
        row = builders.callback_request()
        client.get(reverse("admin:appointments_patientrequest_change", args=[row.pk]))
        assert (last().action, last().user) == (AuditAction.REFUSED, editor)

    def test_a_superuser_is_no_exception(self, client: Client) -> None:
        root = builders.superuser()
        client.force_login(root)
        client.get(reverse("admin:appointments_patientrequest_change", args=[builders.callback_request().pk]))
        assert (last().action, last().user) == (AuditAction.SAW, root)

    def test_one_entry_a_page(self, desk_client: Client) -> None:
        before = AuditEntry.objects.count()
        desk_client.get(reverse(INBOX))
        assert AuditEntry.objects.count() == before + 1

    def test_every_page_of_the_admin_about_patients_writes_one(self, client: Client) -> None:
        """Walks the registered pages, so that one that is added later can't forget to."""
        root = builders.superuser()
        client.force_login(root)
        for model in apps.get_app_config("appointments").get_models():
            name = f"admin:appointments_{model._meta.model_name}_changelist"
            try:
                url = reverse(name)
            except Exception:  # noqa: S112 - not every model has a list
                continue
            before = AuditEntry.objects.count()
            client.get(url)
            assert AuditEntry.objects.count() == before + 1, name


@pytest.mark.django_db
class TestSignIns:
    def test_in_out_and_wrong(self, client: Client, front_desk: User) -> None:
        client.post("/admin/login/", {"username": front_desk.username, "password": "wrong"})
        client.post("/admin/login/", {"username": "my-password-by-mistake", "password": "wrong"})
        client.post("/admin/login/", {"username": front_desk.username, "password": "long-enough-for-tests"})
        client.post("/admin/logout/")
        written = list(AuditEntry.objects.order_by("pk").values_list("action", "user"))
        assert written == [
            (AuditAction.SIGN_IN_FAILED, front_desk.pk),
            (AuditAction.SIGN_IN_FAILED, None),
            (AuditAction.SIGNED_IN, front_desk.pk),
            (AuditAction.SIGNED_OUT, front_desk.pk),
        ]
        assert "mistake" not in str(AuditEntry.objects.values_list())


@pytest.mark.django_db
class TestReading:
    def test_superusers_read_it_and_nobody_else(self, client: Client, dermatologist: User) -> None:
        url = reverse("admin:clinic_auditentry_changelist")
        client.force_login(dermatologist)
        assert client.get(url).status_code == 403
        client.force_login(builders.superuser())
        assert client.get(url).status_code == 200

    def test_nobody_changes_or_deletes_it(self, client: Client) -> None:
        client.force_login(builders.superuser())
        entry = last()
        for page in ("change", "delete"):
            url = reverse(f"admin:clinic_auditentry_{page}", args=[entry.pk])
            assert client.post(url, {"post": "yes"}).status_code == 403
        assert client.get(reverse("admin:clinic_auditentry_add")).status_code == 403
        assert AuditEntry.objects.filter(pk=entry.pk).exists()

    def test_the_database_refuses_a_change(self) -> None:
        entry = record(None, AuditAction.SAW)
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            AuditEntry.objects.filter(pk=entry.pk).update(action=AuditAction.LISTED)

    def test_its_trigger_is_there(self) -> None:
        table = "pg_trigger" if connection.vendor == "postgresql" else "sqlite_master"
        column = "tgname" if connection.vendor == "postgresql" else "name"
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {column} FROM {table}")  # noqa: S608 - constants only
            assert ("clinic_auditentry_append_only",) in cursor.fetchall()

    def test_its_list_is_no_oracle(self, client: Client) -> None:
        client.force_login(builders.superuser())
        url = reverse("admin:clinic_auditentry_changelist")
        answer = client.get(url, {"user__password__startswith": "md5"})
        assert answer.status_code in (302, 400)

    def test_the_secrets_of_second_factors_are_not_in_the_admin(self) -> None:
        from django.contrib import admin

        names = {model._meta.label for model in admin.site._registry}
        assert not names & {"mfa.Authenticator", "account.EmailAddress", "sessions.Session"}
