"""Which functions of which libraries a Windows program lists, read by LIEF."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from luciole.apps.apk.end_record import Buffer
from luciole.apps.pe.layout import DELAY_IMPORTS, IMPORTS, Layout
from luciole.kernel.errors import ParseError
from luciole.kernel.limits import MIB

if TYPE_CHECKING:
    import lief

LARGEST = 48 * MIB
"""Bytes handed to LIEF, which keeps them twice."""
MOST_FUNCTIONS = 50_000
MOST_LIBRARIES = 4096
_PIECE = 4096
_MOST_BEHIND = 64
_ENDINGS = (b".dll", b".drv", b".exe", b".sys", b".ocx")
_DESCRIPTOR = struct.Struct("<IIIII")


class Imports(NamedTuple):
    """libraries: their names as written; functions: library without ending, in small letters, and name; odd: how many
    names hold what no name holds, so that the table is damaged or made to mislead."""  # noqa: D205, D209 - a list of fields follows the sentence

    libraries: tuple[str, ...]
    functions: tuple[tuple[str, str], ...]
    odd: int


def read_imports(data: Buffer, layout: Layout) -> Imports:
    """The functions that the program lists, also those that it loads late. Raises ParseError."""
    if not layout.directory(IMPORTS)[0] and not layout.directory(DELAY_IMPORTS)[0]:
        return Imports((), (), 0)
    for number in (IMPORTS, DELAY_IMPORTS):
        address = layout.directory(number)[0]
        if address and layout.offset(address) is None:
            raise ParseError("the list of functions lies outside the file")
    listed = _listed(data, layout)
    found = _collect(_parsed(data, layout))
    # the library passes over what it cannot read: what is listed and did not come out is told
    return found._replace(odd=found.odd + max(0, listed - len(found.functions)))


def _listed(data: Buffer, layout: Layout) -> int:
    """How many functions the program lists, counted before anything is read. Raises ParseError beyond the limit."""
    at = layout.offset(layout.directory(IMPORTS)[0])
    count = 0
    for _ in range(MOST_LIBRARIES if at is not None else 0):
        if at is None or at + _DESCRIPTOR.size > len(data):
            raise ParseError("the file ends within the list of libraries", offset=min(at or 0, len(data)))
        names, _, _, title, targets = _DESCRIPTOR.unpack_from(data, at)
        if not title or not (names or targets):
            return count + _behind_the_end(data, layout, at)
        # both tables list the same functions until the program is loaded; a gap in one of them shows in the other
        tables = [place for each in (names, targets) if each and (place := layout.offset(each)) is not None]
        if not tables:
            raise ParseError("the functions of a library lie outside the file", offset=at)
        # a library of which nothing is used would not be listed
        count += max(1, *(_length(data, table, 8 if layout.wide else 4) for table in tables))
        if count > MOST_FUNCTIONS:
            raise ParseError("more functions are listed than the limit", offset=at, limit=True)
        at += _DESCRIPTOR.size
    return count


def _behind_the_end(data: Buffer, layout: Layout, at: int) -> int:
    """How many libraries stand behind the entry that ends the list, within the size that the headers give the list."""
    address, size = layout.directory(IMPORTS)
    start = layout.offset(address) or 0
    stop = min(start + size, at + _MOST_BEHIND * _DESCRIPTOR.size, len(data)) - _DESCRIPTOR.size
    count = 0
    if stop > at and size % _DESCRIPTOR.size == 0 and not any(data[at : stop + _DESCRIPTOR.size]):
        # linkers give the size of the list with its end: there is room for more, and zeros stand in it
        return (stop - at) // _DESCRIPTOR.size
    for place in range(at + _DESCRIPTOR.size, stop + 1, _DESCRIPTOR.size):
        names, _, _, title, targets = _DESCRIPTOR.unpack_from(data, place)
        named = layout.offset(title) if title and (names or targets) else None
        count += named is not None and bytes(data[named : named + 256]).partition(b"\0")[0].lower().endswith(_ENDINGS)
    return count


def _length(data: Buffer, table: int, width: int) -> int:
    """How many numbers stand at `table` before the first zero."""
    count = 0
    while count <= MOST_FUNCTIONS:
        most = min(_PIECE, (len(data) - table) // width - count)
        if most <= 0:
            raise ParseError("a list of functions never ends", offset=table)
        part = np.frombuffer(data, "<u8" if width == 8 else "<u4", most, table + count * width)  # noqa: PLR2004 - bytes
        zeros = np.flatnonzero(part == 0)
        if len(zeros):
            return count + int(zeros[0])
        count += most
    return count


def _parsed(data: Buffer, layout: Layout) -> lief.PE.Binary:
    import lief  # noqa: PLC0415 - large; only programs need it

    lief.logging.disable()
    config = lief.PE.ParserConfig()
    config.parse_exports = config.parse_reloc = config.parse_rsrc = config.parse_signature = False
    binary = lief.PE.parse(_lean(data, layout), config)
    if not isinstance(binary, lief.PE.Binary):
        raise ParseError("the list of functions cannot be read")
    return binary


def _lean(data: Buffer, layout: Layout) -> bytes:
    """The headers and sections; of a very large program only the first. Raises ParseError beyond the limit."""
    if layout.end <= LARGEST:
        return bytes(data[: layout.end])
    last = max(
        (one.start + one.size for one in layout.sections if one.start + one.size <= LARGEST), default=layout.headers
    )
    for number in (IMPORTS, DELAY_IMPORTS):
        offset = layout.offset(layout.directory(number)[0])
        if offset is not None and offset >= last:
            raise ParseError("the program is too large for its list of functions to be read", limit=True)
    return bytes(data[:last])


def _collect(binary: lief.PE.Binary) -> Imports:
    libraries: list[str] = []
    functions: list[tuple[str, str]] = []
    odd = 0
    for library in [*binary.imports, *binary.delay_imports]:
        name = str(library.name)
        libraries.append(name)
        odd += not _is_name(name)
        short = name.lower().removesuffix(".dll").removesuffix(".drv")
        for entry in library.entries:
            if len(functions) >= MOST_FUNCTIONS:
                raise ParseError("more functions are listed than the limit", limit=True)
            if entry.is_ordinal:
                functions.append((short, f"#{entry.ordinal}"))
                continue
            function = str(entry.name)
            odd += not _is_name(function)
            functions.append((short, function))
    return Imports(tuple(libraries), tuple(functions), odd)


def _is_name(text: str) -> bool:
    return bool(text) and text.isascii() and text.isprintable()
