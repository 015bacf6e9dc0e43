"""What the database does itself when an account is closed or opened again: it ends every session of it.

So it holds whoever closes the account and by whatever way: the page, a shell, one UPDATE of many, psql. While
it is closed nobody gets in by a session anyhow (Django's backend asks each time); without this one would come
back to life with the account. On opening too, for a sign-in that crossed the closing. The sessions lie in
the database (SESSION_ENGINE), and each is in the list of its owner's, see clinic/staff/sessions.py.
"""

from django.db.backends.base.base import BaseDatabaseWrapper

ACCOUNTS, SESSIONS, LISTED = "auth_user", "django_session", "usersessions_usersession"
_NAME = "auth_user_ends_sessions"


def install(connection: BaseDatabaseWrapper) -> None:
    """Guards the accounts, once all three tables are there; repeating it changes nothing."""
    if not {ACCOUNTS, SESSIONS, LISTED} <= set(connection.introspection.table_names()):
        return
    with connection.cursor() as cursor:
        for statement in _sqlite() if connection.vendor == "sqlite" else _postgresql():
            cursor.execute(statement)


_ENDS = f"""DELETE FROM {SESSIONS} WHERE session_key IN
                (SELECT session_key FROM {LISTED} WHERE user_id = NEW.id);
            DELETE FROM {LISTED} WHERE user_id = NEW.id;"""  # noqa: S608
_WHEN = f"AFTER UPDATE OF is_active ON {ACCOUNTS} FOR EACH ROW WHEN (OLD.is_active <> NEW.is_active)"


def _sqlite() -> tuple[str, ...]:
    return (f"DROP TRIGGER IF EXISTS {_NAME}", f"CREATE TRIGGER {_NAME} {_WHEN} BEGIN {_ENDS} END")


def _postgresql() -> tuple[str, ...]:
    return (
        f"""CREATE OR REPLACE FUNCTION {_NAME}() RETURNS trigger AS $$
            BEGIN {_ENDS} RETURN NULL; END $$ LANGUAGE plpgsql""",
        f"DROP TRIGGER IF EXISTS {_NAME} ON {ACCOUNTS}",
        f"CREATE TRIGGER {_NAME} {_WHEN} EXECUTE FUNCTION {_NAME}()",
    )
