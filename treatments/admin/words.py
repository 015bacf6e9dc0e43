"""Writing a page's next version in the admin: the draft, saved, handed over for sign-off, or thrown away."""

from typing import Any, cast

from csp.decorators import csp_update
from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from js_asset.media import Media

from clinic.rich_text import EDITOR_STYLE
from clinic.signed import signing
from clinic.signed.signing import PublishingRefused
from treatments import publishing
from treatments.admin.content_forms import ContentForm
from treatments.admin.differences import content_differences, differences
from treatments.admin.kit import answer, page_for, record, to_version
from treatments.admin.own_pages import targets
from treatments.models import MAIN, Language, State
from treatments.publishing import AnyPage, AnyVersion, Content, Overtaken
from treatments.translations import originals


@csp_update({"style-src": [EDITOR_STYLE]})  # type: ignore[arg-type]
def write(admin: "ModelAdmin[Any]", request: HttpRequest, pk: int, language: str) -> HttpResponse:
    """The draft of a page's words in a language; without one, the beginning of it, from what is live."""
    page = page_for(admin, request, pk, "change")
    if language not in Language.values:
        raise Http404
    newest = publishing.newest_version(page, language)
    start = publishing.begins_with(page, language) or page.versions.filter(state=State.LIVE).first()
    posted = request.POST if request.method == "POST" else None
    form = ContentForm(page, language, start, posted, _original(page, language, posted or request.GET))
    if request.method != "POST":
        return _show(admin, request, form, newest)
    if form.has_errors:
        return _show(admin, request, form, newest, 422)
    by = cast("User", request.user)
    try:
        draft = publishing.save_draft(page, language, form.content(), by, _seen(page, request.POST))
    except Overtaken as overtaken:
        return _show(admin, request, form, overtaken.newest, 409, refusal=overtaken)
    record(admin, request, draft, _("Draft saved"))
    if "_submit" not in request.POST:
        messages.success(
            request, _("Draft %(number)s is saved. Patients don't see it.") % {"number": draft.number}
        )
        return redirect(to_version(draft))
    return _hand_over(admin, request, draft)


def _hand_over(admin: "ModelAdmin[Any]", request: HttpRequest, draft: AnyVersion) -> HttpResponse:
    """Submits a draft, and leads to its page, where a dermatologist signs it."""
    try:
        publishing.submit(draft, cast("User", request.user), timezone.now())
    except PublishingRefused as refusal:
        messages.error(request, str(refusal))
    else:
        record(admin, request, draft, _("Handed over for sign-off"))
        messages.success(
            request, _("Version %(number)s waits for a dermatologist.") % {"number": draft.number}
        )
    return redirect(to_version(draft))


def _original(page: AnyPage, language: str, asked: QueryDict) -> AnyVersion | None:
    """The English version that stands beside the words: the one that was asked for, else the live one."""
    if language == MAIN:
        return None
    pk = asked.get("english", "")
    if pk.isdecimal() and len(pk) < 19:
        submitted = page.versions.filter(pk=int(pk), language=MAIN).exclude(state=State.DRAFT)
        original: AnyVersion | None = submitted.first()
        if original is not None:
            return original
    return next(iter(originals(page)), None)


def _beside(form: ContentForm) -> dict[str, Any]:
    """What an editor of another language sees of the English, and what has changed in it."""
    original, before = form.original, cast("AnyVersion | None", form.translated_from)
    if original is None:
        return {}
    has_changed = before is not None and before.pk != original.pk
    return {
        "original": original,
        "translated_from": before,
        "english_changes": differences(before, original) if before and has_changed else [],
        "other_originals": [each for each in originals(form.page) if each.pk != original.pk],
    }


def _called(page: AnyPage, start: AnyVersion | None) -> str:
    """What the page is called while its words are written: by its title, if it has one yet."""
    return start.title if start and start.title else page.slug


def _seen(page: AnyPage, posted: QueryDict) -> AnyVersion | None:
    """The newest version as it was when the form was loaded: its id and how often it had been saved."""
    pk, _dash, revision = posted.get("seen", "").partition("-")
    if not (pk.isdecimal() and revision.isdecimal() and len(pk) < 19 and len(revision) < 10):
        return None
    seen: AnyVersion = page.versions.model(pk=int(pk), revision=int(revision))
    return seen


def _show(
    admin: "ModelAdmin[Any]",
    request: HttpRequest,
    form: ContentForm,
    newest: AnyVersion | None,
    status: int = 200,
    refusal: Overtaken | None = None,
) -> HttpResponse:
    """The form. After a `refusal` what is stored stands beside what was typed, and a second save is meant;
    what is wrong in the form says nothing of what was stored since it was loaded."""
    page = form.page
    seen = _seen(page, request.POST) if status == 422 else newest
    changes = []
    if refusal and refusal.newest:
        stored, typed = Content.of(refusal.newest), form.content()
        changes = content_differences(stored, typed, with_facts=form.language == MAIN)
    context = {
        "title": _("Draft of “%(page)s” (%(language)s)")
        % {"page": _called(page, form.start), "language": Language(form.language).label},
        "called": _called(page, form.start),
        "page": page,
        "newest": newest,
        "sent_back": signing.unanswered(page.versions.filter(language=form.language)),
        "seen": f"{seen.pk}-{seen.revision}" if seen else "",
        "form": form,
        "refusal": refusal,
        "changes": changes,
        "language": form.language,
        "own_pages": targets(),
        **_beside(form),
        "media": Media.from_media(admin.media + form.media, nonce=str(request.csp_nonce)),  # type: ignore[attr-defined]
    }
    return answer(admin, request, "admin/treatments/words.html", context, status)
