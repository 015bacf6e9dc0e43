"""The clinic itself, its people and its times; and what its programs note for each other."""

from clinic.audit.entry import AuditAction, AuditEntry
from clinic.models.clinic import FIRST_FACTS, Clinic
from clinic.models.counters import Edition, Heartbeat, RateCount
from clinic.models.feed import CalendarFeed
from clinic.models.job import Job, JobPart, JobState
from clinic.models.opening import (
    Closure,
    HolidayDecision,
    OpeningHours,
    SpecialOpening,
    Weekday,
    opening_times,
    opening_times_of,
    stated_times,
)
from clinic.models.picture import Picture
from clinic.models.practitioner import Practitioner, PractitionerAddress
from clinic.models.privacy_notice import NOTICE_TABLE, PrivacyNotice, privacy_version
from clinic.models.question import CommonQuestion, QuestionVersion
from clinic.models.signed import Release, SignedText, State
from clinic.models.staff import DeskDoctor, GivenPassword
from clinic.models.wording import Wording

__all__ = [
    "FIRST_FACTS",
    "NOTICE_TABLE",
    "AuditAction",
    "AuditEntry",
    "CalendarFeed",
    "Clinic",
    "Closure",
    "CommonQuestion",
    "DeskDoctor",
    "Edition",
    "GivenPassword",
    "Heartbeat",
    "HolidayDecision",
    "Job",
    "JobPart",
    "JobState",
    "OpeningHours",
    "Picture",
    "Practitioner",
    "PractitionerAddress",
    "PrivacyNotice",
    "QuestionVersion",
    "RateCount",
    "Release",
    "SignedText",
    "SpecialOpening",
    "State",
    "Weekday",
    "Wording",
    "opening_times",
    "opening_times_of",
    "privacy_version",
    "stated_times",
]
