"""What SQLite knows about the spread of the rows when it plans a query. PostgreSQL keeps this up by itself."""

from datetime import datetime

from django.db import connection

# So many rows of an index are looked at: milliseconds, however large the table.
ROWS_LOOKED_AT = 1000


def refresh_statistics(now: datetime) -> int:
    """Looks at the rows again; without it a long inbox is sorted whole for each page. 1 where it was needed."""
    if connection.vendor != "sqlite":
        return 0
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA analysis_limit={ROWS_LOOKED_AT}")
        cursor.execute("ANALYZE")
    return 1
