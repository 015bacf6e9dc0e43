"""The addresses that a visitor or a patient can open, on a site that `appointments.demo.make` has filled."""

from appointments.models import PatientRequest
from clinic.models import Practitioner
from treatments.models import Article, Treatment

FORMS = ("request/botox/", "request/consultation/", "callback/", "find/")


def public() -> list[str]:
    """Every public page and form."""
    slugs = [f"/treatments/{page.slug}/" for page in Treatment.objects.all()]
    slugs += [f"/articles/{page.slug}/" for page in Article.objects.all()]
    slugs += [f"/doctors/{doctor.slug}/" for doctor in Practitioner.objects.all()]
    forms = [f"/appointments/{form}" for form in ("request/", *FORMS)]
    return ["/", "/treatments/", "/articles/", "/contact/", "/privacy/", "/no-such-page/", *slugs, *forms]


def of_patients() -> list[PatientRequest]:
    """A request in each status."""
    return list({row.status: row for row in PatientRequest.objects.order_by("pk")}.values())
