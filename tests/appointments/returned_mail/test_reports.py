"""Delivery reports, read."""

import pytest

from appointments.returned_mail import reports
from tests.appointments.returned_mail.samples import POSTFIX, SAMPLES, report

ID = "<0123456789abcdef0123456789abcdef@clinic.example>"


@pytest.mark.parametrize("sample", SAMPLES.values(), ids=SAMPLES)
def test_every_servers_report_names_the_mail(sample: str) -> None:
    found = reports.read(report(ID, sample))
    assert found is not None
    assert (found.message_id, found.is_final, found.status) == (ID, True, "5.1.1")
    assert found.at is not None
    assert found.at.isoformat() == "2026-11-26T10:00:05-08:00"


@pytest.mark.parametrize(
    ("action", "status", "is_final"),
    [
        ("failed", "5.2.2", True),
        ("failed", "4.4.7", True),  # it was tried for days, and is given up
        ("FAILED", "5.0.0", True),
        ("delayed", "4.4.1", False),
        ("delivered", "2.0.0", False),
        ("relayed", "2.0.0", False),
        ("expanded", "2.0.0", False),
        ("", "5.1.1", False),
    ],
)
def test_only_what_is_given_up_is_final(action: str, status: str, is_final: bool) -> None:
    found = reports.read(report(ID, action=action, status=status))
    assert found is not None
    assert found.is_final is is_final


def test_the_id_that_the_server_says_counts_before_the_headers() -> None:
    other = "<fedcba9876543210fedcba9876543210@clinic.example>"
    said = POSTFIX.replace("X-Postfix-Queue-ID: 4F1A2", f"Original-Message-ID: {other}")
    found = reports.read(report(ID, said))
    assert found is not None
    assert found.message_id == other


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe\x00",
        b"Subject: Out of office\n\nI am away until Monday. <0123@clinic.example> failed",
        b"Content-Type: multipart/report; boundary=b\n\nno parts",
        report("no id at all"),
        report(ID).replace(b"message/delivery-status", b"text/plain"),
        report(ID).replace(b"multipart/report", b"multipart/mixed"),
        report(ID).replace(b"report-type=delivery-status", b"report-type=disposition-notification"),
        report(ID).replace(b"report-type=delivery-status;", b""),
        report(ID).replace(b"text/rfc822-headers", b"text/plain"),
    ],
)
def test_any_other_mail_is_no_report(content: bytes) -> None:
    assert reports.read(content) is None


def test_a_report_that_was_cut_off_after_the_headers_is_read() -> None:
    content = report(ID)
    assert reports.read(content[: content.index(b"Auto-Submitted: auto-generated")]) is not None


@pytest.mark.parametrize("date", ["", "yesterday", "Thu, 99 Nov 2026 10:00:05 -0800"])
def test_a_strange_date_is_none(date: str) -> None:
    found = reports.read(report(ID, date=date))
    assert found is not None
    assert found.at is None
