"""Writes ELF shared objects that name exported functions and hold no machine code (System V ABI, chapter 4 and 5)."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import NamedTuple

from luciole.kernel.errors import ContentError


class Machine(NamedTuple):
    """number: e_machine; bits: 32 or 64."""

    number: int
    bits: int


MACHINES: dict[str, Machine] = {
    "armeabi": Machine(40, 32),
    "armeabi-v7a": Machine(40, 32),
    "arm64-v8a": Machine(183, 64),
    "x86": Machine(3, 32),
    "x86_64": Machine(62, 64),
    "riscv64": Machine(243, 64),
}
_NAMES = b"\0.dynsym\0.hash\0.dynstr\0.dynamic\0.text\0.shstrtab\0"
_NULL, _STRTAB, _HASH, _DYNAMIC, _NOBITS, _DYNSYM = 0, 3, 5, 6, 8, 11
_LOAD_SEGMENT, _DYNAMIC_SEGMENT, _READABLE = 1, 2, 4
_GLOBAL_FUNCTION = 1 << 4 | 2
_TEXT_SECTION = 5


class _Section(NamedTuple):
    name: int
    kind: int
    flags: int
    offset: int
    size: int
    link: int = 0
    info: int = 0
    entry: int = 0


def write_elf(abi: str, exports: Sequence[str]) -> bytes:
    """A shared object for `abi` whose dynamic symbols are `exports`.

    Its only segment is read-only and its text section is empty, so every exported name points at nothing.
    """
    if abi not in MACHINES:
        raise ContentError([f"unknown ABI {abi!r}; there are: {', '.join(MACHINES)}"])
    machine = MACHINES[abi]
    wide = machine.bits == 64  # noqa: PLR2004 - the number is the format's
    header_size, segment_size, symbol_size, word = (64, 56, 24, 8) if wide else (52, 32, 16, 4)
    texts, places = _texts(exports)
    count = 1 + len(places)
    symbols_at = header_size + 2 * segment_size
    hash_at = symbols_at + symbol_size * count
    dynamic_at = (hash_at + 4 * (3 + count) + 7) & ~7
    dynamic = _dynamic(hash_at, dynamic_at + 12 * word, symbols_at, len(texts), symbol_size, wide=wide)
    texts_at = dynamic_at + len(dynamic)
    names_at = texts_at + len(texts)
    sections_at = (names_at + len(_NAMES) + 7) & ~7
    symbols = bytes(symbol_size) + b"".join(_symbol(place, names_at, wide=wide) for place in places)
    sections = (
        _Section(0, _NULL, 0, 0, 0),
        _Section(1, _DYNSYM, 2, symbols_at, len(symbols), 3, 1, symbol_size),
        _Section(9, _HASH, 2, hash_at, 4 * (3 + count), 1, 0, 4),
        _Section(15, _STRTAB, 2, texts_at, len(texts)),
        _Section(23, _DYNAMIC, 2, dynamic_at, len(dynamic), 3, 0, 2 * word),
        _Section(32, _NOBITS, 2, names_at, 0),
        _Section(38, _STRTAB, 0, names_at, len(_NAMES)),
    )
    head = _file_header(machine, sections_at, len(sections))
    head += _segment(_LOAD_SEGMENT, 0, names_at, wide=wide) + _segment(
        _DYNAMIC_SEGMENT, dynamic_at, len(dynamic), wide=wide
    )
    body = (head + symbols + _hash_table(count)).ljust(dynamic_at, b"\0") + dynamic + texts + _NAMES
    return body.ljust(sections_at, b"\0") + b"".join(_section_header(section, wide=wide) for section in sections)


def _hash_table(count: int) -> bytes:
    """One bucket that leads through all symbols (System V ABI, figure 5-12)."""
    chain = [0, *range(2, count), 0][:count] if count > 1 else [0]
    return struct.pack(f"<{3 + count}I", 1, count, 1 if count > 1 else 0, *chain)


def _dynamic(hashes: int, texts: int, symbols: int, text_size: int, symbol_size: int, *, wide: bool) -> bytes:
    """DT_HASH, DT_STRTAB, DT_SYMTAB, DT_STRSZ, DT_SYMENT and the end."""
    pairs = (4, hashes, 5, texts, 6, symbols, 10, text_size, 11, symbol_size, 0, 0)
    return struct.pack("<12Q" if wide else "<12I", *pairs)


def _texts(exports: Sequence[str]) -> tuple[bytes, list[int]]:
    texts = bytearray(b"\0")
    places: list[int] = []
    for name in exports:
        places.append(len(texts))
        texts += name.encode() + b"\0"
    return bytes(texts), places


def _symbol(name: int, address: int, *, wide: bool) -> bytes:
    """A function of size 0 at the address of the empty text section."""
    if wide:
        return struct.pack("<IBBHQQ", name, _GLOBAL_FUNCTION, 0, _TEXT_SECTION, address, 0)
    return struct.pack("<IIIBBH", name, address, 0, _GLOBAL_FUNCTION, 0, _TEXT_SECTION)


def _section_header(section: _Section, *, wide: bool) -> bytes:
    address = section.offset if section.flags else 0
    values = (section.name, section.kind, section.flags, address, section.offset, section.size)
    return struct.pack("<IIQQQQIIQQ" if wide else "<10I", *values, section.link, section.info, 1, section.entry)


def _segment(kind: int, offset: int, size: int, *, wide: bool) -> bytes:
    """A segment that may be read only, never run."""
    if wide:
        return struct.pack("<IIQQQQQQ", kind, _READABLE, offset, offset, offset, size, size, 8)
    return struct.pack("<8I", kind, offset, offset, offset, size, size, _READABLE, 4)


def _file_header(machine: Machine, sections_at: int, sections: int) -> bytes:
    wide = machine.bits == 64  # noqa: PLR2004 - the number is the format's
    magic = b"\x7fELF" + bytes((2 if wide else 1, 1, 1)) + bytes(9)
    size, segment, section = (64, 56, 64) if wide else (52, 32, 40)
    layout = "<HHIQQQIHHHHHH" if wide else "<HHIIIIIHHHHHH"
    values = (3, machine.number, 1, 0, size, sections_at, 0, size, segment, 2, section, sections, sections - 1)
    return magic + struct.pack(layout, *values)
