"""What one search box recognises: which index is asked for what somebody typed, and the table of names.

What is typed becomes a key by the same code that stored the key: `names`, `phones`, `emails`, `references`.
"""

from collections.abc import Iterable
from datetime import date

from django.db import connection, models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _

from appointments import emails, names, phones, references
from clinic.time.dates import read_birthday

SHORTEST_HALF = 4  # characters of a reference
# A search ends when it has found so many, the best readings first: whoever typed an area code or a first name
# types more, and it costs the same at a million rows. Looking for the newest would mean to look at all.
MOST_FOUND = 1000
# Of the shape in which it is indexed: a parameter instead of the 5 would hide the index from SQLite.
SECOND_HALF = Func(
    F("reference"),
    function="substr",
    template="%(function)s(%(expressions)s, 5)",
    output_field=models.CharField(),
)


class PatientName(models.Model):
    """A key under which a request's name is found, one for each of its words: see `names.ways_in`.

    A table, since a column has one beginning and people are looked for by each of their names.
    """

    request = models.ForeignKey(
        "appointments.PatientRequest", on_delete=models.CASCADE, related_name="+", db_index=False
    )
    key = models.CharField(max_length=names.LONGEST_WAY_IN)

    class Meta:
        verbose_name = _("key of a name")
        verbose_name_plural = _("keys of names")
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["request", "key"], name="patientname_once")]
        indexes = [
            # In LIKE's order, which PostgreSQL needs in most locales; with the request beside it, so that the
            # table itself needn't be read.
            models.Index(
                fields=["key", "request"],
                opclasses=["varchar_pattern_ops", "int8_ops"],
                name="patientname_key",
            )
        ]

    def __str__(self) -> str:
        return str(self.request_id)


def keep_names(rows: Iterable[tuple[int, str, str]]) -> None:
    """Stores the ways into the names of new requests: of each its id, first and last name."""
    PatientName.objects.bulk_create(
        (
            PatientName(request_id=pk, key=key)
            for pk, first_name, last_name in rows
            for key in names.ways_in(first_name, last_name)
        ),
        batch_size=5000,
    )


def renew_names(pk: int, first_name: str, last_name: str) -> None:
    """The same for a request whose name may have changed."""
    kept = PatientName.objects.filter(request_id=pk)
    if set(kept.values_list("key", flat=True)) != set(names.ways_in(first_name, last_name)):
        kept.delete()
        keep_names([(pk, first_name, last_name)])


def by_columns(typed: str, today: date) -> list[Q]:
    """The conditions on a request's own columns under which `typed` is meant, each with an index."""
    if "@" in typed:
        return [_begins("email_key", emails.key(typed))]
    try:
        return [Q(date_of_birth=read_birthday(typed, today))]
    except ValueError:
        pass
    return [*_by_reference(typed), *_by_phone(typed), *_by_beginning_of_email(typed)]


def _by_reference(typed: str) -> list[Q]:
    code = references.plain(typed)
    if not SHORTEST_HALF <= len(code) < references.LENGTH:
        return []
    second = [Q(second_half=code)] if len(code) == SHORTEST_HALF else []
    return [_begins("reference", code), *second]


def _by_phone(typed: str) -> list[Q]:
    """A number that begins or ends like this, with or without country code and trunk zero."""
    digits = phones.digits_typed(typed)
    if not digits:
        return []
    without_zero = digits.lstrip("0")
    starts = {digits, without_zero, "1" + without_zero}
    ends = {digits[::-1], without_zero[::-1]}
    return [
        *(_begins("phone_digits", each) for each in sorted(starts)),
        *(_begins("phone_digits_reversed", each) for each in sorted(ends)),
    ]


def _by_beginning_of_email(typed: str) -> list[Q]:
    is_one_word = len(typed.split()) == 1 and len(typed) > 1
    return [_begins("email_key", emails.key(typed))] if is_one_word else []


def by_name(typed: str) -> "list[models.QuerySet[PatientName]]":
    """The names in which each word of a reading of `typed` begins a word, in any order."""
    if not any(character.isalpha() for character in typed):
        return []
    found = []
    for reading in names.readings(typed):
        # The longest word, which fewest share, finds; the others stand in the very keys that it finds.
        first, *others = sorted(reading, key=len, reverse=True)
        beside = [Q(key__contains=f" {other}") for other in others if not first.startswith(other)]
        found.append(PatientName.objects.filter(_begins("key", first), *beside))
    return found


def _begins(field: str, prefix: str) -> Q:
    """`field` begins with `prefix`, in words that the index of either database can serve.

    PostgreSQL has a pattern index for LIKE; SQLite's LIKE ignores its index, a range does not.
    """
    if connection.vendor == "sqlite":
        return Q(**{f"{field}__gte": prefix, f"{field}__lt": prefix + "\U0010ffff"})
    return Q(**{f"{field}__startswith": prefix})
