"""What the database itself refuses of pictures: other files or other words. Versions that somebody signed
hold them; another picture, or other words, are another row."""

from django.db.backends.base.base import BaseDatabaseWrapper

from clinic.signed.guards import changed, function, refusal

TABLE = "clinic_picture"
COLUMNS = ("digest", "widths", "height", "alt", "alt_es", "credit")


def install(connection: BaseDatabaseWrapper) -> None:
    """Puts the guard in place once the table is there; repeating it changes nothing."""
    if TABLE not in connection.introspection.table_names():
        return
    vendor = connection.vendor
    words = "a picture and its words stay as they are"
    with connection.cursor() as cursor:
        for statement in (
            *function(vendor),
            *refusal(TABLE, "as_it_is", "UPDATE", changed(COLUMNS, vendor), words, vendor),
        ):
            cursor.execute(statement)
