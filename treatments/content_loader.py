"""Brings in the first content: one TOML file for the facts of a page, one for its words in each language.

A row that is there is left alone, whatever it says: staff may have edited it. Sources and the aftercare
article come only together with the page they belong to, since taking one away is an edit too.
"""

import tomllib
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from clinic.models import FIRST_FACTS, Clinic, Practitioner
from treatments import signing
from treatments.models import Article, Language, Release, Source, Treatment
from treatments.publishing import AnyPage, Content, Facts, Question, Words, save_draft

CONTENT = Path(__file__).parent / "content"


@dataclass
class Loaded:
    """What a run has added, by kind; empty when everything was there."""

    added: dict[str, int] = field(default_factory=dict)

    def count(self, kind: str) -> None:
        self.added[kind] = self.added.get(kind, 0) + 1


@transaction.atomic
def load(samples: bool = False) -> Loaded:
    """Adds what is missing; with `samples` also treatments that are marked as sample content."""
    loaded = Loaded()
    if Clinic.objects.get_or_create(pk=1, defaults=FIRST_FACTS)[1]:
        loaded.count("clinic")
    for doctor in _read(CONTENT / "doctors.toml")["doctors"]:
        if Practitioner.objects.get_or_create(slug=doctor.pop("slug"), defaults=doctor)[1]:
            loaded.count("doctors")
    for file in _pages("articles"):
        _article(file, loaded)
    for file in _pages("treatments"):
        _treatment(file, loaded)
    if samples:
        for file in _pages("samples"):
            _treatment(file, loaded, is_sample=True)
    return loaded


def _read(file: Path) -> dict[str, Any]:
    return tomllib.loads(file.read_text("utf-8"))


def _pages(folder: str) -> list[Path]:
    """The files with a page's facts; those with its words have a language in their name."""
    return [file for file in sorted((CONTENT / folder).glob("*.toml")) if "." not in file.stem]


def _article(file: Path, loaded: Loaded) -> None:
    facts = _read(file)
    sources, names_medicine = facts.pop("sources", []), facts.pop("names_medicine", False)
    page, is_new = Article.objects.get_or_create(slug=file.stem, defaults={"is_published": True, **facts})
    if is_new:
        loaded.count("articles")
        page.sources.set(_sources(sources))
    _texts(page, file, Facts(names_medicine=names_medicine), (), loaded)


def _treatment(file: Path, loaded: Loaded, is_sample: bool = False) -> None:
    values = _read(file)
    facts = Facts(**{each.name: values.pop(each.name) for each in fields(Facts) if each.name in values})
    sources = values.pop("sources", [])
    questions = tuple(Question(**each) for each in values.pop("questions", []))
    aftercare = Article.objects.filter(slug=values.pop("aftercare", "")).first()
    page, is_new = Treatment.objects.get_or_create(
        slug=file.stem,
        defaults={"is_published": True, "is_sample": is_sample, "aftercare": aftercare, **values},
    )
    if is_new:
        loaded.count("treatments")
        page.sources.set(_sources(sources))
    _texts(page, file, facts, questions, loaded)


def _texts(page: AnyPage, file: Path, facts: Facts, questions: tuple[Question, ...], loaded: Loaded) -> None:
    """The first version of a page in each language that it is written in, live: it was released with the
    product. Beside what people here wrote and signed it waits for their sign-off like any other."""
    now = timezone.now()
    own = page.versions.exclude(release=Release.SHIPPED).exists()
    for language in Language.values:
        words = file.with_suffix(f".{language}.toml")
        if not words.exists() or page.versions.filter(language=language).exists():
            continue
        draft = save_draft(page, language, Content(Words(**_read(words)), facts, questions), None)
        (signing.submit if own else signing.ship)(draft, now)
        loaded.count("texts")


def _sources(rows: list[dict[str, str]]) -> list[Source]:
    return [Source.objects.get_or_create(title=row["title"], defaults=row)[0] for row in rows]
