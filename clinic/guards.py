"""Every guard of this app's tables and the accounts: what only grows, sessions that end, addresses that are
kept, signed words, pictures, addresses of calendars."""

from django.db.backends.base.base import BaseDatabaseWrapper

from clinic import append_only, closed_accounts, kept_addresses
from clinic.audit import entry
from clinic.feed import guards as of_calendars
from clinic.models import NOTICE_TABLE
from clinic.pictures import guards as of_pictures
from clinic.wordings import guards as of_wordings


def install(connection: BaseDatabaseWrapper) -> None:
    """Puts those in place whose tables are there; repeating it changes nothing."""
    for table in (entry.TABLE, NOTICE_TABLE):
        append_only.install(connection, table)
    closed_accounts.install(connection)
    kept_addresses.install(connection, kept_addresses.PAGES, kept_addresses.ADDRESSES)
    of_wordings.install(connection)
    of_pictures.install(connection)
    of_calendars.install(connection)
