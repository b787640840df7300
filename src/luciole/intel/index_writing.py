"""Writes the compiled index; its layout is told in `luciole.intel.index`."""

from __future__ import annotations

import re
import struct
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from typing import Literal

import msgspec
import numpy as np
import numpy.typing as npt
import xxhash

from luciole.intel import values
from luciole.intel.model import Confidence, Family, FamilyKind, Indicator, Knowledge, Role, ValueType
from luciole.intel.warninglists import Gate, WarningList
from luciole.kernel import canon
from luciole.kernel.errors import ParseError

IndexKind = Literal[
    "package", "ios-bundle", "host", "url", "ipv4", "ipv6", "digest", "certificate", "certificate-name",
    "certificate-organization", "rule", "family",
]  # fmt: skip

MAGIC = b"LUCIIDX\x00"
VERSION = 1
PREFIX = struct.Struct("<8sII")
RECORD_HEAD = 6
HEADER_ROOM = 4096
"""Room for prefix and header, so that the records begin on a page of their own."""
MAX_VALUE = 0xFFFF
_record_head = struct.Struct("<HI")
_Array = npt.NDArray[np.uint64] | npt.NDArray[np.uint32]
_encoder = msgspec.msgpack.Encoder()

_BY_TYPE: dict[ValueType, IndexKind] = {
    "package": "package",
    "ios-bundle": "ios-bundle",
    "host": "host",
    "url": "url",
    "ipv4": "ipv4",
    "ipv6": "ipv6",
    "rule": "rule",
    "pattern": "certificate-name",
    "text": "certificate-organization",
}


class Entry(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What the index says of one value in one role. warning: name of the warning list the value stands on.

    tenant: the value is one customer's name below the shared parent of that list.
    """

    role: Role
    families: tuple[str, ...]
    confidence: Confidence
    sources: tuple[str, ...]
    first_seen: str
    last_seen: str
    subdomains: bool
    warning: str = ""
    tenant: bool = False


class FamilyCard(msgspec.Struct, frozen=True, array_like=True):
    """What the index says of a family. signers: how many signing certificates the lists give it."""

    id: str
    name: str
    kind: FamilyKind
    aliases: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    signers: int = 0


class Section(msgspec.Struct, frozen=True, array_like=True):
    """An array of the file: first byte, number of items, XXH3 of its bytes."""

    start: int
    count: int
    check: int


class Span(msgspec.Struct, frozen=True, array_like=True):
    """A range of bytes of the file."""

    start: int
    end: int


class Table(msgspec.Struct, frozen=True, array_like=True):
    """The arrays of one kind."""

    kind: IndexKind
    keys: Section
    offsets: Section
    sums: Section


class Header(msgspec.Struct, frozen=True):
    """What is read when an index is opened. inputs: SHA-256 of what was compiled, by name; size: of the whole file."""

    size: int
    knowledge_version: int
    inputs: dict[str, str]
    records: Span
    tables: tuple[Table, ...]
    tails: Section


class _Columns:
    """The growing arrays of one kind, and its records as they come."""

    def __init__(self) -> None:
        self.keys = array("Q")
        self.sizes = array("Q")
        self.sums = array("I")
        self.records = bytearray()


def checksum(record: bytes | memoryview) -> int:
    """The low 32 bits of a record's XXH3."""
    return xxhash.xxh3_64_intdigest(record) & 0xFFFFFFFF


def kind_of(indicator: Indicator) -> IndexKind:
    """The table an indicator stands in; digests by role: a certificate's or a file's."""
    if indicator.type in {"sha256", "sha1", "md5"}:
        return "certificate" if indicator.role == "certificate" else "digest"
    return _BY_TYPE[indicator.type]


def tails(hosts: Iterable[str]) -> list[str]:
    """The last two labels of each host."""
    return [host[host.rfind(".", 0, host.rfind(".")) + 1 :] for host in hosts]


def compiled(pattern: str) -> Callable[[str], bool]:
    """A comparison of whole names with a pattern; ParseError when it is not of the simple kind of `values.pattern`."""
    expression = re.compile(values.pattern(pattern))
    return lambda name: expression.fullmatch(name[:MAX_VALUE]) is not None


def build(knowledge: Knowledge, lists: tuple[WarningList, ...]) -> bytes:
    """The bytes of the index of `knowledge` with `lists`."""
    columns: dict[IndexKind, _Columns] = {}
    host_tails: set[int] = set()
    gate = Gate(lists)
    for kind, value, entries in _grouped(knowledge.indicators, gate):
        _append(columns.setdefault(kind, _Columns()), value, _encoder.encode(entries))
        if kind == "host":
            host_tails.add(xxhash.xxh3_64_intdigest(tails([value])[0].encode()))
    signers = Counter(name for one in knowledge.indicators if one.role == "certificate" for name in one.families)
    for family in knowledge.families:
        card = _card_of(family, signers[family.id])
        _append(columns.setdefault("family", _Columns()), family.id, _encoder.encode(card))
    return _assemble(columns, sorted(host_tails), index_inputs(knowledge, lists), knowledge.version)


def index_inputs(knowledge: Knowledge, lists: tuple[WarningList, ...]) -> dict[str, str]:
    """SHA-256 of what an index is built from, by name; an index carries these, so that one out of date is noticed."""
    return {"knowledge": canon.digest(knowledge), "warning-lists": canon.digest(lists)}


def _grouped(indicators: Iterable[Indicator], gate: Gate) -> Iterator[tuple[IndexKind, str, list[Entry]]]:
    """Indicators of the same kind and value together; relies on the canonical order (type, value, role)."""
    for (value_type, value), group in groupby(indicators, key=lambda indicator: (indicator.type, indicator.value)):
        warned = gate.warned(value_type, value)
        by_kind: dict[IndexKind, list[Entry]] = {}
        for found in group:
            entry = Entry(
                found.role, found.families, found.confidence, found.sources, found.first_seen, found.last_seen,
                # a shared parent itself never stands for the names of its customers
                found.subdomains and (warned is None or warned.tenant),
                "" if warned is None else warned.list_name, warned is not None and warned.tenant,
            )  # fmt: skip
            by_kind.setdefault(kind_of(found), []).append(entry)
        for kind, entries in by_kind.items():
            yield kind, value, entries


def _card_of(family: Family, signers: int) -> FamilyCard:
    return FamilyCard(family.id, family.name, family.kind, family.aliases, family.references, signers)


def _append(columns: _Columns, value: str, body: bytes) -> None:
    encoded = value.encode()
    if len(encoded) > MAX_VALUE:
        raise ParseError("a value longer than the index can hold", limit=True)
    record = _record_head.pack(len(encoded), len(body)) + encoded + body
    columns.keys.append(xxhash.xxh3_64_intdigest(encoded))
    columns.sizes.append(len(record))
    columns.sums.append(checksum(record))
    columns.records += record


def _assemble(columns: dict[IndexKind, _Columns], host_tails: list[int], inputs: dict[str, str], version: int) -> bytes:
    """Places records and arrays behind a header of fixed room."""
    layout = _Layout(HEADER_ROOM)
    ordered = {kind: _ordered(columns.pop(kind), layout) for kind in sorted(columns)}
    span = Span(HEADER_ROOM, layout.position)
    tables = tuple(
        Table(kind, layout.place(arrays[0]), layout.place(arrays[1]), layout.place(arrays[2]))
        for kind, arrays in ordered.items()
    )
    section = layout.place(np.array(host_tails, dtype="<u8"))
    header = msgspec.msgpack.encode(Header(layout.position, version, inputs, span, tables, section))
    prefix = PREFIX.pack(MAGIC, VERSION, len(header)) + header
    prefix += xxhash.xxh3_64_intdigest(header).to_bytes(8, "little")
    if len(prefix) > HEADER_ROOM:
        raise ParseError("the header of the index is too large", limit=True)
    return b"".join((prefix, bytes(HEADER_ROOM - len(prefix)), *layout.parts))


class _Layout:
    """The parts of the file in order, each aligned to 8 bytes."""

    def __init__(self, start: int) -> None:
        self.parts: list[bytes] = []
        self.position = start

    def append(self, data: bytes) -> int:
        """Adds bytes and says where they begin."""
        start = self.position
        padding = -len(data) % 8
        self.parts += (data, bytes(padding))
        self.position += len(data) + padding
        return start

    def place(self, values: _Array) -> Section:
        """Adds an array and says what the header must know of it."""
        data = values.tobytes()
        return Section(self.append(data), len(values), xxhash.xxh3_64_intdigest(data))


def _ordered(columns: _Columns, layout: _Layout) -> tuple[_Array, _Array, _Array]:
    """Keys, offsets and sums in the order of the keys; the records too, so that neighbours lie together."""
    keys = np.frombuffer(columns.keys, dtype=np.uint64)
    order = np.argsort(keys, kind="stable")
    sizes = np.frombuffer(columns.sizes, dtype=np.uint64)
    starts = np.cumsum(sizes) - sizes
    view = memoryview(columns.records)
    chosen = zip(starts[order].tolist(), sizes[order].tolist(), strict=True)
    base = layout.append(b"".join(view[start : start + size] for start, size in chosen))
    new_sizes = sizes[order]
    offsets = np.cumsum(new_sizes) - new_sizes + np.uint64(base)
    sums = np.frombuffer(columns.sums, dtype=np.uint32)[order]
    return keys[order].astype("<u8"), offsets.astype("<u8"), sums.astype("<u4")
