"""Aftercare after a safety edit: who got older words, and the new ones for them once somebody confirms."""

from collections.abc import Iterator
from datetime import datetime

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from appointments.follow_up import aftercare
from appointments.roles import HANDLE, VIEW
from appointments.staff.kit import answer, page_of, staff_of
from clinic.audit.entry import AuditAction
from clinic.jobs import asking
from clinic.jobs.kinds import Kind
from clinic.models import Job
from clinic.staff.site import Advice, Part, address, on_front_page
from clinic.time.hours import clinic_day
from treatments.models import ArticleVersion, Language
from treatments.publishing import review_due


def outdated(request: HttpRequest) -> HttpResponse:
    """Everybody who got an older version in the last weeks, version by version."""
    _require_desk(request)
    now = timezone.now()
    updates = [
        {
            "version": update.version,
            "send_url": reverse("admin:aftercare-send", args=[update.version.pk]),
            "lines": [{"sent": sent, "url": page_of(sent.request)} for sent in update.outdated],
        }
        for update in aftercare.updates(now)
    ]
    return answer(
        request,
        "aftercare.html",
        {"title": _("Aftercare"), "updates": updates, "blocked": aftercare.blocked(now)},
    )


class Send(Kind):
    """The new version for all of them, as somebody has confirmed it. When it isn't the one to give any more,
    the rest get none: the next one wants a confirmation of its own, for which Today asks."""

    name, words, permissions, at_once = "aftercare-send", gettext_lazy("New aftercare"), (VIEW, HANDLE), 50

    def keys(self, job: Job) -> list[int]:
        version = ArticleVersion.objects.get(pk=job.scope["version"])
        return [sent.request_id for sent in aftercare.outdated_by(version, timezone.now())]

    def stored(self, job: Job, keys: list[int]) -> int:
        version, now = ArticleVersion.objects.get(pk=job.scope["version"]), timezone.now()
        patients = [sent.request for sent in aftercare.outdated_by(version, now, among=keys)]
        return aftercare.send_update(version, patients, job.asked_by, now)

    def counted(self, count: int) -> str:
        words = ngettext("%(count)s patient", "%(count)s patients", count)
        return words % {"count": f"{count:,}"}

    def left(self, count: int) -> str:
        words = ngettext(
            "%(count)s patient got none: they have it already, or the advice has changed again meanwhile;"
            " Today says so.",
            "%(count)s patients got none: they have it already, or the advice has changed again meanwhile;"
            " Today says so.",
            count,
        )
        return words % {"count": f"{count:,}"}


SEND = Send()


def send(request: HttpRequest, version_pk: int) -> HttpResponse:
    """Queues the new version for all of them; for more than a few the worker does."""
    _require_desk(request)
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    version, now = get_object_or_404(ArticleVersion, pk=version_pk), timezone.now()
    patients = [sent.request for sent in aftercare.outdated_by(version, now)]
    if len(patients) > SEND.at_once:
        scope = {"version": version.pk}
        return asking.to_page(asking.ask(request, SEND, scope, AuditAction.CHANGED, count=len(patients)))
    if not patients:
        messages.warning(
            request, _("Nobody got it: they all have it already, or the advice has changed again meanwhile.")
        )
        return HttpResponseRedirect(reverse("admin:aftercare"))
    given = aftercare.send_update(version, patients, staff_of(request), now)
    words = ngettext(
        "%(count)s patient gets the new version.", "%(count)s patients get the new version.", given
    )
    messages.success(request, words % {"count": given})
    return HttpResponseRedirect(reverse("admin:aftercare"))


def _require_desk(request: HttpRequest) -> None:
    if not request.user.has_perms([VIEW, HANDLE]):
        raise PermissionDenied


@on_front_page
def to_confirm(request: HttpRequest, now: datetime) -> Iterator[Part]:
    """Aftercare that is not given out at present, to those who can mend it, and new words that wait for
    somebody's confirmation."""
    if not request.user.has_perms([VIEW, HANDLE]):
        return
    for each in _said_nowhere_else(request, now):
        yield Advice(
            f"{each.title} ({Language(each.language).label}): {each.reason}",
            address("treatments_article_change", each.article.pk),
        )
    for update in aftercare.updates(now):
        count = len(update.outdated)
        words = ngettext(
            "The aftercare advice has changed. %(count)s patient of the last weeks has the old one.",
            "The aftercare advice has changed. %(count)s patients of the last weeks have the old one.",
            count,
        )
        yield Advice(words % {"count": count}, address("aftercare"))


def _said_nowhere_else(request: HttpRequest, now: datetime) -> list[aftercare.Blocked]:
    """What is not given out, less what the medical reviews on the same page say."""
    if not request.user.has_perm("treatments.change_article"):
        return []
    blocked = aftercare.blocked(now)
    pages = [each.article for each in blocked if each.article.is_published and not each.article.is_sample]
    listed = {(review.page.pk, review.language) for review in review_due(pages, clinic_day(now))}
    return [each for each in blocked if (each.article.pk, each.language) not in listed]
