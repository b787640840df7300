"""Reads the headers of a Mach-O file: which programs it holds, their libraries, their imported names, their signature.

Source: Apple, <mach-o/loader.h>, <mach-o/fat.h>, <mach-o/nlist.h>. Every offset is compared with the file; what leaves
it is told. Read here and not by a library, because large programs would be kept in memory several times.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from luciole.apps.apk.end_record import Buffer
from luciole.kernel.errors import ParseError

_THIN = {b"\xce\xfa\xed\xfe": False, b"\xcf\xfa\xed\xfe": True}
_BIG_END = frozenset((b"\xfe\xed\xfa\xce", b"\xfe\xed\xfa\xcf"))
_FAT, _FAT_WIDE = b"\xca\xfe\xba\xbe", b"\xca\xfe\xba\xbf"
MOST_SLICES = 20
"""A Java class begins with the same four bytes, and its version, which follows, is larger."""
MOST_COMMANDS = 10_000
MOST_SYMBOLS = 4_000_000
MOST_IMPORTS = 100_000
MOST_NAME = 512
_ARCHITECTURES = {7: "x86", 0x01000007: "x86-64", 12: "arm", 0x0100000C: "arm64", 0x0200000C: "arm64_32", 18: "ppc"}
_KINDS = {2: "main", 6: "library", 8: "library", 9: "library", 11: "driver"}
_PLATFORMS = {1: "macos", 2: "ios", 3: "tvos", 4: "watchos", 6: "maccatalyst", 7: "ios-simulator", 8: "ios-simulator"}
_MINIMUM = {0x24: "macos", 0x25: "ios", 0x2F: "tvos", 0x30: "watchos"}
_LIBRARY = frozenset({0xC, 0x80000018, 0x8000001F, 0x20, 0x80000023})
_SEGMENT, _SEGMENT_WIDE, _SYMBOLS, _SIGNATURE, _BUILD = 0x1, 0x19, 0x2, 0x1D, 0x32
_ENCRYPTION = frozenset({0x21, 0x2C})
_HEADER = struct.Struct("<4sIIIIII").unpack_from
_COMMAND = struct.Struct("<II").unpack_from
_FAT_ENTRY = struct.Struct(">IIIII")
_FAT_ENTRY_WIDE = struct.Struct(">IIQQII")
_NLIST = np.dtype([("text", "<u4"), ("kind", "u1"), ("section", "u1"), ("description", "<u2"), ("value", "<u4")])
_NLIST_WIDE = np.dtype([("text", "<u4"), ("kind", "u1"), ("section", "u1"), ("description", "<u2"), ("value", "<u8")])
_STAB, _TYPE, _EXTERNAL = 0xE0, 0x0E, 0x01


class Slice(NamedTuple):
    """One program of a file that may hold several. start, size: in the file, cut to it."""

    start: int
    size: int


class Program(NamedTuple):
    """The headers of one program; offsets are within it. signature: offset and size; encrypted: by the store; imports:
    names as the linker writes them; losses: what leaves the file."""  # noqa: D205, D209 - a list of fields follows the sentence

    architecture: str
    kind: str
    platform: str
    libraries: tuple[str, ...]
    imports: tuple[str, ...]
    signature: tuple[int, int]
    encrypted: bool
    losses: tuple[str, ...]


def is_macho(start: bytes) -> bool:
    """Whether these first bytes (8 and more) are those of a Mach-O file; a Java class is none."""
    if start[:4] in {_FAT, _FAT_WIDE}:
        return 0 < int.from_bytes(start[4:8], "big") <= MOST_SLICES
    return start[:4] in _THIN or start[:4] in _BIG_END


def slices(data: Buffer, losses: list[str]) -> list[Slice]:
    """The programs in a file, each within the file. Raises ParseError when there is none."""
    magic = data[:4]
    if magic in _THIN:
        return [Slice(0, len(data))]
    if magic in _BIG_END:
        raise ParseError("a program for processors that no current Mac has", offset=0)
    if not is_macho(data[:8]):
        raise ParseError("no Mach-O file", offset=0)
    found = list(_fat(data, magic == _FAT_WIDE, losses))
    if not found:
        raise ParseError("the file holds no program", offset=0)
    return found


def _fat(data: Buffer, wide: bool, losses: list[str]) -> Iterator[Slice]:  # noqa: FBT001 - of one format
    entry = _FAT_ENTRY_WIDE if wide else _FAT_ENTRY
    for number in range(int.from_bytes(data[4:8], "big")):
        at = 8 + number * entry.size
        if at + entry.size > len(data):
            losses.append("the file ends within the list of its programs")
            return
        start, size = entry.unpack_from(data, at)[2:4]
        if start + size > len(data):
            losses.append(f"the file ends before program {number + 1} does")
        if start + 28 <= len(data):
            yield Slice(start, min(size, len(data) - start))


def read_headers(data: Buffer) -> Program:
    """The headers of one program. Raises ParseError when they are not all there."""
    if len(data) < 28 or data[:4] not in _THIN:  # noqa: PLR2004 - the shortest header
        raise ParseError("the program has no header that can be read", offset=0)
    wide = _THIN[data[:4]]
    _, processor, _, kind, count, size, _ = _HEADER(data, 0)
    at = 32 if wide else 28
    stop = at + size
    if stop > len(data) or count > MOST_COMMANDS:
        raise ParseError("the file ends within its headers", offset=at)
    commands = _Commands(data, wide)
    for _ in range(count):
        if at + 8 > stop:
            raise ParseError("fewer parts of the header than declared", offset=at)
        command, length = _COMMAND(data, at)
        if length < 8 or at + length > stop:  # noqa: PLR2004 - a command's header
            raise ParseError("a part of the header leaves it", offset=at)
        commands.read(command, at, length)
        at += length
    architecture = _ARCHITECTURES.get(processor, f"{processor:#x}")
    return commands.program(architecture, _KINDS.get(kind, "library"))


class _Commands:
    """What the load commands say."""

    def __init__(self, data: Buffer, wide: bool) -> None:  # noqa: FBT001 - of one format
        self._data = data
        self._wide = wide
        self._libraries: list[str] = []
        self._imports: tuple[str, ...] | None = None
        self._signature = (0, 0)
        self._platform = ""
        self._encrypted = False
        self._losses: list[str] = []

    def program(self, architecture: str, kind: str) -> Program:
        """Everything so far."""
        libraries = tuple(dict.fromkeys(self._libraries))
        return Program(
            architecture, kind, self._platform, libraries, self._imports or (), self._signature, self._encrypted,
            tuple(self._losses),
        )  # fmt: skip

    def read(self, command: int, at: int, length: int) -> None:
        """One load command at `at`."""
        if command in {_SEGMENT, _SEGMENT_WIDE}:
            self._segment(at, length, wide=command == _SEGMENT_WIDE)
        elif command in _LIBRARY and length >= 12:  # noqa: PLR2004 - a command with a name
            start = at + min(self._number(at + 8), length)
            self._libraries.append(_text(bytes(self._data[start : at + length])))
        elif command == _SYMBOLS and length >= 24:  # noqa: PLR2004 - four numbers
            self._symbols(*(self._number(at + 8 + 4 * place) for place in range(4)))
        elif command == _SIGNATURE and length >= 16:  # noqa: PLR2004 - two numbers
            self._signature = (self._number(at + 8), self._number(at + 12))
        elif command in _ENCRYPTION and length >= 20:  # noqa: PLR2004 - three numbers
            self._encrypted = self._number(at + 16) != 0
        elif command == _BUILD and length >= 12:  # noqa: PLR2004 - the platform comes first
            self._platform = _PLATFORMS.get(self._number(at + 8), "")
        elif command in _MINIMUM and not self._platform:
            self._platform = _MINIMUM[command]

    def _number(self, at: int) -> int:
        return int.from_bytes(self._data[at : at + 4], "little")

    def _segment(self, at: int, length: int, *, wide: bool) -> None:
        least, size = (56, 8) if wide else (40, 4)
        if length < least:
            return
        first = at + (40 if wide else 32)
        start = int.from_bytes(self._data[first : first + size], "little")
        held = int.from_bytes(self._data[first + size : first + 2 * size], "little")
        if start + held > len(self._data):
            name = _text(bytes(self._data[at + 8 : at + 24]))
            self._losses.append(f"the file ends before the part {name} does")

    def _symbols(self, table: int, count: int, texts: int, size: int) -> None:
        """Names that the program expects of others: external and not defined in it."""
        if self._imports is not None:
            self._losses.append("more than one list of names")
            return
        self._imports = ()
        kind = _NLIST_WIDE if self._wide else _NLIST
        if table + count * kind.itemsize > len(self._data) or texts + size > len(self._data) or count > MOST_SYMBOLS:
            self._losses.append("the list of names leaves the file")
            return
        if not count:
            return
        rows = np.frombuffer(self._data, kind, count, table)
        outside = ((rows["kind"] & (_STAB | _TYPE)) == 0) & ((rows["kind"] & _EXTERNAL) != 0)
        places = rows["text"][outside][:MOST_IMPORTS].tolist()
        if bool((rows["text"] >= size).any()):
            self._losses.append("a name lies outside the list of names")
        if bool(((rows["text"] == 0) & (rows["kind"] == 0) & (rows["value"] == 0)).any()):
            self._losses.append("an entry of the list of names is empty")
        pool = memoryview(self._data)[texts : texts + size]
        self._imports = tuple(_text(bytes(pool[place : place + MOST_NAME])) for place in places if place < size)
        nameless = sum(not name or not name.isascii() for name in self._imports)
        if nameless:
            self._losses.append(f"{nameless} names in the list of names are no names")


def _text(data: bytes) -> str:
    return data.partition(b"\0")[0].decode("utf-8", "backslashreplace")
