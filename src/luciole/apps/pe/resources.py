"""Reads the resources of a Windows program: the description of its version, its manifest, its icon.

Sources: Microsoft, PE Format (the .rsrc section) and VS_VERSIONINFO.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

from luciole.apps.apk.end_record import Buffer
from luciole.apps.pe.layout import RESOURCES, Layout
from luciole.kernel.errors import ParseError

ICON, RAW_DATA, GROUP_ICON, VERSION, MANIFEST = 3, 10, 14, 16, 24
MOST_ENTRIES = 4096
MOST_VERSION = 64 << 10
MOST_TEXTS = 256
_LEVELS = 3
_SUBDIRECTORY = 0x80000000
_DIRECTORY = struct.Struct("<12xHH").unpack_from
_ENTRY = struct.Struct("<II").unpack_from
_DATA = struct.Struct("<II8x").unpack_from
_BLOCK = struct.Struct("<HHH").unpack_from


class Resource(NamedTuple):
    """One resource. kind: its number (0 where it has a name); offset, size: in the file."""

    kind: int
    language: int
    offset: int
    size: int


class VersionText(NamedTuple):
    """One text of the version's description. language: the number of its table, in hexadecimal, such as 0409."""

    language: str
    key: str
    text: str
    offset: int


def resources(data: Buffer, layout: Layout) -> Iterator[Resource]:
    """Every resource that lies within the file. Raises ParseError when a directory leaves it or there are too many."""
    address, size = layout.directory(RESOURCES)
    if not address or not size:
        if any(one.name == ".rsrc" and one.size for one in layout.sections):
            raise ParseError("the program has a part for resources, and its headers name none")
        return
    root = layout.offset(address)
    if root is None:
        raise ParseError("the resources lie outside the file", offset=None)
    budget = [MOST_ENTRIES]
    for kind, _, at in _leaves(data, root, root, 0, (0, 0), budget):
        if at + 16 > len(data):
            raise ParseError("a resource lies outside the file", offset=at)
        where, length = _DATA(data, at)
        offset = layout.offset(where)
        if offset is None or offset + length > len(data):
            raise ParseError("a resource lies outside the file", offset=at)
        yield Resource(kind[0], kind[1], offset, length)


def _leaves(
    data: Buffer, root: int, at: int, level: int, path: tuple[int, int], budget: list[int]
) -> Iterator[tuple[tuple[int, int], int, int]]:
    """Kind and language, level, and offset of each data entry below one directory."""
    if at + 16 > len(data):
        raise ParseError("a directory of resources lies outside the file", offset=at)
    named, numbered = _DIRECTORY(data, at)
    for number in range(named + numbered):
        budget[0] -= 1
        place = at + 16 + 8 * number
        if budget[0] < 0 or place + 8 > len(data):
            raise ParseError("more resources than the limit or the file holds", offset=at, limit=budget[0] < 0)
        name, child = _ENTRY(data, place)
        number_of = 0 if name & _SUBDIRECTORY else name
        here = (number_of if level == 0 else path[0], number_of)
        if child & _SUBDIRECTORY:
            if level + 1 < _LEVELS:
                yield from _leaves(data, root, root + (child & ~_SUBDIRECTORY), level + 1, here, budget)
        else:
            yield here, level, root + child


class _Block(NamedTuple):
    """One block. value, value_end: of its own value; inner: where the blocks inside begin; end: where it stops."""

    key: str
    value: int
    value_end: int
    inner: int
    end: int


def version_texts(data: bytes, base: int = 0) -> list[VersionText]:
    """The texts of a VS_VERSIONINFO block. base: its offset in the file. Raises ParseError when a block leaves it."""
    data = data[:MOST_VERSION]
    root = _block(data, 0, len(data))
    if root.key != "VS_VERSION_INFO":
        raise ParseError("no description of a version", offset=base)
    found: list[VersionText] = []
    for group in _children(data, root.inner, root.end):
        if group.key == "StringFileInfo":
            for table in _children(data, group.inner, group.end):
                found += _strings(data, table, base)
    return found


def _strings(data: bytes, table: _Block, base: int) -> Iterator[VersionText]:
    language = table.key[:4].lower()
    for count, one in enumerate(_children(data, table.inner, table.end)):
        if count >= MOST_TEXTS:
            raise ParseError("more texts of the version than the limit", offset=base + table.inner, limit=True)
        # makers count the value in bytes or in characters: what the block holds, up to its NUL, is the text
        text = data[one.value : one.end].decode("utf-16-le", "replace").partition("\0")[0].strip()
        if text:
            yield VersionText(language, one.key, text, base + one.value)


def _children(data: bytes, start: int, stop: int) -> Iterator[_Block]:
    while start + 6 <= stop and _BLOCK(data, start)[0]:
        one = _block(data, start, stop)
        yield one
        start = one.end + (-one.end % 4)


def _block(data: bytes, start: int, stop: int) -> _Block:
    if start + 6 > stop:
        raise ParseError("a description of a version ends early", offset=start)
    length, value_size, kind = _BLOCK(data, start)
    end = start + length
    if length < 6 or end > stop:  # noqa: PLR2004 - a block's header
        raise ParseError("a block of the version's description leaves it", offset=start)
    finish = start + 6
    while finish + 2 <= end and data[finish : finish + 2] != b"\0\0":
        finish += 2
    if finish + 2 > end:
        raise ParseError("a key of the version's description never ends", offset=start)
    key = data[start + 6 : finish].decode("utf-16-le", "replace")
    value = min(finish + 2 + (-(finish + 2) % 4), end)
    value_end = min(value + (value_size * 2 if kind == 1 else value_size), end)
    return _Block(key, value, value_end, min(value_end + (-value_end % 4), end), end)
