"""A field of a patients' form, on a page that lays it out itself; what they sent, as it is shown."""

import re

from django import template
from django.utils.html import format_html_join
from django.utils.safestring import SafeString, mark_safe

from appointments.patients.rendered_fields import patient_field

register = template.Library()
register.filter("patient_field", patient_field)
# Behind an '@', before a dot.
_JOINTS = re.compile(r"(?<=@)(?=.)|(?=\.)")


@register.filter
def breakable(address: str) -> SafeString:
    """An e-mail address that a narrow column breaks at its joints."""
    return format_html_join(mark_safe("<wbr>"), "{}", ([piece] for piece in _JOINTS.split(address)))
