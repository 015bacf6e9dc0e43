"""The image of a shared link: {% shared_image title %}."""

from html import unescape
from typing import Any

from django import template
from django.utils.html import strip_tags

from clinic.pictures import sharing

register = template.Library()


@register.simple_tag(takes_context=True)
def shared_image(context: dict[str, Any], title: str) -> str:
    """The address of the image for a page of this title, with the site's name on it."""
    return sharing.address(unescape(strip_tags(title)), str(context["clinic"].name))
