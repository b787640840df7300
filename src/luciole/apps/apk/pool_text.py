"""The strings of a resource table as one text, with the place of each letter kept, for searching them all at once."""

from __future__ import annotations

import struct
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from luciole.apps.apk.dex import Flags, Indexes
from luciole.kernel.errors import ParseError
from luciole.kernel.limits import MIB

LARGEST_POOL = 16 * MIB
"""Bytes of a pool that are searched."""
MOST_STRINGS = 2_000_000
"""Strings of a pool whose lengths are taken out of the text."""
_CHUNK = struct.Struct("<HHI").unpack_from
_POOL = struct.Struct("<HHIIIIII").unpack_from
_POOL_SIZE = 28
_POOL_TYPE = 1
_TABLE_TYPE = 2
_UTF8 = 0x100
_MOST_CHUNKS = 64
_NOT_ASCII = 0xC0
"""Stands for characters beyond ASCII in narrowed text: no byte of UTF-8, so it ends an address."""


class Pieces(NamedTuple):
    """Where pieces that were put together begin in the text and in the file; widths: bytes of the file for each byte of
    the text."""  # noqa: D209, D205 - one sentence

    texts: Indexes
    files: Indexes
    widths: Indexes


class PlacedText(NamedTuple):
    """Text made from a part of a file. base: where that part begins; width: bytes of the file for each byte of the
    text; pieces: instead of both; cut: True when there was more than a bound allows."""  # noqa: D209, D205 - a list of fields follows the sentence

    data: bytes
    base: int = 0
    width: int = 1
    pieces: Pieces | None = None
    cut: bool = False

    def offset(self, place: int) -> int:
        """Where in the file the byte at `place` of the text stands."""
        if self.pieces is None:
            return self.base + place * self.width
        texts, files, widths = self.pieces
        piece = int(np.searchsorted(texts, place, "right")) - 1
        return int(files[piece]) + (place - int(texts[piece])) * int(widths[piece])


def pool_text(table: bytes, member: str = "") -> PlacedText:
    """The text of the first string pool of a resource table: every length before a string is NUL, as are their ends.

    frameworks/base ResourceTypes.h (ResTable_header, ResStringPool_header). Strings in UTF-16 are narrowed: characters
    beyond ASCII end an address there. Raises ParseError when there is no pool.
    """
    pool = _find_pool(table)
    if pool is None:
        raise ParseError("no string pool was found", file=member, offset=0)
    _, header, size, count, styles, flags, strings_start, styles_start = _POOL(table, pool)
    end = min(len(table), pool + size)
    if styles and strings_start < styles_start:
        end = min(end, pool + styles_start)
    start = pool + strings_start
    stop = min(end, start + LARGEST_POOL)
    if start >= stop:
        return PlacedText(b"", start)
    first = pool + max(header, _POOL_SIZE)
    count = min(count, max(0, start - first) // 4)
    offsets = np.frombuffer(table, "<u4", min(count, MOST_STRINGS), first).astype(np.int64)
    narrow = _utf8 if flags & _UTF8 else _utf16
    return PlacedText(
        narrow(table[start:stop], offsets), start, 1 if flags & _UTF8 else 2, cut=stop < end or count > MOST_STRINGS
    )


def _find_pool(table: bytes) -> int | None:
    """Where the first string pool stands among the outer chunks."""
    if len(table) < _POOL_SIZE:
        return None
    kind: int
    at: int
    kind, at, _ = _CHUNK(table, 0)
    for _ in range(_MOST_CHUNKS if kind == _TABLE_TYPE else 0):
        if at + _POOL_SIZE > len(table):
            return None
        kind, _, size = _CHUNK(table, at)
        if kind == _POOL_TYPE:
            return at
        if size < 8:  # noqa: PLR2004 - a chunk's header
            return None
        at += size
    return None


def _utf8(pool: bytes, offsets: Indexes) -> bytes:
    """Two lengths before each string, each of one byte, or of two when its first has the high bit."""
    text = np.frombuffer(pool, np.uint8).copy()
    for _ in range(2):
        offsets = offsets[offsets < len(text) - 1]
        long: Flags = text[offsets] >= 0x80  # noqa: PLR2004 - the high bit
        text[offsets] = 0
        text[offsets[long] + 1] = 0
        offsets = offsets + 1 + long
    return text.tobytes()


def narrowed(wide: npt.NDArray[np.uint16]) -> npt.NDArray[np.uint8]:
    """One byte for each unit of UTF-16; those that are not ASCII become C0, which ends an address."""
    text = wide.astype(np.uint8)
    text[wide >= 0x80] = _NOT_ASCII  # noqa: PLR2004 - ASCII
    return text


def _utf16(pool: bytes, offsets: Indexes) -> bytes:
    """One length before each string, of one unit, or of two when its first has the high bit."""
    wide = np.frombuffer(pool, "<u2", len(pool) // 2)
    text = narrowed(wide)
    units = offsets // 2
    units = units[units < len(text) - 1]
    text[units] = 0
    text[units[wide[units] >= 0x8000] + 1] = 0  # noqa: PLR2004 - the high bit
    return text.tobytes()
