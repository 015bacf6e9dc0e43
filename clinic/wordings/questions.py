"""The common questions that are shown, by the page on which they stand; and how they change."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import groupby
from operator import attrgetter

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import Max

from clinic.models import Clinic, CommonQuestion, QuestionVersion, State
from clinic.signed import signing
from clinic.wordings.copies import Copy
from clinic.wordings.saving import SavedMeanwhile
from clinic.wordings.texts import Words

# Names of pages, with what staff call them.
Places = Callable[[], Iterable[tuple[str, Words]]]
_places: list[Places] = []


def add_places(places: Places) -> None:
    """Lets questions stand on pages of another app."""
    _places.append(places)


def all_places() -> list[tuple[str, Words]]:
    return [place for places in _places for place in places()]


def _read() -> Mapping[str, list[QuestionVersion]]:
    live = QuestionVersion.objects.filter(state=State.LIVE, common__is_shown=True)
    rows = live.order_by("place", "common__position", "common_id")
    return {place: list(group) for place, group in groupby(rows, key=attrgetter("place"))}


_MARKS = ("live_questions", "live_question_at", "newest_question_at")
_copy: Copy[Mapping[str, list[QuestionVersion]]] = Copy(_MARKS, _read, {})


def shown(clinic: Clinic, place: str = "") -> list[QuestionVersion]:
    """In order. At most one query."""
    return _copy.of(clinic).get(place, [])


def forget() -> None:
    _copy.forget()


@dataclass(frozen=True)
class Asked:
    """What a version of a question says."""

    question: str
    answer: str
    question_es: str = ""
    answer_es: str = ""
    place: str = ""

    @classmethod
    def of(cls, version: QuestionVersion) -> "Asked":
        return cls(**{name: getattr(version, name) for name in cls.__dataclass_fields__})


def newest(common: CommonQuestion) -> QuestionVersion | None:
    """What somebody who writes goes on from: what waits, else what is live, else what was written last."""
    versions = {version.state: version for version in reversed(list(common.versions.all()))}
    found = versions.get(State.WAITING) or versions.get(State.LIVE)
    return found or max(versions.values(), key=attrgetter("number"), default=None)


def save(
    common: CommonQuestion, asked: Asked, by: User, now: datetime, seen: int, note: str = ""
) -> QuestionVersion | None:
    """Writes what differs from the words that are there, None for nothing; `seen` is the number of the newest
    version of the moment at which they were looked at. Raises SavedMeanwhile."""
    try:
        with transaction.atomic():
            CommonQuestion.objects.select_for_update().get(pk=common.pk)
            number = common.versions.aggregate(last=Max("number"))["last"] or 0
            if number != seen:
                raise SavedMeanwhile
            before = newest(common)
            if (
                before is not None
                and Asked.of(before) == asked
                and before.state in (State.WAITING, State.LIVE)
            ):
                return None
            version = QuestionVersion(
                common=common, number=number + 1, change_note=note[:200], **asdict(asked)
            )
            signing.write(version, by, now)
    except (IntegrityError, signing.PublishingRefused) as error:
        raise SavedMeanwhile from error
    return version
