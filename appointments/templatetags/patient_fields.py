"""Fields of the patients' forms, rendered by crispy-forms; an empty one only once.

An empty field looks the same for everybody, and rendering all fields of a form anew takes longer than all
the rest of its page. How an empty field looks depends on nothing but what `_looks` names, so what is kept
can't grow stale.
"""

from collections.abc import Hashable

from crispy_forms.templatetags.crispy_forms_filters import as_crispy_field
from django import template
from django.forms import BoundField, MultiWidget, Widget
from django.utils.safestring import SafeString
from django.utils.translation import get_language

register = template.Library()

# Enough for every question of some dozens of treatments in both languages.
MOST = 2000
_kept: dict[Hashable, SafeString] = {}


@register.filter
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
