"""The text of a version that isn't the one on the site: `version|as_on_the_site`."""

from django import template
from django.utils.safestring import SafeString

from treatments.models import ArticleVersion, TreatmentVersion
from treatments.shown import body_of

register = template.Library()


@register.filter
def as_on_the_site(version: TreatmentVersion | ArticleVersion) -> SafeString:
    """Its text, with links that lead on in the language of the page."""
    return body_of(version)
