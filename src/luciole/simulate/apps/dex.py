"""Writes DEX files that name classes, functions and texts and hold no instruction at all (published DEX format)."""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import Iterable
from typing import NamedTuple

from luciole.kernel.errors import ContentError

HEADER_SIZE = 0x70
CONTAINER, CONTAINER_HEADER_SIZE = "041", 0x78
ENDIAN = 0x12345678
NO_INDEX = 0xFFFFFFFF
OBJECT, VOID = "Ljava/lang/Object;", "V"
_MOST_IDS = 0xFFFF


class MethodName(NamedTuple):
    """A function named in code: the class with dots and the name."""

    owner: str
    name: str


def method_name(text: str) -> MethodName:
    """The reference written as package.Class.method; raises ContentError where there is no dot."""
    owner, dot, name = text.rpartition(".")
    if not dot or not owner or not name:
        raise ContentError([f"{text!r} is not written as package.Class.method"])
    return MethodName(owner, name)


def descriptor(name: str) -> str:
    """The type descriptor of a class name with dots."""
    return f"L{name.replace('.', '/')};"


def write_dex(
    classes: Iterable[str] = (),
    methods: Iterable[MethodName] = (),
    strings: Iterable[str] = (),
    *,
    version: str = "035",
) -> bytes:
    """A DEX file with empty classes, references to methods (all without arguments and result) and string constants.

    classes: names with dots; version: of the format, 041 writes a container of one file.
    There is no class data and no code item, so there is nothing that could run.
    """
    tables = _Tables(sorted({descriptor(name) for name in classes}), sorted(set(methods)), set(strings))
    header_size = CONTAINER_HEADER_SIZE if version == CONTAINER else HEADER_SIZE
    return seal_dex(b"dex\n" + version.encode() + b"\0" + bytes(24) + tables.write(header_size))


def seal_dex(data: bytes) -> bytes:
    """The DEX file with its SHA-1 and Adler-32 computed anew."""
    digest = hashlib.sha1(data[32:], usedforsecurity=False).digest()
    return data[:8] + struct.pack("<I", zlib.adler32(data[32:], zlib.adler32(digest))) + digest + data[32:]


def mutf8(text: str) -> bytes:
    """Modified UTF-8: NUL in two bytes, characters beyond the first plane as two surrogates."""
    if "\0" not in text and max(text, default="") < "\U00010000":
        return text.encode("utf-8", "surrogatepass")
    units = text.encode("utf-16-le", "surrogatepass")
    parts = (chr(unit) for (unit,) in struct.iter_unpack("<H", units))
    return b"".join(b"\xc0\x80" if part == "\0" else part.encode("utf-8", "surrogatepass") for part in parts)


def uleb128(number: int) -> bytes:
    """An unsigned number in groups of seven bits, lowest first."""
    out = bytearray()
    while number > 0x7F:  # noqa: PLR2004 - the number is the format's
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


class _Tables:
    """The sorted id tables of one file and the place of each section."""

    def __init__(self, classes: list[str], methods: list[MethodName], strings: set[str]) -> None:
        owners = {method: descriptor(method.owner) for method in methods}
        types = {*classes, *owners.values()} | ({OBJECT} if classes else set()) | ({VOID} if methods else set())
        texts = strings | types | {method.name for method in methods}
        # ids are sorted by UTF-16 units, which is the order of the bytes of modified UTF-8
        self._strings = sorted((mutf8(text), text) for text in texts)
        self._string_index = {text: index for index, (_, text) in enumerate(self._strings)}
        self._types = sorted(self._string_index[name] for name in types)
        self._type_index = {self._strings[string][1]: index for index, string in enumerate(self._types)}
        index = self._string_index
        self._methods = sorted((self._type_index[owners[method]], index[method.name]) for method in methods)
        self._classes = classes
        if max(len(self._types), len(self._methods)) > _MOST_IDS:
            raise ContentError(["more than 65,535 types or methods do not fit into one DEX file: use dex_files"])

    def write(self, header_size: int) -> bytes:
        """Everything behind the magic, checksum and SHA-1, from file_size on."""
        prototypes = 1 if self._methods else 0
        sizes = (len(self._strings), len(self._types), prototypes, 0, len(self._methods), len(self._classes))
        places, data_start = _places(sizes, header_size)
        data, offsets = self._string_data(data_start)
        map_offset = data_start + len(data)
        data += _map(sizes, places, data_start, map_offset)
        pairs = [number for size, place in zip(sizes, places, strict=True) for number in (size, place if size else 0)]
        header = struct.pack(
            "<20I", data_start + len(data), header_size, ENDIAN, 0, 0, map_offset, *pairs, len(data), data_start
        )
        if header_size == CONTAINER_HEADER_SIZE:
            header += struct.pack("<II", data_start + len(data), 0)
        return header + self._ids(offsets) + data

    def _string_data(self, start: int) -> tuple[bytes, list[int]]:
        offsets: list[int] = []
        parts: list[bytes] = []
        position = start
        for encoded, text in self._strings:
            units = len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2
            item = uleb128(units) + encoded + b"\0"
            offsets.append(position)
            parts.append(item)
            position += len(item)
        parts.append(b"\0" * (-position % 4))
        return b"".join(parts), offsets

    def _ids(self, offsets: list[int]) -> bytes:
        parts = [struct.pack(f"<{len(offsets)}I", *offsets), struct.pack(f"<{len(self._types)}I", *self._types)]
        if self._methods:
            parts.append(struct.pack("<III", self._string_index[VOID], self._type_index[VOID], 0))
        parts += [struct.pack("<HHI", owner, 0, name) for owner, name in self._methods]
        parent = self._type_index.get(OBJECT, 0)
        parts += [struct.pack("<8I", self._type_index[name], 1, parent, 0, NO_INDEX, 0, 0, 0) for name in self._classes]
        return b"".join(parts)


_ITEM_SIZES = (4, 4, 12, 8, 8, 32)
"""Bytes of one string, type, prototype, field and method id and of one class definition."""


def _places(sizes: tuple[int, ...], header_size: int) -> tuple[list[int], int]:
    """Where each table starts, and where the data section starts."""
    position = header_size
    places: list[int] = []
    for size, item in zip(sizes, _ITEM_SIZES, strict=True):
        places.append(position)
        position += size * item
    return places, position


def _map(sizes: tuple[int, ...], places: list[int], data_start: int, map_offset: int) -> bytes:
    """The map list: every section with its kind, count and offset, in the order of offsets."""
    rows = [(0x0000, 1, 0)]
    rows += [(kind, size, place) for kind, (size, place) in enumerate(zip(sizes, places, strict=True), 1) if size]
    if sizes[0]:
        rows.append((0x2002, sizes[0], data_start))
    rows.append((0x1000, 1, map_offset))
    return struct.pack("<I", len(rows)) + b"".join(struct.pack("<HHII", kind, 0, *row) for kind, *row in rows)
