"""The files of the jobs on the disk: never in clear, each with a key of its own.

A job's file lies there in parts, each in the age format (age-encryption.org/v1) to a key that was made for
it and stands in the part's row, sealed with SECRET_KEY. So a file that was changed, cut off or put in
another's place can't be read, and without its row none can.
"""

import os
import secrets
import time
from array import array
from collections.abc import Iterable, Iterator
from datetime import timedelta
from pathlib import Path

import pyrage
from django.conf import settings
from django.db import transaction

from clinic.models import Job, JobPart
from clinic.staff import sealing

# Longer than a worker needs from the writing of a file to that of its row.
_KEPT_WITHOUT_A_ROW = timedelta(hours=1)


class Unreadable(Exception):
    """A file is gone, was changed, or its key was sealed with a SECRET_KEY that isn't known any more."""


def _folder() -> Path:
    folder = Path(settings.JOBS_DIR)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def write(job: Job, number: int, content: bytes) -> JobPart:
    """A part, not yet saved, whose file is whole and on the disk. Raises OSError."""
    identity = pyrage.x25519.Identity.generate()
    encrypted = pyrage.encrypt(content, [identity.to_public()])
    part = JobPart(
        job=job,
        number=number,
        name=secrets.token_hex(16),
        size=len(encrypted),
        sealed_key=sealing.seal(str(identity)),
    )
    folder = _folder()
    handle = os.open(folder / part.name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(encrypted)
        file.flush()
        os.fsync(handle)
    above = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(above)
    finally:
        os.close(above)
    return part


def read(part: JobPart) -> bytes:
    """What `write` was given. Raises Unreadable."""
    try:
        encrypted = (_folder() / part.name).read_bytes()
        identity = pyrage.x25519.Identity.from_str(sealing.unseal(part.sealed_key))
        return bytes(pyrage.decrypt(encrypted, [identity]))
    except (OSError, sealing.NotReadable, pyrage.IdentityError, pyrage.DecryptError) as error:
        raise Unreadable from error


def keys_of(job: Job) -> "array[int]":
    """The keys of the rows of a job that has begun. Raises Unreadable."""
    keys, part = array("q"), job.parts.filter(number=JobPart.KEYS).first()
    if part is None:
        raise Unreadable
    keys.frombytes(read(part))
    return keys


def check(parts: Iterable[JobPart]) -> None:
    """Reads every part once. Raises Unreadable."""
    for part in parts:
        read(part)


def contents(parts: Iterable[JobPart]) -> Iterator[bytes]:
    """What they hold, one after the other: no more than one is in memory."""
    for part in parts:
        yield read(part)


def lies_there(part: JobPart) -> bool:
    """Whether its file is there, as long as it was written."""
    try:
        return (_folder() / part.name).stat().st_size == part.size
    except OSError:
        return False


def delete(parts: Iterable[JobPart]) -> None:
    """Forgets them, which makes them unreadable, and deletes their files when that holds."""
    parts = list(parts)
    JobPart.objects.filter(pk__in=[part.pk for part in parts if part.pk]).delete()
    transaction.on_commit(lambda: unlink([part.name for part in parts]))


def unlink(names: Iterable[str]) -> None:
    """Deletes files, as far as they are there."""
    for name in names:
        (_folder() / name).unlink(missing_ok=True)


def sweep() -> int:
    """Deletes the files that belong to no row, such as those of a worker that was killed; how many."""
    until = time.time() - _KEPT_WITHOUT_A_ROW.total_seconds()
    old = [path.name for path in _folder().iterdir() if path.stat().st_mtime < until]
    known = set(JobPart.objects.values_list("name", flat=True))
    left = [name for name in old if name not in known]
    unlink(left)
    return len(left)
