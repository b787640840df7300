"""Reads the headers of a Windows program: where its sections, tables and signatures lie, and where they cannot.

Source: Microsoft, PE Format. Every offset and size is compared with the file; what leaves it is cut and told.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

from luciole.apps.apk.end_record import Buffer
from luciole.kernel.errors import ParseError

EXECUTABLE = 0x20000000
DLL = 0x2000
NATIVE, CONSOLE = 1, 3
IMPORTS, RESOURCES, CERTIFICATES, DELAY_IMPORTS, DOTNET = 1, 2, 4, 13, 14
MOST_SECTIONS = 96
MACHINES = {0x14C: "x86", 0x8664: "x86-64", 0xAA64: "arm64", 0x1C0: "arm", 0x1C4: "arm", 0xA641: "arm64"}
_PE32, _PE32_PLUS = 0x10B, 0x20B
_MOST_DIRECTORIES = 16
_COFF = struct.Struct("<HHIIIHH").unpack_from
_SECTION = struct.Struct("<8sIIIIIIHHI").unpack_from
_PAIR = struct.Struct("<II").unpack_from
_U16 = struct.Struct("<H").unpack_from
_U32 = struct.Struct("<I").unpack_from


class Section(NamedTuple):
    """One section. address, extent: in memory; start, size: in the file, cut to it."""

    name: str
    address: int
    extent: int
    start: int
    size: int
    flags: int


class Layout(NamedTuple):
    """The headers. wide: PE32+; directories: address (offset for certificates) and size; end: where the sections stop;
    checksum, certificate_entry: offsets of the fields that no signature covers; losses: what leaves the file."""  # noqa: D205, D209 - a list of fields follows the sentence

    wide: bool
    machine: str
    flags: int
    subsystem: int
    directories: tuple[tuple[int, int], ...]
    sections: tuple[Section, ...]
    headers: int
    end: int
    checksum: int
    certificate_entry: int
    losses: tuple[str, ...]

    def directory(self, number: int) -> tuple[int, int]:
        """Address and size of one directory; zeros where there is none."""
        return self.directories[number] if number < len(self.directories) else (0, 0)

    def offset(self, address: int) -> int | None:
        """Where an address of memory stands in the file; None outside all sections."""
        for one in self.sections:
            if one.address <= address < one.address + one.size:
                return one.start + address - one.address
        return address if 0 < address < self.headers else None


def is_program(data: Buffer) -> bool:
    """Whether the bytes begin as a DOS program whose header points to a PE header that is there, or is cut off."""
    if len(data) < 64 or data[:2] != b"MZ":  # noqa: PLR2004 - the DOS header
        return False
    at: int = _U32(data, 60)[0]
    return at >= len(data) or data[at : at + 4] == b"PE\0\0"[: len(data) - at]


def read_layout(data: Buffer) -> Layout:
    """The headers of a program. Raises ParseError when they are not all there."""
    at = _header(data)
    machine, count, _, _, _, optional_size, flags = _COFF(data, at + 4)
    optional = at + 24
    if optional + max(optional_size, 96) > len(data):
        raise ParseError("the file ends within its headers", offset=optional)
    magic: int = _U16(data, optional)[0]
    if magic not in {_PE32, _PE32_PLUS}:
        raise ParseError(f"a PE header of unknown kind {magic:#x}", offset=optional)
    wide = magic == _PE32_PLUS
    losses: list[str] = []
    first = optional + (112 if wide else 96)
    directories = _directories(data, first, optional + optional_size)
    table = optional + optional_size
    sections = tuple(_sections(data, table, count, losses))
    claimed: int = _U32(data, optional + 60)[0]
    if claimed > len(data):
        losses.append(f"its headers claim {claimed} bytes, more than there are")
    headers = min(claimed, len(data))
    end = max([headers, *(one.start + one.size for one in sections)])
    machine_name = MACHINES.get(machine, f"{machine:#x}")
    subsystem: int = _U16(data, optional + 68)[0]
    entry = first + 8 * CERTIFICATES
    return Layout(
        wide, machine_name, flags, subsystem, directories, sections, headers, end, optional + 64, entry, tuple(losses)
    )


def _header(data: Buffer) -> int:
    if not is_program(data):
        raise ParseError("no Windows program", offset=0)
    at: int = _U32(data, 60)[0]
    if at + 24 + 96 > len(data):
        raise ParseError("the file ends before its headers", offset=min(at, len(data)))
    return at


def _directories(data: Buffer, first: int, stop: int) -> tuple[tuple[int, int], ...]:
    if first > stop:
        return ()
    count = min(_U32(data, first - 4)[0], _MOST_DIRECTORIES, (stop - first) // 8)
    return tuple(_PAIR(data, first + 8 * number) for number in range(count))


def _sections(data: Buffer, table: int, count: int, losses: list[str]) -> list[Section]:
    found: list[Section] = []
    if count > MOST_SECTIONS:
        losses.append(f"{count} sections are declared; the first {MOST_SECTIONS} were read")
    for number in range(min(count, MOST_SECTIONS)):
        at = table + 40 * number
        if at + 40 > len(data):
            losses.append("the file ends within the list of its sections")
            break
        raw, extent, address, size, start, _, _, _, _, flags = _SECTION(data, at)
        name = raw.rstrip(b"\0").decode("ascii", "backslashreplace")
        if size and start + size > len(data):
            losses.append(f"the file ends before the section {name} does")
        elif size and start < at + 40:
            losses.append(f"the section {name} begins within the headers")
        begin = min(start, len(data))
        found.append(Section(name, address, extent, begin, min(size, len(data) - begin), flags))
    return found
