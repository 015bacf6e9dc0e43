"""Common questions in the admin."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinic.http import page_cache
from clinic.models import Clinic, CommonQuestion
from clinic.wordings.filling import without_what_cant_be_seen
from clinic.wordings.questions import all_places

# Beside words that a dermatologist has signed.
PERMISSION_ON_PAGES = "clinic.change_clinic"
WORDS = ("question", "question_es", "answer", "answer_es")


class _QuestionForm(forms.ModelForm[CommonQuestion]):
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = CommonQuestion
        fields = (*WORDS, "place", "position", "is_shown")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["seen"] = self.instance.changed_at.isoformat() if self.instance.pk else ""
        if "place" in self.fields:
            first = ("", _("On the home page and the contact page"))
            self.fields["place"] = forms.ChoiceField(
                label=gettext_lazy("Where"), choices=[first, *all_places()], required=False
            )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for name in WORDS:
            cleaned[name] = without_what_cant_be_seen(cleaned.get(name, ""))
        if bool(cleaned["question_es"]) != bool(cleaned["answer_es"]):
            raise ValidationError(_("In Spanish, give the question and the answer, or neither."))
        if self.instance.pk and cleaned.get("seen") != self.initial["seen"]:
            raise ValidationError(
                _("A colleague has changed this question since you opened it: “%(question)s” - “%(answer)s”.")
                % {"question": self.initial["question"], "answer": self.initial["answer"]}
                + " "
                + _("Yours is below; nothing is saved yet. Open the question again to go on from theirs.")
            )
        return cleaned


@admin.register(CommonQuestion)
class CommonQuestionAdmin(admin.ModelAdmin[Any]):
    """Both languages of each; one that is no longer asked is no longer shown."""

    form = _QuestionForm
    list_display = ("question", "where", "position", "is_shown", "in_spanish")
    list_filter = ("is_shown",)
    search_fields = WORDS
    fieldsets = (
        ("English", {"fields": ("question", "answer")}),
        ("Español", {"fields": ("question_es", "answer_es")}),
        (None, {"fields": ("place", "position", "is_shown", "seen")}),
    )

    @admin.display(description=gettext_lazy("where"))
    def where(self, row: CommonQuestion) -> Any:
        names = dict(all_places())
        return names.get(row.place, row.place) if row.place else _("Home, contact")

    @admin.display(description=gettext_lazy("Spanish"))
    def in_spanish(self, row: CommonQuestion) -> SafeString:
        if row.is_in_spanish:
            return format_html('<span class="sign sign--ok">{}</span>', _("yes"))
        return format_html('<span class="sign">{}</span>', _("shown in English"))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A question on a page that is signed takes somebody who may edit the clinic."""
        allowed = super().has_change_permission(request, obj)
        if obj is not None and obj.place:
            return allowed and request.user.has_perm(PERMISSION_ON_PAGES)
        return allowed

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """One that is no longer asked is no longer shown; the copies that processes keep go by changes."""
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return () if request.user.has_perm(PERMISSION_ON_PAGES) else ("place",)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        # One save at a time, so that the newest moment is also the last one written: the copies go by it.
        list(Clinic.objects.select_for_update().filter(pk=1).values("pk"))
        super().save_model(request, obj, form, change)
        page_cache.forget()
