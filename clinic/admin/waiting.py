"""The clinic's own words that wait to be let onto the site: what changes, and the steps of who decides."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from clinic.models import QuestionVersion, State, Wording
from clinic.signed import signing
from clinic.signed.differences import Change, blocks
from clinic.signed.posted import seen_of, seen_words
from clinic.signed.signing import PublishingRefused, Seen
from clinic.staff.site import Part, Section, address, on_front_page
from clinic.time.words import dated_words
from clinic.wordings import release
from clinic.wordings.texts import Text, text_of


@dataclass(frozen=True)
class Waiting:
    """A version that waits, beside what is live; or a live one that was never reviewed."""

    version: release.Version
    name: str | Promise
    when: str
    changes: list[Change]
    seen: str
    may_decide: bool
    may_pass: bool

    @property
    def is_live(self) -> bool:
        return self.version.state == State.LIVE


def waiting(
    request: HttpRequest,
    version: release.Version,
    live: release.Version | None,
    name: str | Promise,
    said: Callable[[release.Version | None], list[tuple[str | Promise, list[str]]]],
) -> Waiting:
    """`said` are the parts of a version, each its name and its lines."""
    may_decide = release.may_decide(cast("User", request.user), version)
    pairs = zip(said(live), said(version), strict=True)
    changes = [Change(part, blocks(old, new)) for (part, old), (_part, new) in pairs if old != new]
    may_pass = may_decide and version.takes_a_physician and live is not None and live.pk != version.pk
    when = dated_words(version.created_at)
    return Waiting(version, name, when, changes, seen_words(version, live), may_decide, may_pass)


def take_step(request: HttpRequest, versions: Iterable[release.Version]) -> str:
    """What a button does with one of the versions: tells the user, and returns what was done, '' where it was
    refused. Raises Http404 where the version is none of them."""
    try:
        seen = seen_of(request.POST)
        version = next((each for each in versions if each.pk == seen.pk), None)
        if version is None:
            raise Http404
        step = STEPS.get(request.POST.get("step", ""))
        if step is None:
            raise PublishingRefused(signing.FASTER)
        by, now = cast("User", request.user), timezone.now()
        said = str(step(version, seen, by, request.POST.get("note", ""), now))
    except PublishingRefused as refusal:
        messages.error(request, str(refusal))
        return ""
    messages.success(request, said)
    return said


def _let_go(version: release.Version, seen: Seen, by: User, note: str, now: datetime) -> str | Promise:
    release.let_go(version, seen, by, now)
    return _("Released. It is on the site now.")


def _pass(version: release.Version, seen: Seen, by: User, note: str, now: datetime) -> str | Promise:
    release.pass_as_not_clinical(version, seen, by, now)
    return _("Passed as not clinical. It is on the site now.")


def _send_back(version: release.Version, seen: Seen, by: User, note: str, now: datetime) -> str | Promise:
    release.send_back(version, seen, by, note, now)
    return _("It does not wait any more. The words stand below, under 'Earlier words'.")


def _review(version: release.Version, seen: Seen, by: User, note: str, now: datetime) -> str | Promise:
    release.review_again(version, seen, by, now)
    return _("The medical review is on record.")


Step = Callable[[release.Version, Seen, User, str, datetime], str | Promise]
STEPS: dict[str, Step] = {"let-go": _let_go, "pass": _pass, "send-back": _send_back, "review-again": _review}


@dataclass(frozen=True)
class Line:
    """A version on Today."""

    name: str | Promise
    url: str
    version: release.Version


@on_front_page
def words_that_wait(request: HttpRequest, _now: datetime) -> Iterator[Part]:
    """For who decides on them and who writes them: words that wait, and those about treatments that were
    never signed off. Two queries."""
    may = request.user.has_perm
    texts = _texts() if may("clinic.change_wording") else ()
    lines = [*texts, *(_questions() if may("clinic.change_commonquestion") else ())]
    if lines:
        yield Section("admin/clinic/waiting_today.html", {"lines": lines}, 3)


def _texts() -> Iterator[Line]:
    for row in Wording.objects.filter(release.UNDECIDED | release.UNSIGNED_TEXT).select_related("editor"):
        text: Text | None = text_of(row.key)
        if text is not None:
            yield Line(text.label, address("clinic_wording_change", row.key), row)


def _questions() -> Iterator[Line]:
    rows = QuestionVersion.objects.filter(release.UNDECIDED | release.UNSIGNED_ANSWER)
    for row in rows.select_related("editor"):
        yield Line(row.question, address("clinic_commonquestion_change", row.common_id), row)
