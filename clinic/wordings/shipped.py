"""The words that the site brings along for its own pages, until the clinic says something else."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from clinic.models import Clinic
from clinic.wordings.texts import Words

SHIPPED: dict[str, Words] = {
    "home.heading": _("Skin treatment in a dermatologist's hands"),
    "home.lead": _("At {clinic_name}, a board-certified dermatologist looks after your skin."),
    "home.next": _(
        "We answer within {answer_days}. A request is not yet an appointment: it becomes one when you have"
        " picked a time."
    ),
    "home.reasons": _("What you can count on"),
    "home.reason-1": _("A physician treats you"),
    "home.reason-1-words": _(
        "Our dermatologist is board-certified, and it is a physician who gives you your treatment."
    ),
    "home.reason-2": _("Your health comes first"),
    "home.reason-2-words": _(
        "Before anything else, we ask you a few questions about your health. If one of your answers needs a"
        " closer look, the dermatologist decides before we offer you a time."
    ),
    "home.reason-3": _("You always know what is next"),
    "home.reason-3-words": _(
        "You get a page of your own. It shows you where your request stands, what comes next and when you"
        " will hear from us."
    ),
    "home.why-heading": _("Why with us"),
    "home.why": "",
    "home.offered": _("Treatments"),
    "home.steps": _("How it works"),
    "home.step-1": _("You ask"),
    "home.step-1-words": _(
        "Send us a request or call us, whichever suits you better. The form takes about three minutes."
    ),
    "home.step-2": _("We look at it"),
    "home.step-2-words": _(
        "We answer within {answer_days}. Where it is about your health, a dermatologist decides what is"
        " suitable for you."
    ),
    "home.step-3": _("You pick a time"),
    "home.step-3-words": _(
        "We hold a few times for you for {hold_days}, and you choose the one that suits you best."
    ),
    "home.step-4": _("You come in"),
    "home.step-4-words": _(
        "After your visit, you get our advice on how to care for your skin in the days that follow."
    ),
    "home.search": _(
        "At {clinic_name}, a board-certified dermatologist looks after your skin."
        " Request an appointment online, or ask us to call you."
    ),
    "ways.request": _(
        "Tell us a little about yourself and when you have time. What you send is a request, not yet an"
        " appointment: we come back to you with times to choose from."
    ),
    "ways.call": _("If you would rather talk with us, tell us when it suits you, and we will call you."),
    "contact.lead": _(
        "Call us to set up an appointment, or to speak with our dermatologist about what you have in mind."
    ),
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
    return {
        "clinic_name": str(clinic.name),
        "clinic_phone": clinic.phone.as_national if clinic.phone else "",
        "answer_days": _clinic_days(clinic.answer_within_days),
        "hold_days": _clinic_days(clinic.hold_days),
    }


def _clinic_days(days: int) -> str:
    return ngettext("%(days)d clinic day", "%(days)d clinic days", days) % {"days": days}
