"""The inbox as CSV: what staff see of the requests, safe to open in a spreadsheet. No clinical notes."""

import csv
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, StreamingHttpResponse
from django.utils.translation import gettext as _

from appointments.models import EventKind, PatientRequest, RequestEvent
from appointments.models.request import PatientRequestQuerySet
from appointments.requests.moves import chunks
from appointments.roles import EXPORT
from appointments.staff.inbox.filters import flag_words
from appointments.staff.kit import staff_of
from appointments.staff.titles import subject_of, treatment_titles
from clinic.audit import recording
from clinic.audit.entry import AuditAction
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


def as_csv(requests: PatientRequestQuerySet, request: HttpRequest, now: datetime) -> StreamingHttpResponse:
    """The requests as a download, on record; each one's timeline says so before its line leaves."""
    by = staff_of(request)
    if not by.has_perm(EXPORT):
        raise PermissionDenied
    portions = list(chunks(requests))
    recording.record(request, AuditAction.EXPORTED, count=sum(map(len, portions)))
    name = f"requests-{clinic_day(now):%Y-%m-%d}.csv"
    return StreamingHttpResponse(
        _lines(portions, treatment_titles(request), by, now),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _lines(portions: list[list[int]], titles: dict[int, str], by: User, now: datetime) -> Iterator[str]:
    writer = csv.writer(_Line())  # RFC 4180: CRLF, quotes where they are needed
    yield BOM + writer.writerow(_columns())
    for ids in portions:
        found = {
            row.pk: row
            for row in PatientRequest.objects.filter(pk__in=ids).select_related("assignee", "duplicate_of")
        }
        RequestEvent.objects.bulk_create(
            RequestEvent(request_id=pk, kind=EventKind.MARK, by=by, at=now, note=_("Exported as CSV"))
            for pk in found
        )
        for pk in ids:
            if pk in found:
                yield writer.writerow([safe_cell(cell) for cell in _cells(found[pk], titles)])


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
