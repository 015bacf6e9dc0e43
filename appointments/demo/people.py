"""Made-up people. First and last names are common ones, put together at random; the phone numbers are from
the range 555-0100 to 555-0199 that is kept for fiction, and example.org belongs to nobody."""

import random
from dataclasses import dataclass
from datetime import date, timedelta

from appointments import names

FIRST = (
    "Maria", "James", "Aiko", "Noor", "Elena", "Marcus", "Priya", "Hannah", "Mateo", "Grace", "Tomás",
    "Sofía", "Daniel", "Wei", "Leila", "Olivia", "Andre", "Yuki", "Camille", "Rosa", "Peter", "Amara",
    "Ifeoma",
)  # fmt: skip
LAST = (
    "Garcia", "Okafor", "Nguyen", "Miller", "Haddad", "Kim", "Rossi", "Johansson", "Patel", "O'Brien",
    "Cohen", "Silva", "Tanaka", "Washington", "Petrov", "Lopez-Reyes", "Chen", "Baker", "Moreau", "Diaz",
    "Núñez",
)  # fmt: skip
AREA_CODES = ("310", "213", "323", "424", "626", "818", "747", "562")
# Seeds the choice of every detail; another number makes other people.
SEED = 20261101


@dataclass(frozen=True)
class Person:
    """Somebody who might ask for an appointment."""

    first_name: str
    last_name: str
    phone: str
    email: str
    born: date
    language: str


def person(number: int) -> Person:
    """The same person for the same number; one in six has no e-mail address, one in eight prefers Spanish."""
    chance = random.Random(SEED + number)  # noqa: S311 - not a secret
    first, last = chance.choice(FIRST), chance.choice(LAST)
    local = f"{names.key(first)}.{names.key(last)}"
    area = AREA_CODES[number // 100 % len(AREA_CODES)]
    return Person(
        first_name=first,
        last_name=last,
        phone=f"+1{area}555{100 + number % 100:04d}",
        email="" if number % 6 == 0 else f"{local}.{number}@example.org",
        born=date(1964, 1, 1) + timedelta(days=chance.randrange(40 * 365)),
        language="es" if number % 8 == 0 else "en",
    )
