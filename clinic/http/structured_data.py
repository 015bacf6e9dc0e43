"""What search engines read about the clinic: schema.org as JSON-LD. Only what is known, nothing assumed."""

import json
from typing import Any
from urllib.parse import urljoin

from django.conf import settings
from django.urls import reverse
from django.utils.html import strip_tags
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from clinic.models import Clinic, Picture, Practitioner, QuestionVersion

# What would end the script element or start an entity is written as an escape inside it.
ESCAPES = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"}
DERMATOLOGY = "https://schema.org/Dermatology"

Node = dict[str, Any]


def script(*nodes: Node) -> SafeString:
    """The text of a script element of type application/ld+json; what is empty is left out."""
    graph = {"@context": "https://schema.org", "@graph": [known(node) for node in nodes]}
    return mark_safe(json.dumps(graph, ensure_ascii=False).translate(ESCAPES))  # noqa: S308 - escaped


def known(node: Node) -> Node:
    """The node without what is not known."""
    return {name: value for name, value in node.items() if value not in ("", None, [], {})}


def reference(name: str) -> Node:
    """Names a node that stands elsewhere in the graph, such as 'clinic'."""
    return {"@id": f"{settings.SITE_URL}/#{name}"}


def clinic_node(clinic: Clinic) -> Node:
    """The clinic; an address only when the clinic has given one."""
    address = {
        "@type": "PostalAddress",
        "streetAddress": clinic.street_address,
        "addressLocality": clinic.city,
        "addressRegion": clinic.state,
        "postalCode": clinic.postal_code,
        "addressCountry": "US",
    }
    return {
        "@type": "MedicalClinic",
        **reference("clinic"),
        "name": str(clinic.name),
        "url": settings.SITE_URL + reverse("home"),
        "telephone": clinic.phone.as_e164 if clinic.phone else "",
        "email": clinic.email,
        "areaServed": clinic.area,
        "address": known(address) if clinic.street_address else "",
        "medicalSpecialty": DERMATOLOGY,
    }


def doctor_node(doctor: Practitioner, clinic: Clinic) -> Node:
    """A doctor of the clinic. One who has left has no page any more, and no place in it."""
    if not doctor.is_active:
        return {"@type": "Physician", **reference(doctor.slug), "name": doctor.name}
    return {
        "@type": "Physician",
        **reference(doctor.slug),
        "name": doctor.name,
        "description": strip_tags(doctor.shown_biography),
        "url": settings.SITE_URL + doctor.get_absolute_url(),
        "telephone": clinic.phone.as_e164 if clinic.phone else "",
        "medicalSpecialty": DERMATOLOGY,
        "parentOrganization": reference("clinic"),
        "image": picture_node(doctor.portrait),
    }


def picture_node(picture: Picture | None) -> Node:
    """A picture, with what it shows and whose it is."""
    if picture is None:
        return {}
    return {
        "@type": "ImageObject",
        "contentUrl": urljoin(settings.SITE_URL, picture.url),
        "caption": picture.shown_alt,
        "creditText": picture.credit,
        "width": {"@type": "QuantitativeValue", "value": picture.width, "unitCode": "E37"},
        "height": {"@type": "QuantitativeValue", "value": picture.height, "unitCode": "E37"},
    }


def questions_node(asked: list[QuestionVersion]) -> Node:
    """Common questions, as they stand on a page."""
    language = get_language()
    return {
        "@type": "FAQPage",
        "mainEntity": [
            {
                "@type": "Question",
                "name": each.shown_question,
                "inLanguage": each.language or language,
                "acceptedAnswer": {
                    "@type": "Answer",
                    "text": each.shown_answer,
                    "inLanguage": each.language or language,
                },
            }
            for each in asked
        ],
    }


def breadcrumb_node(*steps: tuple[str, str]) -> Node:
    """The way from the front page to this one: names and addresses, this page last."""
    way = [(_("Home"), reverse("home")), *steps]
    return {
        "@type": "BreadcrumbList",
        "@id": f"{settings.SITE_URL}{way[-1][1]}#breadcrumb",
        "itemListElement": [
            {
                "@type": "ListItem",
                "position": number,
                "name": name,
                "item": {"@type": "WebPage", "@id": settings.SITE_URL + path},
            }
            for number, (name, path) in enumerate(way, 1)
        ],
    }
