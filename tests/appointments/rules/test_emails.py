"""Slips in common domains, and the keys by which an address is found again."""

import pytest

from appointments import emails


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("ana@gmail.con", "ana@gmail.com"),
        ("ana@gmial.com", "ana@gmail.com"),
        ("ana@gmal.com", "ana@gmail.com"),
        ("ana@gamil.com", "ana@gmail.com"),
        ("ana@gmaill.com", "ana@gmail.com"),
        ("ana@gmail.co", "ana@gmail.com"),
        ("ana@gmail.cmo", "ana@gmail.com"),
        ("ana@gmail.org", "ana@gmail.com"),
        ("ana@gmai.con", "ana@gmail.com"),
        ("Ana.May@yaho.com", "Ana.May@yahoo.com"),
        ("ana@hotmial.com", "ana@hotmail.com"),
        ("ana@outlok.com", "ana@outlook.com"),
        ("ana@iclould.com", "ana@icloud.com"),
        ("ana@comcast.ne", "ana@comcast.net"),
        ("ana@aol.con", "ana@aol.com"),
        ("ana@hotmail.co", "ana@hotmail.com"),
        ("ana@mgail.com", "ana@gmail.com"),
        ("ana@xn--gmal-nza.com", "ana@gmail.com"),  # with a Turkish i
        ("ana@gmail.co.uk", "ana@gmail.com"),
        ("ana@clinic.con", "ana@clinic.com"),
        ("ana@mail.clinic.ogr", "ana@mail.clinic.org"),
    ],
)
def test_a_slip_in_a_common_domain_is_asked_about(typed: str, meant: str) -> None:
    assert emails.nearest(typed) == meant
    assert emails.to_check(typed)


@pytest.mark.parametrize(
    "typed",
    [
        *(
            "ana@gmail.com",
            "ana@yahoo.es",
            "ana@yahoo.co.uk",
            "ana@hotmail.fr",
            "ana@outlook.cl",
            "ana@mail.com",
        ),
        *("ana@email.com", "ana@ymail.com", "ana@cloud.com", "ana@ool.com", "ana@fox.net", "ana@horizon.net"),
        *(
            "ana@fmail.com",
            "ana@kmail.com",
            "ana@gmx.com",
            "ana@rocketmail.com",
            "ana@me.com",
            "ana@clinic.co",
        ),
        *("ana@example.com", "ana@clinic.org", "ana@gmx.de", "ana@att.com", "ana@live.nl", "", "ana"),
    ],
)
def test_other_domains_are_left_alone(typed: str) -> None:
    assert emails.nearest(typed) == ""


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("Ana@Gmail.com", "ana@gmail.com"),
        ("ana@b\u00fccher.example", "ana@xn--bcher-kva.example"),
        ("ana@xn--bcher-kva.example ", "ana@B\u00dcCHER.example"),
        ("ana@stra\u00dfe.example", "ana@xn--strae-oqa.example"),
    ],
)
def test_two_ways_to_write_an_address_have_one_key(typed: str, stored: str) -> None:
    assert emails.key(typed) == emails.key(stored)


def test_two_domains_have_two_keys() -> None:
    assert emails.key("ana@stra\u00dfe.example") != emails.key("ana@strasse.example")


@pytest.mark.parametrize("length", range(1, 19))
def test_the_beginning_of_an_address_has_the_beginning_of_its_key(length: int) -> None:
    assert emails.key("ana@xn--bcher-kva.example").startswith(emails.key("Ana@b\u00fccher.example"[:length]))
