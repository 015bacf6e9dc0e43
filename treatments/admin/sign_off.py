"""One version in the admin: the whole text as patients will see it, what changed, and what becomes of it."""

from collections.abc import Callable
from typing import Any, cast

from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinic.signed import signing
from clinic.signed.posted import seen_of, seen_words
from clinic.signed.signing import PublishingRefused, Seen, permission
from clinic.time.words import dated_words
from treatments import due, publishing, shown
from treatments.addresses import to_nowhere
from treatments.admin.differences import differences
from treatments.admin.kit import answer, page_for, record, to_version, version_of
from treatments.admin.moments import MomentForm, chosen, status_of
from treatments.admin.texts import place_of
from treatments.composition.composed import composed
from treatments.models import MAIN, Language, State, Treatment
from treatments.publishing import AnyPage, AnyVersion


def _submit(version: AnyVersion, seen: Seen, by: User, posted: QueryDict) -> str | Promise:
    publishing.submit(version, by, timezone.now(), chosen(posted))
    return _("Version %(number)s waits for a dermatologist.") % {"number": version.number}


def _means_it(posted: QueryDict) -> bool:
    """Whether it is ticked that a treatment is signed which asks nothing about health."""
    return posted.get("asks-nothing") == "yes"


def _sign_off(version: AnyVersion, seen: Seen, by: User, posted: QueryDict) -> str | Promise:
    publishing.sign_off(version, seen, by, timezone.now(), chosen(posted), asks_nothing=_means_it(posted))
    return _from_when(version) or gettext_lazy("Signed off. This version is live.")


def _pass(version: AnyVersion, seen: Seen, by: User, posted: QueryDict) -> str | Promise:
    publishing.pass_as_not_clinical(version, seen, by, timezone.now(), chosen(posted))
    return _from_when(version) or gettext_lazy(
        "Passed as not clinical. This version is live; the date of the last review stays."
    )


def _from_when(version: AnyVersion) -> str:
    """Of a version that is signed for later."""
    if version.state != State.SCHEDULED or version.goes_live_at is None:
        return ""
    return _("Signed off. This version goes live on %(moment)s.") % {
        "moment": dated_words(version.goes_live_at)
    }


def _reschedule(version: AnyVersion, seen: Seen, by: User, posted: QueryDict) -> str | Promise:
    signing.reschedule(version, seen, by, timezone.now(), chosen(posted))
    return _from_when(version) or gettext_lazy("This version is live.")


def _send_back(version: AnyVersion, seen: Seen, by: User, posted: QueryDict) -> str | Promise:
    publishing.send_back(version, seen, by, posted.get("note", ""), timezone.now())
    return gettext_lazy("Sent back. The editor finds it as a draft.")


def _review(version: AnyVersion, seen: Seen, by: User, posted: QueryDict) -> str | Promise:
    publishing.review_again(version, seen, by, timezone.now(), asks_nothing=_means_it(posted))
    return gettext_lazy("The medical review is on record.")


def _restore(version: AnyVersion, seen: Seen, by: User, posted: QueryDict) -> str | Promise:
    note = _("As in version %(number)s again") % {"number": version.number}
    publishing.draft_from(version, by, note)
    return gettext_lazy("A draft says again what this version says.")


def _discard(version: AnyVersion, seen: Seen, by: User, posted: QueryDict) -> str | Promise:
    publishing.discard(version, by)
    return gettext_lazy("The draft is thrown away.")


Step = Callable[[AnyVersion, Seen, User, QueryDict], str | Promise]
# What a button posts, what it does, and how the page's history calls it.
STEPS: dict[str, tuple[Step, str | Promise]] = {
    "submit": (_submit, gettext_lazy("Handed over for sign-off")),
    "sign-off": (_sign_off, gettext_lazy("Signed off")),
    "pass": (_pass, gettext_lazy("Passed as not clinical")),
    "reschedule": (_reschedule, gettext_lazy("Another moment chosen")),
    "send-back": (_send_back, gettext_lazy("Sent back")),
    "review-again": (_review, gettext_lazy("Reviewed")),
    "restore": (_restore, gettext_lazy("Begun again as a draft")),
    "discard": (_discard, gettext_lazy("Draft thrown away")),
}


def version_page(admin: "ModelAdmin[Any]", request: HttpRequest, pk: int, version_pk: int) -> HttpResponse:
    """One version; its buttons post a step."""
    page = page_for(admin, request, pk)
    due.take(timezone.now())
    version = version_of(page, version_pk)
    if request.method == "POST":
        return _step(admin, request, version)
    return _show(admin, request, version)


def _show(
    admin: "ModelAdmin[Any]",
    request: HttpRequest,
    version: AnyVersion,
    refusal: PublishingRefused | None = None,
) -> HttpResponse:
    """The page of a version. After a `refusal` what was typed stands in it still."""
    page, posted = version.page, request.POST if refusal else None
    live = version if version.state == State.LIVE else signing.live_of(version)
    against = live if live and live.pk != version.pk else _before(version)
    context = {
        "title": f"{version.title}: {_('version')} {version.number} ({version.get_language_display()})",
        "page": page,
        "version": version,
        "live": live,
        "against": against,
        "changes": differences(against, version) if against else [],
        "facts": version if version.language == MAIN else None,
        "questions": publishing.questions_of(version),
        "seen": seen_words(version, live),
        "preview_url": to_version(version, "preview"),
        "write_url": _write_url(page, version.language),
        "links_to_nowhere": to_nowhere(version.body) if version.state in (State.DRAFT, State.WAITING) else [],
        "bare_questions": publishing.without_spanish(version),
        "language": Language(version.language),
        "moment": MomentForm(posted, timezone.now(), version.goes_live_at),
        "refusal": refusal,
        "asks_nothing": publishing.asks_no_question(version),
        "means_it": posted is not None and _means_it(posted),
        "note": posted.get("note", "") if posted else "",
        "sent_back": signing.unanswered(version.of_same_text()) if version.state == State.DRAFT else None,
        "scheduled": version.of_same_text().filter(state=State.SCHEDULED).exclude(pk=version.pk).first(),
        **_english(version),
        **_may(request, page, version),
    }
    return answer(admin, request, "admin/treatments/version.html", context, status_of(refusal))


def _english(version: AnyVersion) -> dict[str, Any]:
    """Of a version in another language: the English that it translates, and what has changed there since."""
    if version.language == MAIN:
        return {}
    before = cast("AnyVersion | None", version.translated_from)
    now = publishing.live_version(version.page, MAIN)
    has_changed = before is not None and now is not None and now.number > before.number
    return {
        "translated_from": before,
        "english": before or now,
        "english_now": now if has_changed or before is None else None,
        "english_changes": differences(before, now) if before and now and has_changed else [],
    }


def _may(request: HttpRequest, page: AnyPage, version: AnyVersion) -> dict[str, bool]:
    """Which buttons there are."""
    changes = request.user.has_perm(permission(page, "change"))
    signs = signing.may_sign(cast("User", request.user), version)
    waits = version.state in (State.WAITING, State.SCHEDULED)
    return {
        "may_write": changes and version.state == State.DRAFT,
        "may_restore": changes and version.state in (State.LIVE, State.SUPERSEDED, State.RETURNED),
        "may_sign": signs and version.state == State.WAITING,
        "may_review": signs and version.state == State.LIVE,
        "may_send_back": signs and waits,
        "may_reschedule": signs and version.state == State.SCHEDULED,
        "may_take_back": changes and not signs and version.state == State.WAITING,
    }


def _step(admin: "ModelAdmin[Any]", request: HttpRequest, version: AnyVersion) -> HttpResponse:
    by, name = cast("User", request.user), request.POST.get("step", "")
    if name not in STEPS:
        return redirect(to_version(version))
    step, words = STEPS[name]
    to = to_version(version)
    try:
        said = step(version, seen_of(request.POST), by, request.POST)
    except PublishingRefused as refusal:
        return _refused(admin, request, version, refusal)
    record(admin, request, version, str(words))
    messages.success(request, str(said))
    if name == "restore":
        to = _write_url(version.page, version.language)
    if name == "discard":
        to = reverse(f"admin:treatments_{version.page._meta.model_name}_change", args=[version.page_id])
    return redirect(to)


def _refused(
    admin: "ModelAdmin[Any]", request: HttpRequest, version: AnyVersion, refusal: PublishingRefused
) -> HttpResponse:
    """The page as it stands by now; that of the whole text where the draft has gone meanwhile."""
    if not version.of_same_text().filter(pk=version.pk).exists():
        messages.error(request, str(refusal))
        return redirect(f"admin:treatments_{version.page._meta.model_name}_change", version.page_id)
    return _show(admin, request, version_of(version.page, version.pk), refusal)


def _write_url(page: AnyPage, language: str) -> str:
    return reverse(f"admin:treatments_{page._meta.model_name}_words", args=[page.pk, language])


def _before(version: AnyVersion) -> AnyVersion | None:
    earlier: AnyVersion | None = version.of_same_text().filter(number__lt=version.number).first()
    return earlier


def preview(admin: "ModelAdmin[Any]", request: HttpRequest, pk: int, version_pk: int) -> HttpResponse:
    """A version as the site would show it, with its own facts and what the page has beside the words."""
    version = version_of(page_for(admin, request, pk), version_pk)
    with translation.override(version.language):
        seen = shown.previewed(version)
        page = seen.version.page
        kind = "treatment" if isinstance(page, Treatment) else "article"
        context = {
            "shown": seen,
            kind: page,
            "place": place_of(page) if isinstance(page, Treatment) else "",
            "sources": page.cited,
            "structured_data": "",
            "version_url": to_version(version),
        }
        context |= composed(seen.body, page)
        return TemplateResponse(request, f"admin/treatments/preview_{kind}.html", context).render()
