"""Common questions in the admin."""

from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminTextareaWidget, AdminTextInputWidget
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db.models import Max
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinic.admin.waiting import Waiting, take_step, waiting
from clinic.models import CommonQuestion, QuestionVersion, State
from clinic.wordings import questions
from clinic.wordings.filling import without_what_cant_be_seen
from clinic.wordings.questions import Asked, all_places, newest

WORDS = ("question", "question_es", "answer", "answer_es")


_OF_A_VERSION = forms.fields_for_model(
    QuestionVersion,
    WORDS,
    widgets={
        name: AdminTextareaWidget if name.startswith("answer") else AdminTextInputWidget for name in WORDS
    },
)


class _QuestionForm(forms.ModelForm[CommonQuestion]):
    """What a version of the question says, beside its order and whether it is shown."""

    question = _OF_A_VERSION["question"]
    question_es = _OF_A_VERSION["question_es"]
    answer = _OF_A_VERSION["answer"]
    answer_es = _OF_A_VERSION["answer_es"]
    place = forms.ChoiceField(
        label=gettext_lazy("Where"),
        required=False,
        help_text=gettext_lazy("On a treatment's page a change waits for a physician's sign-off."),
    )
    note = forms.CharField(
        label=gettext_lazy("Why you change it (for colleagues)"),
        max_length=200,
        required=False,
        widget=AdminTextInputWidget,
    )
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = CommonQuestion
        fields = ("position", "is_shown")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        first = ("", _("On the home page and the contact page"))
        place = cast("forms.ChoiceField", self.fields["place"])
        place.choices = [first, *all_places()]
        self.newest = newest(self.instance) if self.instance.pk else None
        if self.newest is not None:
            self.initial.update(vars(Asked.of(self.newest)))
            if self.newest.place not in dict(place.choices):
                place.choices = [*place.choices, (self.newest.place, self.newest.place)]
        self.initial["seen"] = self._number()

    def _number(self) -> int:
        if not self.instance.pk:
            return 0
        last: int | None = self.instance.versions.aggregate(last=Max("number"))["last"]
        return last or 0

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for name in WORDS:
            cleaned[name] = without_what_cant_be_seen(cleaned.get(name, ""))
        if bool(cleaned["question_es"]) != bool(cleaned["answer_es"]):
            raise ValidationError(_("In Spanish, give the question and the answer, or neither."))
        if self.instance.pk:
            # Until the end of the transaction nobody else writes.
            list(CommonQuestion.objects.select_for_update().filter(pk=self.instance.pk).values("pk"))
        if self.newest is not None and cleaned.get("seen") != self._number():
            raise ValidationError(
                _("A colleague has changed this question since you opened it: “%(question)s” - “%(answer)s”.")
                % {"question": self.newest.question, "answer": self.newest.answer}
                + " "
                + _("Yours is below; nothing is saved yet. Open the question again to go on from theirs.")
            )
        return cleaned

    def asked(self) -> Asked:
        return Asked(**{name: self.cleaned_data[name] for name in (*WORDS, "place")})


def _said(version: Any) -> list[tuple[str | Promise, list[str]]]:
    names = [(name, QuestionVersion._meta.get_field(name).verbose_name) for name in (*WORDS, "place")]  # type: ignore[union-attr]
    places = {"": _("On the home page and the contact page"), **dict(all_places())}
    said: dict[str, str] = vars(Asked.of(version)) if version else {}
    if version:
        said = {**said, "place": str(places.get(version.place, version.place))}
    return [
        (capfirst(label), [line for line in said.get(name, "").splitlines() if line]) for name, label in names
    ]


@admin.register(CommonQuestion)
class CommonQuestionAdmin(admin.ModelAdmin[Any]):
    """Both languages of each; one that is no longer asked is no longer shown."""

    form = _QuestionForm
    change_form_template = "admin/clinic/question.html"
    list_display = ("question", "where", "position", "is_shown", "stands", "in_spanish")
    list_filter = ("is_shown",)
    search_fields = tuple(f"versions__{name}" for name in WORDS)
    fieldsets = (
        ("English", {"fields": ("question", "answer")}),
        ("Español", {"fields": ("question_es", "answer_es")}),
        (None, {"fields": ("place", "position", "is_shown", "note", "seen")}),
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("versions")

    @admin.display(description=gettext_lazy("question"))
    def question(self, row: CommonQuestion) -> str:
        version = newest(row)
        return version.question if version else "-"

    @admin.display(description=gettext_lazy("where"))
    def where(self, row: CommonQuestion) -> Any:
        version, names = newest(row), dict(all_places())
        place = version.place if version else ""
        return names.get(place, place) if place else _("Home, contact")

    @admin.display(description=gettext_lazy("on the site"))
    def stands(self, row: CommonQuestion) -> SafeString:
        states = {version.state for version in row.versions.all()}
        if State.WAITING in states:
            return format_html('<span class="sign sign--flag">{}</span>', _("a change waits"))
        if State.LIVE in states and row.is_shown:
            return format_html('<span class="sign sign--ok">{}</span>', _("yes"))
        return format_html('<span class="sign">{}</span>', _("no"))

    @admin.display(description=gettext_lazy("Spanish"))
    def in_spanish(self, row: CommonQuestion) -> SafeString:
        version = newest(row)
        if version and version.is_in_spanish:
            return format_html('<span class="sign sign--ok">{}</span>', _("yes"))
        return format_html('<span class="sign">{}</span>', _("shown in English"))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """One that is no longer asked is no longer shown; the copies that processes keep go by changes."""
        return False

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        if request.method == "POST" and "step" in request.POST:
            return self._step(request, object_id)
        row = self.get_object(request, object_id)
        shown = {"waiting": _waiting(request, row) if row else []}
        return super().change_view(request, object_id, form_url, {**shown, **(extra_context or {})})

    def _step(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Lets a version that waits onto the site, or sends it back."""
        row = self.get_object(request, object_id)
        if row is None or not self.has_change_permission(request, row):
            raise Http404
        if said := take_step(request, row.versions.all()):
            self.log_change(request, row, said)
        return redirect(request.path)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        by, seen = cast("User", request.user), form.cleaned_data.get("seen") or 0
        version = questions.save(obj, form.asked(), by, timezone.now(), seen, form.cleaned_data["note"])
        if version is not None and version.state == State.WAITING:
            whom = (
                _("It waits for a physician's sign-off.")
                if version.takes_a_physician
                else _("It waits for who speaks for the clinic.")
            )
            messages.info(request, f"{whom} {_('Until then the site stays as it is.')}")


def _waiting(request: HttpRequest, row: CommonQuestion) -> list[Waiting]:
    """What waits of a question, or is on a treatment's page though a physician has never looked at it."""
    versions = {version.state: version for version in row.versions.all()}
    live = versions.get(State.LIVE)
    is_unsigned = live is not None and live.takes_a_physician and not live.signed_off_at
    version = versions.get(State.WAITING) or (live if is_unsigned else None)
    return [waiting(request, version, live, _("Question and answer"), _said)] if version else []
