"""The alarm words in the admin: what holds, the draft, and the page of a version where a physician signs."""

from collections.abc import Callable
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminTextareaWidget
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinic.signed import signing
from clinic.signed.differences import Change, blocks
from clinic.signed.posted import seen_of, seen_words
from clinic.signed.signing import PublishingRefused, Seen, permission
from clinic.staff.read_only import ReadOnlyAdmin
from clinic.wordings.filling import without_what_cant_be_seen
from treatments.admin.kit import answer
from treatments.alarm import words, writing
from treatments.alarm.signs import Level, level_in
from treatments.models import AlarmWords, Language, State

WRITE, LIST = "admin:treatments_alarmwords_write", "admin:treatments_alarmwords_changelist"


class AlarmForm(forms.ModelForm[AlarmWords]):
    """Both levels in both languages; none of it may be missing."""

    class Meta:
        model = AlarmWords
        fields = (*words.COLUMNS, "change_note")
        help_texts = {
            "call_911_signs": gettext_lazy(
                "Read as one sentence: “Call 911 now if you have” and then these."
            ),
            "call_911_signs_es": gettext_lazy(
                "Read as one sentence: “Llame al 911 ahora si tiene” and then these."
            ),
        }
        widgets = {name: AdminTextareaWidget(attrs={"rows": 2}) for name in words.COLUMNS}

    def clean(self) -> dict[str, Any]:
        """As one line each; the first level always names 911."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        for name in words.COLUMNS:
            if name in data:
                data[name] = " ".join(without_what_cant_be_seen(data[name]).split()).rstrip(" .:")
        for language in ("", "_es"):
            name = f"{Level.CALL_911.value}{language}"
            if name in data and "911" not in data[name]:
                self.add_error(name, ValidationError(_("911 is missing. This text can't do without it.")))
        return data

    def columns(self) -> dict[str, str]:
        return {name: self.cleaned_data[name] for name in words.COLUMNS}


def _sign_off(version: AlarmWords, seen: Seen, by: User, posted: QueryDict) -> str | Promise:
    writing.sign_off(version, seen, by, timezone.now())
    return gettext_lazy("Signed off. Every page says these words now.")


def _send_back(version: AlarmWords, seen: Seen, by: User, posted: QueryDict) -> str | Promise:
    writing.send_back(version, seen, by, posted.get("note", ""), timezone.now())
    return gettext_lazy("Sent back: it waits no more.")


def _review(version: AlarmWords, seen: Seen, by: User, posted: QueryDict) -> str | Promise:
    if (seen.pk, seen.state) != (version.pk, State.LIVE):
        raise PublishingRefused(_("What is on the site has changed meanwhile. Please look again."))
    writing.review_again(version, by, timezone.now())
    return gettext_lazy("The medical review is on record.")


def _submit(version: AlarmWords, seen: Seen, by: User, posted: QueryDict) -> str | Promise:
    writing.submit(version, by, timezone.now())
    return gettext_lazy("The words wait for a dermatologist.")


def _discard(version: AlarmWords, seen: Seen, by: User, posted: QueryDict) -> str | Promise:
    writing.discard(version, seen, by)
    return gettext_lazy("The draft is thrown away.")


def _pass(version: AlarmWords, seen: Seen, by: User, posted: QueryDict) -> str | Promise:
    writing.pass_as_not_clinical(version, seen, by, timezone.now())
    return gettext_lazy("Passed as not clinical. Every page says these words now; the last review stays.")


Step = Callable[[AlarmWords, Seen, User, QueryDict], str | Promise]
STEPS: dict[str, Step] = {
    "sign-off": _sign_off, "pass": _pass, "send-back": _send_back, "review-again": _review,
    "submit": _submit, "discard": _discard,
}  # fmt: skip


class AlarmAdmin(ReadOnlyAdmin):
    """Nothing is changed by the admin's own forms: a change is a new version, which somebody signs."""

    def get_urls(self) -> list[URLPattern]:
        write = self.admin_site.admin_view(self.write)
        return [path("write/", write, name="treatments_alarmwords_write"), *super().get_urls()]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """What holds now, and every version."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        versions = list(AlarmWords.objects.select_related("editor", "released_by__practitioner"))
        context = {
            "title": _("Alarm words"),
            "said": [(language, words.present(language=language.value)) for language in Language],
            "versions": versions,
            "waits": next((each for each in versions if each.state == State.WAITING), None),
            "write_url": reverse(WRITE) if self._may_change(request) else "",
        }
        return answer(self, request, "admin/treatments/alarm.html", context)

    def _may_change(self, request: HttpRequest) -> bool:
        return request.user.has_perm(permission(AlarmWords, "change"))

    def write(self, request: HttpRequest) -> HttpResponse:
        """The draft, or the beginning of one from what is live."""
        if not self._may_change(request):
            raise PermissionDenied
        newest = AlarmWords.objects.first()
        start = signing.begins_with(AlarmWords.objects.all())
        initial = writing.columns_of(start) if start else dict(words.SHIPPED)
        initial["change_note"] = newest.change_note if newest and newest.state == State.DRAFT else ""
        form = AlarmForm(request.POST if request.method == "POST" else None, initial=initial)
        if request.method != "POST":
            return self._show_form(request, form, newest)
        if not form.is_valid():
            return self._show_form(request, form, newest, 422, seen=request.POST.get("seen", ""))
        by, seen = cast("User", request.user), request.POST.get("seen", "")
        try:
            draft = writing.save_draft(form.columns(), form.cleaned_data["change_note"], by, seen)
            if "_submit" in request.POST:
                writing.submit(draft, by, timezone.now())
        except PublishingRefused as refusal:
            return self._show_form(request, form, AlarmWords.objects.first(), 409, refusal=refusal)
        self.log_change(request, draft, _("Written"))
        messages.success(request, _("Saved. No page says it before a dermatologist has signed it off."))
        return redirect("admin:treatments_alarmwords_change", draft.pk)

    def _show_form(
        self,
        request: HttpRequest,
        form: AlarmForm,
        newest: AlarmWords | None,
        status: int = 200,
        **more: Any,
    ) -> HttpResponse:
        """After a refusal what is stored stands beside what was typed, and a second save is meant."""
        changes = _changes(writing.columns_of(newest), form.columns()) if newest and "refusal" in more else []
        context = {
            "title": _("Draft of the alarm words"),
            "form": form,
            "seen": writing.mark_of(newest),
            "newest": newest,
            "sent_back": signing.unanswered(AlarmWords.objects.select_related("returned_by")),
            "changes": changes,
            **more,
        }
        return answer(self, request, "admin/treatments/alarm_words.html", context, status)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """One version: its words, what changes on the site, and the steps."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        version = _version(object_id)
        return self._step(request, version) if request.method == "POST" else self._show(request, version)

    def _show(
        self, request: HttpRequest, version: AlarmWords, refusal: PublishingRefused | None = None
    ) -> HttpResponse:
        """After a `refusal` the note that was typed stands there still."""
        live = signing.live_of(version)
        before = live if live and live.pk != version.pk else version.of_same_text().filter(
            number__lt=version.number
        ).first()  # fmt: skip
        columns = writing.columns_of(version)
        context = {
            "title": _("Alarm words, version %(number)s") % {"number": version.number},
            "version": version,
            "live": live,
            "before": before,
            "changes": _changes(writing.columns_of(before), columns) if before else [],
            "said": [(language, words.said_in(columns, language.value)) for language in Language],
            "unknown": _unknown(columns),
            "seen": seen_words(version, live),
            "refusal": refusal,
            "note": request.POST.get("note", "") if refusal else "",
            "sent_back": signing.unanswered(version.of_same_text()) if version.state == State.DRAFT else None,
            **self._may(request, version, live),
        }
        return answer(self, request, "admin/treatments/alarm_version.html", context, 409 if refusal else 200)

    def _may(self, request: HttpRequest, version: AlarmWords, live: AlarmWords | None) -> dict[str, bool]:
        """Which buttons there are."""
        signs = signing.may_sign(cast("User", request.user), version)
        return {
            "may_write": self._may_change(request) and version.state == State.DRAFT,
            "may_sign": signs and version.state == State.WAITING,
            "may_pass": signs
            and version.state == State.WAITING
            and live is not None
            and writing.signs_of(live) == writing.signs_of(version),
            "may_take_back": not signs and self._may_change(request) and version.state == State.WAITING,
            "may_review": signs and version.state == State.LIVE,
        }

    def _step(self, request: HttpRequest, version: AlarmWords) -> HttpResponse:
        if not self._may_change(request):
            raise PermissionDenied
        here = HttpResponseRedirect(request.path)
        step = STEPS.get(request.POST.get("step", ""))
        if step is None:
            return here
        try:
            said = step(version, seen_of(request.POST), cast("User", request.user), request.POST)
        except PublishingRefused as refusal:
            return self._show(request, _version(str(version.pk)), refusal)
        self.log_change(request, version, str(said))
        messages.success(request, str(said))
        return redirect(LIST) if step is _discard else here


def _version(object_id: str) -> AlarmWords:
    """Raises Http404 for none."""
    found = AlarmWords.objects.select_related("editor", "released_by__practitioner", "returned_by")
    version = found.filter(pk=object_id).first() if object_id.isdecimal() and len(object_id) < 19 else None
    if version is None:
        raise Http404
    return version


def _changes(old: dict[str, str], new: dict[str, str]) -> list[Change]:
    labels = {name: AlarmWords._meta.get_field(name).verbose_name for name in words.COLUMNS}  # type: ignore[union-attr]
    return [
        Change(labels[name], blocks([old[name]], [new[name]]))
        for name in words.COLUMNS
        if old[name] != new[name]
    ]


def _unknown(columns: dict[str, str]) -> list[str]:
    """The signs that are found in patients' messages only as they are written here."""
    from_lists = [columns[f"{level.value}_signs{suffix}"] for level in Level for suffix in ("", "_es")]
    return [sign.strip() for signs in from_lists for sign in signs.split(",") if level_in(sign) is None]


admin.site.register(AlarmWords, AlarmAdmin)
