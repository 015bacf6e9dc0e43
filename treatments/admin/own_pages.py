"""The site's own pages, for an editor to link to."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import override

from clinic.models import Practitioner
from treatments import shown
from treatments.addresses import FIXED
from treatments.models import MAIN


@dataclass(frozen=True)
class Target:
    """A page to link to. Its address is that of the main language: a reader's page leads to theirs."""

    title: str | Promise
    url: str


def targets() -> list[Target]:
    """The pages of the site that a text may lead to: treatments, articles, doctors, and the rest."""
    with override(MAIN):
        pages: list[shown.AnyShown] = [*shown.treatments(), *shown.articles()]
        doctors = Practitioner.objects.filter(is_active=True)
        return [
            *(Target(page.version.title, page.url) for page in pages),
            *(Target(doctor.name, reverse("doctor", args=[doctor.slug])) for doctor in doctors),
            *(Target(title, reverse(name)) for name, title in FIXED.items()),
        ]
