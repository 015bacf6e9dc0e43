"""What search engines read about treatments and articles: schema.org, only what is known."""

from collections.abc import Iterator
from datetime import datetime

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clinic.http.structured_data import (
    Node,
    breadcrumb_node,
    clinic_node,
    doctor_node,
    known,
    picture_node,
    reference,
)
from clinic.models import Clinic
from treatments.models import Cited, Treatment
from treatments.shown import AnyShown, SignOff


def page_nodes(shown: AnyShown, sources: list[Cited], clinic: Clinic) -> list[Node]:
    """All that is told of a treatment's page or an article; none about sample content."""
    if shown.version.page.is_sample:
        return []
    physician = shown.sign_off.physician if shown.sign_off else None
    return [
        _page_node(shown, sources),
        clinic_node(clinic),
        *([doctor_node(physician, clinic)] if physician else []),
        breadcrumb_node(_list_of(shown), (shown.version.title, shown.url)),
    ]


def list_nodes(shown: str) -> list[Node]:
    """Of the list of treatments or of articles, by the name of its address."""
    return [breadcrumb_node((_lists()[shown], reverse(shown)))]


def _lists() -> dict[str, str]:
    return {"treatments": _("Treatments"), "articles": _("Articles")}


def _list_of(shown: AnyShown) -> tuple[str, str]:
    name = "treatments" if isinstance(shown.version.page, Treatment) else "articles"
    return _lists()[name], reverse(name)


def _page_node(shown: AnyShown, sources: list[Cited]) -> Node:
    page, version = shown.version.page, shown.version
    return {
        "@type": "MedicalWebPage",
        "@id": f"{settings.SITE_URL}{shown.url}#page",
        "name": version.title,
        "description": version.summary,
        "url": settings.SITE_URL + shown.url,
        "inLanguage": version.language,
        "author": reference("clinic"),
        "publisher": reference("clinic"),
        "datePublished": _day(shown.since),
        "dateModified": _day(shown.changed),
        "primaryImageOfPage": picture_node(page.picture),
        "citation": [_source_node(source) for source in sources],
        "about": _about(page, version.title) if isinstance(page, Treatment) else "",
        "breadcrumb": {"@id": f"{settings.SITE_URL}{shown.url}#breadcrumb"},
        **_review(shown.sign_off),
    }


def _day(moment: datetime | None) -> str:
    return timezone.localdate(moment).isoformat() if moment else ""


def _source_node(source: Cited) -> Node:
    publisher = {"@type": "Organization", "name": source.publisher} if source.publisher else ""
    return known({"@type": "CreativeWork", "name": source.title, "publisher": publisher, "url": source.url})


def _about(treatment: Treatment, title: str) -> Node:
    """What the clinic does, also where it takes a medicine: no fact holds a medicine's name, and the page's
    title is none. How long its effect lasts comes from the treatment's own facts."""
    return known({"@type": "MedicalProcedure", "name": title, "followup": " ".join(_effect(treatment))})


def _effect(treatment: Treatment) -> Iterator[str]:
    if treatment.effect_months:
        effect = ngettext(
            "The effect can last up to %(months)d month.",
            "The effect can last up to %(months)d months.",
            treatment.effect_months,
        )
        yield effect % {"months": treatment.effect_months}
    if treatment.min_interval_months:
        interval = ngettext(
            "At least %(months)d month between treatments.",
            "At least %(months)d months between treatments.",
            treatment.min_interval_months,
        )
        yield interval % {"months": treatment.min_interval_months}


def _review(sign_off: SignOff | None) -> Node:
    """Only a physician's, whose node stands beside the page's."""
    if sign_off is None or sign_off.physician is None:
        return {}
    return {"lastReviewed": sign_off.on.isoformat(), "reviewedBy": reference(sign_off.physician.slug)}
