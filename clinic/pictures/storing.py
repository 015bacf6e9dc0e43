"""From an upload to a picture on a page: made apart, stored under a digest, put in its place."""

import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import models, transaction
from django.db.models import ProtectedError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clinic.models import Picture
from clinic.models.picture import Standing
from clinic.pictures.formats import FOLDER, MOST_BYTES, MOST_PIXELS, REFUSED

_WORDS = {
    "bytes": _("This file has more than %(megabytes)d MB. Save it smaller and choose it again."),
    "type": _("This is no picture that we can use. Choose a JPEG, PNG, WebP or AVIF file."),
    "moves": _("This picture moves. Choose one that stands still."),
    "large": _(
        "This picture has more pixels than we can work with. Save it as a JPEG, or with at most %(pixels)d "
        "million pixels, and choose it again."
    ),
    "small": _("This picture is too small: it needs at least 300 pixels in width and in height."),
    "broken": _("This file is damaged, or it is not what its name says. Choose another one."),
}
# Longer than any transaction that stores a picture's row after its files.
_KEPT_WITHOUT_A_ROW = timedelta(days=1)
# So long a picture that has left its page can come back.
KEPT = timedelta(days=30)
_COMMAND = [sys.executable, "-m", "clinic.pictures.making"]
_SECONDS: float = 25


class PictureRefused(Exception):
    """The upload makes no picture. The message is for the person who chose it."""

    def __init__(self, word: str) -> None:
        self.word = word
        pixels, megabytes = MOST_PIXELS // 1_000_000, MOST_BYTES // 1024**2
        super().__init__(_WORDS[word] % {"pixels": pixels, "megabytes": megabytes})


@dataclass(frozen=True)
class Made:
    """The files of a picture, by '<width>.<ending>', not yet stored."""

    digest: str
    widths: list[int]
    height: int
    files: dict[str, bytes]


@dataclass(frozen=True)
class Words:
    """What is said of a picture."""

    alt: str
    alt_es: str
    credit: str


def make(upload: UploadedFile[Any]) -> Made:
    """The picture's files, in some seconds. Of the upload only its bytes count, neither name nor stated type.
    Raises PictureRefused."""
    if (upload.size or 0) > MOST_BYTES:
        raise PictureRefused("bytes")
    with tempfile.TemporaryDirectory(prefix="picture-") as name:
        folder = Path(name)
        with (folder / "upload").open("wb") as file:
            shutil.copyfileobj(upload, file)
        said = _run(folder / "upload", folder)
        files = {path.name: path.read_bytes() for path in sorted(folder.glob("*.*"))}
    digest = hashlib.sha256(b"".join(files.values())).hexdigest()[:32]
    return Made(digest, said["widths"], said["height"], files)


def _run(upload: Path, folder: Path) -> dict[str, Any]:
    try:
        done = subprocess.run(  # noqa: S603 - our own program
            [*_COMMAND, str(upload), str(folder)],
            cwd=settings.BASE_DIR,
            env={},
            capture_output=True,
            timeout=_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise PictureRefused("large") from None
    if done.returncode == REFUSED:
        raise PictureRefused(done.stdout.decode())
    if done.returncode:
        raise PictureRefused("broken")
    said: dict[str, Any] = json.loads(done.stdout)
    return said


def place(owner: models.Model, field: str, made: Made | None, words: Words) -> None:
    """Puts the picture into the `field` of `owner`, in place of the one that is there; without a new one
    that one with other words."""
    with transaction.atomic():
        row = _locked(owner)
        picture = _new(row, field, made, words, getattr(row, field))
        if picture is not None:
            picture.save()
            _put(row, field, picture)


def keep(
    owner: models.Model, field: str, made: Made | None, words: Words, old: Picture | None
) -> Picture | None:
    """A picture for the `field` of `owner` that is on no page yet; without files that of `old` with other
    words, None without either."""
    picture = _new(owner, field, made, words, old)
    if picture is not None:
        picture.standing, picture.left_at = Standing.EARLIER, timezone.now()
        picture.save()
    return picture


def take_away(owner: models.Model, field: str) -> None:
    """Leaves the `field` of `owner` without a picture."""
    with transaction.atomic():
        _put(_locked(owner), field, None)


def put(owner: models.Model, field: str, pk: int) -> bool:
    """Puts a picture that waits, or that was there before, onto the page; False when it is gone."""
    with transaction.atomic():
        row = _locked(owner)
        picture = of(row, field).exclude(standing=Standing.SHOWN).filter(pk=pk).first()
        if picture is not None:
            _put(row, field, picture)
    return picture is not None


def of(owner: models.Model, field: str) -> models.QuerySet[Picture]:
    """Every picture of the `field` of `owner`, what left the page last before the others."""
    return Picture.objects.filter(owner=_name(owner, field)).order_by("-left_at", "-pk")


def _name(owner: models.Model, field: str) -> str:
    return f"{owner._meta.label_lower}.{owner.pk}.{field}"


def _locked(owner: models.Model) -> models.Model:
    return type(owner)._default_manager.select_for_update().get(pk=owner.pk)


def _new(
    row: models.Model, field: str, made: Made | None, words: Words, old: Picture | None
) -> Picture | None:
    """Not yet saved, its files stored; None without files and without a picture whose words could change."""
    if made is not None:
        for name, content in made.files.items():
            _store(f"{FOLDER}/{made.digest}/{name}", content)
        files = {"digest": made.digest, "widths": made.widths, "height": made.height}
    elif old is not None:
        files = {"digest": old.digest, "widths": old.widths, "height": old.height}
    else:
        return None
    return Picture(owner=_name(row, field), **files, **vars(words))


def _put(row: models.Model, field: str, picture: Picture | None) -> None:
    old: Picture | None = getattr(row, field)
    type(row)._default_manager.filter(pk=row.pk).update(**{field: picture})
    if picture is not None:
        of(row, field).filter(pk=picture.pk).update(standing=Standing.SHOWN, left_at=None)
    if old is not None:
        gone = {"standing": Standing.EARLIER, "left_at": timezone.now(), "owner": _name(row, field)}
        Picture.objects.filter(pk=old.pk).update(**gone)


def _store(name: str, content: bytes) -> None:
    """Also where the file is there: one that was written long ago may be about to be swept."""
    stored = default_storage.save(name, ContentFile(content))
    if stored != name:
        # This storage never overwrites, and what lies under the name is the same.
        default_storage.delete(stored)


def sweep(now: datetime) -> int:
    """Forgets the pictures that left their page long ago, and deletes the files that belong to none any more;
    how many files."""
    for picture in Picture.objects.filter(standing=Standing.EARLIER, left_at__lt=now - KEPT):
        # What a version holds stays with it.
        with suppress(ProtectedError), transaction.atomic():
            picture.delete()
    known = set(Picture.objects.values_list("digest", flat=True))
    deleted = 0
    for digest in _folders():
        if digest in known:
            continue
        folder = f"{FOLDER}/{digest}"
        files = default_storage.listdir(folder)[1]
        old = [name for name in files if _is_old(f"{folder}/{name}", now)]
        for name in old:
            default_storage.delete(f"{folder}/{name}")
        if len(old) == len(files):
            default_storage.delete(folder)
        deleted += len(old)
    return deleted


def _folders() -> Iterator[str]:
    try:
        yield from default_storage.listdir(FOLDER)[0]
    except FileNotFoundError:  # nobody has uploaded anything yet
        return


def _is_old(name: str, now: datetime) -> bool:
    return default_storage.get_modified_time(name) < now - _KEPT_WITHOUT_A_ROW
