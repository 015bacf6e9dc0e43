"""The alarm words that hold now: those of the live version, else the shipped ones. A process keeps a copy and
reads it anew when the clinic's row, which a page reads anyway, says that another version is live."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from django.db.models import Subquery
from django.utils.translation import get_language

from clinic.languages import MAIN, Language
from clinic.models import Clinic
from clinic.wordings.copies import Copy
from treatments.alarm.signs import Level, level_in
from treatments.models import AlarmWords, State

FILE = Path(__file__).parent.parent / "content" / "alarm.toml"
SHIPPED: Mapping[str, str] = tomllib.loads(FILE.read_text("utf-8"))
# Every column that is shown, as it is called in the file, the form and the table.
COLUMNS = tuple(
    f"{level}{part}{language}"
    for language in ("", "_es")
    for level in Level.values
    for part in ("", "_signs")
)
# The name under which the clinic's row carries the live version's key.
MARK = "live_alarm_words"
# Leads from the first level's order to its signs; the second level's order has an 'if' of its own.
IF = {"en": " if you have ", "es": " si tiene "}


@dataclass(frozen=True)
class Said:
    """A level in one language: what to do, and for which signs."""

    level: Level
    heading: str
    signs: str
    joint: str = ": "

    @property
    def line(self) -> str:
        """The whole, as it is shown and said everywhere."""
        return f"{self.heading}{self.joint}{self.signs}."


def live_version() -> Subquery:
    """For the clinic's row, see `MARK`."""
    return Subquery(AlarmWords.objects.filter(state=State.LIVE).values("pk")[:1])


def _read() -> Mapping[str, str]:
    live = AlarmWords.objects.filter(state=State.LIVE).values(*COLUMNS).first()
    return live or SHIPPED


_copy: Copy[Mapping[str, str]] = Copy((MARK,), _read, SHIPPED)


def forget() -> None:
    """Has this process read them anew."""
    _copy.forget()


def said_in(columns: Mapping[str, str], language: str) -> list[Said]:
    """Both levels of a version's `columns` in a language, the worst first."""
    suffix = "" if language == MAIN else f"_{language}"
    return [
        Said(
            level,
            columns[f"{level.value}{suffix}"],
            columns[f"{level.value}_signs{suffix}"],
            IF[language] if level == Level.CALL_911 else ": ",
        )
        for level in Level
    ]


def present(clinic: Clinic | None = None, language: str = "") -> list[Said]:
    """What holds now, in the active language unless another is named. One query without the `clinic`."""
    wanted = language or get_language() or MAIN.value
    known = wanted if wanted in Language.values else MAIN.value
    return said_in(_copy.of(clinic or Clinic.current()), known)


def level_named(text: str, clinic: Clinic | None = None) -> Level | None:
    """The worst level of which `text` names a sign, in whichever language: the signs that are known here, and
    those that the clinic's own words list. One query without the `clinic`, none for an empty text."""
    if not text.strip():
        return None
    clinic = clinic or Clinic.current()
    return level_in(text, list(_listed(clinic)))


def _listed(clinic: Clinic) -> Iterator[tuple[Level, str]]:
    for language in Language.values:
        for said in present(clinic, language):
            yield said.level, said.signs
