"""A page that is made once for all who ask for it: what differs between two answers is put into its holes.

It is compressed once too. What a hole holds lies in the stream as it is, compressed with nothing: so the
length of an answer says nothing about it, whatever stands around it (BREACH).
"""

import contextlib
import re
import secrets
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

import brotli

# As many as the forms have pages, many times over.
MOST_PACKED = 256
# What no UTF-8 text holds (RFC 3629, 3), so that nothing after a hole can be told by what stood in it.
_NEVER_IN_TEXT = bytes(range(0xF8, 0x100))
# Taken into a hole's block: how brotli reads on depends on the last two bytes.
_BEHIND = 2
_MOST_TRIES = 20
_GZIP_HEAD = bytes.fromhex("1f8b08000000000002ff")


@dataclass(frozen=True, slots=True)
class Hole:
    """A place in a page. `mark` stands there while it is made; nobody outside of this process knows it. What
    is put in has as many bytes as the mark."""

    mark: str

    @classmethod
    def of(cls, length: int) -> "Hole":
        return cls(secrets.token_hex(length)[:length])


@dataclass(frozen=True, slots=True)
class Prepared:
    """The parts of a page and the holes between them, each of which is there once."""

    parts: tuple[bytes, ...]
    holes: tuple[Hole, ...]

    @classmethod
    def of(cls, page: str, *holes: Hole) -> "Prepared":
        """Raises ValueError unless `page` has the mark of each of the `holes` once."""
        by_mark = {hole.mark: hole for hole in holes}
        parts = re.split(f"({'|'.join(by_mark)})", page)
        marks = parts[1::2]
        if sorted(marks) != sorted(by_mark):
            raise ValueError("a hole is missing, or there twice")
        return cls(tuple(part.encode() for part in parts[::2]), tuple(by_mark[mark] for mark in marks))

    def filled(self, values: Mapping[Hole, str], coding: str = "") -> bytes:
        """The page with `values` in its holes: as it is, or as `coding` says, 'gzip' or 'br'."""
        fillings = [values[hole].encode() for hole in self.holes]
        if any(len(it) != len(hole.mark) for it, hole in zip(fillings, self.holes, strict=True)):
            raise ValueError("what is put in has to be as long as the hole")
        plain = _between(self.parts, fillings)
        return _IN[coding](self.parts, fillings, plain) if coding else plain


def _between(parts: tuple[bytes, ...], fillings: list[bytes]) -> bytes:
    return b"".join(each for pair in zip(parts, [*fillings, b""], strict=True) for each in pair)


def _in_gzip(parts: tuple[bytes, ...], fillings: list[bytes], plain: bytes) -> bytes:
    """RFC 1951 and 1952: between the compressed parts, which end at whole bytes, stored blocks."""
    lengths = tuple(len(filling) for filling in fillings)
    blocks = [b"\0" + len(it).to_bytes(2, "little") + (len(it) ^ 0xFFFF).to_bytes(2, "little") + it
              for it in fillings]  # fmt: skip
    check = zlib.crc32(plain).to_bytes(4, "little") + (len(plain) & 0xFFFFFFFF).to_bytes(4, "little")
    return _GZIP_HEAD + _between(_deflated(parts, lengths), blocks) + check


@lru_cache(MOST_PACKED)
def _deflated(parts: tuple[bytes, ...], lengths: tuple[int, ...]) -> tuple[bytes, ...]:
    packer, packed = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS), []
    for part, length in zip(parts, lengths, strict=False):
        packed.append(packer.compress(part) + packer.flush(zlib.Z_SYNC_FLUSH))
        # So that what follows reaches back as far as whoever reads it has to go.
        packer.compress(_stand_in(length))
        packer.flush(zlib.Z_SYNC_FLUSH)
    return (*packed, packer.compress(parts[-1]) + packer.flush(zlib.Z_FINISH))


def _in_brotli(parts: tuple[bytes, ...], fillings: list[bytes], plain: bytes) -> bytes:
    """RFC 7932: between the compressed parts uncompressed meta-blocks, each with two bytes of the next."""
    packed = _brotlied(parts, tuple(len(filling) for filling in fillings))
    if not packed:
        return bytes(brotli.compress(plain, mode=brotli.MODE_TEXT, quality=4))
    return _between(packed, _meta_blocks(parts, fillings))


def _meta_blocks(parts: tuple[bytes, ...], fillings: Iterable[bytes]) -> list[bytes]:
    return [_meta_block(filling + part[:_BEHIND]) for filling, part in zip(fillings, parts[1:], strict=True)]


def _meta_block(content: bytes) -> bytes:
    """Not the last, a length of four nibbles, uncompressed (RFC 7932, 9.2)."""
    return (len(content) - 1 << 3 | 1 << 19).to_bytes(3, "little") + content


@lru_cache(MOST_PACKED)
def _brotlied(parts: tuple[bytes, ...], lengths: tuple[int, ...]) -> tuple[bytes, ...]:
    """The compressed parts; empty where none could be made. What stands in for a hole must be written down
    as it is, and seldom the packer finds something to refer to in it: so each try is read."""
    zeros = [bytes(length) for length in lengths]
    for _try in range(_MOST_TRIES):
        packed = _brotlied_once(parts, lengths)
        with contextlib.suppress(brotli.error):
            if brotli.decompress(_between(packed, _meta_blocks(parts, zeros))) == _between(parts, zeros):
                return packed
    return ()


def _brotlied_once(parts: tuple[bytes, ...], lengths: tuple[int, ...]) -> tuple[bytes, ...]:
    packer = brotli.Compressor(mode=brotli.MODE_TEXT, quality=9)
    packed = [packer.process(parts[0]) + packer.flush()]
    for part, length in zip(parts[1:], lengths, strict=True):
        packer.process(_stand_in(length) + part[:_BEHIND])
        packer.flush()
        packed.append(packer.process(part[_BEHIND:]) + packer.flush())
    return (*packed[:-1], packed[-1] + packer.finish())


def _stand_in(length: int) -> bytes:
    return bytes(secrets.choice(_NEVER_IN_TEXT) for _ in range(length))


_IN: dict[str, Callable[[tuple[bytes, ...], list[bytes], bytes], bytes]] = {
    "br": _in_brotli,
    "gzip": _in_gzip,
}
