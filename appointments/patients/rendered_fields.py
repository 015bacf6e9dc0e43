"""The fields of the patients' forms as crispy-forms renders them, in sections; an empty field only once.

An empty field looks the same for everybody, and rendering all fields of a form anew takes four times as long
as the rest of it. How an empty field looks depends on nothing but what `_looks` names, so what is kept can't
grow stale.
"""

from collections.abc import Hashable
from typing import Any

from crispy_forms.layout import LayoutObject
from crispy_forms.templatetags.crispy_forms_filters import as_crispy_field
from crispy_forms.utils import TEMPLATE_PACK
from django.forms import BaseForm, BoundField, MultiWidget, Widget
from django.template.loader import render_to_string
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language

# Enough for every question of some dozens of treatments in both languages.
MOST = 2000
_kept: dict[Hashable, SafeString] = {}


def patient_field(field: BoundField) -> SafeString:
    """The field with its label, hint and error."""
    if field.form.is_bound or field.initial not in (None, ""):
        return SafeString(as_crispy_field(field))
    looks = _looks(field)
    html = _kept.get(looks)
    if html is None:
        if len(_kept) >= MOST:
            _kept.clear()
        html = _kept[looks] = SafeString(as_crispy_field(field))
    return html


def _looks(field: BoundField) -> Hashable:
    """Everything that the HTML of an empty field is made of."""
    definition = field.field
    choices = getattr(definition, "choices", ())
    return (
        get_language(),
        field.html_name,
        str(field.label),
        str(definition.help_text),
        definition.required,
        type(definition),
        _attributes(definition.widget),
        tuple((str(value), str(words)) for value, words in choices),
    )


def _attributes(widget: Widget) -> Hashable:
    parts = widget.widgets if isinstance(widget, MultiWidget) else ()
    return (
        type(widget),
        tuple(sorted((name, str(value)) for name, value in widget.attrs.items())),
        tuple(_attributes(part) for part in parts),
    )


class Panel(LayoutObject):
    """A section of a form in a layout of crispy-forms: which part it is, its heading, what is said before its
    fields, and these."""

    def __init__(self, heading: Any, *names: str, intro: Any = "", part: int = 1, parts: int = 1) -> None:
        self.heading, self.fields, self.intro = heading, list(names), intro
        self.part, self.parts = part, parts

    @property
    def id(self) -> str:
        return f"part-{self.part}"

    def render(
        self, form: BaseForm, context: Any, template_pack: Any = TEMPLATE_PACK, **kwargs: Any
    ) -> SafeString:
        form.rendered_fields.update(self.fields)  # type: ignore[attr-defined]  # crispy's own note on the form
        fields = format_html_join("", "{}", ([patient_field(form[name])] for name in self.fields))
        values = {"panel": self, "fields": fields}
        return SafeString(render_to_string("appointments/_form_section.html", values))
