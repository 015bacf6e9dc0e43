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
from appointments.models.counts import CountedDay, DayCount, Figure, PageViews
from appointments.models.earlier import EarlierWish, FreedTime, OtherTime, OtherTimeState, OtherTimeWish
from appointments.models.erasure import Erasure
from appointments.models.identity import IdentityDecision
from appointments.models.message import Message
from appointments.models.request import PatientRequest
from appointments.models.retention import RetentionPeriod
from appointments.models.review import LONGEST_WORDS, ClinicalReview, ScreeningAnswer
from appointments.models.search import PatientName
from appointments.models.texting import TextConsent, TextOptOut, TextToRead
from appointments.models.timeline import RequestEvent
from appointments.models.to_staff.choice import Happening, NoticeChoice, NoticeKind
from appointments.models.to_staff.notice import StaffNotice

__all__ = [
    "ACTIVE_STATUSES",
    "LONGEST_WORDS",
    "AftercareSent",
    "Appointment",
    "AppointmentStatus",
    "CallOutcome",
    "ClinicalReview",
    "ContactBy",
    "CountedDay",
    "DayCount",
    "Decision",
    "EarlierWish",
    "Erasure",
    "EventKind",
    "Figure",
    "FreedTime",
    "Happening",
    "IdentityDecision",
    "Kind",
    "Message",
    "MessageChannel",
    "MessageStatus",
    "NoticeChoice",
    "NoticeKind",
    "OtherTime",
    "OtherTimeState",
    "OtherTimeWish",
    "PageViews",
    "PartOfDay",
    "PatientName",
    "PatientRequest",
    "RequestEvent",
    "RequestSource",
    "RetentionPeriod",
    "ScreeningAnswer",
    "StaffNotice",
    "TextConsent",
    "TextOptOut",
    "TextToRead",
    "Topic",
    "WeekdayCode",
]
