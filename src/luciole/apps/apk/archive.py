"""Opens an app's ZIP archive as Android does, reads as leniently as any release, and reports every deviation."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable
from typing import NamedTuple, Protocol, Self

from isal import igzip_lib, isal_zlib

from luciole.apps.apk.anomaly import Anomaly
from luciole.apps.apk.end_record import (
    LOCAL_SIGNATURE,
    Buffer,
    EndRecord,
    find_end,
    scan_for_directory,
)
from luciole.apps.apk.layout import report_layout
from luciole.apps.apk.names import report_names
from luciole.kernel.errors import ParseError
from luciole.kernel.limits import DEFAULT, Limits

RECORD = 0x02014B50
ALL_ONES = 0xFFFFFFFF
"""The value of a 32-bit field whose true value stands in the zip64 extra field."""
DEFLATED = 8
STORED = 0
ENCRYPTED_BIT = 1
DESCRIPTOR_BIT = 8
MOST_OF_ONE_KIND = 32
"""Anomalies of one id that are kept; a hostile archive could fill the memory with them."""
SMALL = 4 << 20
PIECE = 1 << 20
WHOLE_RATIO = 64
"""Everything read from one archive to the size of the archive: overlapping or repeated entries cannot multiply it."""
MOST_SHOWN = 256
"""Bytes of a name that a detail shows."""
NO_DIRECTORY = "not a ZIP archive: no directory found"
"""What is said of bytes in which no directory stands, so that a caller can tell them from a broken archive."""
DIRECTORY_DAMAGE = frozenset({
    "zip.no-end-record", "zip.record-leaves-directory", "zip.entry-count-too-high", "zip.directory-size-differs",
})  # fmt: skip
"""Anomalies that show that the list of the files in an archive is broken: any of them may be gone."""
KEPT_BYTES = 64 << 20
"""Inflated entries kept for the next reader: the signature is checked over the same bytes as the code is read from."""

_InflateError: type[Exception] = isal_zlib.error  # type: ignore[assignment] # its stub names an instance
_RECORD = struct.Struct("<I4xHH4xIIIHHH8xI").unpack_from
_LOCAL = struct.Struct("<6xHH4xIIIHH").unpack_from
_WIDE = struct.Struct("<Q").unpack_from
_PAIR = struct.Struct("<HH").unpack_from


class Digest(Protocol):
    """What hashlib makes."""

    def update(self, data: bytes, /) -> None:
        """Adds `data`."""

    def digest(self) -> bytes:
        """The digest of everything added."""


class Entry(NamedTuple):
    """One directory record (APPNOTE 4.3.12), names as bytes and never a path.

    header: offset of the local header; record: offset of the directory record.
    """

    name: bytes
    method: int
    flags: int
    crc: int
    compressed: int
    size: int
    header: int
    record: int


class Archive:
    """An opened archive: `entries` by name in directory order (the first of duplicates), and how it deviates.

    data: the file; directory, directory_size: where the directory is; end: offset of the end record (the file's length
    where there is none); duplicates: later entries of a name already seen; hidden: directory records beyond the
    declared count; anomalies: grows as entries are read; view: the file without copying, so that a memory map
    can only be closed after the archive is gone.
    """

    def __init__(self, data: Buffer, end: EndRecord, limits: Limits, anomalies: list[Anomaly]) -> None:
        self.data = data
        self.limits = limits
        self.anomalies = anomalies
        self.end_record = end
        self.directory = end.start
        self.directory_size = end.size
        self.end = end.offset
        self.entries: dict[bytes, Entry] = {}
        self.duplicates: list[Entry] = []
        self.hidden: list[Entry] = []
        self.all_flags = 0
        self.view = memoryview(data)
        self._kinds: dict[str, int] = {}
        self._checked: set[int] = set()
        self._kept: dict[int, bytes] = {}
        self._kept_bytes = 0
        self._sha256: dict[int, bytes] = {}
        self._produced = 0
        self._most_produced = min(limits.archive_total, max(limits.entry, WHOLE_RATIO * len(data)))

    @classmethod
    def open(cls, data: Buffer, limits: Limits = DEFAULT) -> Self:
        """The archive in `data`; the whole directory is walked and compared, no entry is inflated.

        Raises ParseError when there is no directory, or when entries or their names exceed `limits`.
        """
        anomalies: list[Anomaly] = []
        end = find_end(data, anomalies)
        if end is None:
            start = scan_for_directory(data)
            if start is None:
                raise ParseError(NO_DIRECTORY, offset=0)
            detail = "the directory was found by its signature"
            anomalies.append(Anomaly("zip.no-end-record", detail, start, refused=True))
            end = EndRecord(len(data), -1, start, len(data) - start, 0, 0, found=True)
        archive = cls(data, end, limits, anomalies)
        archive._walk()
        archive._compare()
        return archive

    def read(self, name: bytes, limit: int | None = None) -> bytes:
        """The content of entry `name`, inflated; at most `limit` bytes (default: `limits.entry`).

        Raises ParseError when there is no such entry, when a size or ratio exceeds its limit (`limit` is set), or when
        nothing can be read. CRC, encryption bit and local header are compared and reported, not believed.
        """
        entry = self.entries.get(name)
        if entry is None:
            raise ParseError("no such entry", file=show(name))
        return self.read_entry(entry, limit)

    def read_entry(self, entry: Entry, limit: int | None = None) -> bytes:
        """The content of `entry`, also of a duplicate or hidden one; as `read`."""
        most = self.limits.entry if limit is None else limit
        kept = self._kept.get(entry.record)
        if kept is not None and len(kept) <= most:
            return kept
        start = self._data_offset(entry)
        self._check_bounds(entry, most)
        content = self._inflate(entry, start, most) if entry.method == DEFLATED else self._stored(entry, start)
        self._check_content(entry, content)
        self._keep(entry, content)
        return content

    def digest(self, entry: Entry, make: Callable[[bytes | memoryview], Digest]) -> bytes:
        """The digest of an entry's content, of any size, computed piece by piece; `make` begins one (hashlib.sha256).

        SHA-256 is computed once. Unlike with `read` the content must have exactly the declared size. Raises ParseError
        when it has not, when the data is damaged, or when a ratio or the total exceeds the limits.
        """
        if make is hashlib.sha256:
            known = self._sha256.get(entry.record)
            if known is None:
                known = self._sha256[entry.record] = self._digest(entry, make)
            return known
        return self._digest(entry, make)

    def _digest(self, entry: Entry, make: Callable[[bytes | memoryview], Digest]) -> bytes:
        kept = self._kept.get(entry.record)
        if kept is not None:
            return make(kept).digest()
        start = self._data_offset(entry)
        self._check_bounds(entry, ALL_ONES << 16)
        self._produced += entry.size
        if entry.method != DEFLATED:
            return make(self.view[start : start + entry.size]).digest()
        if entry.size <= SMALL:
            return make(
                self._exactly(entry, *self._inflate_range(entry, start, start + entry.compressed, entry.size + 1))
            ).digest()
        return self._digest_pieces(entry, start, make(b""))

    def note(
        self, kind: str, detail: str, offset: int | None = None, member: bytes = b"", *, refused: bool = False
    ) -> None:
        """Adds an anomaly; of each kind only the first few are kept and the last says that there are more.

        offset: in the archive file; the entry called `member` is then named in the detail.
        """
        seen = self._kinds.get(kind, 0)
        self._kinds[kind] = seen + 1
        if seen < MOST_OF_ONE_KIND:
            name = show(member[:MOST_SHOWN])
            if offset is None or not member:
                self.anomalies.append(Anomaly(kind, detail, offset, name, refused))
            else:
                self.anomalies.append(Anomaly(kind, f"{name}: {detail}", offset, "", refused))
        elif seen == MOST_OF_ONE_KIND:
            self.anomalies.append(Anomaly(kind, "more of the same kind were not listed", offset, refused=refused))

    # ------------------------------------------------------------------ the directory

    def _walk(self) -> None:
        """Reads the directory records: `count` of them are entries, further ones are hidden."""
        start, stop = self.directory, self.end
        block = bytes(self.data[start:stop])
        at = found = name_bytes = 0
        count = self.end_record.entries
        last = len(block) - 46
        entries, most = self.entries, self.limits.archive_entries
        base, all_flags, make = self.end_record.base, 0, tuple.__new__
        while at <= last:
            signature, flags, method, crc, compressed, size, name_length, extra, comment, header = _RECORD(block, at)
            if signature != RECORD:
                break
            name = block[at + 46 : at + 46 + name_length]
            if ALL_ONES in (header, size, compressed):
                field = block[at + 46 + name_length : at + 46 + name_length + extra]
                size, compressed, header = _widen(field, size, compressed, header)
            entry = make(Entry, (name, method, flags, crc, compressed, size, header + base, start + at))
            all_flags |= flags
            found += 1
            name_bytes += name_length
            if found > most or name_bytes > self.limits.archive_name_bytes:
                raise ParseError("more entries or longer names than the limit", offset=start + at, limit=True)
            if 0 <= count < found:
                self.hidden.append(entry)
            elif name in entries:
                self.duplicates.append(entry)
            else:
                entries[name] = entry
            at += 46 + name_length + extra + comment
        self.all_flags = all_flags
        self._report_walk(found, at, len(block))

    def _report_walk(self, found: int, walked: int, available: int) -> None:
        end = self.end_record
        if found == 0 and end.entries > 0:
            raise ParseError("the directory holds no entry", offset=end.start)
        if walked > available:
            self.note(
                "zip.record-leaves-directory", "the last record is longer than the directory", end.start, refused=True
            )
        if end.entries > found:
            detail = f"{end.entries} entries are declared, the directory holds {found}"
            self.note("zip.entry-count-too-high", detail, end.offset, refused=True)
        if self.hidden:
            detail = (
                f"{len(self.hidden)} entries lie beyond the declared count of {end.entries}; Android does not see them"
            )
            self.note("zip.hidden-entries", detail, self.hidden[0].record, self.hidden[0].name)
        if end.entries >= 0 and not self.hidden and walked != end.size:
            detail = f"the directory is declared with {end.size} bytes, its records take {walked}"
            self.note("zip.directory-size-differs", detail, end.offset, refused=walked > end.size)
        for entry in self.duplicates:
            detail = "the name occurs again; tools take the first or the last, Android refuses"
            self.note("zip.duplicate-name", detail, entry.record, entry.name, refused=True)

    def _compare(self) -> None:
        """Deviations that need the whole directory: names and layout."""
        report_names(self)
        report_layout(self)

    # ------------------------------------------------------------------ one entry

    def _data_offset(self, entry: Entry) -> int:
        """Where the data of `entry` begins, from the lengths in its local header; compares that header once."""
        if entry.header + 30 > len(self.data):
            raise ParseError("the local header lies outside the file", file=show(entry.name), offset=entry.header)
        local: tuple[int, ...] = _LOCAL(self.data, entry.header)
        start: int = entry.header + 30 + local[5] + local[6]
        if entry.record not in self._checked:
            self._checked.add(entry.record)
            self._compare_local(entry, local, start)
        return start

    def _compare_local(self, entry: Entry, local: tuple[int, ...], start: int) -> None:
        flags, method, crc, compressed, size, name_length, _ = local
        at, name = entry.header, entry.name
        if self.data[at : at + 4] != LOCAL_SIGNATURE:
            self.note("zip.local-signature", "no local header at the place named", at, name, refused=True)
        if self.data[at + 30 : at + 30 + name_length] != name:
            self.note("zip.local-name-differs", "the local header has another name", at, name, refused=True)
        if method != entry.method:
            detail = f"method {method} in the local header, {entry.method} in the directory"
            self.note("zip.local-method-differs", detail, at, name)
        if (flags ^ entry.flags) & ENCRYPTED_BIT:
            self.note("zip.local-encryption-differs", "the two headers disagree about encryption", at, name)
        same = (crc, compressed, size) == (entry.crc, entry.compressed, entry.size) or ALL_ONES in {compressed, size}
        if not flags & DESCRIPTOR_BIT and not same:
            detail = f"{compressed} and {size} bytes locally, {entry.compressed} and {entry.size} in the directory"
            self.note("zip.local-sizes-differ", detail, at, name, refused=True)
        length = entry.compressed if entry.method == DEFLATED else entry.size
        if start + length > max(self.directory, entry.header):
            self.note("zip.data-leaves-archive", "the data would reach into the directory", at, name, refused=True)

    def _check_bounds(self, entry: Entry, most: int) -> None:
        """Compares the declared size with the limits, before anything is inflated."""
        limits = self.limits
        if entry.size > most:
            raise ParseError(
                f"declares {entry.size} bytes, the limit is {most}",
                file=show(entry.name),
                offset=entry.record,
                limit=True,
            )
        if entry.method == DEFLATED and entry.size > limits.ratio_from and entry.size > limits.ratio * entry.compressed:
            raise ParseError(
                "would inflate more than the ratio allowed", file=show(entry.name), offset=entry.record, limit=True
            )
        if self._produced + entry.size > self._most_produced:
            raise ParseError(
                "the entries read together exceed the limit", file=show(entry.name), offset=entry.record, limit=True
            )

    def _inflate(self, entry: Entry, start: int, most: int) -> bytes:
        """Up to the declared size as Android takes it; a declared size of nothing is not believed."""
        declared = entry.size
        room = (
            declared + 1 if declared else min(most, max(self.limits.ratio_from, entry.compressed * self.limits.ratio))
        )
        content, whole = self._inflate_range(entry, start, start + entry.compressed, room)
        if not whole and len(content) < declared:
            longer, _ = self._inflate_range(entry, start, len(self.data), room)
            content = longer if len(longer) > len(content) else content
        if len(content) != declared:
            more = "more than " if len(content) >= room else ""
            detail = f"{declared} bytes are declared, {more}{min(len(content), room - 1)} were inflated"
            self.note("zip.inflated-size-differs", detail, entry.record, entry.name, refused=True)
        return content[:declared] if declared else content

    def _inflate_range(self, entry: Entry, start: int, stop: int, room: int) -> tuple[bytes, bool]:
        inflater = isal_zlib.decompressobj(-15)
        try:
            content: bytes = inflater.decompress(self.view[start:stop], room)
        except _InflateError as error:
            raise ParseError(
                f"the compressed data is damaged ({error})", file=show(entry.name), offset=start
            ) from error
        return content, inflater.eof

    def _exactly(self, entry: Entry, content: bytes, whole: bool) -> bytes:  # noqa: FBT001 - as _inflate_range gives it
        if len(content) != entry.size or not whole:
            raise ParseError("the inflated size is not the declared one", file=show(entry.name), offset=entry.record)
        return content

    def _digest_pieces(self, entry: Entry, start: int, digest: Digest) -> bytes:
        """Inflates and digests a large entry in pieces, never more than it declares."""
        inflater = igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_DEFLATE)
        at, stop, left = start, start + entry.compressed, entry.size
        try:
            while left >= 0 and not inflater.eof and (at < stop or not inflater.needs_input):
                fed = self.view[at : min(at + PIECE, stop)] if inflater.needs_input else b""
                at += len(fed)
                content = inflater.decompress(fed, PIECE)
                digest.update(content)
                left -= len(content)
        except _InflateError as error:
            raise ParseError(
                f"the compressed data is damaged ({error})", file=show(entry.name), offset=start
            ) from error
        if left or not inflater.eof:
            raise ParseError("the inflated size is not the declared one", file=show(entry.name), offset=entry.record)
        return digest.digest()

    def _stored(self, entry: Entry, start: int) -> bytes:
        """Any method but deflate is read as stored, with the uncompressed size of the directory, as Android does."""
        if entry.method != STORED:
            detail = f"method {entry.method}: Android reads the bytes as they are stored"
            self.note("zip.unknown-method", detail, entry.record, entry.name, refused=entry.name.endswith(b".dex"))
        elif entry.compressed != entry.size:
            detail = f"stored, but {entry.compressed} bytes compressed and {entry.size} uncompressed are declared"
            self.note("zip.stored-sizes-differ", detail, entry.record, entry.name)
        return bytes(self.view[start : start + entry.size])

    def _check_content(self, entry: Entry, content: bytes) -> None:
        if len(content) < entry.size and entry.method != DEFLATED:
            self.note(
                "zip.data-cut",
                f"{entry.size} bytes are declared, {len(content)} are there",
                entry.record,
                entry.name,
                refused=True,
            )
        if isal_zlib.crc32(content) != entry.crc:
            self.note(
                "zip.crc-differs",
                "the checksum does not fit the content; Android does not compare it",
                entry.record,
                entry.name,
            )

    def _keep(self, entry: Entry, content: bytes) -> None:
        self._produced += len(content)
        if self._kept_bytes + len(content) <= KEPT_BYTES:
            self._kept[entry.record] = content
            self._kept_bytes += len(content)


def show(name: bytes) -> str:
    """An entry's name as text for reports: invalid bytes as escapes. Never to be used as a path."""
    return name.decode("utf-8", "backslashreplace")


def _widen(extra: bytes, size: int, compressed: int, header: int) -> tuple[int, int, int]:
    """The fields that are all ones come from the zip64 extra field (APPNOTE 4.5.3), as far as it has them."""
    wide = _zip64_field(extra)
    values = [size, compressed, header]
    at = 0
    for index, value in enumerate(values):
        if value == ALL_ONES and at + 8 <= len(wide):
            (values[index],) = _WIDE(wide, at)
            at += 8
    return values[0], values[1], values[2]


def _zip64_field(extra: bytes) -> bytes:
    at = 0
    while at + 4 <= len(extra):
        kind, length = _PAIR(extra, at)
        if kind == 1:
            return extra[at + 4 : at + 4 + length]
        at += 4 + length
    return b""
