"""Whatever is typed is read, or refused with words. For whole requests see test_bad_posts_properties.py."""

import unicodedata
from datetime import date
from typing import Any

import pytest
from django.core.exceptions import BadRequest, SuspiciousOperation, ValidationError
from django.http import QueryDict
from django.http.multipartparser import MultiPartParserError
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from appointments import emails, names, phones
from appointments.patients.forms import AppointmentForm
from clinic.characters import ascii_digits, without_invisible
from clinic.http import form_gate
from clinic.time.dates import day_of, years_before
from clinic.time.hours import ASSUMED_HOURS, OpeningTimes
from tests.appointments import posts
from tests.appointments.anything import anything, nasty, pure
from tests.builders import WEDNESDAY

TODAY = date(2026, 12, 2)
TIMES = OpeningTimes(ASSUMED_HOURS)


@pure
@given(anything)
def test_a_name_is_stored_clean_or_refused(text: str) -> None:
    try:
        name = names.read(text)
    except ValidationError:
        return
    assert name == unicodedata.normalize("NFC", name).strip()
    assert len(name) <= 120
    assert not any(unicodedata.category(character) in {"Cc", "Zl", "Zp"} for character in name)
    assert not any(
        "\u202a" <= character <= "\u202e" or "\u2066" <= character <= "\u2069" for character in name
    )
    assert name == "" or without_invisible(name)
    assert names.read(name) == name


@pure
@given(nasty)
def test_a_phone_number_is_possible_or_refused(text: str) -> None:
    try:
        number = phones.read(text)
    except ValidationError:
        return
    assert number.as_rfc3966.startswith("tel:+")
    assert len(number.as_rfc3966) <= 128
    assert phones.read(number.as_rfc3966) == number


@pure
@given(
    st.integers(2_002_000_000, 9_999_999_999).map(str).filter(lambda digits: digits[3] not in "01"),
    st.sampled_from(
        ["{}{}{}", "({}) {}-{}", "{}.{}.{}", "1-{}-{}-{}", "+1 {} {} {} x12", "{}\u2011{}\u2011{}"]
    ),
)
def test_a_us_number_is_read_digit_by_digit(digits: str, written: str) -> None:
    try:
        number = phones.read(written.format(digits[:3], digits[3:6], digits[6:]))
    except ValidationError:
        assert digits[1:3] == "11" or digits[:3] == "900"
        return
    assert str(number.national_number) == digits


@pure
@given(nasty)
def test_an_email_address_is_one_plain_address_or_refused(text: str) -> None:
    try:
        address = emails.read(text)
    except ValidationError:
        return
    assert address.isascii()
    assert address.isprintable()
    assert not set(address) & set(' ,;<>"\\()[]:')
    assert address == "" or (address.count("@") == 1 and "." in address.rpartition("@")[2])
    assert len(address) <= 254
    assert emails.read(address) == address
    emails.mixes_scripts(address)


@pure
@given(nasty, nasty, nasty)
def test_a_date_is_real_or_refused(year: str, month: str, day: str) -> None:
    try:
        found = day_of(year, month, day)
    except ValueError:
        return
    assert found.year == int(ascii_digits(year))


@pure
@given(st.dates())
def test_every_real_day_is_read(day: date) -> None:
    if day.year >= 1:
        assert day_of(f"{day.year:04}", str(day.month), f"{day.day:02}") == day
    assert years_before(day, 0) == day


@pure
@given(st.binary(max_size=300), st.sampled_from([form_gate.URL_ENCODED, form_gate.MULTIPART]))
def test_bytes_are_clean_or_malformed(body: bytes, content_type: str) -> None:
    request = RequestFactory().generic("POST", "/", body, f"{content_type}; boundary=B")
    try:
        form_gate.check(request)
    except (form_gate.MalformedBody, MultiPartParserError, BadRequest, SuspiciousOperation):
        return
    assert b"\0" not in body
    if content_type == form_gate.URL_ENCODED:
        body.decode()


def _posted(kind: type[Any]) -> st.SearchStrategy[posts.Post]:
    """A right post with up to four fields of it replaced."""
    right = posts.appointment() if kind is AppointmentForm else posts.callback(warning_signs="no")
    names = st.sampled_from(sorted(right))
    return st.dictionaries(names, nasty, min_size=1, max_size=4).map(lambda changes: right | changes)


@pytest.mark.django_db  # which privacy notice is in force
@pure
@given(_posted(AppointmentForm))
def test_the_appointment_form_checks_or_builds(post: posts.Post) -> None:
    lists = {name: value if isinstance(value, list) else [value] for name, value in post.items()}
    form = AppointmentForm(_query(lists), now=WEDNESDAY, today=TODAY, times=TIMES)
    if form.is_valid():
        form.build().set_search_keys()
    else:
        assert list(form.error_lines())


def _query(lists: dict[str, list[str]]) -> Any:
    query = QueryDict(mutable=True)
    for name, values in lists.items():
        query.setlist(name, values)
    return query
