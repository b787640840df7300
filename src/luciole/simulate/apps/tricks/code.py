"""Tricks with DEX files: wrong digests, counts that lie, tables out of order, code under other names."""

from __future__ import annotations

import struct
import zlib

from luciole.simulate.apps.archive import Layout, Member
from luciole.simulate.apps.dex import MethodName, seal_dex, write_dex
from luciole.simulate.apps.tricks.containers import add, opaque
from luciole.simulate.apps.tricks.registry import Stage, on_bytes, on_layout

_FILE_SIZE, _HEADER_SIZE, _MAP, _STRINGS, _METHODS = 32, 36, 52, 56, 88


def _field(data: bytes, offset: int) -> int:
    return int(struct.unpack_from("<I", data, offset)[0])


def _with(data: bytes, offset: int, *values: int) -> bytes:
    changed = bytearray(data)
    struct.pack_into(f"<{len(values)}I", changed, offset, *values)
    return bytes(changed)


@on_bytes("dex.checksum", Stage.DEX)
def checksum(data: bytes) -> bytes:
    """The checksum is wrong."""
    return _with(data, 8, 0x0BADC0DE)


@on_bytes("dex.sha1", Stage.DEX)
def digest(data: bytes) -> bytes:
    """The SHA-1 is wrong and the checksum right."""
    changed = data[:12] + bytes(20) + data[32:]
    return _with(changed, 8, zlib.adler32(changed[12:]))


@on_bytes("dex.file-size", Stage.DEX)
def file_size(data: bytes) -> bytes:
    """The declared size is larger than the file."""
    return seal_dex(_with(data, _FILE_SIZE, len(data) + 4096))


@on_bytes("dex.header-size", Stage.DEX)
def header_size(data: bytes) -> bytes:
    """The declared header is longer than the format's."""
    return seal_dex(_with(data, _HEADER_SIZE, 0x100))


@on_bytes("dex.unsorted", Stage.DEX)
def unsorted(data: bytes) -> bytes:
    """The strings are in reverse order, so a search by halves finds nothing."""
    count, start = _field(data, _STRINGS), _field(data, _STRINGS + 4)
    offsets = struct.unpack_from(f"<{count}I", data, start)
    changed = _with(data, start, *reversed(offsets))
    return seal_dex(_mirror_strings(changed, count))


def _mirror_strings(data: bytes, count: int) -> bytes:
    """Every index of a string after their order was reversed: types, prototypes and methods name the same as before."""
    types, types_at, protos, protos_at = struct.unpack_from("<4I", data, 64)
    methods, methods_at = struct.unpack_from("<2I", data, _METHODS)
    places = [types_at + 4 * index for index in range(types)]
    places += [protos_at + 12 * index for index in range(protos)]
    places += [methods_at + 8 * index + 4 for index in range(methods)]
    for at in places:
        data = _with(data, at, count - 1 - _field(data, at))
    return data


@on_bytes("dex.table-outside", Stage.DEX)
def counts(data: bytes) -> bytes:
    """The number of methods is larger than the file could hold."""
    return seal_dex(_with(data, _METHODS, 0x0FFFFFFF, 0x70))


@on_bytes("dex.string-outside", Stage.DEX)
def string_offset(data: bytes) -> bytes:
    """The last string's place lies outside the file."""
    count, start = _field(data, _STRINGS), _field(data, _STRINGS + 4)
    return seal_dex(_with(data, start + 4 * (count - 1), len(data) + 4096))


@on_bytes("dex.mutf8", Stage.DEX)
def invalid_mutf8(data: bytes) -> bytes:
    """The last string is not valid modified UTF-8."""
    count, start = _field(data, _STRINGS), _field(data, _STRINGS + 4)
    at = _field(data, start + 4 * (count - 1)) + 1
    return seal_dex(data[:at] + b"\xff" + data[at + 1 :])


@on_bytes("dex.map", Stage.DEX)
def no_map(data: bytes) -> bytes:
    """The map of sections lies outside the file."""
    return seal_dex(_with(data, _MAP, len(data) + 4096))


@on_bytes("dex.bytes-behind-map", Stage.DEX)
def bytes_behind_map(data: bytes) -> bytes:
    """Opaque bytes lie behind the last section."""
    longer = data + opaque(4096)
    data_size = _field(longer, 104)
    return seal_dex(_with(_with(longer, _FILE_SIZE, len(longer)), 104, data_size + 4096))


@on_bytes("dex.bytes-after-end", Stage.DEX)
def bytes_after_end(data: bytes) -> bytes:
    """Opaque bytes follow the declared end of the file."""
    return data + opaque(256)


@on_bytes("dex.optimised", Stage.DEX)
def magic(data: bytes) -> bytes:
    """The file begins like an optimised DEX file."""
    return b"dey\n036\0" + data[8:]


@on_layout("dex.number-gap")
def number_gap(layout: Layout) -> Layout:
    """A DEX file comes after a missing number, so Android never loads it."""
    return add(layout, Member(b"classes9.dex", write_dex(["org.example.inert.NeverLoaded"])))


@on_layout("dex.other-name")
def other_name(layout: Layout) -> Layout:
    """A DEX file lies in the assets under the name of a picture."""
    loader = MethodName("dalvik.system.DexClassLoader", "<init>")
    return add(layout, Member(b"assets/logo.png", write_dex(["org.example.inert.Carried"], [loader])))


@on_layout("dex.encrypted")
def encrypted(layout: Layout) -> Layout:
    """The assets hold 64 KiB that look like an encrypted DEX file."""
    return add(layout, Member(b"assets/payload.bin", opaque(65_536)))
