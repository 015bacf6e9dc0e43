"""The alarm words on a page: {% alarm_words %}, or `{% alarm_words "es" %}` for what is said on the phone."""

from typing import Any

from django import template

from treatments.alarm import words

register = template.Library()


@register.inclusion_tag("treatments/_alarm.html", takes_context=True)
def alarm_words(context: dict[str, Any], language: str = "") -> dict[str, Any]:
    """Both levels, in the language of the page unless another is named."""
    request = context.get("request")
    clinic = vars(request).get("clinic") if request is not None else context.get("clinic")
    return {"said": words.present(clinic, language), "language": language}
