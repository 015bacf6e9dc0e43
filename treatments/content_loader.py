"""Brings in the first content: one TOML file for the facts of a page, one for its words in each language.

A row that is there is left alone, whatever it says: staff may have edited it. Sources and the aftercare
article come only together with the page they belong to, since taking one away is an edit too.

A text that is still, word for word and fact for fact, one that came with the product follows the files: what
they say anew becomes its next version. `content/shipped.txt` knows every text that ever came, by its digest.
"""

import hashlib
import json
import tomllib
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from clinic.models import FIRST_FACTS, Clinic, Practitioner
from clinic.rich_text import clean_body
from clinic.signed import signing
from treatments.alarm import writing
from treatments.models import MAIN, Article, Language, Release, Source, State, Treatment
from treatments.publishing import (
    AnyPage,
    AnyVersion,
    Beside,
    Content,
    Facts,
    Question,
    Words,
    cited,
    newest_version,
    save_draft,
)

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
    if writing.ship(timezone.now()):
        loaded.count("alarm words")
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
    sources = facts.pop("sources", [])
    signed = {name: facts.pop(name) for name in ("names_medicine", "drawing") if name in facts}
    page, is_new = Article.objects.get_or_create(slug=file.stem, defaults={"is_published": True, **facts})
    if is_new:
        loaded.count("articles")
    _texts(page, file, Facts(min_age=None, **signed), (), loaded, _sources(sources) if is_new else [])


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
    _texts(page, file, facts, questions, loaded, _sources(sources) if is_new else [])


def _texts(
    page: AnyPage,
    file: Path,
    facts: Facts,
    questions: tuple[Question, ...],
    loaded: Loaded,
    sources: list[Source],
) -> None:
    """The words of a page in each language that has none, or others that the product shipped before, live:
    they were released with it. Beside what people here wrote or signed they wait for a sign-off like any
    other."""
    now = timezone.now()
    newest = {language: newest_version(page, language) for language in Language.values}
    follows = _is_as_shipped(page, [version for version in newest.values() if version])
    own = page.versions.exclude(release=Release.SHIPPED, signed_off_at=None).exists()
    for language in Language.values:
        words = file.with_suffix(f".{language}.toml")
        if not words.exists():
            continue
        original = page.versions.filter(language=MAIN, editor=None).exclude(state=State.DRAFT).first()
        translates = original.pk if original and language != MAIN else None
        before = newest[language]
        # What stands beside the words here stays: taking a source away is an edit too.
        beside = Beside.of(before) if before else Beside(None, cited(sources))
        content = Content(Words(**_read(words)), facts, questions, translates, beside)
        if before and (not follows or _says(before, content)):
            continue
        draft = save_draft(page, language, content, None, before)
        (signing.submit if own else signing.ship)(draft, now)
        loaded.count("texts")


def _is_as_shipped(page: AnyPage, newest: list[AnyVersion]) -> bool:
    """Whether nobody here has ever written on a page. Before its questions had versions they could be edited
    without a name beside them, so the text itself has to be one that came with the product."""
    known = shipped_digests()
    return not page.versions.exclude(editor=None).exists() and all(_digest(each) in known for each in newest)


def _says(version: AnyVersion, content: Content) -> bool:
    """Both languages of what is shipped say the same, so a translation goes with its English."""
    is_same_text = _digest(version) == digest_of(content, version.language)
    return is_same_text and version.translated_from_id == content.translates


def _digest(version: AnyVersion) -> str:
    return digest_of(Content.of(version), version.language)


def shipped_digests() -> set[str]:
    """The digest of every text that ever came with the product."""
    return {line.split()[0] for line in (CONTENT / "shipped.txt").read_text("utf-8").splitlines() if line}


def digest_of(content: Content, language: str) -> str:
    """What a text says in a language, as 16 hexadecimal digits; the note about the change and the numbers of
    questions are left out, and every value that is as it is by itself, so that a new column changes none."""
    said: list[Any] = [content.words]
    if language == MAIN:
        said += [content.facts, *content.questions]
    told = [
        {
            each.name: getattr(part, each.name)
            for each in fields(part)
            if getattr(part, each.name) != each.default
        }
        for part in said
    ]
    for part in told:
        for name in ("change_note", "number"):
            part.pop(name, None)
    told[0]["body"] = clean_body(content.words.body).strip()
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:16]


def _sources(rows: list[dict[str, str]]) -> list[Source]:
    return [Source.objects.get_or_create(title=row["title"], defaults=row)[0] for row in rows]
