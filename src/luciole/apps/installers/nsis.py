"""Opens an installer made with NSIS: the files it carries with their names, each inflated only when it is its turn.

Source: the NSIS project's exehead/fileform.h (first header, blocks, entries, data as length and content). NSIS leaves
the header of bzip2 and the check of stored deflate blocks out; what is so changed is said not to be opened.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import NamedTuple

from luciole.apps.apk.end_record import Buffer
from luciole.apps.installers.inflate import Stream
from luciole.apps.installers.nsis_script import Script, read_script
from luciole.kernel.errors import ParseError
from luciole.kernel.limits import MIB

SIGNATURE = b"\xef\xbe\xad\xdeNullsoftInst"
LARGEST_SCRIPT = 32 * MIB
_FIRST = struct.Struct("<I16sII")
_U32 = struct.Struct("<I").unpack
_PACKED = 0x80000000
_UNCHECKED = 4
_UNSUMMED = 512
"""Bytes at the start of the program that its checksum leaves out."""
_PROPERTY_BYTES = 7


class Part(NamedTuple):
    """One file as it lies in an installer. place: offset among the data; stream: its content comes next in it, `size`
    bytes (-1: as many as there are); packed: bytes that it takes up, 0 where it shares a stream with others."""  # noqa: D205, D209 - a list of fields follows the sentence

    place: int
    size: int
    packed: int
    stream: Stream


class Installer(NamedTuple):
    """An opened installer. method: lzma, deflate, bzip2 or stored; solid: all in one stream; cut: bytes that lack;
    intact: its checksum fits, where it has one."""  # noqa: D205, D209 - a list of fields follows the sentence

    method: str
    solid: bool
    cut: int
    intact: bool
    script: Script
    parts: Iterator[Part]


def open_installer(data: Buffer, start: int) -> Installer:
    """The installer whose first header stands at `start`. The parts must be used one after the other.

    Raises ParseError when the header cannot be read; a part raises it when its content is damaged.
    """
    if start < 0 or start + _FIRST.size > len(data):
        raise ParseError("the file ends before the header of the installer", offset=min(max(start, 0), len(data)))
    flags, signature, script_size, whole = _FIRST.unpack(bytes(data[start : start + _FIRST.size]))
    if signature != SIGNATURE:
        raise ParseError("no header of an installer", offset=start)
    if script_size > LARGEST_SCRIPT:
        raise ParseError(f"a script of {script_size} bytes, the limit is {LARGEST_SCRIPT}", offset=start, limit=True)
    cut = max(0, start + whole - len(data))
    summed = not flags & _UNCHECKED and not cut and whole >= _FIRST.size + 4
    stop = start + whole - 4 if summed else min(len(data), start + whole)
    intact = not summed or zlib.crc32(data[_UNSUMMED:stop]) == _U32(bytes(data[stop : stop + 4]))[0]
    begin = start + _FIRST.size
    method, solid = _method(bytes(data[begin : begin + 4 + _PROPERTY_BYTES]), script_size)
    if method == "bzip2":
        return Installer(method, solid, cut, intact, Script(), iter(()))
    script, parts = (_solid if solid else _apart)(data, begin, stop, method, script_size)
    return Installer(method, solid, cut, intact, read_script(script), parts)


def _method(first: bytes, script_size: int) -> tuple[str, bool]:
    """How the data is packed, and whether all in one stream: told by the first bytes, for no field says it."""
    if len(first) < 4 + _PROPERTY_BYTES:
        raise ParseError("the installer ends before its data")
    length = _U32(first[:4])[0]
    if length == script_size:
        return "stored", False
    apart = length & 0xFF000000 == _PACKED
    if apart and _is_lzma(first[4:]):
        return "lzma", False
    if _is_lzma(first):
        return "lzma", True
    if apart:
        return ("bzip2" if _is_bzip2(first[4:]) else "deflate"), False
    return ("bzip2" if _is_bzip2(first) else "deflate"), True


def _is_lzma(first: bytes) -> bool:
    return first[0] == 0x5D and first[1:3] == b"\0\0" and first[5] == 0 and not first[6] & 0x80  # noqa: PLR2004


def _is_bzip2(first: bytes) -> bool:
    return first[0] == 0x31 and first[1] < 14  # noqa: PLR2004 - a block begins with "1"


def _solid(data: Buffer, begin: int, stop: int, method: str, size: int) -> tuple[bytes, Iterator[Part]]:
    stream = Stream(data, begin, stop, method)
    length = stream.take(4)
    if len(length) < 4 or _U32(length)[0] != size:  # noqa: PLR2004 - a length
        raise ParseError("the script of the installer is damaged", offset=begin)
    script = stream.take(size)
    if len(script) < size:
        raise ParseError("the file ends within the script of the installer", offset=begin)
    return script, _in_stream(stream, begin)


def _in_stream(stream: Stream, begin: int) -> Iterator[Part]:
    place = 0
    while len(length := stream.take(4)) == 4:  # noqa: PLR2004 - a length
        size = _U32(length)[0]
        yield Part(place, size, 0, stream)
        place += 4 + size
    if length:
        raise ParseError("the data of the installer is damaged", offset=begin)


def _apart(data: Buffer, begin: int, stop: int, method: str, size: int) -> tuple[bytes, Iterator[Part]]:
    length = _U32(bytes(data[begin : begin + 4]))[0]
    packed, length = length & _PACKED, length & ~_PACKED
    first = begin + 4
    if first + length > stop:
        raise ParseError("the file ends within the script of the installer", offset=begin)
    script = Stream(data, first, first + length, method if packed else "stored").take(size)
    if len(script) < size:
        raise ParseError("the script of the installer is damaged", offset=begin)
    return script, _one_by_one(data, first + length, stop, method)


def _one_by_one(data: Buffer, begin: int, stop: int, method: str) -> Iterator[Part]:
    at = begin
    while at + 4 <= stop:
        length = _U32(bytes(data[at : at + 4]))[0]
        packed, length = length & _PACKED, length & ~_PACKED
        first = at + 4
        if first + length > stop:
            raise ParseError("the file ends within the data of the installer", offset=at)
        yield Part(
            at - begin,
            -1 if packed else length,
            length,
            Stream(data, first, first + length, method if packed else "stored"),
        )
        at = first + length
