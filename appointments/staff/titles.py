"""The names of treatments, read once for a page however many rows it shows."""

from collections import defaultdict

from django.http import HttpRequest
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from appointments.models import Appointment, Kind, PatientRequest
from treatments.models import MAIN, Treatment, TreatmentVersion


def treatment_titles(request: HttpRequest) -> dict[int, str]:
    """The titles now, read once for a request."""
    known: dict[int, str] | None = getattr(request, "treatment_titles", None)
    if known is None:
        known = vars(request)["treatment_titles"] = titles_now()
    return known


def titles_now() -> dict[int, str]:
    """Title of each treatment by its id, in the order of the public list. Two queries."""
    live = defaultdict[int, dict[str, str]](dict)
    for pk, language, title in TreatmentVersion.objects.live().values_list("page", "language", "title"):
        live[pk][language] = title
    return {
        pk: live[pk].get(get_language() or MAIN) or live[pk].get(MAIN) or slug
        for pk, slug in Treatment.objects.values_list("pk", "slug")
    }


def subject_of(patient_request: PatientRequest, titles: dict[int, str]) -> str:
    """What the request is about, in a few words: the treatment, or a callback's topic."""
    about = titles.get(patient_request.treatment_id or 0, "")
    if patient_request.kind == Kind.CALLBACK:
        topic = patient_request.get_topic_display()
        return f"{topic}: {about}" if about else topic
    return about or _("Consultation")


def visit_subject(appointment: Appointment, titles: dict[int, str]) -> str:
    """What the visit is for; a consultation is called one, with the treatment that is asked for."""
    about = subject_of(appointment.request, titles)
    if not appointment.is_consultation or appointment.request.treatment_id is None:
        return about
    return _("Consultation first: %(about)s") % {"about": about}
