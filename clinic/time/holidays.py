"""Public holidays of the United States, and whether the clinic is closed on them.

The days come from the `holidays` package, imported when first asked for: that costs a fifth of a second.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

# Where the clinic has not said in which state it is: the Los Angeles area is in this one.
ASSUMED_STATE = "CA"

# The package speaks English alone; Spanish comes from our catalog.
NAMES = (
    gettext_noop("New Year's Day"), gettext_noop("Martin Luther King Jr. Day"),
    gettext_noop("Presidents' Day"),
    gettext_noop("Susan B. Anthony Day"), gettext_noop("Cesar Chavez Day"), gettext_noop("Memorial Day"),
    gettext_noop("Juneteenth National Independence Day"), gettext_noop("Independence Day"),
    gettext_noop("Labor Day"), gettext_noop("Columbus Day"), gettext_noop("Diwali"),
    gettext_noop("Veterans Day"), gettext_noop("Thanksgiving Day"), gettext_noop("Day After Thanksgiving"),
    gettext_noop("Christmas Day"),
)  # fmt: skip
_OBSERVED = " (observed)"


@dataclass(frozen=True)
class Holiday:
    """One public holiday. `name` is the package's, in English."""

    day: date
    name: str
    is_federal: bool

    @property
    def shown_name(self) -> str:
        """Its name in the language that is active; two on one day are joined."""
        return "; ".join(_one_name(name) for name in self.name.split("; "))


def _one_name(name: str) -> str:
    plain = name.removesuffix(_OBSERVED)
    return _("%(holiday)s (observed)") % {"holiday": _(plain)} if plain != name else _(plain)


@lru_cache(maxsize=64)
def holidays_of(year: int, state: str) -> tuple[Holiday, ...]:
    """The federal holidays of `year` and those of `state` (two letters, else the assumed one), by day."""
    from holidays import country_holidays  # costs a fifth of a second, and few processes need it early

    try:
        of_state = country_holidays("US", subdiv=state.upper() or ASSUMED_STATE, years=year)
    except NotImplementedError:  # no such state
        of_state = country_holidays("US", subdiv=ASSUMED_STATE, years=year)
    federal = country_holidays("US", years=year)
    names = {**federal, **of_state}
    found = [Holiday(day, names[day], day in federal) for day in names if day.year == year]
    return tuple(sorted(found, key=lambda holiday: holiday.day))


def holidays_between(first: date, last: date, state: str) -> list[Holiday]:
    """Those from `first` to `last`, both included."""
    years = range(first.year, last.year + 1)
    return [each for year in years for each in holidays_of(year, state) if first <= each.day <= last]


@lru_cache(maxsize=64)
def _federal_days(year: int) -> frozenset[date]:
    return frozenset(each.day for each in holidays_of(year, "") if each.is_federal)


@dataclass(frozen=True)
class ClosedHolidays:
    """The days on which the clinic is closed for a holiday: as it `decided`, and until it has, each federal
    one, so that nobody is promised an answer on Thanksgiving."""

    decided: Mapping[date, bool] = field(default_factory=dict)

    def __contains__(self, day: object) -> bool:
        if not isinstance(day, date):
            return False
        decided = self.decided.get(day)
        return day in _federal_days(day.year) if decided is None else decided


def next_holidays(today: date, state: str) -> list[Holiday]:
    """Those of the twelve months from `today` on."""
    return holidays_between(today, today + timedelta(days=365), state)
