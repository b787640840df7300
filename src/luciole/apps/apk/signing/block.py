"""Finds the APK signing block before the directory and lists its pairs, known and unknown."""

from __future__ import annotations

import struct
from typing import NamedTuple

from luciole.apps.apk.archive import Archive
from luciole.apps.apk.layout import BLOCK_MAGIC, SAMPLE, entropy
from luciole.kernel.errors import ParseError

V2, V3, V31 = 0x7109871A, 0xF05368C0, 0x1B93AD61
STAMP, STAMP_V2 = 0x2B09189E, 0x6DFF800D
PADDING = 0x42726577
KNOWN_PAIRS = {
    V2: "signature scheme v2",
    V3: "signature scheme v3",
    V31: "signature scheme v3.1",
    STAMP: "source stamp",
    STAMP_V2: "source stamp",
    PADDING: "padding",
    0x504B4453: "dependency list",
    0x2146444E: "Google Play metadata",
}
MOST_PAIRS = 256
SMALLEST = 32
"""Two sizes and the magic."""

_SIZE = struct.Struct("<Q").unpack_from
_PAIR = struct.Struct("<QI").unpack_from
_UINT32 = struct.Struct("<I").unpack_from


class Pair(NamedTuple):
    """One pair of the block. offset, size: of its data in the file, without length and id."""

    id: int
    offset: int
    size: int


class Block(NamedTuple):
    """The signing block. start: where it begins, which is where the signed content before it ends."""

    start: int
    pairs: tuple[Pair, ...]

    def find(self, pair_id: int) -> Pair | None:
        """The first pair with this id, which is the one that counts."""
        return next((pair for pair in self.pairs if pair.id == pair_id), None)


def find_block(archive: Archive) -> Block | None:
    """The signing block, or None where Android finds none.

    That is: no magic, sizes that differ, or bytes between directory and end record.

    Layout: size u64, pairs (length u64, id u32, data), size u64, magic (Android documentation, signature scheme v2).
    Raises ParseError when the block is there and its pairs contradict its size.
    """
    data, end = archive.data, archive.directory
    if archive.directory + archive.directory_size != archive.end or end < SMALLEST:
        return None
    if data[end - 16 : end] != BLOCK_MAGIC:
        return None
    (size,) = _SIZE(data, end - 24)
    start = end - size - 8
    if size < SMALLEST - 8 or start < 0 or _SIZE(data, start)[0] != size:
        return None
    return Block(start, tuple(_pairs(archive, start + 8, end - 24)))


def looks_damaged(archive: Archive) -> int | None:
    """Offset of what was a signing block, where Android finds none: its magic or the id and length of a scheme."""
    stop = archive.directory
    tail = bytes(archive.data[max(0, stop - 24) : stop])
    if tail[8:] == BLOCK_MAGIC:
        return stop - 24
    if len(tail) == 24:  # noqa: PLR2004 - size and magic
        (size,) = _SIZE(tail, 0)
        start = stop - size - 8
        if SMALLEST - 8 <= size <= stop - 8 and _SIZE(archive.data, start)[0] == size:
            return int(start)
    return None


def entropy_of(archive: Archive, pair: Pair) -> float:
    """Entropy of the first part of a pair's data, in bits per byte."""
    return entropy(archive.view[pair.offset : pair.offset + min(pair.size, SAMPLE)])


def _pairs(archive: Archive, at: int, stop: int) -> list[Pair]:
    pairs: list[Pair] = []
    while at < stop:
        if at + 12 > stop or len(pairs) >= MOST_PAIRS:
            raise ParseError("the signing block's pairs do not fit it", offset=at)
        length, pair_id = _PAIR(archive.data, at)
        if not 4 <= length <= stop - at - 8:  # noqa: PLR2004 - the id is part of the length
            raise ParseError("a pair is larger than the signing block", offset=at)
        pairs.append(Pair(pair_id, at + 12, length - 4))
        at += 8 + length
    return pairs


class Reader:
    """Walks length-prefixed fields (u32, little endian) of bytes in memory; every read stays inside."""

    __slots__ = ("at", "data", "stop")

    def __init__(self, data: bytes, at: int = 0, stop: int | None = None) -> None:
        self.data = data
        self.at = at
        self.stop = len(data) if stop is None else stop

    @property
    def more(self) -> bool:
        """Something is left to read."""
        return self.at < self.stop

    def number(self) -> int:
        """The next u32. Raises ParseError when it is not there."""
        if self.at + 4 > self.stop:
            raise ParseError("a number is missing", offset=self.at)
        (value,) = _UINT32(self.data, self.at)
        self.at += 4
        return int(value)

    def slice(self) -> Reader:
        """A reader over the next length-prefixed field. Raises ParseError when it leaves this one."""
        length = self.number()
        if length > self.stop - self.at:
            raise ParseError("a field is longer than what holds it", offset=self.at)
        part = Reader(self.data, self.at, self.at + length)
        self.at += length
        return part

    def content(self) -> bytes:
        """The next length-prefixed field. Raises ParseError as `slice`."""
        return self.slice().rest()

    def rest(self) -> bytes:
        """Everything that is left."""
        return self.data[self.at : self.stop]
