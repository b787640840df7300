"""Writes ZIP archives byte by byte: aligned, with fixed dates, and with every field open to a lie (APPNOTE.TXT 4.3)."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping
from typing import NamedTuple

from luciole.kernel.errors import ContentError

STORED, DEFLATED = 0, 8
LONGEST_NAME = 0xFFFF
DATE = 44 << 9 | 1 << 5 | 1
"""1 January 2024, so that the same description gives the same bytes."""
LOCAL_FIELDS = ("version", "flags", "method", "time", "date", "crc", "packed", "size", "name_length", "extra_length")
CENTRAL_FIELDS = (
    *("made_by", "version", "flags", "method", "time", "date", "crc", "packed", "size"),
    *("name_length", "extra_length", "comment_length", "disk", "internal", "external", "offset"),
)
END_FIELDS = ("disk", "directory_disk", "disk_entries", "entries", "size", "offset", "comment_length")


class Member(NamedTuple):
    """One entry. method: STORED or DEFLATED; alignment of stored data in bytes.

    The rest is for tricks: fields written instead of the true ones into the local and central header, other names and
    extra fields, bytes before the entry, data written instead of the packed ones, no local header of its own (share:
    index of the member whose header it points at), or no central header (hidden).
    """

    name: bytes
    data: bytes
    method: int = DEFLATED
    alignment: int = 1
    local: Mapping[str, int] = {}
    central: Mapping[str, int] = {}
    local_name: bytes | None = None
    local_extra: bytes = b""
    central_extra: bytes = b""
    before: bytes = b""
    packed: bytes | None = None
    share: int | None = None
    hidden: bool = False
    local_magic: bytes = b"PK\3\4"


class Layout(NamedTuple):
    """An archive before it is signed. end: fields written instead of the true ones into the end record."""

    members: tuple[Member, ...]
    prefix: bytes = b""
    comment: bytes = b""
    end: Mapping[str, int] = {}
    between: bytes = b""
    """Bytes between the last entry and the directory."""


class Sections(NamedTuple):
    """The three parts of an archive that signatures speak of; the signing block comes between the first two."""

    entries: bytes
    directory: bytes
    end: bytes

    def join(self, block: bytes = b"") -> bytes:
        """The whole archive, with the signing block where there is one."""
        end = bytearray(self.end)
        offset = struct.unpack_from("<I", end, 16)[0]
        struct.pack_into("<I", end, 16, (offset + len(block)) & 0xFFFFFFFF)
        return b"".join((self.entries, block, self.directory, end))


def member(name: str, data: bytes) -> Member:
    """An entry as Android's tools write it: table, libraries and pictures stored and aligned, the rest deflated.

    Raises ContentError for a name longer than the format allows.
    """
    encoded = name.encode("utf-8", "surrogateescape")
    if len(encoded) > LONGEST_NAME:
        raise ContentError([f"a file name is longer than {LONGEST_NAME} bytes: {name[:40]!r}…"])
    if name == "resources.arsc":
        return Member(encoded, data, STORED, 4)
    if name.startswith("lib/") and name.endswith(".so"):
        return Member(encoded, data, STORED, 4096)
    if name.endswith((".png", ".apk")):
        return Member(encoded, data, STORED, 4)
    return Member(encoded, data)


def write_archive(layout: Layout) -> Sections:
    """The three parts of the archive, unsigned."""
    entries = bytearray(layout.prefix)
    directory = bytearray()
    offsets: list[int] = []
    visible = 0
    for item in layout.members:
        packed = pack(item)
        offset = offsets[item.share] if item.share is not None else len(entries) + len(item.before)
        if item.share is None:
            entries += item.before
            entries += _local_header(item, packed, offset) + packed
        offsets.append(offset)
        if not item.hidden:
            directory += _central_header(item, packed, offset)
            visible += 1
    entries += layout.between
    end = _end_record(layout, visible, len(directory), len(entries))
    return Sections(bytes(entries), bytes(directory), end)


def pack(item: Member) -> bytes:
    """The bytes of an entry as they lie in the archive."""
    if item.packed is not None:
        return item.packed
    if item.method != DEFLATED:
        return item.data
    deflate = zlib.compressobj(6, zlib.DEFLATED, -15)
    return deflate.compress(item.data) + deflate.flush()


def _true_fields(item: Member, packed: bytes) -> dict[str, int]:
    flags = 0 if item.name.isascii() else 0x800
    return {
        "version": 20, "flags": flags, "method": item.method, "time": 0, "date": DATE, "crc": zlib.crc32(item.data),
        "packed": len(packed), "size": len(item.data),
    }  # fmt: skip


def _local_header(item: Member, packed: bytes, offset: int) -> bytes:
    name = item.name if item.local_name is None else item.local_name
    start = offset + 30 + len(name) + len(item.local_extra)
    padding = b"\0" * (-start % item.alignment)
    lengths = {"name_length": len(name), "extra_length": len(item.local_extra) + len(padding)}
    fields = {**_true_fields(item, packed), **lengths, **item.local}
    header = struct.pack("<HHHHHIIIHH", *(fields[field] for field in LOCAL_FIELDS))
    return item.local_magic + header + name + item.local_extra + padding


def _central_header(item: Member, packed: bytes, offset: int) -> bytes:
    fields = {
        **_true_fields(item, packed), "made_by": 20, "name_length": len(item.name),
        "extra_length": len(item.central_extra), "comment_length": 0, "disk": 0, "internal": 0, "external": 0,
        "offset": offset, **item.central,
    }  # fmt: skip
    header = struct.pack("<HHHHHHIIIHHHHHII", *(fields[field] for field in CENTRAL_FIELDS))
    return b"PK\1\2" + header + item.name + item.central_extra


def _end_record(layout: Layout, visible: int, size: int, offset: int) -> bytes:
    fields = {
        "disk": 0, "directory_disk": 0, "disk_entries": visible & 0xFFFF, "entries": visible & 0xFFFF, "size": size,
        "offset": offset, "comment_length": len(layout.comment), **layout.end,
    }  # fmt: skip
    return b"PK\5\6" + struct.pack("<HHHHIIH", *(fields[field] for field in END_FIELDS)) + layout.comment
