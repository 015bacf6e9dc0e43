"""Requests and what becomes of them."""

from appointments.models.aftercare import AftercareSent
from appointments.models.appointment import ACTIVE_STATUSES, Appointment
from appointments.models.choices import (
    AppointmentStatus,
    CallOutcome,
    ContactBy,
    Decision,
    EventKind,
    Kind,
    MessageChannel,
    MessageStatus,
    PartOfDay,
    RequestSource,
    Topic,
    WeekdayCode,
)
from appointments.models.erasure import Erasure
from appointments.models.identity import IdentityDecision
from appointments.models.message import Message
from appointments.models.page_views import PageViews
from appointments.models.request import PatientRequest
from appointments.models.retention import RetentionPeriod
from appointments.models.review import LONGEST_WORDS, ClinicalReview, ScreeningAnswer
from appointments.models.search import PatientName
from appointments.models.timeline import RequestEvent

__all__ = [
    "ACTIVE_STATUSES",
    "LONGEST_WORDS",
    "AftercareSent",
    "Appointment",
    "AppointmentStatus",
    "CallOutcome",
    "ClinicalReview",
    "ContactBy",
    "Decision",
    "Erasure",
    "EventKind",
    "IdentityDecision",
    "Kind",
    "Message",
    "MessageChannel",
    "MessageStatus",
    "PageViews",
    "PartOfDay",
    "PatientName",
    "PatientRequest",
    "RequestEvent",
    "RequestSource",
    "RetentionPeriod",
    "ScreeningAnswer",
    "Topic",
    "WeekdayCode",
]
