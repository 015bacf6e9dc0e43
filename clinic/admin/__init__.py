"""The clinic's own rows in the admin."""

from clinic.admin import accounts, facts, holidays, opening, practitioners, privacy, questions, texts
from clinic.audit import admin as audit

__all__ = [
    "accounts",
    "audit",
    "facts",
    "holidays",
    "opening",
    "practitioners",
    "privacy",
    "questions",
    "texts",
]
