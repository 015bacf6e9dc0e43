"""The words that the site brings along for its own pages, until the clinic says something else."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from clinic.models import Clinic
from clinic.wordings.texts import Words

SHIPPED: dict[str, Words] = {
    "home.heading": _("Skin treatment in a dermatologist's hands"),
    "home.lead": _(
        "{clinic_name} is a dermatology clinic for cosmetic skin treatment, given by a physician."
    ),
    "home.next": _("We answer within {answer_days}. A request is not yet an appointment."),
    "home.reasons": _("What you can count on"),
    "home.reason-1": _("A physician treats you"),
    "home.reason-1-words": _("Our dermatologist is board-certified, and a physician gives your treatment."),
    "home.reason-2": _("Your health comes first"),
    "home.reason-2-words": _(
        "We ask a few health questions. If an answer needs a closer look, the dermatologist decides"
        " before we offer you a time."
    ),
    "home.reason-3": _("You always know what is next"),
    "home.reason-3-words": _(
        "You get a page of your own that shows where your request stands and when you hear from us."
    ),
    "home.why-heading": _("Why with us"),
    "home.why": "",
    "home.offered": _("Treatments"),
    "home.steps": _("How it works"),
    "home.step-1": _("You ask"),
    "home.step-1-words": _("You send a request, or you call. It takes a few minutes."),
    "home.step-2": _("We look at it"),
    "home.step-2-words": _("We answer within {answer_days}. Where health matters, a dermatologist decides."),
    "home.step-3": _("You pick a time"),
    "home.step-3-words": _("We hold times for you. You choose the one that suits you."),
    "home.step-4": _("You come in"),
    "home.step-4-words": _("After your visit you get our advice on how to care for your skin."),
    "home.search": _(
        "{clinic_name} is a dermatology clinic for cosmetic skin treatment."
        " Request an appointment or ask for a call."
    ),
    "ways.request": _(
        "Tell us a little about you and when you have time. This is a request, not yet an appointment."
    ),
    "ways.call": _("You would rather talk? Tell us when it suits you, and we call you."),
    "contact.lead": _("Call us to set up an appointment or to speak with the dermatologist."),
}

# What is good to know, once the clinic has said it, under these names.
PRACTICAL: dict[str, Words] = {
    "contact.parking": _("Parking"),
    "contact.languages": _("We speak"),
    "contact.price": _("Prices"),
    "contact.insurance": _("Insurance"),
}


def site_values(clinic: Clinic) -> dict[str, str]:
    """What the placeholders of the site's own texts stand for, in the active language."""
    days = clinic.answer_within_days
    return {
        "clinic_name": str(clinic.name),
        "clinic_phone": clinic.phone.as_national if clinic.phone else "",
        "answer_days": ngettext("%(days)d clinic day", "%(days)d clinic days", days) % {"days": days},
    }
