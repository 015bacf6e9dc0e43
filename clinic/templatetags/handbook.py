"""Where 'Help' leads from the page that is shown: {% help_address %}."""

from typing import Any

from django import template
from django.urls import reverse

from clinic.handbook.contents import help_about

register = template.Library()


@register.simple_tag(takes_context=True)
def help_address(context: dict[str, Any]) -> str:
    """The chapter about the page, in the book of who is signed in; the book's beginning for a page that no
    chapter is about. No query beside those for the user's permissions."""
    request = context["request"]
    match = request.resolver_match
    name, anchor = help_about(match.view_name if match else "", request.user)
    address = reverse("admin:handbook_book", args=[name])
    return f"{address}#{anchor}" if anchor else address
