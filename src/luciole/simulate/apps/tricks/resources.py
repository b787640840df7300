"""Tricks with the resource table: false headers, missing specifications, cycles, and no table at all."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from luciole.simulate.apps.archive import Layout
from luciole.simulate.apps.resources import PACKAGE_ID, TYPE, TYPE_SPEC
from luciole.simulate.apps.string_pool import write_pool
from luciole.simulate.apps.tricks.chunks import UNKNOWN
from luciole.simulate.apps.tricks.containers import opaque
from luciole.simulate.apps.tricks.registry import Stage, on_bytes, on_layout

_TABLE_HEADER, _PACKAGE_HEADER = 12, 288


def _places(data: bytes, wanted: int) -> Iterator[int]:
    """Where the chunks of one type begin inside the package."""
    pool_size = struct.unpack_from("<I", data, _TABLE_HEADER + 4)[0]
    at = _TABLE_HEADER + pool_size + _PACKAGE_HEADER
    while at < len(data):
        kind, _, size = struct.unpack_from("<HHI", data, at)
        if kind == wanted:
            yield at
        at += size


def _with(data: bytes, layout: str, offset: int, *values: int) -> bytes:
    changed = bytearray(data)
    struct.pack_into(layout, changed, offset, *values)
    return bytes(changed)


@on_bytes("resources.type", Stage.RESOURCES)
def table_type(data: bytes) -> bytes:
    """The table's type word is not that of a resource table."""
    return _with(data, "<H", 0, 0)


@on_bytes("resources.size", Stage.RESOURCES)
def table_size(data: bytes) -> bytes:
    """The table declares more bytes than it has; Android refuses."""
    return _with(data, "<I", 4, len(data) + 4096)


@on_bytes("resources.header-size", Stage.RESOURCES)
def table_header_size(data: bytes) -> bytes:
    """The table's header is too short; Android refuses."""
    return _with(data, "<H", 2, 8)


@on_bytes("resources.packages", Stage.RESOURCES)
def package_count(data: bytes) -> bytes:
    """The table holds more packages than it declares; Android refuses."""
    return _with(data, "<I", 8, 0)


@on_bytes("resources.type-without-spec", Stage.RESOURCES)
def type_without_spec(data: bytes) -> bytes:
    """Types lack their specification; Android refuses."""
    for at in _places(data, TYPE_SPEC):
        data = _with(data, "<H", at, UNKNOWN)
    return data


@on_bytes("resources.cycle", Stage.RESOURCES)
def cycle(data: bytes) -> bytes:
    """The first resource of each type refers to itself."""
    for at in list(_places(data, TYPE)):
        number = data[at + 8]
        entry = at + struct.unpack_from("<I", data, at + 16)[0]
        resource = PACKAGE_ID << 24 | number << 16
        data = _with(data, "<HBBI", entry + 8, 8, 0, 1, resource)
    return data


@on_bytes("resources.entry-outside", Stage.RESOURCES)
def entry_outside(data: bytes) -> bytes:
    """Entries lie outside their chunk; Android refuses."""
    for at in list(_places(data, TYPE)):
        offsets = at + struct.unpack_from("<H", data, at + 2)[0]
        data = _with(data, "<I", offsets, 0x00FFFFF0)
    return data


@on_bytes("resources.chunk", Stage.RESOURCES)
def overlong_chunk(data: bytes) -> bytes:
    """A chunk at the end declares more bytes than there are; Android refuses."""
    longer = data + struct.pack("<HHI", UNKNOWN, 8, 4096)
    return _with(longer, "<I", 4, len(longer))


@on_bytes("resources.second-string-pool", Stage.RESOURCES)
def second_pool(data: bytes) -> bytes:
    """A second string pool follows; in tables the first one counts."""
    pool_size = struct.unpack_from("<I", data, _TABLE_HEADER + 4)[0]
    decoy = write_pool(["decoy"] * 64, utf8=True)
    at = _TABLE_HEADER + pool_size
    longer = data[:at] + decoy + data[at:]
    return _with(longer, "<I", 4, len(longer))


@on_bytes("resources.keys-collapsed", Stage.RESOURCES)
def keys_collapsed(data: bytes) -> bytes:
    """All resources bear the same name; the ids count."""
    package = _TABLE_HEADER + struct.unpack_from("<I", data, _TABLE_HEADER + 4)[0]
    keys = package + struct.unpack_from("<I", data, package + 12 + 256 + 8)[0]
    count = struct.unpack_from("<I", data, keys + 8)[0]
    return _with(data, f"<{count}I", keys + 28, *[0] * count)


@on_bytes("resources.unreadable", Stage.RESOURCES)
def garbage(data: bytes) -> bytes:
    """The table is no table but opaque bytes."""
    return opaque((len(data) + 31) // 32 * 32)


@on_layout("resources.missing")
def missing(layout: Layout) -> Layout:
    """The table that the manifest refers to is not there."""
    return layout._replace(members=tuple(item for item in layout.members if item.name != b"resources.arsc"))
