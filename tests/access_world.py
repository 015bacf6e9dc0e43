"""One of everything, for the table of who may what to ask about."""

import re
from copy import copy
from dataclasses import dataclass, field
from datetime import timedelta
from http.cookies import SimpleCookie
from typing import Any

from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, User
from django.contrib.contenttypes.models import ContentType
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client
from django.utils import timezone

from appointments import roles
from appointments.follow_up import recall
from appointments.models import (
    AppointmentStatus,
    FreedTime,
    Message,
    OtherTime,
    PatientRequest,
    RetentionPeriod,
)
from appointments.staff.inbox.export import RequestsAsCsv
from clinic.audit import recording
from clinic.models import (
    CalendarFeed,
    Closure,
    HolidayDecision,
    Job,
    OpeningHours,
    PrivacyNotice,
    SpecialOpening,
)
from clinic.models.feed import digest_of
from clinic.pictures import sharing
from tests import builders, prepared
from tests.access_table import CALENDAR, PICTURE, Row
from treatments.alarm import writing
from treatments.models import AlarmWords, Source

ANOTHER_TOKEN = "A" * 22


@dataclass
class World:
    """The rows that the addresses are about, and a browser for each role."""

    users: dict[str, User]
    row: PatientRequest
    keys: dict[str, Any] = field(default_factory=dict)
    cookies: dict[str, SimpleCookie] = field(default_factory=dict)
    # Of each role the number of a file that was asked for in its name.
    jobs: dict[str, int] = field(default_factory=dict)

    def client(self, role: str) -> Client:
        """A browser in which `role` has signed in, as far as it can; its cookies are kept beside it."""
        client = Client()
        if role in self.users:
            client.force_login(self.users[role])
        self.cookies[role] = copy(client.cookies)
        return client

    def path(self, row: Row, role: str) -> str:
        """The address of `row` filled in; only the patient knows the link."""
        token = self.row.token if role == "patient" else ANOTHER_TOKEN
        if "recall" in row.route and role == "patient":
            token = recall.token_for(self.row)
        values = {"token": token, "number": self.jobs.get(role, 1), **self.keys, **row.keys}
        route = row.route.replace("(?P<url>.*)$", "nowhere")
        route = re.sub(r"\^\(\?P<app_label>[^)]*\)/\$", "appointments/", route)
        return "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda found: str(self._value(row, found[1], values)), route)

    def _value(self, row: Row, name: str, values: dict[str, Any]) -> Any:
        if name in ("object_id", "pk", "id"):
            model = re.search(r"admin/(\w+/\w+)/", row.route)
            return self.keys.get(model[1] if model else "", 1)
        if name == "version_pk" and "treatments/treatment/" in row.route:
            return self.keys["treatment_version_pk"]
        return values[name]


def _alarm_words() -> AlarmWords:
    writing.ship(timezone.now())
    return AlarmWords.objects.get()


def build() -> World:
    """One of everything."""
    builders.clinic()
    users = {
        "front_desk": builders.staff(roles.FRONT_DESK),
        "dermatologist": builders.staff(roles.DERMATOLOGIST),
        "editor": builders.staff(roles.CONTENT_EDITOR),
        "superuser": builders.superuser(),
    }
    treatment, article = builders.treatment("botox", questions=1), builders.article("botox-aftercare")
    doctor = builders.practitioner(slug="dr-umar", user=users["dermatologist"])
    row = builders.appointment_request(treatment=treatment, email="ada@example.org", status="offered")
    start = timezone.now() + timedelta(days=7)
    held = builders.appointment(
        row, doctor, start, status=AppointmentStatus.PENDING, hold_until=start - timedelta(days=6)
    )
    other = OtherTime.objects.create(
        request=row, practitioner=doctor, start=start - timedelta(days=1), end=start - timedelta(hours=23),
        until=start - timedelta(days=2), offered_at=timezone.now(),
    )  # fmt: skip
    freed = FreedTime.objects.create(
        practitioner=doctor, start=other.start, end=other.end, freed_at=timezone.now()
    )
    message = Message.objects.create(
        request=row, key="k", kind="acknowledgement", recipient=row.email, language="en",
        subject="s", text="t", message_id="<1@x>", created_at=timezone.now(), next_attempt_at=timezone.now(),
    )  # fmt: skip
    CalendarFeed.objects.create(
        practitioner=doctor,
        user=users["dermatologist"],
        digest=digest_of(CALENDAR["token"]),
        made_at=timezone.now(),
    )
    default_storage.delete(PICTURE)
    default_storage.save(PICTURE, ContentFile(b"a picture"))
    for user in users.values():
        TOTP.activate(user, generate_totp_secret())
        RecoveryCodes.activate(user)
    log = ContentType.objects.get_for_model(LogEntry)
    keys = {
        "appointments/patientrequest": row.pk,
        "appointments/appointment": held.pk,
        "appointments/message": message.pk,
        "appointments/retentionperiod": RetentionPeriod.objects.create(
            kind="callback", status="completed", days=90
        ).pk,
        "auth/user": users["editor"].pk,
        "auth/group": Group.objects.get(name=roles.FRONT_DESK).pk,
        "clinic/auditentry": recording.record(None, recording.AuditAction.SAW, row, user=users["editor"]).pk,
        "clinic/clinic": 1,
        "clinic/practitioner": doctor.pk,
        "clinic/openinghours": OpeningHours.objects.create(weekday=0, opens="09:00", closes="17:00").pk,
        "clinic/closure": Closure.objects.create(first_day="2027-01-01", last_day="2027-01-01").pk,
        "clinic/specialopening": SpecialOpening.objects.create(
            day="2027-01-02", opens="09:00", closes="12:00"
        ).pk,
        "treatments/alarmwords": _alarm_words().pk,
        "clinic/wording": "home.heading",
        "clinic/privacynotice": PrivacyNotice.objects.create(
            words="<p>a</p>", words_es="<p>b</p>", starts_at=timezone.now(), editor=users["superuser"]
        ).pk,
        "clinic/commonquestion": builders.question("Why?", answer="So.").pk,
        "clinic/holidaydecision": HolidayDecision.objects.create(day="2027-01-01", is_closed=True).pk,
        "treatments/treatment": treatment.pk,
        "treatments/article": article.pk,
        "treatments/source": Source.objects.create(title="A study").pk,
        "sealed": sharing.address("Botox", "FineTouch").rpartition("/")[2].removesuffix(".png"),
        "slug": "botox",
        "treatment_version_pk": treatment.versions.get().pk,
        "version_pk": article.versions.get().pk,
        "language": "en",
        "action": "decline",
        "appointment_id": held.pk,
        "other_id": other.pk,
        "other_pk": other.pk,
        "wave": other.wave,
        "freed_pk": freed.pk,
        "content_type_id": log.pk,
        "message_pk": message.pk,
    }
    return World(users, row, keys, jobs={role: _file_for(user, row) for role, user in users.items()})


def _file_for(user: User, row: PatientRequest) -> int:
    now = timezone.now()
    job = Job.objects.create(
        kind=RequestsAsCsv.name, asked_by=user, scope={"keys": [row.pk]}, file_name="requests.csv",
        asked_at=now, worked_at=now, expires_at=now + timedelta(days=1),
    )  # fmt: skip
    prepared.work()
    return job.pk
