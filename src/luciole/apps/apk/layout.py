"""Compares where the entries of an archive lie: overlaps, gaps, and bytes before, between and after them."""

from __future__ import annotations

import struct
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from luciole.apps.apk.end_record import END_SIZE, LOCAL_SIGNATURE

if TYPE_CHECKING:
    from luciole.apps.apk.archive import Archive, Entry

SAMPLE = 1 << 16
DESCRIPTOR = 24
"""The longest data descriptor behind an entry (APPNOTE 4.3.9, zip64 with signature)."""
LOCAL_SIZE = 30
DEFLATED = 8
BLOCK_SMALLEST = 32
BLOCK_MAGIC = b"APK Sig Block 42"

_LENGTHS = struct.Struct("<HH").unpack_from
_LENGTH = struct.Struct("<H").unpack_from
_SIZE = struct.Struct("<Q").unpack_from


class Loose(NamedTuple):
    """Bytes of the file that belong to no entry. kind: before, gap, comment or after; size in bytes."""

    kind: str
    offset: int
    size: int


def report_layout(archive: Archive) -> list[Loose]:
    """Adds anomalies about the layout of `archive`; returns what belongs to no entry. One sort, one step per entry."""
    loose = _between(archive)
    loose += _around(archive)
    for piece in loose:
        _report_loose(archive, piece)
    _report_encryption(archive)
    return loose


def entropy(sample: bytes | memoryview) -> float:
    """Shannon entropy of `sample` in bits per byte, 0 to 8."""
    counts = np.bincount(np.frombuffer(sample, np.uint8))
    shares = counts[counts > 0] / len(sample)
    return abs(float((shares * np.log2(shares)).sum()))


def block_start(archive: Archive) -> int:
    """Where the signing block before the directory begins; the directory itself where there is none or it lies."""
    end = archive.directory
    if end < BLOCK_SMALLEST or archive.data[end - 16 : end] != BLOCK_MAGIC:
        return end
    (size,) = _SIZE(archive.data, end - 24)
    start = end - size - 8
    return start if 0 <= start <= end - BLOCK_SMALLEST else end


def _between(archive: Archive) -> list[Loose]:
    """Walks the entries by offset: overlaps are reported, gaps returned."""
    data, most = archive.data, len(archive.data) - LOCAL_SIZE
    loose: list[Loose] = []
    reached = 0
    for name, method, _, _, compressed, size, at, record in _by_offset(archive):
        if at > most:
            archive.note("zip.header-outside", "the local header lies outside the file", record, name, refused=True)
            continue
        if at > reached + DESCRIPTOR:
            loose.append(Loose("gap" if reached else "before", reached, at - reached))
        elif at < reached:
            archive.note(
                "zip.overlapping-entries", f"begins {reached - at} bytes before an earlier entry ends", at, name
            )
        name_length, extra = _LENGTHS(data, at + 26)
        stop = at + LOCAL_SIZE + name_length + extra + (compressed if method == DEFLATED else size)
        if stop > reached:  # noqa: PLR1730 - this loop runs once per entry, a call would cost a third more
            reached = stop
    if reached > archive.directory:
        archive.note(
            "zip.entries-reach-directory", "entries reach behind the start of the directory", archive.directory
        )
    rest = block_start(archive)
    if rest > reached + DESCRIPTOR:
        loose.append(Loose("gap" if reached else "before", reached, rest - reached))
    return loose


def _by_offset(archive: Archive) -> list[Entry]:
    entries = list(archive.entries.values())
    offsets = [entry[6] for entry in entries]
    return entries if offsets == sorted(offsets) else sorted(entries, key=itemgetter(6))


def _around(archive: Archive) -> list[Loose]:
    """What lies between the directory and the end record, in the comment, and behind it."""
    end = archive.end_record
    loose: list[Loose] = []
    stop = end.start + end.size
    if stop < end.offset and end.entries >= 0 and not archive.hidden and not end.zip64:
        loose.append(Loose("after-directory", stop, end.offset - stop))
    after = len(archive.data) - end.offset - END_SIZE
    if after > 0:
        loose.append(Loose("comment" if after == end.comment else "after", end.offset + END_SIZE, after))
    return loose


def _report_loose(archive: Archive, piece: Loose) -> None:
    sample = bytes(archive.data[piece.offset : piece.offset + min(piece.size, SAMPLE)])
    if piece.kind in {"gap", "before"} and _is_padding(sample, piece.size):
        return
    if piece.kind == "comment" and piece.size <= 256:  # noqa: PLR2004 - a line that a build tool leaves
        return
    detail = f"{piece.size} bytes, {_what(sample)}, entropy {entropy(sample):.1f} of 8"
    refused = piece.kind == "before" and archive.data[:4] != LOCAL_SIGNATURE
    archive.note(f"zip.bytes-{_WHERE[piece.kind]}", detail, piece.offset, refused=refused)


def _is_padding(sample: bytes, size: int) -> bool:
    """What build tools leave between entries: a data descriptor, zeros, or local headers of deleted entries."""
    if size <= DESCRIPTOR:
        return True
    rest = sample[16:] if sample.startswith(b"PK\7\x08") else sample
    while len(rest) >= LOCAL_SIZE and rest.startswith(LOCAL_SIGNATURE) and not rest[14:28].strip(b"\0"):
        (extra,) = _LENGTH(rest, 28)
        rest = rest[LOCAL_SIZE + extra :]
    return not rest.strip(b"\0")


_WHERE = {
    "before": "before-archive",
    "gap": "between-entries",
    "after-directory": "behind-directory",
    "comment": "in-comment",
    "after": "behind-end",
}
_STARTS = {
    b"dex\n": "a DEX file",
    b"PK\3\4": "an archive",
    b"\x7fELF": "an ELF file",
    b"#!": "a script",
    b"MZ": "a PE file",
}


def _what(sample: bytes) -> str:
    return next((kind for start, kind in _STARTS.items() if sample.startswith(start)), "no known kind")


def _report_encryption(archive: Archive) -> None:
    if not archive.all_flags & 1:
        return
    marked = [entry for entry in archive.entries.values() if entry.flags & 1]
    if marked:
        detail = f"{len(marked)} of {len(archive.entries)} entries are marked as encrypted; Android ignores the mark"
        archive.note("zip.encryption-bit", detail, marked[0].record, marked[0].name)
