"""Tricks with the ZIP container: headers that disagree, bytes outside entries, counts and sizes that lie."""

from __future__ import annotations

import hashlib
import struct

from luciole.simulate.apps.archive import DEFLATED, STORED, Layout, Member
from luciole.simulate.apps.dex import write_dex
from luciole.simulate.apps.tricks.registry import Stage, on_bytes, on_layout

MANIFEST = b"AndroidManifest.xml"
UNKNOWN_METHOD = 0x2FAE
_END = b"PK\5\6"


def opaque(size: int, seed: bytes = b"opaque") -> bytes:
    """Bytes that look encrypted and mean nothing; a multiple of 32 in size."""
    return b"".join(hashlib.sha256(seed + struct.pack("<I", number)).digest() for number in range(size // 32))


def manifest_of(layout: Layout) -> Member:
    """The manifest's entry."""
    return next(item for item in layout.members if item.name == MANIFEST)


def replace_manifest(layout: Layout, new: Member) -> Layout:
    """The archive with another entry in the manifest's place."""
    members = tuple(new if item.name == MANIFEST else item for item in layout.members)
    return layout._replace(members=members)


def add(layout: Layout, *members: Member) -> Layout:
    """The archive with further entries at its end."""
    return layout._replace(members=(*layout.members, *members))


@on_layout("zip.local-method-differs")
def local_method(layout: Layout) -> Layout:
    """The manifest's local header names an unknown method; the directory counts."""
    return replace_manifest(layout, manifest_of(layout)._replace(local={"method": UNKNOWN_METHOD}))


@on_layout("zip.unknown-method")
def unknown_method(layout: Layout) -> Layout:
    """The manifest is stored under a method that does not exist; Android reads it as stored."""
    return replace_manifest(layout, manifest_of(layout)._replace(method=UNKNOWN_METHOD))


@on_layout("zip.encryption-bit")
def encryption_bit(layout: Layout) -> Layout:
    """Every entry is marked as encrypted and is not."""
    marked = {"flags": 1}
    return layout._replace(members=tuple(item._replace(local=marked, central=marked) for item in layout.members))


@on_layout("zip.local-encryption-differs")
def local_encryption(layout: Layout) -> Layout:
    """Only the manifest's local header says that it is encrypted."""
    return replace_manifest(layout, manifest_of(layout)._replace(local={"flags": 1}))


@on_layout("zip.crc-differs")
def wrong_crc(layout: Layout) -> Layout:
    """The manifest's checksum is wrong in both headers; Android does not compare it."""
    lie = {"crc": 0x0BADC0DE}
    return replace_manifest(layout, manifest_of(layout)._replace(local=lie, central=lie))


@on_layout("zip.local-sizes-differ")
def local_sizes(layout: Layout) -> Layout:
    """The manifest's local header names other sizes; Android refuses the entry."""
    return replace_manifest(layout, manifest_of(layout)._replace(local={"size": 4, "packed": 4}))


@on_layout("zip.inflated-size-differs")
def size_too_large(layout: Layout) -> Layout:
    """The manifest declares more bytes than its data inflates to."""
    item = manifest_of(layout)
    lie = {"size": len(item.data) + 64}
    return replace_manifest(layout, item._replace(local=lie, central=lie))


@on_layout("zip.size-zero")
def size_zero(layout: Layout) -> Layout:
    """The manifest declares no bytes at all although its data inflates."""
    lie = {"size": 0}
    return replace_manifest(layout, manifest_of(layout)._replace(local=lie, central=lie))


@on_layout("zip.stored-sizes-differ")
def stored_sizes(layout: Layout) -> Layout:
    """The manifest is stored, and its two sizes disagree."""
    item = manifest_of(layout)
    lie = {"packed": len(item.data) // 2}
    return replace_manifest(layout, item._replace(method=STORED, local=lie, central=lie))


@on_layout("zip.extra-field")
def extra_field(layout: Layout) -> Layout:
    """The manifest's headers carry extra fields whose lengths are nonsense."""
    extra = struct.pack("<HH", 0xCAFE, 0xFFFF) + b"garbage."
    return replace_manifest(layout, manifest_of(layout)._replace(local_extra=extra, central_extra=extra))


@on_layout("zip.zip64-lie")
def zip64_lie(layout: Layout) -> Layout:
    """A zip64 field names other sizes although no field asks for it."""
    extra = struct.pack("<HHQQQ", 1, 24, 1 << 40, 1 << 40, 1 << 40)
    return replace_manifest(layout, manifest_of(layout)._replace(central_extra=extra))


@on_layout("zip.versions")
def versions(layout: Layout) -> Layout:
    """The manifest needs a version of ZIP that does not exist."""
    lie = {"version": 0xFFFF}
    return replace_manifest(layout, manifest_of(layout)._replace(local=lie, central=lie))


@on_layout("zip.dates")
def dates(layout: Layout) -> Layout:
    """The manifest's date has a month 15 and a second 62."""
    lie = {"date": 0xFFFF, "time": 0xFFFF}
    return replace_manifest(layout, manifest_of(layout)._replace(local=lie, central=lie))


@on_layout("zip.local-name-differs")
def local_name(layout: Layout) -> Layout:
    """The manifest has another name in its local header."""
    return replace_manifest(layout, manifest_of(layout)._replace(local_name=b"AndroidManifest.xmI"))


@on_layout("zip.local-signature")
def local_signature(layout: Layout) -> Layout:
    """The manifest's local header does not begin as one."""
    return replace_manifest(layout, manifest_of(layout)._replace(local_magic=b"PK\x13\x14"))


@on_layout("zip.bytes-before-archive")
def prefix_data(layout: Layout) -> Layout:
    """A DEX file lies before the archive, which counts it in its offsets (Janus)."""
    return layout._replace(prefix=write_dex(["org.example.inert.Prefix"], (), ["prefix"]))


@on_bytes("zip.offsets-shifted", Stage.FILE)
def offsets_shifted(data: bytes) -> bytes:
    """A script lies before the archive, whose offsets do not count it."""
    return b"#!/bin/false\n".ljust(512, b"#") + data


@on_bytes("zip.bytes-behind-end", Stage.FILE)
def trailing_bytes(data: bytes) -> bytes:
    """Bytes follow the end of the archive."""
    return data + opaque(1024)


@on_layout("zip.end-comment-differs")
def comment_length(layout: Layout) -> Layout:
    """The end record declares a comment that is not there."""
    return layout._replace(end={**layout.end, "comment_length": 7})


@on_layout("zip.bytes-in-comment")
def bytes_in_comment(layout: Layout) -> Layout:
    """The archive's comment holds opaque bytes."""
    return layout._replace(comment=opaque(4096))


@on_layout("zip.decoy-end-record")
def decoy_end_record(layout: Layout) -> Layout:
    """The comment holds another end record that leads nowhere."""
    return layout._replace(comment=_end_record(1, 46, 0x7FFFFFF0))


@on_layout("zip.second-directory")
def second_directory(layout: Layout) -> Layout:
    """The comment holds another end record that leads to a second directory."""
    name = b"decoy.txt"
    record = b"PK\1\2" + struct.pack("<HHHHHHIIIHHHHHII", 20, 20, 0, 0, 0, 0, 0, 0, 0, len(name), 0, 0, 0, 0, 0, 0)
    record += name
    # its place is fixed, in front of everything else, so that the end record can name it
    return layout._replace(prefix=record, comment=_end_record(1, len(record), 0) + b"tail")


def _end_record(count: int, size: int, offset: int) -> bytes:
    return _END + struct.pack("<HHHHIIH", 0, 0, count, count, size, offset, 0)


@on_layout("zip.hidden-entries")
def count_low(layout: Layout) -> Layout:
    """The end record counts one entry too few, which hides the last one."""
    count = len(layout.members)
    hidden = Member(b"assets/hidden.txt", b"beyond the declared count")
    return add(layout, hidden)._replace(end={**layout.end, "entries": count, "disk_entries": count})


@on_layout("zip.entry-count-too-high")
def count_high(layout: Layout) -> Layout:
    """The end record counts more entries than there are; Android refuses."""
    return layout._replace(end={**layout.end, "entries": len(layout.members) + 40})


@on_layout("zip.disk-numbers")
def disk_numbers(layout: Layout) -> Layout:
    """The end record says that the archive lies on several disks; Android ignores it."""
    return layout._replace(end={**layout.end, "disk": 3, "directory_disk": 2, "disk_entries": 1})


@on_layout("zip.directory-size-differs")
def directory_size(layout: Layout) -> Layout:
    """The end record declares a directory of one byte; Android refuses."""
    return layout._replace(end={**layout.end, "size": 1})


@on_layout("zip.record-leaves-directory")
def record_leaves_directory(layout: Layout) -> Layout:
    """The last directory record claims a comment beyond the directory."""
    return add(layout, Member(b"assets/last.txt", b"last", central={"comment_length": 900}))


@on_layout("zip.header-outside")
def header_outside(layout: Layout) -> Layout:
    """An entry's local header would lie outside the file; Android refuses."""
    return add(layout, Member(b"assets/outside.bin", b"outside", central={"offset": 0x7FFFFFF0}))


@on_layout("zip.entries-reach-directory")
def entries_reach_directory(layout: Layout) -> Layout:
    """The last entry claims a size that reaches over the directory."""
    lie = {"size": 1 << 20, "packed": 1 << 20}
    return add(layout, Member(b"assets/long.bin", b"short", STORED, local=lie, central=lie))


@on_layout("zip.overlapping-entries")
def overlapping_entries(layout: Layout) -> Layout:
    """Two names stand for the same bytes."""
    item = manifest_of(layout)
    index = layout.members.index(item)
    return add(layout, item._replace(name=b"assets/overlap.bin", share=index))


@on_layout("zip.bytes-between-entries")
def bytes_between_entries(layout: Layout) -> Layout:
    """Opaque bytes lie between two entries."""
    first, second, *rest = (*layout.members, Member(b"assets/behind.txt", b"behind the gap"))
    return layout._replace(members=(first, second._replace(before=opaque(4096)), *rest))


@on_bytes("zip.bytes-behind-directory", Stage.FILE)
def bytes_behind_directory(data: bytes) -> bytes:
    """Opaque bytes lie between the directory and the end record."""
    at = data.rfind(_END)
    return data[:at] + opaque(256) + data[at:]


@on_bytes("zip.no-end-record", Stage.FILE)
def no_end_record(data: bytes) -> bytes:
    """The end record is missing."""
    return data[: data.rfind(_END)]


@on_layout("zip.descriptor")
def descriptor(layout: Layout) -> Layout:
    """The manifest's sizes stand behind its data, and its local header names none."""
    item = manifest_of(layout)
    return replace_manifest(
        layout,
        item._replace(method=DEFLATED, local={"flags": 8, "crc": 0, "size": 0, "packed": 0}, central={"flags": 8}),
    )
