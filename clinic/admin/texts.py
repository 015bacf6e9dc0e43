"""The clinic's own words in the admin: the list of all texts, and a page for each with its history."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

from csp.decorators import csp_update
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from js_asset.media import Media

from clinic.admin.texts_form import WordsForm, history, name_of, plain, side
from clinic.admin.waiting import Waiting, take_step, waiting
from clinic.http.pages import clinic_of
from clinic.languages import Language
from clinic.models import Clinic, Wording
from clinic.rich_text import EDITOR_STYLE
from clinic.signed.signing import speaks_for_the_clinic
from clinic.signed.written import lines
from clinic.wordings import present, saving
from clinic.wordings.saving import Saved, SavedMeanwhile, SavingRefused
from clinic.wordings.texts import KINDS_IN_WORDS, Kind, Text, groups, text_of


@dataclass(frozen=True)
class Line:
    """A text on the list: what it says in each language, and whether in the clinic's own words."""

    text: Text
    words: list[tuple[Language, str, bool]]

    @property
    def is_own(self) -> bool:
        return any(own for _language, _words, own in self.words)

    def matches(self, wanted: str) -> bool:
        said = " ".join(words for _language, words, _own in self.words)
        return wanted.casefold() in f"{self.text.label} {self.text.hint} {said}".casefold()


def _line(clinic: Clinic, text: Text) -> Line:
    words = []
    for language in text.languages:
        own = present.own_words(clinic, text.key, language)
        said = own or text.shipped_in(language)
        words.append((language, plain(text, said), bool(own)))
    return Line(text, words)


def _who_may(permission: str) -> list[str]:
    """Some of the people who may change such texts, by name."""
    users = User.objects.with_perm(
        permission, include_superusers=False, backend="django.contrib.auth.backends.ModelBackend"
    )
    return [name_of(user) for user in users.filter(is_staff=True).order_by("pk")[:3]]


def _waiting(request: HttpRequest, text: Text, rows: list[Wording]) -> list[Waiting]:
    """By language what waits, or is on the site though a physician has never looked at it."""

    def said(version: Any, language: str) -> list[tuple[Any, list[str]]]:
        words = (version.text if version else "") or text.shipped_in(language)
        parts = lines(words) if text.kind is Kind.RICH else words.split("\n")
        return [(text.label, [each for each in parts if each])]

    found = []
    for language, stands in saving.standing(rows).items():
        live = stands.live
        is_unsigned = live is not None and live.is_clinical and live.text and not live.signed_off_at
        version = stands.waiting or (live if is_unsigned else None)
        if version is not None:
            of_language = partial(said, language=language)
            found.append(waiting(request, version, live, Language(language).label, of_language))
    return found


@admin.register(Wording)
class TextsAdmin(admin.ModelAdmin[Any]):
    """The list is that of all texts, worded or not; the page of one goes by the text's key."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        name, wrap = "clinic_wording", self.admin_site.admin_view
        return [
            path("<str:key>/whole/<str:language>/", wrap(require_POST(self.whole)), name=f"{name}_whole"),
            *super().get_urls(),
        ]

    @method_decorator(require_safe)
    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Every text by its group, with its present words; a search and a filter narrow it down."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        wanted, only, clinic = (
            request.GET.get("q", "").strip(),
            request.GET.get("own", ""),
            clinic_of(request),
        )
        sections = []
        for group, texts in groups():
            all_lines = [_line(clinic, text) for text in texts]
            shown = [line for line in all_lines if line.matches(wanted) and (line.is_own or only != "1")]
            if shown:
                sections.append({"group": group, "lines": shown})
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Texts"),
            "sections": sections,
            "wanted": wanted,
            "only": only,
        }
        return TemplateResponse(request, "admin/clinic/texts.html", context)

    @method_decorator(require_safe)
    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """The history stands on the text's own page."""
        text = self._text(request, object_id)
        return redirect(reverse("admin:clinic_wording_change", args=[text.key]) + "#history")

    def _text(self, request: HttpRequest, key: str) -> Text:
        if not self.has_view_permission(request):
            raise PermissionDenied
        text = text_of(key)
        if text is None:
            raise Http404
        return text

    @method_decorator(csp_update({"style-src": [EDITOR_STYLE]}))
    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Both languages side by side: looks at them beforehand, saves them, brings earlier words back."""
        text = self._text(request, object_id)
        rows = saving.history(text)
        form = WordsForm(text, saving.standing(rows), request.POST if request.method == "POST" else None)
        if request.method != "POST":
            return self._text_page(request, form, rows)
        if not request.user.has_perm(text.group.permission):
            raise PermissionDenied
        if "step" in request.POST:
            return self._step(request, text, rows)
        if "restore" in request.POST:
            return self._restore(request, text, rows)
        if not form.is_valid() or "_preview" in request.POST:
            return self._text_page(request, form, rows, status=422 if form.errors else 200)
        concerns = form.concerns()
        if concerns and "_all_the_same" not in request.POST:
            return self._text_page(request, form, rows, concerns=concerns)
        return self._save(request, form)

    def _save(self, request: HttpRequest, form: WordsForm) -> HttpResponse:
        text, by = form.text, cast("User", request.user)
        changes = saving.as_changes(form.words(), form.seen())
        try:
            saved = saving.save(text, changes, by, timezone.now(), form.cleaned_data["note"])
        except SavedMeanwhile:
            rows = saving.history(text)
            form.standing = saving.standing(rows)
            theirs = {
                language
                for language in text.languages
                if form.standing[language].number != form.cleaned_data[f"seen_{language}"]
            }
            form.see_newest()
            return self._text_page(request, form, rows, theirs=theirs, status=409)
        self._say(request, text, saved)
        return redirect("admin:clinic_wording_change", text.key)

    def _say(self, request: HttpRequest, text: Text, saved: Saved) -> None:
        if not saved.written:
            messages.info(request, _("These are the words that hold already."))
        elif not saved.waits:
            messages.success(request, _("Saved: “%(text)s”. It is on the site now.") % {"text": text.label})
        elif text.is_clinical:
            messages.success(
                request,
                _("Saved: “%(text)s”. It waits for a physician's sign-off; so far the site is as it was.")
                % {"text": text.label},
            )
        else:
            messages.success(
                request,
                _("Saved: “%(text)s”. It waits for who speaks for the clinic; so far the site is as it was.")
                % {"text": text.label},
            )

    def _step(self, request: HttpRequest, text: Text, rows: list[Wording]) -> HttpResponse:
        """Lets a version that waits onto the site, or sends it back."""
        take_step(request, rows)
        return redirect("admin:clinic_wording_change", text.key)

    def _restore(self, request: HttpRequest, text: Text, rows: list[Wording]) -> HttpResponse:
        """Has an earlier wording, or the shipped words (number 0), hold again."""
        language, _sep, number = request.POST["restore"].partition("-")
        if language not in text.languages or not (number.isascii() and number.isdigit()):
            raise Http404
        earlier = next((row for row in rows if row.language == language and str(row.number) == number), None)
        if earlier is None and number != "0":
            raise Http404
        row = saving.standing(rows)[language].newest
        seen = request.POST.get("seen", "")
        change = saving.Change(
            language, earlier.text if earlier else "", int(seen) if seen.isdecimal() and len(seen) < 7 else -1
        )
        note = (
            _("Back to version %(number)s") % {"number": number}
            if earlier
            else _("Back to the shipped words")
        )
        try:
            saved = saving.save(text, [change], cast("User", request.user), timezone.now(), note)
        except SavedMeanwhile:
            who = name_of(row.editor) if row else ""
            messages.error(
                request, _("%(name)s has changed these words meanwhile. Look first.") % {"name": who}
            )
        except SavingRefused as refusal:
            messages.error(request, str(refusal))
        else:
            self._say(request, text, saved)
        return redirect("admin:clinic_wording_change", text.key)

    def whole(self, request: HttpRequest, key: str, language: str) -> HttpResponse:
        """The whole page or message as it would be with what was typed."""
        text = self._text(request, key)
        answer = text.group.whole
        if language not in text.languages or answer is None:
            raise Http404
        form = WordsForm(text, saving.standing([]), request.POST)
        if not form.is_valid():
            return self._text_page(request, form, saving.history(text), status=422)
        with present.as_if_saved({(key, each): words for each, words in form.words().items()}):
            return answer(request, text, language)

    def _text_page(
        self,
        request: HttpRequest,
        form: WordsForm,
        rows: list[Wording],
        *,
        theirs: Iterable[str] = (),
        concerns: Iterable[str] = (),
        status: int = 200,
    ) -> HttpResponse:
        text, theirs = form.text, set(theirs)
        may_change = request.user.has_perm(text.group.permission)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": text.label,
            "text": text,
            "kind": KINDS_IN_WORDS[text.kind],
            "form": form,
            # A template would call the function itself.
            "has_whole": text.group.whole is not None,
            "sides": [side(form, each, clinic_of(request), each in theirs) for each in text.languages],
            "concerns": concerns,
            "theirs": theirs,
            "waiting": _waiting(request, text, rows),
            "earlier": history(text, rows),
            "may_change": may_change,
            "to_ask": [] if may_change else _who_may(text.group.permission),
            "may_release": speaks_for_the_clinic(cast("User", request.user), Wording),
            "media": Media.from_media(self.media + form.media, nonce=str(vars(request)["csp_nonce"])),
        }
        response = TemplateResponse(request, "admin/clinic/text.html", context, status=status)
        response["Cache-Control"] = "no-store"
        return response.render()
