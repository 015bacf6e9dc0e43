"""What one search box recognises: which index is asked for what somebody typed. Pure but for the vendor."""

from django.db import connection
from django.db.models import Q

from appointments import names
from clinic.characters import digits_of


def of_email(typed: str) -> Q:
    """Requests with this e-mail address, case aside."""
    return Q(email_key=typed.strip().casefold())


def of_phone(typed: str) -> Q | None:
    """Requests whose phone number begins or ends with the digits in `typed`; None for too few of them."""
    digits = digits_of(typed).lstrip("0")
    if len(digits) < 3:
        return None
    starts = _prefix("phone_digits", digits) | _prefix("phone_digits", "1" + digits)
    return starts | _prefix("phone_digits_reversed", digits[::-1])


def of_name(typed: str) -> Q | None:
    """Requests whose name begins with `typed`, first or last name first; None where nothing is typed."""
    key = names.key(typed)
    return _prefix("given_key", key) | _prefix("family_key", key) if key else None


def _prefix(field: str, prefix: str) -> Q:
    """`field` begins with `prefix`, in words that the index of either database can serve.

    PostgreSQL has a pattern index for LIKE; SQLite's LIKE ignores its index, a range does not.
    """
    if connection.vendor == "sqlite":
        return Q(**{f"{field}__gte": prefix, f"{field}__lt": prefix + "\U0010ffff"})
    return Q(**{f"{field}__startswith": prefix})
