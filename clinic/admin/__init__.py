"""The clinic's own rows in the admin."""

from clinic.admin import facts, opening, practitioners
from clinic.audit import admin as audit

__all__ = ["audit", "facts", "opening", "practitioners"]
