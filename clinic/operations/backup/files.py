"""The pictures' files in a backup. None is ever changed, so whatever of them lies there belongs to it."""

import re
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile

from django.core.files import File
from django.core.files.storage import default_storage

from clinic.pictures.formats import FILE_NAME, FOLDER

FILES = "media"
_PIECE = 256 * 1024


def stored() -> Iterator[str]:
    """The name of each file of a picture in the storage."""
    try:
        folders = default_storage.listdir(FOLDER)[0]
    except FileNotFoundError:  # nobody has uploaded anything yet
        return
    for digest in folders:
        names = (
            f"{FOLDER}/{digest}/{name}" for name in sorted(default_storage.listdir(f"{FOLDER}/{digest}")[1])
        )
        yield from (name for name in names if re.fullmatch(FILE_NAME, name))


def write(archive: ZipFile) -> Iterator[None]:
    """Puts each file into the archive, piece by piece; one that is swept meanwhile belongs to no picture."""
    for name in stored():
        try:
            file = default_storage.open(name)
        except FileNotFoundError:
            continue
        with file, archive.open(f"{FILES}/{name}", "w", force_zip64=True) as packed:
            for piece in file.chunks(_PIECE):
                yield
                packed.write(piece)


def unpack(archive: ZipFile, folder: Path) -> None:
    """Into the folder, each read to its end and so checked; whatever else the archive holds stays there."""
    for name in archive.namelist():
        if re.fullmatch(f"{FILES}/{FILE_NAME}", name):
            archive.extract(name, folder)


def put_back(folder: Path) -> None:
    """Into the storage what was unpacked, in place of what lies there under the same name."""
    for path in sorted((folder / FILES).rglob("*.*")):
        name = str(path.relative_to(folder / FILES))
        default_storage.delete(name)
        with path.open("rb") as content:
            default_storage.save(name, File(content))


def unpacked(folder: Path) -> int:
    """How many files."""
    return sum(1 for _ in (folder / FILES).rglob("*.*"))
