"""Reads the exported function names of an ELF shared library from its dynamic symbol table; nothing else.

Own reader: a library that parses whole ELF files costs more than the few tables that are needed here, and these names
are all that is asked. Source: the System V ABI (ELF header, program header, dynamic section, symbol table, SysV and GNU
hash tables). The tables are found as Android's linker finds them, through PT_DYNAMIC; section headers are not believed.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from luciole.kernel.errors import ParseError

MAGIC = b"\x7fELF"
MOST_SYMBOLS = 200_000
MOST_SEGMENTS = 256
MOST_DYNAMIC = 4096
LONGEST_NAME = 1024
_LOAD, _DYNAMIC = 1, 2
_HASH, _STRINGS, _SYMBOLS, _STRINGS_SIZE, _GNU_HASH = 4, 5, 6, 10, 0x6FFFFEF5
_FUNCTION, _INDIRECT = 2, 10
_GLOBAL, _WEAK = 1, 2


class _Shape(NamedTuple):
    """The layout of one class of ELF file. word: struct letter of an address; fields: offsets within a record."""

    header: struct.Struct
    segment: struct.Struct
    dynamic: struct.Struct
    symbol: np.dtype[np.void]
    wide: bool


class _Segment(NamedTuple):
    kind: int
    offset: int
    address: int
    size: int


def _shape(wide: bool, order: str) -> _Shape:  # noqa: FBT001 - the two classes of the format
    narrow = [("name", "u4"), ("value", "u4"), ("size", "u4"), ("info", "u1"), ("other", "u1"), ("section", "u2")]
    broad = [("name", "u4"), ("info", "u1"), ("other", "u1"), ("section", "u2"), ("value", "u8"), ("size", "u8")]
    word = "Q" if wide else "I"
    return _Shape(
        struct.Struct(f"{order}{word}{word}"),
        struct.Struct(order + ("II4Q" if wide else "8I")),
        struct.Struct(f"{order}{word}{word}"),
        np.dtype([(name, order + kind) for name, kind in (broad if wide else narrow)]),
        wide,
    )


def exported_functions(data: bytes, member: str = "") -> tuple[str, ...]:
    """The names of the functions the library offers to others, sorted.

    data: the whole file, or as much of its start as holds the tables. Raises ParseError when it is no ELF file, has no
    dynamic section, or its tables lie outside the data.
    """
    if data[:4] != MAGIC or len(data) < 52:  # noqa: PLR2004 - the smaller of the two headers
        raise ParseError("not an ELF file", file=member, offset=0)
    kind, order_code = data[4], data[5]
    if kind not in {1, 2} or order_code not in {1, 2}:
        raise ParseError(f"unknown ELF class {kind} or byte order {order_code}", file=member, offset=4)
    shape = _shape(kind == 2, "<" if order_code == 1 else ">")  # noqa: PLR2004 - ELFCLASS64
    segments = _segments(data, shape, member)
    tags = _dynamic(data, shape, segments, member)
    return _names(data, shape, segments, tags, member)


def _segments(data: bytes, shape: _Shape, member: str) -> list[_Segment]:
    order = shape.header.format[0]
    try:
        if shape.wide:
            (table,) = struct.unpack_from(f"{order}Q", data, 0x20)
            width, count = struct.unpack_from(f"{order}HH", data, 0x36)
        else:
            (table,) = struct.unpack_from(f"{order}I", data, 0x1C)
            width, count = struct.unpack_from(f"{order}HH", data, 0x2A)
    except struct.error as error:
        raise ParseError("the ELF header is cut", file=member, offset=0) from error
    if width < shape.segment.size:
        raise ParseError(f"program headers of {width} bytes", file=member, offset=0x2A)
    room = max(0, (len(data) - table) // width)
    places = range(table, table + width * min(count, room, MOST_SEGMENTS), width)
    return [_segment(shape, shape.segment.unpack_from(data, place)) for place in places if place + width <= len(data)]


def _segment(shape: _Shape, row: tuple[int, ...]) -> _Segment:
    if shape.wide:
        return _Segment(row[0], row[2], row[3], row[5])
    return _Segment(row[0], row[1], row[2], row[4])


def _dynamic(data: bytes, shape: _Shape, segments: list[_Segment], member: str) -> dict[int, int]:
    """The tags of the dynamic section; the first of each counts."""
    place = next((segment for segment in segments if segment.kind == _DYNAMIC), None)
    if place is None:
        raise ParseError("no dynamic section", file=member)
    width = shape.dynamic.size
    count = min(place.size // width, max(0, (len(data) - place.offset) // width), MOST_DYNAMIC)
    tags: dict[int, int] = {}
    for index in range(count):
        tag, value = shape.dynamic.unpack_from(data, place.offset + index * width)
        if tag == 0:
            break
        tags.setdefault(tag, value)
    return tags


def _offset(segments: list[_Segment], address: int) -> int | None:
    """Where in the file the byte at `address` in memory lies."""
    for segment in segments:
        if segment.kind == _LOAD and segment.address <= address < segment.address + segment.size:
            return address - segment.address + segment.offset
    return None


def _names(data: bytes, shape: _Shape, segments: list[_Segment], tags: dict[int, int], member: str) -> tuple[str, ...]:
    symbols = _offset(segments, tags.get(_SYMBOLS, -1))
    strings = _offset(segments, tags.get(_STRINGS, -1))
    if symbols is None or strings is None or symbols >= len(data) or strings >= len(data):
        raise ParseError("the dynamic symbol table lies outside the file", file=member)
    width = shape.symbol.itemsize
    room = min((len(data) - symbols) // width, MOST_SYMBOLS)
    count = min(room, _count(data, shape, segments, tags, (strings - symbols) // width))
    if count <= 0:
        return ()
    table = np.frombuffer(data, shape.symbol, count, symbols)
    end = min(len(data), strings + tags.get(_STRINGS_SIZE, len(data)))
    return _exported(data, table, strings, end)


def _exported(data: bytes, table: npt.NDArray[np.void], strings: int, end: int) -> tuple[str, ...]:
    kind, binding = table["info"] & 0xF, table["info"] >> 4
    wanted = (table["section"] != 0) & ((kind == _FUNCTION) | (kind == _INDIRECT))
    wanted &= (binding == _GLOBAL) | (binding == _WEAK)
    names: set[str] = set()
    for offset in set(table["name"][wanted].tolist()):
        start = strings + offset
        stop = data.find(b"\0", start, min(end, start + LONGEST_NAME))
        if start < stop:
            names.add(data[start:stop].decode("utf-8", "replace"))
    return tuple(sorted(names))


def _count(data: bytes, shape: _Shape, segments: list[_Segment], tags: dict[int, int], adjacent: int) -> int:
    """How many symbols there are: the format says it only through a hash table, else up to where the names start."""
    order = shape.header.format[0]
    plain = _offset(segments, tags.get(_HASH, -1))
    if plain is not None and plain + 8 <= len(data):
        counted: int = struct.unpack_from(f"{order}I", data, plain + 4)[0]
        return counted
    gnu = _offset(segments, tags.get(_GNU_HASH, -1))
    if gnu is not None and gnu + 16 <= len(data):
        return _count_gnu(data, gnu, shape)
    return max(0, adjacent)


def _count_gnu(data: bytes, place: int, shape: _Shape) -> int:
    """One more than the highest symbol of the GNU hash table: the end of the chain of the highest bucket."""
    order = shape.header.format[0]
    buckets, first, bloom, _ = struct.unpack_from(f"{order}4I", data, place)
    start = place + 16 + bloom * (8 if shape.wide else 4)
    buckets = min(buckets, max(0, (len(data) - start) // 4))
    if not buckets:
        return 0
    highest = int(np.frombuffer(data, f"{order}u4", buckets, start).max())
    if highest < first:
        return int(first)
    chain = start + 4 * buckets + 4 * (highest - first)
    room = max(0, (len(data) - chain) // 4)
    links = np.frombuffer(data, f"{order}u4", min(room, MOST_SYMBOLS), chain) if 0 < chain < len(data) else ()
    last = np.flatnonzero(np.asarray(links) & 1)
    return highest + 1 + (int(last[0]) if len(last) else len(links))
