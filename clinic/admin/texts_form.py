"""The form for a text in both languages; and what its page shows beside: how it reads, earlier words."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib.admin.widgets import AdminTextareaWidget, AdminTextInputWidget
from django.utils import translation
from django.utils.html import strip_tags
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy
from django_prose_editor.widgets import AdminProseEditorWidget

from clinic.languages import Language
from clinic.models import Clinic, Wording
from clinic.rich_text import EDITOR_EXTENSIONS
from clinic.time.words import dated_words
from clinic.wordings import filling, saving
from clinic.wordings.saving import Standing
from clinic.wordings.texts import Kind, Text


def plain(text: Text, words: str) -> str:
    """`words` without their formatting."""
    return strip_tags(words.replace("><", "> <")) if text.kind is Kind.RICH else words


class WordsForm(forms.Form):
    """A text in both languages, each with the number of the version that was the newest then."""

    note = forms.CharField(
        label=gettext_lazy("Why you change it (for colleagues)"),
        max_length=200,
        required=False,
        widget=AdminTextInputWidget,
    )

    def __init__(self, text: Text, standing: dict[str, Standing], data: Any = None) -> None:
        super().__init__(data)
        self.text, self.standing = text, standing
        for language in text.languages:
            stands = standing[language]
            words = forms.CharField(
                label=language.label,
                required=False,
                strip=False,
                widget=_widget(text.kind, language),
                initial=stands.words or text.shipped_in(language),
            )
            seen = forms.IntegerField(
                widget=forms.HiddenInput, min_value=0, max_value=10**6, initial=stands.number
            )
            self.fields |= {f"words_{language}": words, f"seen_{language}": seen}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for language in self.text.languages:
            name = f"words_{language}"
            cleaned[name] = saving.stored(self.text, language, cleaned.get(name, ""))
            for complaint in filling.complaints(self.text, cleaned[name]):
                self.add_error(name, complaint)
        return cleaned

    def words(self) -> dict[str, str]:
        """What was typed, as it would be kept."""
        return {
            language: saving.stored(self.text, language, str(self[f"words_{language}"].value() or ""))
            for language in self.text.languages
        }

    def seen(self) -> dict[str, int]:
        return {language: self.cleaned_data[f"seen_{language}"] for language in self.text.languages}

    def concerns(self) -> list[str]:
        return list(
            dict.fromkeys(
                each for words in self.words().values() if words for each in self.text.group.concerns(words)
            )
        )

    def see_newest(self) -> None:
        """Lets the next save go over what a colleague has written meanwhile: it has been shown."""
        newest = {f"seen_{each}": str(self.standing[each].number) for each in self.text.languages}
        self.data = {**{name: self.data[name] for name in self.data}, **newest}


def _widget(kind: Kind, language: Language) -> forms.Widget:
    attrs = {"lang": language.value}
    if kind is Kind.RICH:
        return AdminProseEditorWidget(
            attrs=attrs, config={"extensions": EDITOR_EXTENSIONS}, preset="configurable"
        )
    if kind is Kind.PARAGRAPHS:
        return AdminTextareaWidget(attrs={**attrs, "rows": 12})
    return AdminTextareaWidget(attrs={**attrs, "rows": 3})


@dataclass(frozen=True)
class Earlier:
    """A version of the history; `seen` is the number of the newest one in its language."""

    row: Wording
    when: str
    words: str
    seen: int


@dataclass(frozen=True)
class Side:
    """One language of the page: its field, what the site brings along, and how the words will read."""

    language: Language
    field: forms.BoundField
    seen: forms.BoundField
    number: int
    shipped: str
    is_own: bool
    preview: SafeString
    # A colleague's words that were saved meanwhile.
    theirs: str = ""
    by: str = ""


def history(text: Text, rows: list[Wording]) -> list[Earlier]:
    standing = saving.standing(rows)
    return [
        Earlier(row, dated_words(row.created_at), plain(text, row.text), standing[row.language].number)
        for row in rows
    ]


def side(form: WordsForm, language: Language, clinic: Clinic, is_theirs: bool) -> Side:
    text, stands = form.text, form.standing[language]
    row = stands.newest
    words = form.words()[language]
    with translation.override(language):
        shipped = text.shipped_in(language)
        values = text.group.values(text, clinic)
        is_wrong = bool(filling.complaints(text, words))
        preview = SafeString() if is_wrong else filling.as_html(text.kind, words or shipped, values)
    return Side(
        language,
        form[f"words_{language}"],
        form[f"seen_{language}"],
        stands.number,
        plain(text, shipped),
        bool(stands.live and stands.live.text),
        preview,
        (plain(text, stands.words) or plain(text, shipped)) if is_theirs else "",
        name_of(row.editor) if row and row.editor else "",
    )


def name_of(user: Any) -> str:
    return str(user.get_full_name() or user.get_username())
