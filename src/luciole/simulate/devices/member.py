"""Files of a simulated device as streams, sealed with their digests or packed into ZIP archives in memory."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import zipfile
from collections.abc import Iterable, Iterator
from typing import NamedTuple


class Member(NamedTuple):
    """One file: its path with forward slashes, and its bytes, which can be read once."""

    name: str
    chunks: Iterable[bytes]


def text_member(name: str, chunks: Iterable[str]) -> Member:
    """A file of UTF-8 text."""
    return Member(name, (chunk.encode("utf-8", "surrogateescape") for chunk in chunks))


def sealed(members: Iterable[Member], prefix: str = "") -> Iterator[Member]:
    """The members, then hashes.csv with the SHA-256 of each; read them in order. prefix: put before each path."""
    rows: list[tuple[str, str]] = []
    for member in members:
        digest = hashlib.sha256()
        yield Member(member.name, _digesting(member.chunks, digest))
        rows.append((prefix + member.name, digest.hexdigest()))
    table = io.StringIO()
    csv.writer(table, lineterminator="\n").writerows(rows)
    yield Member("hashes.csv", [table.getvalue().encode()])


def _digesting(chunks: Iterable[bytes], digest: hashlib._Hash) -> Iterator[bytes]:
    for chunk in chunks:
        digest.update(chunk)
        yield chunk


class _Sink(io.RawIOBase):
    """Takes what is written until it is fetched; it cannot seek, so archives get data descriptors."""

    def __init__(self) -> None:
        self._held = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        self._held += memoryview(data)  # type: ignore[arg-type] # checked at run time
        return memoryview(data).nbytes  # type: ignore[arg-type] # checked at run time

    def fetch(self) -> bytes:
        """What was written since the last call."""
        data = bytes(self._held)
        self._held.clear()
        return data


def zipped(members: Iterable[Member], when: dt.datetime) -> Iterator[bytes]:
    """A ZIP archive of the members as a stream; every member carries the time `when`."""
    sink = _Sink()
    stamp = (max(1980, when.year), when.month, when.day, when.hour, when.minute, when.second)
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for member in members:
            entry = zipfile.ZipInfo(member.name, stamp)
            entry.compress_type = zipfile.ZIP_STORED if member.name.endswith(".zip") else zipfile.ZIP_DEFLATED
            entry.external_attr = 0o100600 << 16
            with archive.open(entry, "w", force_zip64=False) as target:
                for chunk in member.chunks:
                    target.write(chunk)
                    if held := sink.fetch():
                        yield held
    yield sink.fetch()
