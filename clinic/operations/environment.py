"""What the environment says, read strictly. A variable may also come from a file, named by the same variable
with `_FILE` behind it. Whatever is wrong is a ValueError with a sentence that names the variable.

It is read at every start of every process, so what it stands on is light.
"""

import os
from pathlib import Path
from typing import Any

import dj_database_url
import dj_email_url
import django_cache_url

_YES = {"1", "on", "t", "true", "y", "yes"}
_NO = {"0", "off", "f", "false", "n", "no"}


def text(name: str, default: str) -> str:
    """As it stands there; a file with what its editor put at its end."""
    file = os.environ.get(f"{name}_FILE")
    if not file:
        return os.environ.get(name, default)
    try:
        return Path(file).read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{name}_FILE is {file!r}, which is no file that can be read.") from error


def switch(name: str, default: bool) -> bool:
    """On or off, in the usual words; any other is an error, never a guess."""
    value = text(name, "yes" if default else "no").strip().lower()
    if value not in _YES | _NO:
        raise ValueError(f"{name} is {value!r}, but has to be on or off.")
    return value in _YES


def number(name: str, default: int) -> int:
    """A whole number."""
    value = text(name, str(default)).strip()
    try:
        return int(value)
    except ValueError as error:
        raise ValueError(f"{name} is {value!r}, but has to be a whole number.") from error


def items(name: str, default: list[str]) -> list[str]:
    """What stands between commas."""
    if not {name, f"{name}_FILE"} & os.environ.keys():
        return default
    value = text(name, "").strip()
    return value.split(",") if value else []


def database(name: str, default: str) -> dict[str, Any]:
    """Django's settings of a database, from an address such as postgres://user@host/name."""
    try:
        return dict(dj_database_url.parse(text(name, default).strip()))
    except ValueError as error:
        raise ValueError(f"{name} is no address of a database.") from error


def mail(name: str, default: str) -> dict[str, Any]:
    """Django's settings of a mail server, from an address such as submission://user:password@host:587."""
    try:
        return dict(dj_email_url.parse(text(name, default).strip()))
    except Exception as error:  # the library has no errors of its own
        raise ValueError(f"{name} is no address of a mail server.") from error


def cache(name: str, default: str) -> dict[str, Any]:
    """Django's settings of a cache, from an address such as redis://host:6379/0."""
    try:
        return dict(django_cache_url.parse(text(name, default).strip()))
    except Exception as error:  # the library raises plain Exceptions
        raise ValueError(f"{name} is no address of a cache: {error}") from error
