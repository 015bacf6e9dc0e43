"""How the words and facts of a page change: a draft, submitted, released by a dermatologist, reviewed again.

The steps of a signed text are in clinic.signed.signing; here is what is special about pages.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Max, Q
from django.utils.translation import gettext as _

from clinic.models import Picture
from clinic.signed import signing
from clinic.signed.signing import PublishingRefused, Seen, permission
from clinic.time.hours import clinic_day
from treatments.addresses import to_nowhere
from treatments.models import (
    MAIN,
    Article,
    ArticleVersion,
    Cited,
    FlaggedAnswer,
    Language,
    ScreeningQuestion,
    Source,
    State,
    Treatment,
    TreatmentVersion,
)
from treatments.shown import add_months

AnyPage = Treatment | Article
AnyVersion = TreatmentVersion | ArticleVersion


@dataclass(frozen=True)
class Words:
    """What an editor writes in one language."""

    title: str
    summary: str
    body: str
    change_note: str


@dataclass(frozen=True)
class Facts:
    """What the site acts on and draws, part of each version in the main language. An article has
    `names_medicine` and `drawing` alone."""

    min_age: int | None = 18
    max_age: int | None = None
    effect_months: int | None = None
    min_interval_months: int | None = None
    recall_after_weeks: int | None = None
    names_medicine: bool = False
    drawing: str = ""

    @classmethod
    def of(cls, version: AnyVersion) -> "Facts":
        values: dict[str, Any] = {each.name: getattr(version, each.name, None) for each in fields(cls)}
        return cls(**values)


@dataclass(frozen=True)
class Question:
    """A screening question of a treatment. `number` is None for one that was never asked before."""

    text: str
    number: int | None = None
    text_es: str = ""
    hint: str = ""
    hint_es: str = ""
    flagged_answer: str = FlaggedAnswer.YES
    is_asked: bool = True

    @classmethod
    def of(cls, row: ScreeningQuestion) -> "Question":
        return cls(**{each.name: getattr(row, each.name) for each in fields(cls)})


@dataclass(frozen=True)
class Beside:
    """What stands beside the words of a version, as its columns are called."""

    picture_id: int | None = None
    sources: tuple[tuple[str, str, str], ...] = ()

    @classmethod
    def of(cls, version: AnyVersion) -> "Beside":
        return cls(version.picture_id, cited(version.cited))


def cited(sources: Iterable[Cited | Source]) -> tuple[tuple[str, str, str], ...]:
    """Sources as a version keeps them."""
    return tuple((each.title, each.publisher, each.url) for each in sources)


@dataclass(frozen=True)
class Content:
    """All that a version says. In other languages than the main one `facts`, `questions` and what stands
    `beside` don't count; `translates` does there alone: the id of the version in the main language of which
    it says the same."""

    words: Words
    facts: Facts = Facts()
    questions: tuple[Question, ...] = ()
    translates: int | None = None
    beside: Beside = Beside()

    @classmethod
    def of(cls, version: AnyVersion) -> "Content":
        words = Words(**{each.name: getattr(version, each.name) for each in fields(Words)})
        questions, beside = questions_of(version), Beside.of(version)
        return cls(words, Facts.of(version), questions, version.translated_from_id, beside)


class Overtaken(PublishingRefused):
    """Somebody else has written meanwhile. `newest` is the newest version by now, None where there is
    none."""

    def __init__(self, newest: AnyVersion | None) -> None:
        super().__init__(
            _("Somebody else has changed this text meanwhile. Nothing of theirs is overwritten.")
        )
        self.newest = newest


@dataclass(frozen=True)
class Review:
    """A page in one language that needs a dermatologist: its review is due, or a version waits for her."""

    page: AnyPage
    language: str
    version: AnyVersion
    due: date | None
    waits_for_sign_off: bool


def questions_of(version: AnyVersion) -> tuple[Question, ...]:
    """The screening questions of a version, those that are no longer asked among them."""
    if not isinstance(version, TreatmentVersion):
        return ()
    return tuple(Question.of(row) for row in version.questions.all())


def newest_version(page: AnyPage, language: str) -> AnyVersion | None:
    """The version of a page in a language that was written last; a draft is always the newest."""
    newest: AnyVersion | None = page.versions.filter(language=language).first()
    return newest


def begins_with(page: AnyPage, language: str) -> AnyVersion | None:
    """As signing.begins_with, of the words of a page in a language."""
    rows: Any = page.versions.filter(language=language)
    start: AnyVersion | None = signing.begins_with(rows)
    return start


def live_version(page: AnyPage, language: str) -> AnyVersion | None:
    """The live version of a page in a language."""
    live: AnyVersion | None = page.versions.filter(language=language, state=State.LIVE).first()
    return live


def save_draft(
    page: AnyPage, language: str, content: Content, by: User | None, seen: AnyVersion | None = None
) -> AnyVersion:
    """Stores `content` as the one draft of `page` in `language`; patients don't see it. `seen` is the newest
    version, and its revision, over which it was written; None where there was none.

    Raises Overtaken when somebody else has written since, and PublishingRefused. `by` is None for what comes
    with the product.
    """
    if by is not None and not by.has_perm(permission(page, "change")):
        raise PublishingRefused(_("You can't edit this page."))
    if language not in Language.values:
        raise PublishingRefused(_("There is no such language."))
    if language != MAIN and content.translates is not None:
        _require_original(page, content.translates)
    with transaction.atomic():
        type(page)._default_manager.select_for_update().get(pk=page.pk)
        newest = newest_version(page, language)
        if (newest and (newest.pk, newest.revision)) != (seen and (seen.pk, seen.revision)):
            raise Overtaken(newest)
        return _write(page, language, content, by, newest)


def _write(
    page: AnyPage, language: str, content: Content, by: User | None, newest: AnyVersion | None
) -> AnyVersion:
    if newest is not None and newest.state == State.DRAFT:
        draft = newest
        draft.revision += 1
    else:
        number = newest.number + 1 if newest else 1
        draft = page.versions.model(page=page, language=language, number=number)  # type: ignore[misc]
    draft.editor = by
    for name, value in _columns(page, language, content).items():
        setattr(draft, name, value)
    draft.save()
    if isinstance(draft, TreatmentVersion) and language == MAIN:
        _write_questions(draft, content.questions)
    return draft


def _require_original(page: AnyPage, pk: int) -> None:
    """A draft may still say anything, so nothing is a translation of it."""
    if not page.versions.filter(pk=pk, language=MAIN).exclude(state=State.DRAFT).exists():
        raise PublishingRefused(_("There is no such English version of this page."))


def _columns(page: AnyPage, language: str, content: Content) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    if language != MAIN:
        facts = {"translated_from_id": content.translates}
    else:
        beside = {"picture_id": content.beside.picture_id, "sources": content.beside.sources or None}
        facts = asdict(content.facts) | beside
    if isinstance(page, Article):
        of_article = ("names_medicine", "drawing", "translated_from_id", "picture_id", "sources")
        facts = {name: facts[name] for name in of_article if name in facts}
    return asdict(content.words) | facts


def _write_questions(draft: TreatmentVersion, questions: Sequence[Question]) -> None:
    """A number belongs to its question for good, also to one that has gone."""
    ever = ScreeningQuestion.objects.filter(version__page=draft.page_id).aggregate(last=Max("number"))
    last = max(ever["last"] or 0, *(each.number or 0 for each in questions), 0)
    draft.questions.all().delete()
    for question in questions:
        values = asdict(question)
        if question.number is None:
            last += 1
            values["number"] = last
        draft.questions.create(**values)


def with_picture(page: AnyPage, picture: Picture | None, by: User, now: datetime) -> AnyVersion:
    """Puts `picture`, or none, beside the words that were written last: into the draft, where there is one;
    else as a version that waits, in place of one that does. Raises PublishingRefused."""
    newest, start = newest_version(page, MAIN), begins_with(page, MAIN)
    if newest is None or start is None:
        raise PublishingRefused(_("Write the words of the page first."))
    content = Content.of(start)
    note = _("Another picture") if picture else _("Without a picture")
    if start.state in (State.DRAFT, State.WAITING) and note not in content.words.change_note:
        note = f"{content.words.change_note}; {note}"
    words = replace(content.words, change_note=note[:200])
    beside = replace(content.beside, picture_id=picture.pk if picture else None)
    draft = save_draft(page, MAIN, replace(content, words=words, beside=beside), by, newest)
    if newest.state != State.DRAFT or newest.pk != draft.pk:
        submit(draft, by, now)
    return draft


def submit(draft: AnyVersion, by: User, now: datetime, goes_live_at: datetime | None = None) -> None:
    """Hands the draft to the dermatologist, with the moment that is wished for. Raises PublishingRefused."""
    if not by.has_perm(permission(draft.page, "change")):
        raise PublishingRefused(_("You can't publish this page."))
    if nowhere := to_nowhere(draft.body):
        raise PublishingRefused(
            _("The draft is saved. Before it goes on: these links lead to no page of this site: %(links)s.")
            % {"links": ", ".join(nowhere)}
        )
    signing.submit(draft, now, goes_live_at)


def discard(draft: AnyVersion, by: User) -> None:
    """Throws a draft away. Raises PublishingRefused."""
    if not by.has_perm(permission(draft.page, "change")):
        raise PublishingRefused(_("You can't edit this page."))
    rows = draft.of_same_text().filter(pk=draft.pk, state=State.DRAFT, revision=draft.revision)
    with transaction.atomic():
        if not rows.exists():
            raise Overtaken(newest_version(draft.page, draft.language))
        rows.delete()


def draft_from(version: AnyVersion, by: User, note: str = "") -> AnyVersion:
    """A new draft that says what an earlier version said. Raises PublishingRefused where there is a draft."""
    content = Content.of(version)
    if note:
        content = replace(content, words=replace(content.words, change_note=note))
    newest = newest_version(version.page, version.language)
    if newest is not None and newest.state == State.DRAFT:
        raise PublishingRefused(_("There is a draft already. Finish it, or throw it away first."))
    return save_draft(version.page, version.language, content, by, newest)


def sign_off(
    version: AnyVersion,
    seen: Seen,
    by: User,
    now: datetime,
    goes_live_at: datetime | None = None,
    *,
    asks_nothing: bool = False,
) -> None:
    """As signing.sign_off, for a version that is complete: its facts are signed, its questions in each
    language. With `asks_nothing` `by` means it that nothing about health is asked."""
    signing.require_signer(by, version)
    _require_questions(version, asks_nothing)
    _require_complete(version, goes_live_at or now)
    signing.sign_off(version, seen, by, now, goes_live_at)


def pass_as_not_clinical(
    version: AnyVersion, seen: Seen, by: User, now: datetime, goes_live_at: datetime | None = None
) -> None:
    """As signing.pass_as_not_clinical. Facts, and which questions are asked, are clinical, whoever says
    what."""
    signing.require_signer(by, version)
    live = signing.live_of(version)
    if live and clinical_facts(live) != clinical_facts(version):
        raise PublishingRefused(_("Facts or questions have changed: that is clinical. Sign it off."))
    _require_complete(version, goes_live_at or now)
    signing.pass_as_not_clinical(version, seen, by, now, goes_live_at)


def review_again(
    version: AnyVersion, seen: Seen, by: User, now: datetime, *, asks_nothing: bool = False
) -> None:
    """As signing.review_again, of the live version that was `seen`. `asks_nothing` as in sign_off."""
    signing.require_signer(by, version)
    _require_questions(version, asks_nothing)
    if (seen.pk, seen.state, seen.live_pk) != (version.pk, State.LIVE, version.pk):
        raise PublishingRefused(_("What is on the site has changed meanwhile. Please look again."))
    signing.review_again(version, by, now)


def clinical_facts(version: AnyVersion) -> tuple[Any, ...]:
    """The facts of a version and what its questions do; how these are worded is left out."""
    questions = questions_of(version)
    return Facts.of(version), [(each.number, each.flagged_answer, each.is_asked) for each in questions]


def asks_no_question(version: AnyVersion) -> bool:
    """Whether patients would get an appointment for the treatment without one question about health."""
    is_treatment = isinstance(version, TreatmentVersion) and version.language == MAIN
    return is_treatment and not any(each.is_asked for each in questions_of(version))


def _require_questions(version: AnyVersion, asks_nothing: bool) -> None:
    if asks_no_question(version) and not asks_nothing:
        raise PublishingRefused(
            _("Nothing about health is asked before this treatment. Tick that you mean it, then sign.")
        )


def _require_complete(version: AnyVersion, goes_live_at: datetime) -> None:
    if version.language != MAIN:
        english = version.page.versions.filter(language=MAIN)
        before = Q(state=State.LIVE) | Q(state=State.SCHEDULED, goes_live_at__lte=goes_live_at)
        if not english.filter(before).exists():
            raise PublishingRefused(
                _("Sign off the English version first: its facts and questions stand beside these words.")
            )
        return
    bare = without_spanish(version)
    if bare:
        raise PublishingRefused(
            _("These questions have no Spanish yet, and the site asks in Spanish too: %(questions)s")
            % {"questions": " ".join(bare)}
        )


def without_spanish(version: AnyVersion) -> list[str]:
    """The questions, or the hints, that the Spanish page would have to ask in English."""
    if Language.SPANISH not in dict(settings.LANGUAGES):
        return []
    return [
        each.text
        for each in questions_of(version)
        if each.is_asked and (not each.text_es or (each.hint and not each.hint_es))
    ]


def send_back(version: AnyVersion, seen: Seen, by: User, note: str, now: datetime) -> AnyVersion | None:
    """Ends what waits, with a note, and lays a draft of it on the editor's desk unless there is one; the
    draft.

    A dermatologist sends back; an editor takes back what waits, never what was signed. Raises
    PublishingRefused.
    """
    if not signing.may_sign(by, version):
        if not by.has_perm(permission(version.page, "change")) or seen.state != State.WAITING:
            raise PublishingRefused(_("Only a dermatologist can send this version back."))
    elif not note.strip():
        raise PublishingRefused(_("Write a note: the editor has to know what to change."))
    with transaction.atomic():
        signing.send_back(version, seen, by, note.strip(), now)
        newest = newest_version(version.page, version.language)
        if newest is not None and newest.state == State.DRAFT:
            return None
        return _write(version.page, version.language, Content.of(version), version.editor, newest)


def review_due(pages: Iterable[AnyPage], today: date) -> list[Review]:
    """The pages that need a dermatologist by `today`, the longest due first, never reviewed ones before all.

    One query when the pages come with their versions (`prefetch_related("versions")`).
    """
    found = [review for page in pages for review in _reviews_of(page, today)]
    return sorted(found, key=lambda review: (review.due or date.min, review.page.slug, review.language))


def _reviews_of(page: AnyPage, today: date) -> list[Review]:
    versions: list[AnyVersion] = list(page.versions.all())
    reviews = []
    for language in Language.values:
        of_language = {version.state: version for version in versions if version.language == language}
        waiting, live = of_language.get(State.WAITING), of_language.get(State.LIVE)
        due = next_review(live, page.review_every_months) if live else None
        version = waiting or (live if page.is_published and (due is None or due <= today) else None)
        if version is not None:
            reviews.append(Review(page, language, version, due, waiting is not None))
    return reviews


def next_review(live: AnyVersion, months: int) -> date | None:
    """By when the words of `live` have to be reviewed again; None when they never were."""
    return add_months(clinic_day(live.signed_off_at), months) if live.signed_off_at else None
