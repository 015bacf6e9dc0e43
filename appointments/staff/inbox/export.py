"""The inbox as CSV: what staff see of the requests, safe to open in a spreadsheet. No clinical notes."""

import csv
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from appointments.models import EventKind, PatientRequest, RequestEvent
from appointments.roles import EXPORT, VIEW
from appointments.staff.inbox import scope
from appointments.staff.inbox.filters import flag_words
from appointments.staff.titles import subject_of, titles_now
from clinic.audit.entry import AuditAction
from clinic.jobs import asking
from clinic.jobs.kinds import CSV, Kind
from clinic.models import Job
from clinic.time.hours import clinic_day, clinic_zone

# What spreadsheets take for a formula, and the full-width forms that some of them read alike.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001
BOM = "\ufeff"


def safe_cell(value: object) -> str:
    """A cell that no spreadsheet takes for a formula."""
    text = str(value)
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


class _Line:
    """What csv writes to: hands each line back instead of keeping it."""

    def write(self, line: str) -> str:
        return line


_WRITER = csv.writer(_Line())  # RFC 4180: CRLF, quotes where they are needed


class RequestsAsCsv(Kind):
    """The requests that a list shows. The timeline of each says so before its line can leave."""

    name = "requests-csv"
    words = gettext_lazy("Requests as CSV")
    permissions = (VIEW, EXPORT)
    at_once = 2000
    content_type = CSV

    def keys(self, job: Job) -> Iterable[int]:
        return scope.keys_of(job)

    def counted(self, count: int) -> str:
        return scope.counted(count)

    def begin(self, job: Job) -> str:
        return BOM + str(_WRITER.writerow(_columns()))

    def text(self, job: Job, keys: list[int]) -> str:
        titles = titles_now()
        rows = PatientRequest.objects.select_related("assignee", "duplicate_of").in_bulk(keys)
        found = (rows[pk] for pk in keys if pk in rows)
        return "".join(
            str(_WRITER.writerow([safe_cell(cell) for cell in _cells(row, titles)])) for row in found
        )

    def stored(self, job: Job, keys: list[int]) -> int:
        now = timezone.now()
        still = PatientRequest.objects.filter(pk__in=keys).values_list("pk", flat=True)
        marks = RequestEvent.objects.bulk_create(
            RequestEvent(
                request_id=pk, kind=EventKind.MARK, by=job.asked_by, at=now, note=_("Exported as CSV")
            )
            for pk in still
        )
        return len(marks)

    def again(self, job: Job, keys: list[int]) -> int:
        return PatientRequest.objects.filter(pk__in=keys).count()

    def may_hold(self, job: Job, keys: Collection[int], gone: Collection[int]) -> bool:
        return not set(gone).isdisjoint(keys)


def ask_for_csv(request: HttpRequest, wanted: dict[str, Any]) -> HttpResponse:
    """Has the worker prepare the requests of this scope; leads to the page that says how far it is."""
    name = f"requests-{clinic_day(timezone.now()):%Y-%m-%d}.csv"
    known = len(wanted["keys"]) if "keys" in wanted else None
    try:
        job = asking.ask(request, RequestsAsCsv(), wanted, AuditAction.EXPORTED, file_name=name, count=known)
    except asking.TooMany:
        return scope.too_many(request)
    return asking.to_page(job)


def _columns() -> list[str]:
    return [
        _("Reference"), _("Kind"), _("About"), _("Status"), _("Reason"), _("Duplicate of"), _("Flags"),
        _("Received"), _("Due"), _("Assignee"), _("First name"), _("Last name"), _("Date of birth"),
        _("Phone"),
        _("E-mail"), _("Contact by"), _("Voicemail allowed"), _("Preferred days"), _("Preferred times"),
        _("Earliest date"), _("Has been here before"), _("Calls made"), _("Source"), _("Language"),
        _("Message"),
    ]  # fmt: skip


def _cells(row: PatientRequest, titles: dict[int, str]) -> list[Any]:
    return [
        row.shown_reference, row.get_kind_display(), subject_of(row, titles), row.get_status_display(),
        row.get_closed_reason_display(), row.duplicate_of or "", ", ".join(flag_words(row)),
        _moment(row.received_at), _moment(row.respond_by), row.assignee or "", row.first_name, row.last_name,
        row.date_of_birth or "", row.shown_phone,
        row.email, row.get_contact_by_display(), _yes_no(row.voicemail_ok), row.shown_days,
        row.shown_times, row.earliest_date or "", _yes_no(row.returning_patient),
        row.call_attempts,
        row.get_source_display(), row.get_language_display(), row.message,
    ]  # fmt: skip


def _moment(moment: datetime) -> str:
    return moment.astimezone(clinic_zone()).strftime("%Y-%m-%d %H:%M")


def _yes_no(value: bool | None) -> str:
    return "" if value is None else (_("Yes") if value else _("No"))
