"""What an editor types into a version: words, and in the main language facts and screening questions."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from django import forms
from django.contrib.admin.widgets import AdminTextareaWidget, AdminTextInputWidget
from django.utils.translation import gettext_lazy as _
from django_prose_editor.widgets import AdminProseEditorWidget

from treatments.models import (
    MAIN,
    Article,
    ArticleVersion,
    FlaggedAnswer,
    ScreeningQuestion,
    Source,
    State,
    TreatmentVersion,
)
from treatments.publishing import (
    AnyPage,
    AnyVersion,
    Beside,
    Content,
    Facts,
    Question,
    Words,
    cited,
    live_version,
    questions_of,
)

FACTS = (
    "min_age", "max_age", "effect_months", "min_interval_months", "recall_after_weeks", "names_medicine",
    "drawing",
)  # fmt: skip
# Empty rows to write new questions into.
NEW_QUESTIONS = 2


class WordsForm(forms.ModelForm[TreatmentVersion]):
    """Title, summary and text; articles have the same fields."""

    class Meta:
        model = TreatmentVersion
        fields = ("title", "summary", "body", "change_note")
        widgets = {
            "title": AdminTextInputWidget,
            "summary": AdminTextareaWidget(attrs={"rows": 3}),
            "body": AdminProseEditorWidget,
            "change_note": AdminTextInputWidget,
        }


class TreatmentFactsForm(forms.ModelForm[TreatmentVersion]):
    """The numbers that the site acts on."""

    class Meta:
        model = TreatmentVersion
        fields = FACTS

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["min_age"].required = True

    def clean(self) -> dict[str, Any]:
        """What the database refuses, in words beside the field."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        for low, high, words in (
            ("min_age", "max_age", _("The oldest age can't be below the youngest.")),
            (
                "min_interval_months",
                "effect_months",
                _("The shortest interval can't be longer than the effect."),
            ),
        ):
            first, second = data.get(low), data.get(high)
            if first is not None and second is not None and first > second:
                self.add_error(high, words)
        return data


class ArticleFactsForm(forms.ModelForm[ArticleVersion]):
    class Meta:
        model = ArticleVersion
        fields = ("names_medicine", "drawing")


class SourcesForm(forms.Form):
    """What the page cites. A source stands in a version as it is when the version is written."""

    sources = forms.ModelMultipleChoiceField(
        Source.objects.all(),
        label=_("Sources"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Cited below the text."),
    )


class TranslationForm(forms.Form):
    """The translator's word, which alone ends the marks that the English has changed."""

    says_the_same = forms.BooleanField(
        required=False,
        help_text=_(
            "Tick it once you have compared both. Until then staff and readers hear that it is older."
        ),
    )

    def __init__(self, original: AnyVersion, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["says_the_same"].label = _("Says the same as version %(number)s in English") % {
            "number": original.number
        }


class QuestionForm(forms.ModelForm[ScreeningQuestion]):
    """One question. `number` comes back for one that is there; a row without a text is no question."""

    number = forms.IntegerField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = ScreeningQuestion
        fields = ("number", "text", "text_es", "hint", "hint_es", "flagged_answer", "is_asked")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["text"].required = False
        self.fields["flagged_answer"] = forms.ChoiceField(
            label=_("raises a flag"), choices=FlaggedAnswer.choices, initial=FlaggedAnswer.YES
        )

    def question(self) -> Question | None:
        data = self.cleaned_data
        return Question(**data) if data.get("text") else None


class QuestionFormSet(forms.BaseFormSet[QuestionForm]):
    """`ever_asked` are the numbers that patients were asked: these stay, and may be marked as not asked."""

    def __init__(self, *args: Any, ever_asked: set[int], numbers: set[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.ever_asked, self.numbers = ever_asked, numbers

    def clean(self) -> None:
        seen: set[int] = set()
        for form in self.forms:
            number = form.cleaned_data.get("number") if hasattr(form, "cleaned_data") else None
            if number is not None and (number not in self.numbers or number in seen):
                raise forms.ValidationError(
                    _("Please load the page again: a question has changed its number.")
                )
            if number is not None:
                seen.add(number)
            if number in self.ever_asked and not form.cleaned_data.get("text"):
                form.add_error(
                    "text", _("It was asked before, so it stays. Untick “asked” to ask it no more.")
                )
        if self.ever_asked - seen:
            raise forms.ValidationError(_("Please load the page again: a question is missing."))


Questions: Any = forms.formset_factory(QuestionForm, formset=QuestionFormSet, extra=NEW_QUESTIONS, max_num=60)


class ContentForm:
    """The forms of one version together, filled in from `start`, the version that it begins with; in another
    language beside `original`, the English version that stands on the page."""

    def __init__(
        self,
        page: AnyPage,
        language: str,
        start: AnyVersion | None,
        data: Any = None,
        original: AnyVersion | None = None,
    ) -> None:
        self.page, self.language, self.original, self.start = page, language, original, start
        own = start if start is not None and start.language == language else None
        self.translated_from = own.translated_from if own else None
        words = (
            {name: getattr(start, name) for name in ("title", "summary", "body", "change_note")}
            if start
            else {}
        )
        if start is not None and (start.state != State.DRAFT or start.language != language):
            words["change_note"] = ""
        self.words = WordsForm(data, initial=words)
        self.facts: forms.ModelForm[Any] | None = None
        self.questions: QuestionFormSet | None = None
        self.translation: TranslationForm | None = None
        self.sources: SourcesForm | None = None
        self.picture_id = start.picture_id if start and language == MAIN else None
        if language == MAIN:
            self._add_facts(start, data)
        elif original is not None:
            is_first = own is None or own.translated_from_id == original.pk
            self.translation = TranslationForm(original, data, initial={"says_the_same": is_first})

    def _add_facts(self, start: AnyVersion | None, data: Any) -> None:
        form = ArticleFactsForm if isinstance(self.page, Article) else TreatmentFactsForm
        initial = {name: getattr(start, name, None) for name in FACTS} if start else {"min_age": 18}
        self.facts = form(data, initial=initial)
        self.sources = SourcesForm(data, initial={"sources": _rows_of(start) if start else []})
        if isinstance(self.page, Article):
            return
        rows = list(
            ScreeningQuestion.objects.filter(version__page=self.page)
            .select_related("version")
            # The latest wording of a number comes last.
            .order_by("version__number")
        )
        asked = {row.number: row for row in rows if row.version.published_at is not None}
        self.questions = Questions(
            data,
            prefix="questions",
            initial=[vars(each) for each in _with_gone(start, asked)] if start else [],
            ever_asked=set(asked),
            numbers={row.number for row in rows},
        )

    @property
    def parts(self) -> list[Any]:
        return [
            part
            for part in (self.words, self.translation, self.facts, self.sources, self.questions)
            if part is not None
        ]

    @property
    def media(self) -> Any:
        return self.words.media

    @property
    def has_errors(self) -> bool:
        return any(part.is_bound and not part.is_valid() for part in self.parts)

    def content(self) -> Content:
        """What a valid form says."""
        words = Words(**self.words.cleaned_data)
        facts = Facts(**self.facts.cleaned_data) if self.facts else Facts()
        questions = [form.question() for form in self.questions.forms] if self.questions else []
        asked = tuple(each for each in questions if each is not None)
        return Content(words, facts, asked, self._translates(), self._beside())

    def _beside(self) -> Beside:
        chosen = self.sources.cleaned_data["sources"] if self.sources else []
        return Beside(self.picture_id, cited(_in_order(chosen, self.page, self.start)))

    def _translates(self) -> int | None:
        if self.translation and self.original and self.translation.cleaned_data["says_the_same"]:
            return self.original.pk
        return self.translated_from.pk if self.translated_from else None


def _with_gone(start: AnyVersion, asked: dict[int, ScreeningQuestion]) -> list[Question]:
    """The questions of `start`, and those that patients were asked and it doesn't have, as not asked."""
    own = questions_of(start)
    gone = set(asked) - {each.number for each in own}
    return [*own, *(replace(Question.of(asked[number]), is_asked=False) for number in sorted(gone))]


def _in_order(chosen: Iterable[Source], page: AnyPage, start: AnyVersion | None) -> list[Source]:
    """`chosen` as the page cites them, then as `start` does; what is new comes last. A list of ticks has no
    order of its own."""
    versions = [each for each in (live_version(page, MAIN), start) if each]
    titles = list(dict.fromkeys(source.title for version in versions for source in version.cited))
    places = {title: place for place, title in enumerate(titles)}
    return sorted(chosen, key=lambda row: (places.get(row.title, len(places)), row.title))


def _rows_of(version: AnyVersion) -> list[Source]:
    """The sources that a version cites, as far as they are among those to choose from."""
    titles = {each.title for each in version.cited}
    return [row for row in Source.objects.all() if row.title in titles]
