"""A few dozen of the races of `make races`, with real processes, on the database that the tests run on."""

from argparse import Namespace

from tests.faults import races


def test_races_end_as_they_have_to_and_their_twins_fail(copied_database: str) -> None:
    # Of the confirmations a twin needs dozens to fail for sure: `make races` has them.
    numbers = Namespace(overlaps=12, accepts=15, earlier=15, confirms=0, twins=4)
    figures = list(races.in_process_of_its_own(copied_database, numbers))
    names = ("one time", "accept, accept, cancel", "one time that fell free")
    assert [(each.name, each.twin) for each in figures] == [
        (name, twin) for twin in (False, True) for name in names
    ]
    assert [each for each in figures if not each.is_good] == []
