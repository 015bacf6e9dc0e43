"""The clinic's own words on a page: {% words "home.lead" %}, or `as` a variable that is empty for none."""

from typing import Any

from django import template
from django.utils.html import conditional_escape, escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from clinic.http import structured_data
from clinic.models import Clinic, QuestionVersion
from clinic.wordings import present, questions
from clinic.wordings.shipped import PRACTICAL, site_values
from clinic.wordings.texts import Words

register = template.Library()


@register.simple_tag(takes_context=True)
def words(context: dict[str, Any], key: str) -> SafeString:
    clinic = _clinic(context)
    return present.html(clinic, key, site_values(clinic))


@register.simple_tag(takes_context=True)
def practical(context: dict[str, Any]) -> list[tuple[Words, SafeString]]:
    """What is good to know, each with its name; only what the clinic has said."""
    said = [(name, words(context, key)) for key, name in PRACTICAL.items()]
    return [(name, shown) for name, shown in said if shown]


@register.simple_tag(takes_context=True)
def common_questions(context: dict[str, Any], place: str) -> list[QuestionVersion]:
    """Those on the page that `place` names; '' for the home page and the contact page."""
    return questions.shown(_clinic(context), place)


@register.simple_tag
def questions_data(asked: list[QuestionVersion]) -> SafeString:
    """What search engines read of the questions that stand there."""
    return structured_data.script(structured_data.questions_node(asked))


def _clinic(context: dict[str, Any]) -> Clinic:
    # A part of a page may be given no `clinic`, to leave out its phone number.
    request = context.get("request")
    clinic: Clinic = vars(request)["clinic"] if hasattr(request, "clinic") else context["clinic"]
    return clinic


# In a Spanish sentence a title has its article; as a form of address it has none.
_ARTICLES = {"Dr.": "el", "Dra.": "la"}


@register.filter
def named(name: str) -> SafeString:
    """A doctor's name as it stands within a sentence: 'Dr. Umar', in Spanish 'el Dr. Umar'."""
    article = _ARTICLES.get(name.partition(" ")[0], "") if get_language() == "es" else ""
    return format_html("{} {}", article, as_it_is(name)) if article else as_it_is(name)


@register.filter
def as_it_is(name: object) -> SafeString:
    """A name or an address that a browser's translation leaves alone: 'Dr. Rose' is no flower."""
    return format_html('<span translate="no">{}</span>', name)


@register.filter
def keeping(words: str, name: str) -> SafeString:
    """Words that somebody wrote, in which a browser's translation leaves `name` alone."""
    html = str(conditional_escape(words))
    kept = html.replace(escape(name), as_it_is(name)) if name else html
    return mark_safe(kept)  # noqa: S308 - escaped
