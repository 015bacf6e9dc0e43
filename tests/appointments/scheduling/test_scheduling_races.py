"""A few dozen of the races of `make races`, with real processes, on the database that the tests run on."""

from argparse import Namespace

from tests.faults import races


def test_races_end_as_they_have_to_and_their_twins_fail(copied_database: str) -> None:
    numbers = Namespace(overlaps=12, accepts=15, twins=4)
    figures = races.in_process_of_its_own(copied_database, numbers)
    assert [(each.name, each.twin) for each in figures] == [
        (name, twin) for twin in (False, True) for name in ("one time", "accept, accept, cancel")
    ]
    assert [each for each in figures if not each.is_good] == []
