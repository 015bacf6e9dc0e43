"""An encrypted file, written and read as a stream: AES-256-GCM over chunks.

Layout: MAGIC, 16 bytes of salt, then chunks, each of them 4 bytes of length (big-endian) and so many bytes of
ciphertext. The key comes from the key file and the salt by HKDF, so a nonce never comes back under one key:
it is the number of the chunk. Number and 'is this the last' are authenticated with each chunk, so nothing can
be changed, left out, put in or cut off unnoticed.
"""

import secrets
from pathlib import Path
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

MAGIC = b"FTSEALED1\n"
CHUNK = 256 * 1024
_SALT = 16
_TAG = 16
LEAST_KEY_BYTES = 32


class SealedFileError(Exception):
    """The key is no key, or the file is damaged, cut off, or sealed with another key."""


def read_key(path: Path) -> bytes:
    """The secret in a key file, such as `openssl rand -base64 32` makes. Raises SealedFileError."""
    secret = path.read_bytes().strip()
    if len(secret) < LEAST_KEY_BYTES:
        raise SealedFileError(f"The key file has to hold at least {LEAST_KEY_BYTES} random characters.")
    return secret


def is_sealed(path: Path) -> bool:
    """Whether the file begins like one that SealingWriter wrote."""
    with path.open("rb") as file:
        return file.read(len(MAGIC)) == MAGIC


def _cipher(secret: bytes, salt: bytes) -> AESGCM:
    return AESGCM(HKDF(SHA256(), 32, salt, b"finetouch backup").derive(secret))


def _nonce(number: int) -> bytes:
    return number.to_bytes(12, "big")


def _place(*, last: bool) -> bytes:
    return b"last" if last else b"more"


class SealingWriter:
    """Encrypts what is written to it into `file`. `close` writes the end, and leaves `file` open."""

    def __init__(self, file: BinaryIO, secret: bytes) -> None:
        salt = secrets.token_bytes(_SALT)
        self._file, self._cipher, self._number = file, _cipher(secret, salt), 0
        self._waiting = bytearray()
        file.write(MAGIC + salt)

    def write(self, data: bytes) -> int:
        """Takes `data`; whole chunks go out at once."""
        self._waiting += data
        while len(self._waiting) > CHUNK:
            self._put(bytes(self._waiting[:CHUNK]), last=False)
            del self._waiting[:CHUNK]
        return len(data)

    def close(self) -> None:
        """Writes the last chunk."""
        self._put(bytes(self._waiting), last=True)
        self._waiting.clear()

    def _put(self, data: bytes, *, last: bool) -> None:
        sealed = self._cipher.encrypt(_nonce(self._number), data, _place(last=last))
        self._file.write(len(sealed).to_bytes(4, "big") + sealed)
        self._number += 1


class OpeningReader:
    """Reads what a SealingWriter wrote. Raises SealedFileError at the first byte that isn't as it was."""

    def __init__(self, file: BinaryIO, secret: bytes) -> None:
        if file.read(len(MAGIC)) != MAGIC:
            raise SealedFileError("This is no encrypted backup.")
        self._file, self._cipher, self._number = file, _cipher(secret, file.read(_SALT)), 0
        self._ready = bytearray()
        self._ended = False

    def read(self, size: int = -1) -> bytes:
        """Up to `size` bytes; fewer only at the end."""
        while not self._ended and (size < 0 or len(self._ready) < size):
            self._ready += self._next_chunk()
        taken = bytes(self._ready if size < 0 else self._ready[:size])
        del self._ready[: len(taken)]
        return taken

    def close(self) -> None:
        """Nothing to do; `file` is its opener's."""

    def _next_chunk(self) -> bytes:
        length = int.from_bytes(self._file.read(4), "big")
        if not _TAG <= length <= CHUNK + _TAG:
            raise SealedFileError("The backup is damaged or cut off.")
        sealed = self._file.read(length)
        for last in (False, True):
            try:
                data = self._cipher.decrypt(_nonce(self._number), sealed, _place(last=last))
            except InvalidTag:
                continue
            self._number += 1
            self._ended = last
            return data
        raise SealedFileError("The key is another one, or the backup is damaged.")
