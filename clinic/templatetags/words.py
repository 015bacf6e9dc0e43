"""The clinic's own words on a page: {% words "home.lead" %}, or `as` a variable that is empty for none."""

from typing import Any

from django import template
from django.utils.safestring import SafeString

from clinic.models import Clinic
from clinic.wordings import present
from clinic.wordings.shipped import site_values

register = template.Library()


@register.simple_tag(takes_context=True)
def words(context: dict[str, Any], key: str) -> SafeString:
    # A part of a page may be given no `clinic`, to leave out its phone number.
    request = context.get("request")
    clinic: Clinic = vars(request)["clinic"] if hasattr(request, "clinic") else context["clinic"]
    return present.html(clinic, key, site_values(clinic))
