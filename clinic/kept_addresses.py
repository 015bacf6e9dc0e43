"""What the database writes itself: each address that a page gets, refused where it is or was another page's.

Django rebuilds a table of SQLite for most changes of its columns, which drops its triggers without a word; so
they are made again after each migrate.
"""

from django.db.backends.base.base import BaseDatabaseWrapper

# The doctors' pages and their addresses.
PAGES, ADDRESSES = "clinic_practitioner", "clinic_practitioneraddress"


def install(connection: BaseDatabaseWrapper, pages: str, addresses: str) -> None:
    """Has the table `pages` write into that of its `addresses`, once both are there; repeating it changes
    nothing. The uniqueness of the addresses refuses what is taken."""
    if not {pages, addresses} <= set(connection.introspection.table_names()):
        return
    with connection.cursor() as cursor:
        for statement in _statements(pages, addresses, connection.vendor):
            cursor.execute(statement)


def _statements(pages: str, addresses: str, vendor: str) -> list[str]:
    kept = f"""INSERT INTO {addresses} (slug, page_id) SELECT NEW.slug, NEW.id WHERE NOT EXISTS
               (SELECT 1 FROM {addresses} WHERE slug = NEW.slug AND page_id = NEW.id)"""  # noqa: S608
    statements = []
    if vendor != "sqlite":
        statements.append(
            f"""CREATE OR REPLACE FUNCTION {pages}_address() RETURNS trigger AS $$
                BEGIN {kept}; RETURN NULL; END $$ LANGUAGE plpgsql"""
        )
    for name, event in (("address_insert", "INSERT"), ("address_update", "UPDATE OF slug")):
        dropped = f"DROP TRIGGER IF EXISTS {pages}_{name}" + ("" if vendor == "sqlite" else f" ON {pages}")
        made = f"CREATE TRIGGER {pages}_{name} AFTER {event} ON {pages} FOR EACH ROW "
        body = f"BEGIN {kept}; END" if vendor == "sqlite" else f"EXECUTE FUNCTION {pages}_address()"
        statements += [dropped, made + body]
    return statements
