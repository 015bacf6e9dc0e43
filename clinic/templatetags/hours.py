"""The clinic's hours beside something else: {% clinic_hours as hours %}, for clinic/_hours.html."""

from typing import Any

from django import template
from django.utils import timezone

from clinic.http.hours_in_words import HoursInWords, hours_in_words
from clinic.models import stated_times
from clinic.time.hours import clinic_day

register = template.Library()


@register.simple_tag(takes_context=True)
def clinic_hours(context: dict[str, Any]) -> HoursInWords | None:
    """None before the clinic has set its hours. One query."""
    today = clinic_day(timezone.now())
    return hours_in_words(stated_times(today), today, context["clinic"].state)
