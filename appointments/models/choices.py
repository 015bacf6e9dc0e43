"""The words that rows may hold, one class for each choice field."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Kind(models.TextChoices):
    """What the patient asks for."""

    APPOINTMENT = "appointment", _("Appointment")
    CALLBACK = "callback", _("Callback")


class RequestSource(models.TextChoices):
    """How the request reached the clinic."""

    WEB = "web", _("Website")
    PHONE = "phone", _("Phone")
    WALK_IN = "walk-in", _("Walk-in")
    RECALL = "recall", _("Recall")


class ContactBy(models.TextChoices):
    """How the patient wants to be answered."""

    PHONE = "phone", _("Phone")
    EMAIL = "email", _("E-mail")


class Topic(models.TextChoices):
    """What a callback is about."""

    APPOINTMENT = "appointment", _("An appointment")
    TREATMENT = "treatment", _("A treatment")
    AFTER_TREATMENT = "after-treatment", _("After my treatment")
    BILLING = "billing", _("Billing")
    OTHER = "other", _("Something else")


class WeekdayCode(models.TextChoices):
    """Days of the week as the forms post them, in the order of `date.weekday()`."""

    MON = "mon", _("Monday")
    TUE = "tue", _("Tuesday")
    WED = "wed", _("Wednesday")
    THU = "thu", _("Thursday")
    FRI = "fri", _("Friday")
    SAT = "sat", _("Saturday")
    SUN = "sun", _("Sunday")


class PartOfDay(models.TextChoices):
    """Parts of a day; midday parts them."""

    MORNING = "morning", _("Morning")
    AFTERNOON = "afternoon", _("Afternoon")


class AppointmentStatus(models.TextChoices):
    """FHIR R4's statuses of an appointment, as far as the clinic uses them; 'pending' is a held offer."""

    PENDING = "pending", _("Held")
    BOOKED = "booked", _("Booked")
    ARRIVED = "arrived", _("Arrived")
    FULFILLED = "fulfilled", _("Completed")
    NOSHOW = "noshow", _("No-show")
    CANCELLED = "cancelled", _("Cancelled")


class EventKind(models.TextChoices):
    """What an event of the timeline records."""

    RECEIVED = "received", _("Received")
    MOVED = "moved", _("Moved")
    NOTE = "note", _("Note")
    CALL = "call", _("Call")
    MESSAGE = "message", _("Message")
    ANSWER = "answer", _("Patient's answer")
    TEXT = "text", _("Patient's text message")
    APPOINTMENT = "appointment", _("Appointment")
    CORRECTION = "correction", _("Correction")
    ASSIGNED = "assigned", _("Assigned")
    MARK = "mark", _("Mark")
    SAME_PERSON = "same_person", _("Same person")


class CallOutcome(models.TextChoices):
    """How an attempt to call ended."""

    REACHED = "reached", _("Reached")
    NO_ANSWER = "no_answer", _("No answer")
    VOICEMAIL = "voicemail", _("Voicemail left")
    WRONG_NUMBER = "wrong_number", _("Wrong number")


class Decision(models.TextChoices):
    """What the dermatologist decided."""

    SUITABLE = "suitable", _("Suitable")
    CONSULTATION_FIRST = "consultation_first", _("Consultation first")
    NEEDS_INFORMATION = "needs_information", _("Needs more information")
    NOT_SUITABLE = "not_suitable", _("Not suitable")


class MessageChannel(models.TextChoices):
    """How a message goes out; 'phone' is a task for the front desk with the words to say."""

    EMAIL = "email", _("E-mail")
    PHONE = "phone", _("Phone")
    TEXT = "text", _("Text message")


class HeldUp(models.TextChoices):
    """What waits for somebody to mend how the site sends."""

    LINE = "line", _("No e-mail goes out")
    MESSAGE = "message", _("This e-mail can't be built")


class MessageStatus(models.TextChoices):
    """Where a message stands in the outbox."""

    QUEUED = "queued", _("Queued")
    SENT = "sent", _("Sent")
    FAILED = "failed", _("Failed")
    VOID = "void", _("Void")
