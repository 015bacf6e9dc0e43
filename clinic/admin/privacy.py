"""The privacy notice in the admin: its versions, and a form for the next one."""

from datetime import timedelta
from functools import partial
from typing import Any, cast

from csp.decorators import csp_update
from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AdminSplitDateTime
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone, translation
from django.utils.decorators import method_decorator
from django.utils.html import format_html, strip_tags
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from django_prose_editor.widgets import AdminProseEditorWidget
from js_asset.media import Media

from clinic.admin.availability import BACK, CONFIRMED, NotYet
from clinic.http import views
from clinic.languages import Language
from clinic.models import Clinic, PrivacyNotice, privacy_version
from clinic.privacy import PRIVACY_VERSION
from clinic.rich_text import EDITOR_EXTENSIONS, EDITOR_STYLE, clean_body
from clinic.signed.differences import Change, blocks
from clinic.signed.written import lines
from clinic.wordings.site import page_at

MOST_CHARACTERS = 60_000


def shipped_words(language: str) -> str:
    """The shipped notice, for the owner to start from."""
    with translation.override(language):
        return clean_body(render_to_string("clinic/_privacy_shipped.html", {"clinic": Clinic.current()}))


def _rich(label: Any) -> forms.CharField:
    widget = AdminProseEditorWidget(config={"extensions": EDITOR_EXTENSIONS}, preset="configurable")
    return forms.CharField(label=label, widget=widget, max_length=MOST_CHARACTERS)


def _differences(old: PrivacyNotice | None, new: PrivacyNotice) -> list[Change]:
    """What the new version says otherwise, in each language."""
    found = []
    for language, name in ((Language.ENGLISH, "words"), (Language.SPANISH, "words_es")):
        before = getattr(old, name) if old else shipped_words(language)
        pair = lines(before), lines(getattr(new, name))
        if pair[0] != pair[1]:
            found.append(Change(language.label, blocks(*pair)))
    return found


class _NoticeForm(forms.ModelForm[PrivacyNotice]):
    words = _rich("English")
    words_es = _rich("Español")
    starts_at = forms.SplitDateTimeField(
        label=gettext_lazy("In force from"),
        required=False,
        widget=AdminSplitDateTime,
        help_text=gettext_lazy("Empty: at once."),
    )
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = PrivacyNotice
        fields = ("words", "words_es", "starts_at", "note")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for widget, name in zip(self.fields["starts_at"].widget.widgets, (_("Day"), _("Time")), strict=True):
            widget.attrs["aria-label"] = name
        self.newest = PrivacyNotice.objects.first()
        self.initial.setdefault("seen", self.newest.version if self.newest else "")
        if not self.is_bound and not self.instance.pk:
            newest = self.newest
            self.initial["words"] = newest.words if newest else shipped_words("en")
            self.initial["words_es"] = newest.words_es if newest else shipped_words("es")

    def clean_words(self) -> str:
        return self._cleaned("words")

    def clean_words_es(self) -> str:
        return self._cleaned("words_es")

    def _cleaned(self, name: str) -> str:
        words = clean_body(self.cleaned_data[name])
        if not strip_tags(words).strip():
            raise ValidationError(_("Write the notice in this language too."))
        return words

    def clean_starts_at(self) -> Any:
        now = timezone.now()
        starts = self.cleaned_data["starts_at"] or now
        if starts < now - timedelta(minutes=5):
            raise ValidationError(
                _("A version can't begin in the past: patients have agreed to another one.")
            )
        return starts

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        newest = self.newest.version if self.newest else ""
        if cleaned.get("seen") != newest:
            raise ValidationError(
                _("A colleague has written version %(version)s meanwhile. Read it first; yours is below.")
                % {"version": newest}
            )
        return cleaned


@admin.register(PrivacyNotice)
class PrivacyNoticeAdmin(admin.ModelAdmin[Any]):
    """A version is written once; a change is the next version."""

    form = _NoticeForm
    add_form_template = "admin/clinic/privacy_notice.html"
    list_display = ("version", "starts_at", "editor", "note", "shown_at")
    fields = ("words", "words_es", "starts_at", "note", "seen")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description=gettext_lazy("read it"))
    def shown_at(self, row: PrivacyNotice) -> SafeString:
        if row.starts_at > timezone.now():
            return format_html('<span class="sign">{}</span>', _("not yet in force"))
        url = reverse("privacy-version", args=[row.version])
        is_present = row.version == privacy_version(timezone.now())
        words = _("in force") if is_present else _("earlier version")
        return format_html('<a href="{}">{}</a>', url, words)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("version", "words", "words_es", "starts_at", "note") if obj else self.fields

    def get_urls(self) -> list[URLPattern]:
        preview = self.admin_site.admin_view(require_POST(self.preview))
        name = "clinic_privacynotice_preview"
        return [path("preview/<str:language>/", preview, name=name), *super().get_urls()]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        return type(form.__name__, (NotYet, form), {}) if BACK in request.POST else form

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """What a new version changes, and for whom, is shown once before it is in force."""
        if request.method == "POST" and not {CONFIRMED, BACK} & request.POST.keys():
            if not self.has_add_permission(request):
                raise PermissionDenied
            form = self.get_form(request)(request.POST, request.FILES)
            if form.is_valid():
                return self._ask(request, form.instance, form.newest)
        return super().add_view(request, form_url, extra_context)

    def _ask(self, request: HttpRequest, notice: PrivacyNotice, before: PrivacyNotice | None) -> HttpResponse:
        leave_out = {"csrfmiddlewaretoken", CONFIRMED, BACK}
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Before this version is in force"),
            "version": notice.next_version(),
            "before": before.version if before else PRIVACY_VERSION,
            "is_at_once": notice.starts_at <= timezone.now(),
            "since": notice.since,
            "changes": _differences(before, notice),
            "posted": [(name, value) for name, value in request.POST.items() if name not in leave_out],
            "confirmed": CONFIRMED,
            "back": BACK,
        }
        return TemplateResponse(request, "admin/clinic/privacy_confirm.html", context)

    @method_decorator(csp_update({"style-src": [EDITOR_STYLE]}))
    def changeform_view(
        self, request: HttpRequest, object_id: Any = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        response = super().changeform_view(request, object_id, form_url, extra_context)
        context = getattr(response, "context_data", None)
        if context:
            nonce = str(vars(request)["csp_nonce"])
            context["media"] = Media.from_media(context["media"], nonce=nonce)
        return response

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        obj.editor = cast("User", request.user)
        super().save_model(request, obj, form, change)

    def preview(self, request: HttpRequest, language: str) -> HttpResponse:
        """The page as it would be with what was typed."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        if language not in Language.values:
            raise Http404
        notice = PrivacyNotice(
            words=clean_body(request.POST.get("words", "")[:MOST_CHARACTERS]),
            words_es=clean_body(request.POST.get("words_es", "")[:MOST_CHARACTERS]),
            starts_at=timezone.now(),
            version="-",
        )
        with translation.override(language):
            address = reverse("privacy")
        return page_at(request, address, language, partial(views.privacy_page, begun=[notice]))
