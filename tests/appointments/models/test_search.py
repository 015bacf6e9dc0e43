"""The one search box: every kind of thing that people type finds its person, by an index."""

from datetime import date

import pytest
from django.db import connection

from appointments import references
from appointments.models import PatientName, PatientRequest
from tests import builders

pytestmark = pytest.mark.django_db

TODAY = date(2026, 11, 26)
REFERENCE = "7K3M9QX" + references.check_character("7K3M9QX")
PEOPLE: dict[str, dict[str, object]] = {
    "sean": {"first_name": "Seán", "last_name": "O\u2019Brien", "phone": "+13105550315;ext=42",
             "email": "Sean.OBrien@Example.org", "date_of_birth": date(1985, 3, 27)},
    "soren": {"first_name": "Søren", "last_name": "Łukasz-Groß", "phone": "+390669821234",
              "email": "s.g@xn--bcher-kva.example", "date_of_birth": date(1971, 12, 1)},
    "ana": {"first_name": "Ana María", "last_name": "García López", "phone": "+442079460958",
            "email": "ana@xn--strae-oqa.example", "date_of_birth": date(1990, 5, 17)},
    "peter": {"first_name": "Peter", "last_name": "Rossi", "phone": "+13107770199", "reference": REFERENCE,
              "email": "", "date_of_birth": date(2001, 1, 2)},
    "wei": {"first_name": "小明", "last_name": "王", "phone": "+12135550111", "email": "98765@example.com",
            "date_of_birth": date(1964, 2, 29)},
}  # fmt: skip


@pytest.fixture
def people() -> dict[str, PatientRequest]:
    return {who: builders.appointment_request(**values) for who, values in PEOPLE.items()}


KINDS = [
    # Names: apostrophes of every kind, and none.
    ("O'Brien", "sean"), ("O\u2019Brien", "sean"), ("obrien", "sean"), ("O Brien", "sean"),
    ("OBRIEN, Sean", "sean"), ("sean obr", "sean"), ("O`Brien", "sean"), ("Brien", "sean"),
    # Strokes, ligatures, accents, hyphens.
    ("Soren", "soren"), ("SØREN", "soren"), ("Lukasz", "soren"), ("gross", "soren"), ("Groß", "soren"),
    ("lukasz gross", "soren"), ("Lukasz-Gross", "soren"), ("soren g", "soren"),
    # Every word: second given name, second surname, in any order, with words left out.
    ("maria", "ana"), ("lopez", "ana"), ("López", "ana"), ("ana lopez", "ana"), ("garcia maria", "ana"),
    ("Lopez, Ana", "ana"), ("García López", "ana"), ("gar lop an", "ana"),
    ("Rossi, Peter", "peter"), ("peter rossi", "peter"), ("rossi", "peter"), ("pet", "peter"),
    ("王小明", "wei"), ("小明", "wei"), ("小明 王", "wei"),
    # Phones as our pages show them, and as people say them.
    ("(310) 555-0315 ext. 42", "sean"), ("tel:+1-310-555-0315;ext=42", "sean"), ("310.555.0315", "sean"),
    ("5550315", "sean"), ("555-0315 x42", "sean"), ("1 310 555 0315", "sean"), ("310-555-03", "sean"),
    ("+39 06 6982 1234", "soren"), ("06 6982 1234", "soren"), ("390669", "soren"), ("1234", "soren"),
    ("+44 20 7946 0958", "ana"), ("020 7946 0958", "ana"), ("011 44 20 7946 0958", "ana"),
    ("310-777-0199", "peter"),
    # E-mail as it was typed, as it is stored, and its beginning.
    ("Sean.OBrien@Example.org", "sean"), ("sean.obrien@ex", "sean"), ("sean.obr", "sean"),
    ("s.g@bücher.example", "soren"), ("s.g@xn--bcher-kva.example", "soren"), ("s.g@bü", "soren"),
    ("ana@straße.example", "ana"), ("ana@straß", "ana"), ("98765@", "wei"), ("98765", "wei"),
    # Dates of birth as people type them here, and ISO.
    ("3/27/1985", "sean"), ("03-27-85", "sean"), ("1985-03-27", "sean"), ("March 27, 1985", "sean"),
    ("Mar 27 1985", "sean"), ("27 March 1985", "sean"), ("27 de marzo de 1985", "sean"), ("1/2/01", "peter"),
    ("2/29/1964", "wei"),
    # A reference, whole or half.
    (REFERENCE, "peter"), (f"{REFERENCE[:4]}-{REFERENCE[4:]}".lower(), "peter"), ("7K3M", "peter"),
    ("7k3m-", "peter"), ("-" + REFERENCE[4:], "peter"), (REFERENCE[4:].lower(), "peter"),
    ("7K3M-9Q", "peter"),
]  # fmt: skip


@pytest.mark.parametrize(("typed", "who"), KINDS)
def test_what_is_typed_finds_its_person_and_nobody_else(
    people: dict[str, PatientRequest], typed: str, who: str
) -> None:
    assert list(PatientRequest.objects.search(typed)) == [people[who]]
    assert list(PatientRequest.objects.search(f"  {typed} ")) == [people[who]]


@pytest.mark.parametrize(
    "typed",
    [
        "rossi maria",
        "obriens",
        "rossini",
        "rossip",
        "peter x",
        "ana@strasse.example",
        "3/28/1985",
        "3/27/2085",
        "7K3",
        "0315 41",
    ],
)
def test_what_is_nobodys_finds_nobody(people: dict[str, PatientRequest], typed: str) -> None:
    assert list(PatientRequest.objects.search(typed)) == []


@pytest.mark.parametrize(
    ("first", "last", "typed"),
    [
        ("Nguyễn", "Thị Minh Khai", "khai nguyen"), ("Văn Lâm", "Đặng", "dang lam"),
        ("민준", "김", "김민준"), ("민준", "김", "민준 김"), ("Արմեն", "Եւրոպյան", "ԵՎՐՈՊՅԱՆ"),
        ("أحمد", "عبد الله", "احمد عبدالله"), ("فاطمة", "علی", "فاطمه على"), ("محمـد", "حسن", "محمد"),
        ("Юрий", "Ёлкин-Пак", "пак юрий"), ("Aïcha", "N'Diaye", "ndiaye aicha"),
        ("Eldar", "Əliyev", "eliyev"), ("Sukarno", "", "sukarno"),
        ("Tạ Bích", "Loan", "LOAN, TA BICH"), ("שרה", "כהן-לוי", "לוי שרה"),
        ("Ada", "Smith-O’Brien Jones", "obrienjones smith"),
        ("María de los Ángeles " * 2, "Fernández de Córdoba " * 5, "cordoba angeles fernandez"),
    ],
)  # fmt: skip
def test_names_of_every_script_and_length(first: str, last: str, typed: str) -> None:
    builders.callback_request(first_name="Ada", last_name="Rossi")
    wanted = builders.callback_request(first_name=first, last_name=last)
    assert list(PatientRequest.objects.search(typed)) == [wanted]


@pytest.mark.parametrize("stored", ["O'Brien", "O\u2019Brien", "OBrien", "O Brien", "Obrien"])
@pytest.mark.parametrize(
    "typed", ["O'Brien", "O\u2019Brien", "obrien", "O Brien", "O Brien, Ada", "ada o'brien"]
)
def test_every_way_to_write_a_name_finds_every_other(stored: str, typed: str) -> None:
    wanted = builders.callback_request(first_name="Ada", last_name=stored)
    assert list(PatientRequest.objects.search(typed)) == [wanted]


def test_a_family_on_one_phone_is_found_together() -> None:
    family = {
        builders.callback_request(first_name=name, last_name="Rossi", phone="+13105550315").pk
        for name in ("Ana", "Ben")
    }
    assert set(PatientRequest.objects.search("310 555 0315").values_list("pk", flat=True)) == family


def some_hundred_names() -> None:
    """A plan for an empty table says nothing."""
    one = builders.callback_request(first_name="Ada", last_name="Rossi")
    values = {
        field.attname: getattr(one, field.attname)
        for field in PatientRequest._meta.concrete_fields
        if field.name not in {"id", "reference", "token", "submission_id", "person"}
    }
    PatientRequest.objects.bulk_create(
        PatientRequest(
            **(values | {"first_name": f"Ana {number}", "last_name": f"Garcia{number % 40} Lopez"})
        )
        for number in range(400)
    )


@pytest.mark.parametrize(
    "typed",
    [
        "3105550142", "+39 06 6982 1234", "a@example.org", "garcia", "ana garcia lopez", "o'brien", "ana.gar",
        "1985-03-27", "7K3M", "12345",
    ],
)  # fmt: skip
def test_each_way_is_a_look_up_in_an_index(typed: str) -> None:
    """At a million rows a search that reads the table takes seconds."""
    some_hundred_names()
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE appointments_patientrequest, appointments_patientname")
            cursor.execute("SET LOCAL enable_seqscan = off")
    plan = PatientRequest.objects.search(typed).order_by().explain()
    if connection.vendor == "postgresql":
        assert "Seq Scan" not in plan, plan
        conditions = [line for line in plan.splitlines() if "Index Cond" in line]
        assert conditions
    else:
        lines = [line for line in plan.splitlines() if "appointments_patient" in line]
        assert lines
        assert all("SEARCH" in line for line in lines), plan


def test_names_follow_a_correction_and_go_with_their_request() -> None:
    row = builders.callback_request(first_name="Ada", last_name="Rossi")
    row.last_name = "Byron"
    row.save()
    assert not PatientRequest.objects.search("rossi").exists()
    assert PatientRequest.objects.search("byron").get() == row
    row.delete()
    assert not PatientName.objects.exists()


def test_rows_that_are_stored_together_are_found_too() -> None:
    one = builders.callback_request(first_name="Ada", last_name="Rossi")
    values = {
        field.attname: getattr(one, field.attname)
        for field in PatientRequest._meta.concrete_fields
        if field.name not in {"id", "reference", "token", "submission_id", "person"}
    }
    two = PatientRequest(**(values | {"last_name": "Byron"}))
    PatientRequest.objects.bulk_create([two])
    assert list(PatientRequest.objects.search("byron ada")) == [two]


@pytest.mark.parametrize("typed", ["CNXTKZZ{}", "cnxt-kzz{}", "CNXT KZZ{}"])
def test_a_reference_without_a_digit_is_found_however_it_is_typed(typed: str) -> None:
    last = references.check_character("CNXTKZZ")
    wanted = builders.callback_request(reference=f"CNXTKZZ{last}")
    assert list(PatientRequest.objects.search(typed.format(last))) == [wanted]
