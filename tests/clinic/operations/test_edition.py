"""What a process has made is given again until what it is made of may have changed, and no longer."""

import pytest
from django.db import DatabaseError
from pytest_django import Settings

from clinic.models import Edition
from clinic.operations import edition
from clinic.operations.edition import ASKED_AGAIN_AFTER, Kept

pytestmark = pytest.mark.django_db


class Maker:
    """Makes one number after the other, by a clock that is moved by hand."""

    def __init__(self) -> None:
        self.now, self.made = 1000.0, 0
        self.kept: Kept[str, int] = Kept(2, lambda: self.now)

    def make(self) -> int:
        self.made += 1
        return self.made

    def ask(self, key: str = "a") -> int:
        return self.kept.of(key, self.make)


@pytest.fixture
def maker(settings: Settings) -> Maker:
    settings.PAGE_CACHE_SECONDS = 60.0
    return Maker()


def test_it_is_made_once_a_second(maker: Maker) -> None:
    assert [maker.ask(), maker.ask(), maker.ask("b"), maker.ask()] == [1, 1, 2, 1]
    maker.now += 0.99
    assert maker.ask() == 1
    maker.now += 0.02
    assert maker.ask() == 3


def test_a_change_here_counts_at_once(maker: Maker) -> None:
    maker.ask()
    edition.advance()
    assert maker.ask() == 2


def test_a_change_elsewhere_counts_with_the_next_look(maker: Maker) -> None:
    maker.ask()
    Edition.advance()
    assert maker.ask() == 1
    maker.now += 2 * ASKED_AGAIN_AFTER
    assert maker.ask() == 2


def test_what_was_made_while_something_changed_is_not_given_again(maker: Maker) -> None:
    def slowly() -> int:
        Edition.advance()
        return maker.make()

    assert maker.kept.of("a", slowly) == 1
    maker.now += 2 * ASKED_AGAIN_AFTER
    assert maker.ask() == 2


def test_what_failed_is_not_kept(maker: Maker) -> None:
    def fail() -> int:
        raise LookupError

    with pytest.raises(LookupError):
        maker.kept.of("a", fail)
    assert maker.ask() == 1


def test_nobody_fills_the_memory(maker: Maker) -> None:
    for number in range(9):
        maker.ask(str(number))
        assert len(maker.kept._made) <= 2


def test_it_is_given_while_the_database_is_away(maker: Maker, monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> int:
        raise DatabaseError

    maker.ask()
    monkeypatch.setattr(Edition, "current", away)
    maker.now += 2 * ASKED_AGAIN_AFTER
    assert maker.ask() == 1


def test_nothing_is_kept_where_that_is_turned_off(maker: Maker, settings: Settings) -> None:
    settings.PAGE_CACHE_SECONDS = 0.0
    assert [maker.ask(), maker.ask()] == [1, 2]
