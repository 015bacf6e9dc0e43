"""The table of who may what. docs/access.md shows it; `python -m tests.access_table` prints it for there."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PAGE = Path(__file__).resolve().parent.parent / "docs" / "access.md"
ROLES = ("anonymous", "patient", "front_desk", "dermatologist", "editor", "superuser")
LETTERS = dict(zip(ROLES, "APFDES", strict=True))


@dataclass(frozen=True)
class Row:
    """One address: who may read it (GET, HEAD) and who may post to it, as letters of LETTERS.

    Nobody may PUT or DELETE anywhere.
    """

    route: str
    read: str = ""
    post: str = ""
    keys: dict[str, Any] = field(default_factory=dict)

    def allows(self, role: str, method: str) -> bool:
        """Whether the table lets `role` do `method` here."""
        letters = {"GET": self.read, "HEAD": self.read, "POST": self.post}.get(method, "")
        return LETTERS[role] in letters


ALL = "APFDES"
STAFF = "FDES"
DESK = "FDS"  # who works on requests
WRITERS = "DES"  # who writes the pages
DOCTOR = "DS"
ROOT = "S"
PATIENT = "P"
NOBODY = ""
# Stored by tests/access_world.py.
PICTURE = f"pictures/{'0' * 32}/360.jpg"
SAMPLE = {"slug": "acknowledgement"}

# Whoever has this is given a calendar.
CALENDAR = {"token": "C" * 43}

# Whoever changes a row here changes who may see patients' data: say why in the commit.
ROWS: tuple[Row, ...] = (
    Row("healthz", ALL, ALL),
    Row("readyz", ALL, ALL),
    Row("statusz", ALL, NOBODY),
    Row("metrics", ALL, NOBODY),
    Row("csp-report", NOBODY, ALL),
    Row("robots.txt", ALL, ALL),
    Row("site.webmanifest", ALL, ALL),
    Row("media/<path:name>", ALL, NOBODY, {"name": PICTURE}),
    Row("share/<str:sealed>.png", ALL, NOBODY),
    # Whoever has the address; the others get 404.
    Row("calendar/<str:token>.ics", ALL, NOBODY, CALENDAR),
    Row("admin/today/", STAFF, NOBODY),
    Row("admin/pasted/", NOBODY, STAFF),
    # Their own; who sees no requests is told that there is nothing to hear.
    Row("admin/hear/", STAFF, STAFF),
    Row("admin/hear/new/", STAFF, NOBODY),
    # Their own; another's is no more there than one that never was.
    Row("admin/jobs/", STAFF, NOBODY),
    Row("admin/jobs/<int:number>/", STAFF, NOBODY),
    Row("admin/jobs/<int:number>/progress/", STAFF, NOBODY),
    Row("admin/jobs/<int:number>/file/", DESK, NOBODY),
    Row("admin/help/", STAFF, NOBODY),
    Row("admin/help/<slug:name>/", STAFF, NOBODY, {"name": "front-desk"}),
    Row("admin/help/pictures/<str:name>", STAFF, NOBODY, {"name": "front-desk-today.webp"}),
    Row("admin/", STAFF, STAFF),
    Row("admin/login/", ALL, ALL),
    Row("admin/logout/", "AP", ALL),
    Row("admin/password_change/", STAFF, STAFF),
    Row("admin/password_change/done/", STAFF, NOBODY),
    Row("admin/autocomplete/", NOBODY, NOBODY),
    Row("admin/jsi18n/", STAFF, NOBODY),
    Row("admin/r/<path:content_type_id>/<path:object_id>/", NOBODY, NOBODY),
    Row("admin/auth/group/", ROOT, ROOT),
    Row("admin/auth/group/add/", ROOT, ROOT),
    Row("admin/auth/group/<path:object_id>/history/", ROOT, ROOT),
    Row("admin/auth/group/<path:object_id>/delete/", ROOT, ROOT),
    Row("admin/auth/group/<path:object_id>/change/", ROOT, ROOT),
    Row("admin/auth/group/<path:object_id>/", STAFF, STAFF),
    Row("admin/auth/user/<id>/password/", ROOT, ROOT),
    Row("admin/auth/user/", ROOT, ROOT),
    Row("admin/auth/user/add/", ROOT, ROOT),
    Row("admin/auth/user/<path:object_id>/history/", ROOT, ROOT),
    Row("admin/auth/user/<path:object_id>/delete/", ROOT, ROOT),
    Row("admin/auth/user/<path:object_id>/change/", ROOT, ROOT),
    Row("admin/auth/user/<path:object_id>/", STAFF, STAFF),
    Row("admin/clinic/auditentry/", ROOT, ROOT),
    Row("admin/clinic/auditentry/add/", NOBODY, NOBODY),
    Row("admin/clinic/auditentry/<path:object_id>/history/", ROOT, ROOT),
    Row("admin/clinic/auditentry/<path:object_id>/delete/", NOBODY, NOBODY),
    Row("admin/clinic/auditentry/<path:object_id>/change/", ROOT, NOBODY),
    Row("admin/clinic/auditentry/<path:object_id>/", STAFF, STAFF),
    Row("admin/clinic/clinic/", DESK, DESK),
    Row("admin/clinic/clinic/add/", NOBODY, NOBODY),
    Row("admin/clinic/clinic/<path:object_id>/history/", DESK, DESK),
    Row("admin/clinic/clinic/<path:object_id>/delete/", NOBODY, NOBODY),
    Row("admin/clinic/clinic/<path:object_id>/change/", DESK, DOCTOR),
    Row("admin/clinic/clinic/<path:object_id>/", STAFF, STAFF),
    Row("admin/clinic/practitioner/", DESK, DESK),
    Row("admin/clinic/practitioner/<int:pk>/picture/", DOCTOR, DOCTOR),
    # A dermatologist's own.
    Row("admin/clinic/practitioner/<int:pk>/calendar/", DESK, NOBODY),
    Row("admin/clinic/practitioner/<int:pk>/calendar/make/", DESK, DESK),
    Row("admin/clinic/practitioner/<int:pk>/calendar/end/", DESK, DESK),
    Row("admin/clinic/practitioner/add/", DOCTOR, DOCTOR),
    Row("admin/clinic/practitioner/<path:object_id>/history/", DESK, DESK),
    Row("admin/clinic/practitioner/<path:object_id>/delete/", NOBODY, NOBODY),
    Row("admin/clinic/practitioner/<path:object_id>/change/", DESK, DOCTOR),
    Row("admin/clinic/practitioner/<path:object_id>/", STAFF, STAFF),
    Row("admin/clinic/openinghours/", DESK, DESK),
    Row("admin/clinic/openinghours/add/", DESK, DESK),
    Row("admin/clinic/openinghours/<path:object_id>/history/", DESK, DESK),
    Row("admin/clinic/openinghours/<path:object_id>/delete/", DESK, DESK),
    Row("admin/clinic/openinghours/<path:object_id>/change/", DESK, DESK),
    Row("admin/clinic/openinghours/<path:object_id>/", STAFF, STAFF),
    Row("admin/clinic/closure/", DESK, DESK),
    Row("admin/clinic/closure/add/", DESK, DESK),
    Row("admin/clinic/closure/<path:object_id>/history/", DESK, DESK),
    Row("admin/clinic/closure/<path:object_id>/delete/", DESK, DESK),
    Row("admin/clinic/closure/<path:object_id>/change/", DESK, DESK),
    Row("admin/clinic/closure/<path:object_id>/", STAFF, STAFF),
    Row("admin/clinic/specialopening/", DESK, DESK),
    Row("admin/clinic/specialopening/add/", DESK, DESK),
    Row("admin/clinic/specialopening/<path:object_id>/history/", DESK, DESK),
    Row("admin/clinic/specialopening/<path:object_id>/delete/", DESK, DESK),
    Row("admin/clinic/specialopening/<path:object_id>/change/", DESK, DESK),
    Row("admin/clinic/specialopening/<path:object_id>/", STAFF, STAFF),
    Row("admin/clinic/holidaydecision/", DESK, DESK),
    Row("admin/clinic/holidaydecision/add/", NOBODY, NOBODY),
    Row("admin/clinic/holidaydecision/<path:object_id>/history/", DESK, DESK),
    Row("admin/clinic/holidaydecision/<path:object_id>/delete/", NOBODY, NOBODY),
    Row("admin/clinic/holidaydecision/<path:object_id>/change/", DESK, DESK),
    Row("admin/clinic/holidaydecision/<path:object_id>/", STAFF, STAFF),
    Row("admin/clinic/privacynotice/preview/<str:language>/", NOBODY, DOCTOR),
    Row("admin/clinic/privacynotice/", DOCTOR, DOCTOR),
    Row("admin/clinic/privacynotice/add/", DOCTOR, DOCTOR),
    Row("admin/clinic/privacynotice/<path:object_id>/history/", DOCTOR, DOCTOR),
    Row("admin/clinic/privacynotice/<path:object_id>/delete/", NOBODY, NOBODY),
    Row("admin/clinic/privacynotice/<path:object_id>/change/", DOCTOR, NOBODY),
    Row("admin/clinic/privacynotice/<path:object_id>/", STAFF, STAFF),
    Row("admin/clinic/commonquestion/", WRITERS, WRITERS),
    Row("admin/clinic/commonquestion/add/", WRITERS, WRITERS),
    Row("admin/clinic/commonquestion/<path:object_id>/history/", WRITERS, WRITERS),
    Row("admin/clinic/commonquestion/<path:object_id>/delete/", NOBODY, NOBODY),
    Row("admin/clinic/commonquestion/<path:object_id>/change/", WRITERS, WRITERS),
    Row("admin/clinic/commonquestion/<path:object_id>/", STAFF, STAFF),
    Row("admin/clinic/wording/<str:key>/whole/<str:language>/", NOBODY, WRITERS, {"key": "home.heading"}),
    Row("admin/clinic/wording/", WRITERS, NOBODY),
    Row("admin/clinic/wording/add/", NOBODY, NOBODY),
    Row("admin/clinic/wording/<path:object_id>/history/", WRITERS, NOBODY),
    Row("admin/clinic/wording/<path:object_id>/delete/", NOBODY, NOBODY),
    Row("admin/clinic/wording/<path:object_id>/change/", WRITERS, WRITERS),
    Row("admin/clinic/wording/<path:object_id>/", STAFF, STAFF),
    Row("admin/treatments/treatment/<int:pk>/words/<str:language>/", WRITERS, WRITERS),
    Row("admin/treatments/treatment/<int:pk>/on-the-site/", WRITERS, WRITERS),
    Row("admin/treatments/treatment/<int:pk>/compare/", STAFF, STAFF),
    Row("admin/treatments/treatment/<int:pk>/versions/<int:version_pk>/", STAFF, STAFF),
    Row("admin/treatments/treatment/<int:pk>/versions/<int:version_pk>/preview/", STAFF, STAFF),
    Row("admin/treatments/treatment/", STAFF, STAFF),
    Row("admin/treatments/treatment/<int:pk>/picture/", WRITERS, WRITERS),
    Row("admin/treatments/treatment/add/", WRITERS, WRITERS),
    Row("admin/treatments/treatment/<path:object_id>/history/", STAFF, STAFF),
    Row("admin/treatments/treatment/<path:object_id>/delete/", NOBODY, NOBODY),
    Row("admin/treatments/treatment/<path:object_id>/change/", STAFF, WRITERS),
    Row("admin/treatments/treatment/<path:object_id>/", STAFF, STAFF),
    Row("admin/treatments/alarmwords/write/", WRITERS, WRITERS),
    Row("admin/treatments/alarmwords/", WRITERS, WRITERS),
    Row("admin/treatments/alarmwords/add/", NOBODY, NOBODY),
    Row("admin/treatments/alarmwords/<path:object_id>/history/", WRITERS, WRITERS),
    Row("admin/treatments/alarmwords/<path:object_id>/delete/", NOBODY, NOBODY),
    Row("admin/treatments/alarmwords/<path:object_id>/change/", WRITERS, WRITERS),
    Row("admin/treatments/alarmwords/<path:object_id>/", STAFF, STAFF),
    Row("admin/treatments/article/<int:pk>/words/<str:language>/", WRITERS, WRITERS),
    Row("admin/treatments/article/<int:pk>/on-the-site/", WRITERS, WRITERS),
    Row("admin/treatments/article/<int:pk>/compare/", STAFF, STAFF),
    Row("admin/treatments/article/<int:pk>/versions/<int:version_pk>/", STAFF, STAFF),
    Row("admin/treatments/article/<int:pk>/versions/<int:version_pk>/preview/", STAFF, STAFF),
    Row("admin/treatments/article/", STAFF, STAFF),
    Row("admin/treatments/article/<int:pk>/picture/", WRITERS, WRITERS),
    Row("admin/treatments/article/add/", WRITERS, WRITERS),
    Row("admin/treatments/article/<path:object_id>/history/", STAFF, STAFF),
    Row("admin/treatments/article/<path:object_id>/delete/", NOBODY, NOBODY),
    Row("admin/treatments/article/<path:object_id>/change/", STAFF, WRITERS),
    Row("admin/treatments/article/<path:object_id>/", STAFF, STAFF),
    Row("admin/treatments/source/", WRITERS, WRITERS),
    Row("admin/treatments/source/add/", WRITERS, WRITERS),
    Row("admin/treatments/source/<path:object_id>/history/", WRITERS, WRITERS),
    Row("admin/treatments/source/<path:object_id>/delete/", NOBODY, NOBODY),
    Row("admin/treatments/source/<path:object_id>/change/", WRITERS, WRITERS),
    Row("admin/treatments/source/<path:object_id>/", STAFF, STAFF),
    Row("admin/appointments/patientrequest/export/", NOBODY, DESK),
    Row("admin/appointments/patientrequest/<int:pk>/not-spam/", NOBODY, DESK),
    Row("admin/appointments/patientrequest/<int:pk>/said/<int:message_pk>/", NOBODY, DESK),
    Row("admin/appointments/patientrequest/<int:pk>/take/", NOBODY, DESK),
    Row("admin/appointments/patientrequest/<int:pk>/note/", NOBODY, DESK),
    Row("admin/appointments/patientrequest/<int:pk>/move/<slug:action>/", DESK, DESK),
    Row("admin/appointments/patientrequest/<int:pk>/alarm-met/", NOBODY, DESK),
    Row("admin/appointments/patientrequest/<int:pk>/texts/", NOBODY, DESK),
    Row("admin/appointments/patientrequest/<int:pk>/texts-read/", NOBODY, DESK),
    Row("admin/appointments/patientrequest/<int:pk>/call/", NOBODY, DESK),
    Row("admin/appointments/patientrequest/<int:pk>/call/again/", NOBODY, DESK),
    Row("admin/appointments/patientrequest/<int:pk>/hand-over/", DESK, DESK),
    Row("admin/appointments/patientrequest/to-say/", DESK, DESK),
    Row("admin/appointments/patientrequest/end-of-day/", DESK, DESK),
    Row("admin/appointments/patientrequest/<int:pk>/correct/", DESK, DESK),
    Row("admin/appointments/patientrequest/<int:pk>/end-link/", NOBODY, DESK),
    Row("admin/appointments/patientrequest/<int:pk>/review/", DOCTOR, DOCTOR),
    Row("admin/appointments/patientrequest/<int:pk>/same-person/", DESK, DESK),
    Row("admin/appointments/patientrequest/<int:pk>/person/", ROOT, NOBODY),
    Row("admin/appointments/patientrequest/<int:pk>/person/copy/", NOBODY, ROOT),
    Row("admin/appointments/patientrequest/<int:pk>/person/erase/", ROOT, ROOT),
    Row("admin/appointments/patientrequest/<int:pk>/offer/", DESK, DESK),
    Row("admin/appointments/patientrequest/<int:pk>/take-offer/", DESK, DESK),
    Row("admin/appointments/patientrequest/<int:pk>/book/", DESK, DESK),
    Row("admin/appointments/patientrequest/<int:pk>/book-again/", DESK, DESK),
    Row("admin/appointments/patientrequest/<int:pk>/appointment/move/", DESK, DESK),
    Row("admin/appointments/patientrequest/<int:pk>/appointment/offer-others/", DESK, DESK),
    Row("admin/appointments/patientrequest/<int:pk>/appointment/cancel/", DESK, DESK),
    Row("admin/appointments/patientrequest/<int:pk>/appointment/confirmed/", NOBODY, DESK),
    Row("admin/appointments/patientrequest/<int:pk>/another-time/", NOBODY, DESK),
    Row("admin/appointments/patientrequest/<int:pk>/earlier/", NOBODY, DESK),
    Row("admin/appointments/patientrequest/<int:pk>/visit/", DESK, DESK),
    Row("admin/appointments/patientrequest/entry/", DESK, DESK),
    Row("admin/appointments/patientrequest/schedule/", DESK, DESK),
    Row("admin/appointments/patientrequest/schedule/clashes/", DESK, DESK),
    Row("admin/appointments/patientrequest/schedule/earlier/", DESK, DESK),
    Row("admin/appointments/patientrequest/schedule/earlier/<int:freed_pk>/offer/", NOBODY, DESK),
    Row("admin/appointments/patientrequest/schedule/earlier/<int:freed_pk>/leave/", NOBODY, DESK),
    Row("admin/appointments/patientrequest/schedule/earlier/<uuid:wave>/back/", NOBODY, DESK),
    Row("admin/appointments/patientrequest/schedule/earlier/<int:other_pk>/said/", NOBODY, DESK),
    Row("admin/appointments/patientrequest/schedule/day-sheet/", DESK, DESK),
    # The owner's, who may give the permission to others.
    Row("admin/appointments/patientrequest/figures/", ROOT, NOBODY),
    Row("admin/appointments/patientrequest/figures/csv/", ROOT, NOBODY),
    Row("admin/appointments/patientrequest/aftercare/", DESK, DESK),
    Row("admin/appointments/patientrequest/aftercare/<int:version_pk>/send/", NOBODY, DESK),
    Row("admin/appointments/patientrequest/", DESK, DESK),
    Row("admin/appointments/patientrequest/add/", NOBODY, NOBODY),
    Row("admin/appointments/patientrequest/<path:object_id>/history/", DESK, DESK),
    Row("admin/appointments/patientrequest/<path:object_id>/delete/", NOBODY, NOBODY),
    Row("admin/appointments/patientrequest/<path:object_id>/change/", DESK, NOBODY),
    Row("admin/appointments/patientrequest/<path:object_id>/", STAFF, STAFF),
    Row("admin/appointments/message/samples/", DESK, NOBODY),
    Row("admin/appointments/message/samples/<slug:slug>/<str:language>/", DESK, NOBODY, SAMPLE),
    Row("admin/appointments/message/samples/<slug:slug>/<str:language>/e-mail/", DESK, NOBODY, SAMPLE),
    Row("admin/appointments/message/", DESK, DESK),
    Row("admin/appointments/message/add/", NOBODY, NOBODY),
    Row("admin/appointments/message/<path:object_id>/history/", DESK, DESK),
    Row("admin/appointments/message/<path:object_id>/delete/", NOBODY, NOBODY),
    Row("admin/appointments/message/<path:object_id>/change/", DESK, NOBODY),
    Row("admin/appointments/message/<path:object_id>/", STAFF, STAFF),
    Row("admin/appointments/appointment/", DESK, DESK),
    Row("admin/appointments/appointment/add/", NOBODY, NOBODY),
    Row("admin/appointments/appointment/<path:object_id>/history/", DESK, DESK),
    Row("admin/appointments/appointment/<path:object_id>/delete/", NOBODY, NOBODY),
    Row("admin/appointments/appointment/<path:object_id>/change/", DESK, NOBODY),
    Row("admin/appointments/appointment/<path:object_id>/", STAFF, STAFF),
    Row("admin/appointments/retentionperiod/", DESK, DESK),
    Row("admin/appointments/retentionperiod/add/", DOCTOR, DOCTOR),
    Row("admin/appointments/retentionperiod/<path:object_id>/history/", DESK, DESK),
    Row("admin/appointments/retentionperiod/<path:object_id>/delete/", DOCTOR, DOCTOR),
    Row("admin/appointments/retentionperiod/<path:object_id>/change/", DESK, DOCTOR),
    Row("admin/appointments/retentionperiod/<path:object_id>/", STAFF, STAFF),
    Row("admin/^(?P<app_label>auth|clinic|treatments|appointments)/$", DESK, DESK),
    Row("admin/(?P<url>.*)$", NOBODY, NOBODY),
    Row("accounts/login/", ALL, ALL),
    Row("accounts/logout/", ALL, ALL),
    Row("accounts/inactive/", ALL, NOBODY),
    Row("accounts/reauthenticate/", STAFF, STAFF),
    Row("accounts/password/change/", STAFF, STAFF),
    Row("accounts/resume/", STAFF, NOBODY),
    Row("accounts/sign-out-everywhere/", NOBODY, STAFF),
    Row("accounts/sessions/", STAFF, STAFF),
    Row("accounts/2fa/", STAFF, NOBODY),
    Row("accounts/2fa/authenticate/", ALL, ALL),
    Row("accounts/2fa/reauthenticate/", STAFF, STAFF),
    Row("accounts/2fa/totp/activate/", STAFF, STAFF),
    Row("accounts/2fa/totp/deactivate/", STAFF, STAFF),
    Row("accounts/2fa/recovery-codes/", STAFF, NOBODY),
    Row("accounts/2fa/recovery-codes/generate/", STAFF, STAFF),
    Row("accounts/2fa/recovery-codes/download/", STAFF, NOBODY),
    Row("accounts/2fa/webauthn/", STAFF, NOBODY),
    Row("accounts/2fa/webauthn/add/", STAFF, STAFF),
    Row("accounts/2fa/webauthn/reauthenticate/", STAFF, STAFF),
    Row("accounts/2fa/webauthn/keys/<int:pk>/remove/", NOBODY, NOBODY),
    Row("accounts/2fa/webauthn/keys/<int:pk>/edit/", NOBODY, NOBODY),
    Row("accounts/2fa/webauthn/login/", ALL, ALL),
    Row("sitemap.xml", ALL, ALL),
    Row("doctors/<slug:slug>/", ALL, NOBODY, {"slug": "dr-umar"}),
    Row("contact/", ALL, NOBODY),
    Row("privacy/", ALL, NOBODY),
    Row("privacy/<slug:version>/", ALL, NOBODY, {"version": "2026-11"}),
    Row("", ALL, NOBODY),
    Row("treatments/", ALL, NOBODY),
    Row("treatments/<slug:slug>/", ALL, NOBODY),
    Row("articles/", ALL, NOBODY),
    Row("articles/<slug:slug>/", ALL, NOBODY, {"slug": "botox-aftercare"}),
    Row("appointments/request/", ALL, NOBODY),
    Row("appointments/request/<slug:slug>/", ALL, ALL),
    Row("appointments/callback/", ALL, ALL),
    Row("appointments/find/", ALL, ALL),
    Row("appointments/status/<token:token>/", PATIENT, NOBODY),
    Row("appointments/status/<token:token>/answer/", NOBODY, PATIENT),
    Row("appointments/status/<token:token>/change/", PATIENT, PATIENT),
    Row("appointments/status/<token:token>/texts/", NOBODY, PATIENT),
    Row("appointments/status/<token:token>/withdraw/", PATIENT, PATIENT),
    Row("appointments/status/<token:token>/accept/<int:appointment_id>/", PATIENT, PATIENT),
    Row("appointments/status/<token:token>/none-suit/", PATIENT, PATIENT),
    Row("appointments/status/<token:token>/cancel/", PATIENT, PATIENT),
    Row("appointments/status/<token:token>/confirm/", NOBODY, PATIENT),
    Row("appointments/status/<token:token>/earlier/", NOBODY, PATIENT),
    Row("appointments/status/<token:token>/other/<int:other_id>/take/", NOBODY, PATIENT),
    Row("appointments/status/<token:token>/other/<int:other_id>/keep/", NOBODY, PATIENT),
    Row("appointments/status/<token:token>/keep/", NOBODY, PATIENT),
    Row("appointments/status/<token:token>/appointment.ics", NOBODY, NOBODY),
    Row("s/<str:token>/", PATIENT, NOBODY),
    Row("appointments/recall/<str:token>/", PATIENT, PATIENT),
    Row("appointments/recall/<str:token>/stop/", PATIENT, PATIENT),
)


def as_markdown() -> str:
    """The table as docs/access.md shows it."""
    lines = ["| address | GET, HEAD | POST |", "| --- | --- | --- |"]
    lines += [f"| `/{row.route.replace('|', ',')}` | {_who(row.read)} | {_who(row.post)} |" for row in ROWS]
    return "\n".join(lines)


def _who(letters: str) -> str:
    return {ALL: "everybody", NOBODY: "nobody", STAFF: "staff"}.get(letters, " ".join(letters))


if __name__ == "__main__":
    print(as_markdown())  # noqa: T201 - that is what it is for
