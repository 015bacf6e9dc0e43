"""The clinic's own words on the pages of treatments: texts for all of them, common questions about one."""

from collections.abc import Iterator

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from clinic.wordings.site import NAME, PERMISSION, PHONE, page_at, values
from clinic.wordings.texts import Group, Kind, Text, Words, register
from treatments import shown
from treatments.models import Treatment


def place_of(treatment: Treatment) -> str:
    """The name of the treatment's page among the places for common questions. Slugs change, keys don't."""
    return f"treatment:{treatment.pk}"


def places() -> Iterator[tuple[str, Words]]:
    for page in shown.treatments():
        yield place_of(page.version.page), page.version.title


def _whole(request: HttpRequest, text: Text, language: str) -> HttpResponse:
    """The page of the first treatment: each has these words."""
    with translation.override(language):
        page = next(iter(shown.treatments()), None)
        if page is None:
            raise Http404
        return page_at(request, page.url, language)


VISIT = Group("visit", _("Visit"), PERMISSION, 2, values, _whole)


def register_texts() -> None:
    both = (NAME, PHONE)
    register(
        Text(
            "visit.what-happens",
            VISIT,
            _("What happens at the visit"),
            kind=Kind.RICH,
            placeholders=both,
            hint=_("On the page of every treatment. Left out until you write it."),
            is_clinical=True,
        ),
        Text(
            "visit.prepare",
            VISIT,
            _("How to prepare"),
            kind=Kind.RICH,
            placeholders=both,
            hint=_(
                "On the page of every treatment, and on the patient's page once an appointment is booked."
                " Left out until you write it."
            ),
            is_clinical=True,
        ),
    )
