"""What search engines read about treatments and articles: schema.org, only what is known."""

from django.conf import settings
from django.utils.translation import ngettext

from clinic.http.structured_data import Node, known, reference
from treatments.models import Source, Treatment
from treatments.shown import AnyShown, SignOff


def page_node(shown: AnyShown, sources: list[Source]) -> Node:
    """A treatment's page or an article; a review only from a real sign-off."""
    page = shown.version.page
    return {
        "@type": "MedicalWebPage",
        "name": shown.version.title,
        "description": shown.version.summary,
        "url": settings.SITE_URL + shown.url,
        "inLanguage": shown.version.language,
        "publisher": reference("clinic"),
        "citation": [{"@type": "CreativeWork", "name": str(source)} for source in sources],
        "about": procedure_node(page, shown.version.title) if isinstance(page, Treatment) else "",
        **_review(shown.sign_off),
    }


def procedure_node(treatment: Treatment, title: str) -> Node:
    """The treatment; how long its effect lasts comes from the treatment's own fields."""
    followup = []
    if treatment.effect_months:
        effect = ngettext(
            "The effect can last up to %(months)d month.",
            "The effect can last up to %(months)d months.",
            treatment.effect_months,
        )
        followup.append(effect % {"months": treatment.effect_months})
    if treatment.min_interval_months:
        interval = ngettext(
            "Not again before %(months)d month.",
            "Not again before %(months)d months.",
            treatment.min_interval_months,
        )
        followup.append(interval % {"months": treatment.min_interval_months})
    return known({"@type": "MedicalProcedure", "name": title, "followup": " ".join(followup)})


def _review(sign_off: SignOff | None) -> Node:
    if sign_off is None:
        return {}
    return {
        "lastReviewed": sign_off.on.isoformat(),
        "reviewedBy": {"@type": "Person", "name": sign_off.by} if sign_off.by else "",
    }
