"""What Today says to those who look after the content."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, cast

from django.contrib.auth.models import User
from django.db.models import Prefetch
from django.http import HttpRequest

from clinic.signed.signing import may_sign, permission, unanswered
from clinic.staff.site import Part, Section, address, on_front_page
from clinic.time.hours import clinic_day
from treatments.due import coming
from treatments.models import (
    MAIN,
    AlarmWords,
    Article,
    ArticleVersion,
    Language,
    State,
    Treatment,
    TreatmentVersion,
)
from treatments.publishing import AnyPage, AnyVersion, review_due
from treatments.translations import Standing, standing

LOOKED_AT = (State.DRAFT, State.WAITING, State.SCHEDULED, State.LIVE, State.RETURNED)


@on_front_page
def medical_reviews(request: HttpRequest, now: datetime) -> Iterator[Part]:
    """The pages whose medical review is due, or whose changes wait for a sign-off; where the English has
    changed since it was translated; what was sent back; what is planned; and alarm words that wait. Six
    queries."""
    pages: list[AnyPage] = [
        *Treatment.objects.prefetch_related(_looked_at(TreatmentVersion)),
        *Article.objects.prefetch_related(_looked_at(ArticleVersion)),
    ]
    may_see = [page for page in pages if request.user.has_perm(permission(page, "change"))]
    if not may_see:
        return
    lines = [
        {"review": review, "url": _address(review.page, review.version)}
        for review in review_due(may_see, clinic_day(now))
        if not review.page.is_sample
    ]
    may_sign_off = may_sign(cast("User", request.user), TreatmentVersion)
    planned = [{"coming": each, "url": _address(each.page, each.version)} for each in coming(may_see)]
    content = {
        "lines": lines,
        "planned": planned,
        "may_sign_off": may_sign_off,
        "behind": [line for page in may_see for line in _behind(page)],
        "sent_back": [line for page in may_see for line in _sent_back(page)],
        "alarm": _alarm(request),
    }
    yield Section("admin/treatments/today.html", content, 3)


def _alarm(request: HttpRequest) -> dict[str, Any] | None:
    """The alarm words, for those who may see them: the version that waits for a sign-off, if there is one."""
    if not request.user.has_perm("treatments.view_alarmwords"):
        return None
    name, waits = "treatments_alarmwords", AlarmWords.objects.filter(state=State.WAITING).first()
    url = address(f"{name}_change", waits.pk) if waits else address(f"{name}_changelist")
    return {"waits": waits is not None, "url": url}


def _looked_at(model: type[TreatmentVersion] | type[ArticleVersion]) -> "Prefetch[Any]":
    rows = model._default_manager.filter(state__in=LOOKED_AT)
    return Prefetch("versions", rows.defer("body").select_related("returned_by"))


def _sent_back(page: AnyPage) -> Iterator[dict[str, Any]]:
    """The drafts that lie on an editor's desk with a note from who sent them back."""
    versions: list[AnyVersion] = list(page.versions.all())
    for language in Language:
        of_language = [each for each in versions if each.language == language]
        back = unanswered(of_language)
        if back is not None and any(each.state == State.DRAFT for each in of_language):
            url = address(f"treatments_{page._meta.model_name}_words", page.pk, language.value)
            yield {"title": f"{back.title} ({language.label})", "version": back, "url": url}


def _behind(page: AnyPage) -> Iterator[dict[str, Any]]:
    """The languages in which the words of a page no longer say what the English says."""
    versions: list[AnyVersion] = list(page.versions.all())
    title = next((each.title for each in versions if each.state == State.LIVE), page.slug)
    for language in Language:
        if page.is_published and language != MAIN and standing(versions, language) is Standing.BEHIND:
            url = address(f"treatments_{page._meta.model_name}_words", page.pk, language.value)
            yield {"title": title, "language": language.label, "url": url}


def _address(page: AnyPage, version: AnyVersion | None) -> str:
    """Of the version's page, or of the page's own."""
    name = f"treatments_{page._meta.model_name}"
    return (
        address(f"{name}_version", page.pk, version.pk)
        if version
        else address(f"{name}_on_the_site", page.pk)
    )
