"""Finds the end record of a ZIP archive, and with it the directory, among decoys, lies and damage."""

from __future__ import annotations

import mmap
import struct
from typing import NamedTuple

from luciole.apps.apk.anomaly import Anomaly

Buffer = bytes | mmap.mmap
"""A whole file in memory. Slices are bytes; never changed."""

END_SIGNATURE = b"PK\5\6"
RECORD_SIGNATURE = b"PK\1\2"
LOCAL_SIGNATURE = b"PK\3\4"
END_SIZE = 22
LOCATOR_SIZE = 20
MOST_ENTRIES = 0xFFFF
ALL_ONES = 0xFFFFFFFF
TAIL = END_SIZE + 0xFFFF
"""Where Android looks for the end record: the record itself and the longest comment."""
MOST_CANDIDATES = 4096

_END = struct.Struct("<HHHHIIH").unpack_from
_LOCATOR = struct.Struct("<4xIQI").unpack_from
_END64 = struct.Struct("<24xQQQQ").unpack_from
_UINT32 = struct.Struct("<I").unpack_from


class EndRecord(NamedTuple):
    """Where the directory is, as one end record says (APPNOTE 4.3.16).

    offset: of the record itself, the file's length when there is none; entries: their number, -1 unknown; start, size:
    of the directory in the file; base: bytes before the archive that its offsets do not count; comment: declared
    length; found: the place named holds a directory; zip64: the 64-bit record was used.
    """

    offset: int
    entries: int
    start: int
    size: int
    base: int
    comment: int
    found: bool
    zip64: bool = False

    def reaches_end(self, length: int) -> bool:
        """The comment ends exactly where a file of `length` bytes ends, as Android wants it."""
        return self.offset + END_SIZE + self.comment == length


def find_end(data: Buffer, anomalies: list[Anomaly]) -> EndRecord | None:
    """The end record that counts, or None where no directory can be found through one. Deviations go to `anomalies`.

    Android takes the last signature and wants its comment to end with the file; of several the last such one counts,
    else the last that leads to a directory at all.
    """
    candidates = _candidates(data)
    chosen = _choose(candidates, len(data))
    if chosen is None:
        return None
    _report_end(chosen, candidates, len(data), anomalies)
    return chosen


def scan_for_directory(data: Buffer) -> int | None:
    """Offset of the first directory record that leads to a local header, for archives without a usable end record."""
    at = data.find(RECORD_SIGNATURE)
    while at >= 0:
        if at + 46 <= len(data):
            (header,) = _UINT32(data, at + 42)
            if data[header : header + 4] == LOCAL_SIGNATURE:
                return at
        at = data.find(RECORD_SIGNATURE, at + 4)
    return None


def _candidates(data: Buffer) -> list[EndRecord]:
    """Every end record in the tail, last first; where there is none, the last in the whole file."""
    length = len(data)
    found: list[EndRecord] = []
    at = data.rfind(END_SIGNATURE, max(0, length - TAIL))
    while at >= 0 and len(found) < MOST_CANDIDATES:
        if at + END_SIZE <= length:
            found.append(_read_end(data, at))
        at = data.rfind(END_SIGNATURE, max(0, length - TAIL), at)
    if not found:
        at = data.rfind(END_SIGNATURE)
        if 0 <= at <= length - END_SIZE:
            found.append(_read_end(data, at))
    return found


def _read_end(data: Buffer, at: int) -> EndRecord:
    _, _, _, count, size, start, comment = _END(data, at + 4)
    zip64 = False
    if count == MOST_ENTRIES or ALL_ONES in (size, start):
        wide = _read_end64(data, at)
        if wide is not None:
            count, size, start = wide
            zip64 = True
    base = 0
    found = _is_directory(data, start, count, at)
    if not found and at - size - start > 0 and size:
        base = at - size - start
        found = _is_directory(data, start + base, count, at)
    return EndRecord(at, count, start + (base if found else 0), size, base if found else 0, comment, found, zip64)


def _read_end64(data: Buffer, at: int) -> tuple[int, int, int] | None:
    """Count, size and start of the zip64 end record before the end record at `at` (APPNOTE 4.3.14, 4.3.15)."""
    if at < LOCATOR_SIZE or data[at - LOCATOR_SIZE : at - 16] != b"PK\6\7":
        return None
    _, where, _ = _LOCATOR(data, at - LOCATOR_SIZE)
    if where + 56 > at or data[where : where + 4] != b"PK\6\6":
        return None
    _, count, size, start = _END64(data, where)
    return count, size, start


def _is_directory(data: Buffer, start: int, count: int, end: int) -> bool:
    if count == 0:
        return start <= end
    return start + 46 <= end and data[start : start + 4] == RECORD_SIGNATURE


def _choose(candidates: list[EndRecord], length: int) -> EndRecord | None:
    for end in candidates:
        if end.found and end.reaches_end(length):
            return end
    with_entries = [end for end in candidates if end.found and end.entries]
    return with_entries[0] if with_entries else None


def _rivals(end: EndRecord, chosen: EndRecord) -> bool:
    """Not just the end record of an archive that is stored as an entry: its offsets count from that entry."""
    return end.offset > chosen.start or not end.base


def _report_end(chosen: EndRecord, candidates: list[EndRecord], length: int, anomalies: list[Anomaly]) -> None:
    after = length - chosen.offset - END_SIZE
    if after != chosen.comment:
        detail = f"the comment is declared with {chosen.comment} bytes, {after} follow the end record"
        anomalies.append(Anomaly("zip.end-comment-differs", detail, chosen.offset, refused=True))
    if chosen is not candidates[0]:
        detail = f"an end record at {candidates[0].offset} comes after the one that leads to the directory"
        anomalies.append(Anomaly("zip.decoy-end-record", detail, candidates[0].offset, refused=True))
    others = [
        end for end in candidates if end.found and end.entries and end.start != chosen.start and _rivals(end, chosen)
    ]
    if others:
        detail = f"another end record names a directory at {others[0].start}, the one that counts at {chosen.start}"
        anomalies.append(Anomaly("zip.second-directory", detail, others[0].offset))
    if chosen.base:
        detail = f"offsets do not count the first {chosen.base} bytes of the file"
        anomalies.append(Anomaly("zip.offsets-shifted", detail, chosen.offset, refused=True))
