"""Backups in the age format (age-encryption.org/v1), written with a public key, read with a secret one.

The server has the public key alone: who takes it over can't read the backups that were copied away.
"""

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import pyrage

if TYPE_CHECKING:
    from _typeshed import SupportsRead

_MAGIC = b"age-encryption.org/v1\n"


class EncryptionError(Exception):
    """A key is no key, is the wrong one or is missing, or what it should open is damaged."""


def recipients(keys: Sequence[str]) -> list[pyrage.x25519.Recipient]:
    """Public keys from their text, `age1...`. Raises EncryptionError."""
    try:
        return [pyrage.x25519.Recipient.from_str(key) for key in keys]
    except pyrage.RecipientError as error:
        # Never the text itself: it may be the secret key, given by mistake.
        raise EncryptionError("A recipient is a public key as age-keygen shows it: age1...") from error


def _identities(path: Path) -> list[pyrage.x25519.Identity]:
    """The secret keys in a file that age-keygen made."""
    try:
        lines = path.read_text("ascii").split("\n")
        keys = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
        return [pyrage.x25519.Identity.from_str(key) for key in keys]
    except (pyrage.IdentityError, UnicodeDecodeError) as error:
        raise EncryptionError("The identity file has to be one that age-keygen made.") from error


def copy(source: "SupportsRead[bytes]", target: BinaryIO, keys: list[pyrage.x25519.Recipient]) -> None:
    """Copies a stream, encrypted if there are keys. What goes wrong meanwhile raises EncryptionError then."""
    if not keys:
        shutil.copyfileobj(source, target)
        return
    try:
        pyrage.encrypt_io(source, target, keys)
    except pyrage.EncryptError as error:  # which has the words of what was raised within
        raise EncryptionError(str(error)) from error


@contextmanager
def opened(path: Path, identity: Path | None, folder: Path) -> Iterator[BinaryIO]:
    """A backup in clear: the file itself, or decrypted to a file without a name in `folder`."""
    with path.open("rb") as file:
        encrypted = file.read(len(_MAGIC)) == _MAGIC
        file.seek(0)
        if encrypted and identity is None:
            raise EncryptionError("The backup is encrypted: name the file with its secret key, --identity.")
        if identity is None:
            yield file
            return
        if not encrypted:
            raise EncryptionError("The backup isn't encrypted, though a key is given for it.")
        with tempfile.TemporaryFile(dir=folder) as clear:
            try:
                pyrage.decrypt_io(file, clear, _identities(identity))
            except (pyrage.DecryptError, OSError) as error:
                raise EncryptionError(
                    f"The key is another one, or the backup is damaged: {error}."
                ) from error
            yield clear
