"""The compiled index: all indicators as one block of bytes that is opened without reading it through.

Layout, little endian: magic (8), version (4), length of the header (4), header (MessagePack), digest of the header
(8), then sections aligned to 8 bytes. Each kind has three arrays over its records, sorted by key: 64-bit keys (XXH3
of the value), offsets of the records (64 bits) and check sums of the records (32 bits). A record is the length of
the value (2), the length of its body (4), the value, the body (MessagePack). Hosts have one more array: keys of the
last two labels, so that most foreign hosts are dismissed with one comparison. Keys only find candidates: every match
compares the full value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple, TypeVar, get_args

import msgspec
import numpy as np
import numpy.typing as npt
import xxhash

from luciole.intel import index_writing as writing
from luciole.intel import values as values_of
from luciole.intel.index_writing import Entry, FamilyCard, Header, IndexKind, Section, Table
from luciole.intel.model import Knowledge
from luciole.intel.warninglists import WarningList
from luciole.kernel.errors import ParseError

Buffer = bytes | memoryview
_Decoded = TypeVar("_Decoded")
_Item = TypeVar("_Item", bound=np.generic)
_Keys = npt.NDArray[np.uint64]
_Sums = npt.NDArray[np.uint32]
_Bytes = npt.NDArray[np.uint8]
_Places = npt.NDArray[np.intp]
_Flags = npt.NDArray[np.bool_]

LOWER_CASE: frozenset[str] = frozenset({"host", "certificate", "digest"})
KINDS: tuple[IndexKind, ...] = get_args(IndexKind)
_CHUNK = 1 << 16
_LABELS_TO_CLIMB = 3
"""Dots of a host that has more names above it than its last two labels."""
_entries = msgspec.msgpack.Decoder(list[Entry])
_card = msgspec.msgpack.Decoder(FamilyCard)
_header = msgspec.msgpack.Decoder(Header)


class Hit(NamedTuple):
    """One indicator that a value met. matched: the listed value, which for a host may be a name above the one asked."""

    kind: IndexKind
    matched: str
    entry: Entry


class _Arrays(NamedTuple):
    keys: _Keys
    offsets: _Keys
    sums: _Sums


class Index:
    """An opened index. Made by `Index.open`; bytes by `Index.build`. Every method may raise ParseError on damage."""

    def __init__(self, data: memoryview, header: Header) -> None:
        self._data = data
        self._bytes: _Bytes = np.frombuffer(data, dtype=np.uint8)
        self._header = header
        self._arrays = {table.kind: self._open_table(table) for table in header.tables}
        self._tails = self._array(header.tails, np.dtype("<u8")) if header.tails.count else np.empty(0, np.uint64)
        self._patterns: list[tuple[Callable[[str], bool], Hit]] | None = None

    @staticmethod
    def build(knowledge: Knowledge, warning_lists: Iterable[WarningList] = ()) -> bytes:
        """The index of everything in `knowledge`; the same input gives the same bytes."""
        return writing.build(knowledge, tuple(warning_lists))

    @classmethod
    def open(cls, data: Buffer) -> Index:
        """Opens the bytes of an index (or a memory map of them) after checking header and key arrays.

        ParseError when the bytes are no index, an unknown version, cut short or damaged where look-ups start.
        Records are checked one by one when they are read; `verify` checks all of them.
        """
        view = memoryview(data).cast("B") if not isinstance(data, bytes) else memoryview(data)
        return cls(view, _read_header(view))

    @property
    def knowledge_version(self) -> int:
        """Version of the knowledge that was compiled."""
        return self._header.knowledge_version

    @property
    def inputs(self) -> dict[str, str]:
        """SHA-256 of what was compiled, by name: knowledge, warning-lists."""
        return dict(self._header.inputs)

    @property
    def digest(self) -> str:
        """SHA-256 of the knowledge that was compiled."""
        return self._header.inputs.get("knowledge", "")

    @property
    def families(self) -> int:
        """How many families the index describes."""
        return self.count("family")

    @property
    def indicators(self) -> int:
        """How many different values of all kinds the index holds."""
        return sum(self.count(table.kind) for table in self._header.tables if table.kind != "family")

    def count(self, kind: IndexKind) -> int:
        """How many different values of a kind the index holds."""
        arrays = self._arrays.get(kind)
        return 0 if arrays is None else len(arrays.keys)

    def verify(self) -> None:
        """Reads every record; ParseError when one is damaged. For the check before an index is put to use."""
        for kind, arrays in self._arrays.items():
            if len(arrays.keys) > 1 and bool(np.any(arrays.keys[1:] < arrays.keys[:-1])):
                raise ParseError("damaged index: keys out of order", file="index")
            for position in range(len(arrays.keys)):
                self._decode(kind, self._record(arrays, position)[1])

    def look_up(self, kind: IndexKind, value: str) -> tuple[Hit, ...]:
        """Every indicator that `value` (normalised) meets, one per family and role, in canonical order.

        A host also meets the indicators of the names above it whose `subdomains` is set. A certificate-name meets
        every pattern that fits it as a whole.
        """
        if kind == "certificate-name":
            return tuple(hit for fits, hit in self._compiled_patterns() if fits(value))
        if kind in LOWER_CASE:
            value = value.lower()
        hits = self._exact(kind, value)
        if kind == "host" and self._tail_known(value):
            for parent in _names_above(value):
                hits += [hit for hit in self._exact(kind, parent) if hit.entry.subdomains]
        return tuple(hits)

    def known(self, kind: IndexKind, values: Iterable[str]) -> set[str]:
        """Those of `values` that `look_up` would answer, in bulk. Strings come back as they were given."""
        every = values if isinstance(values, list | tuple) else list(values)
        if kind == "certificate-name":
            return {value for value in every if self.look_up(kind, value)}
        found: set[str] = set()
        for start in range(0, len(every), _CHUNK):
            found.update(self._known_chunk(kind, every[start : start + _CHUNK]))
        return found

    def family(self, family_id: str) -> FamilyCard | None:
        """What is known of a family by its id."""
        found = self._find("family", family_id)
        return None if found is None else self._decode_with(_card.decode, found)

    def values(self, kind: IndexKind) -> Iterator[str]:
        """Every value of a kind, in the order of the keys: for tests and lists, not for looking up."""
        arrays = self._arrays.get(kind)
        for position in range(0 if arrays is None else len(arrays.keys)):
            assert arrays is not None  # noqa: S101 - for the type checker: the range is empty otherwise
            yield self._record(arrays, position)[0].decode("utf-8", "replace")

    # ---- one value

    def _exact(self, kind: IndexKind, value: str) -> list[Hit]:
        body = self._find(kind, value)
        return [] if body is None else [Hit(kind, value, entry) for entry in self._decode(kind, body)]

    def _find(self, kind: IndexKind, value: str) -> bytes | None:
        arrays = self._arrays.get(kind)
        encoded = value.encode("utf-8", "surrogatepass")
        if arrays is None or len(arrays.keys) == 0:
            return None
        key = np.uint64(xxhash.xxh3_64_intdigest(encoded))
        position = int(arrays.keys.searchsorted(key))
        while position < len(arrays.keys) and arrays.keys[position] == key:
            stored, body = self._record(arrays, position)
            if stored == encoded:
                return body
            position += 1
        return None

    def _record(self, arrays: _Arrays, position: int) -> tuple[bytes, bytes]:
        """Value and body of a record, both checked against its sum."""
        start = int(arrays.offsets[position])
        end = self._header.records.end
        if not self._header.records.start <= start <= end - writing.RECORD_HEAD:
            raise ParseError("damaged index: a record outside the file", file="index", offset=start)
        value_size = int.from_bytes(self._data[start : start + 2], "little")
        body_size = int.from_bytes(self._data[start + 2 : start + 6], "little")
        value_end = start + writing.RECORD_HEAD + value_size
        if value_end + body_size > end:
            raise ParseError("damaged index: a record outside the file", file="index", offset=start)
        if writing.checksum(self._data[start : value_end + body_size]) != int(arrays.sums[position]):
            raise ParseError("damaged index: a record does not fit its check sum", file="index", offset=start)
        head = start + writing.RECORD_HEAD
        return bytes(self._data[head:value_end]), bytes(self._data[value_end : value_end + body_size])

    def _decode(self, kind: IndexKind, body: bytes) -> list[Entry]:
        if kind == "family":
            self._decode_with(_card.decode, body)
            return []
        return self._decode_with(_entries.decode, body)

    @staticmethod
    def _decode_with(decode: Callable[[bytes], _Decoded], body: bytes) -> _Decoded:
        try:
            return decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise ParseError("damaged index: a record that cannot be read", file="index") from None

    def _compiled_patterns(self) -> list[tuple[Callable[[str], bool], Hit]]:
        if self._patterns is None:
            self._patterns = [
                (writing.compiled(text), hit)
                for text in self.values("certificate-name")
                for hit in self._exact("certificate-name", text)
            ]
        return self._patterns

    def _tail_known(self, host: str) -> bool:
        key = np.uint64(xxhash.xxh3_64_intdigest(writing.tails([host])[0].encode("utf-8", "surrogatepass")))
        position = int(self._tails.searchsorted(key))
        return position < len(self._tails) and self._tails[position] == key

    # ---- many values

    def _known_chunk(self, kind: IndexKind, given: Sequence[str]) -> list[str]:
        arrays = self._arrays.get(kind)
        if arrays is None or len(arrays.keys) == 0:
            return []
        asked = _lower_all(given) if kind in LOWER_CASE else given
        places = self._present(arrays, asked)
        found = [given[place] for place in places.tolist()]
        if kind == "host" and len(places) < len(given):
            absent = np.ones(len(given), np.bool_)
            absent[places] = False
            found += [given[place] for place in self._below_known(arrays, asked, np.flatnonzero(absent).tolist())]
        return found

    def _below_known(self, arrays: _Arrays, hosts: Sequence[str], places: list[int]) -> set[int]:
        """Places of hosts that stand below a listed host whose names below match too."""
        if len(self._tails) == 0:
            return set()
        above: dict[str, list[int]] = {}
        for place in self._worth_climbing(arrays, hosts, places):
            for parent in _names_above(hosts[place]):
                above.setdefault(parent, []).append(place)
        names = list(above)
        listed = [names[place] for place in self._present(arrays, names).tolist()] if names else []
        matching = [name for name in listed if any(hit.entry.subdomains for hit in self._exact("host", name))]
        return {place for name in matching for place in above[name]}

    def _worth_climbing(self, arrays: _Arrays, hosts: Sequence[str], places: list[int]) -> list[int]:
        """Places of hosts in a domain of listed ones, of which a name above can be listed.

        The only name above a host of three labels is its last two, whose key is at hand.
        """
        keys = _hash_all(_encode_all(writing.tails([hosts[place] for place in places])))
        maybe = np.flatnonzero(self._tails[_positions(self._tails, keys)] == keys)
        asked = keys[maybe]
        listed = arrays.keys[_positions(arrays.keys, asked)] == asked
        return [
            place
            for place, known in zip(np.asarray(places)[maybe].tolist(), listed.tolist(), strict=True)
            if known or hosts[place].count(".") >= _LABELS_TO_CLIMB
        ]

    def _present(self, arrays: _Arrays, asked: Sequence[str]) -> _Places:
        """Places of those of `asked` that are stored; keys find candidates, the bytes decide."""
        encoded = _encode_all(asked)
        keys = _hash_all(encoded)
        positions = _positions(arrays.keys, keys)
        candidates = np.flatnonzero(arrays.keys[positions] == keys)
        if len(candidates) == 0:
            return candidates
        candidates = candidates[np.argsort(positions[candidates])]  # neighbours in the file are read together
        same = self._same(arrays, positions[candidates], encoded, candidates)
        collided = [
            place for place in candidates[~same].tolist() if self._collided(arrays, keys[place], encoded[place])
        ]
        return np.concatenate((candidates[same], np.array(collided, np.intp)))

    def _same(self, arrays: _Arrays, positions: _Places, encoded: list[bytes], candidates: _Places) -> _Flags:
        """Whether the stored value at each position is the candidate's, byte by byte, equal lengths together."""
        starts = arrays.offsets[positions].astype(np.int64)
        records = self._header.records
        if bool(np.any(starts < records.start)) or bool(np.any(starts > records.end - writing.RECORD_HEAD)):
            raise ParseError("damaged index: a record outside the file", file="index")
        heads = starts + writing.RECORD_HEAD
        stored_sizes = self._bytes[starts].astype(np.int64) | (self._bytes[starts + 1].astype(np.int64) << 8)
        asked_bytes = np.frombuffer(b"".join(encoded), np.uint8)
        all_sizes = np.fromiter(map(len, encoded), np.int64, len(encoded))
        asked_heads = (np.cumsum(all_sizes) - all_sizes)[candidates]
        sizes = all_sizes[candidates]
        same: _Flags = (stored_sizes == sizes) & (heads + sizes <= records.end) & (sizes > 0)
        for size in np.flatnonzero(np.bincount(sizes[same])).tolist():
            places = np.flatnonzero(same & (sizes == size))
            differs = _rows(self._bytes, heads[places], size) != _rows(asked_bytes, asked_heads[places], size)
            if differs.any():
                same[places] = ~differs.any(axis=1)
        return same

    def _collided(self, arrays: _Arrays, key: np.uint64, encoded: bytes) -> bool:
        """The rare value whose key is another's: each record of the key is read and checked, damage is an error."""
        position = int(arrays.keys.searchsorted(key))
        while position < len(arrays.keys) and arrays.keys[position] == key:
            if self._record(arrays, position)[0] == encoded:
                return True
            position += 1
        return False

    # ---- opening

    def _open_table(self, table: Table) -> _Arrays:
        if not table.keys.count == table.offsets.count == table.sums.count:
            raise ParseError("damaged index: arrays of different length", file="index")
        return _Arrays(
            self._array(table.keys, np.dtype("<u8")),
            self._array(table.offsets, np.dtype("<u8")),
            self._array(table.sums, np.dtype("<u4")),
        )

    def _array(self, section: Section, dtype: np.dtype[_Item]) -> npt.NDArray[_Item]:
        size = section.count * dtype.itemsize
        if section.start % 8 or not 0 <= section.start <= section.start + size <= len(self._data):
            raise ParseError("damaged index: a table outside the file", file="index", offset=section.start)
        part = self._data[section.start : section.start + size]
        if xxhash.xxh3_64_intdigest(part) != section.check:
            raise ParseError("damaged index: a table does not fit its check sum", file="index", offset=section.start)
        return np.frombuffer(part, dtype=dtype)


def _names_above(host: str) -> list[str]:
    """The names above a host; none for a text too long to be a host."""
    return values_of.parents(host) if len(host) <= values_of.MAX_HOST else []


def _rows(data: _Bytes, starts: npt.NDArray[np.int64], size: int) -> _Bytes:
    """`size` bytes from each start, one row each."""
    return np.lib.stride_tricks.sliding_window_view(data, size)[starts]


def _lower_all(given: Sequence[str]) -> Sequence[str]:
    """Each text in lower case; most lists are already, which one comparison shows."""
    joined = "".join(given)
    return given if joined == joined.lower() else [text.lower() for text in given]


def _encode_all(texts: Sequence[str]) -> list[bytes]:
    try:
        return [text.encode() for text in texts]
    except UnicodeEncodeError:  # half a character pair, which no listed value has
        return [text.encode("utf-8", "surrogatepass") for text in texts]


def _hash_all(encoded: list[bytes]) -> _Keys:
    return np.fromiter(map(xxhash.xxh3_64_intdigest, encoded), np.uint64, len(encoded))


def _positions(sorted_keys: _Keys, keys: _Keys) -> _Places:
    """First place of each key in the sorted ones (the last place where it is behind all). Both sorted is faster."""
    order = np.argsort(keys)
    places = np.empty(len(keys), np.intp)
    places[order] = np.searchsorted(sorted_keys, keys[order])
    return np.minimum(places, len(sorted_keys) - 1)


def _read_header(view: memoryview) -> Header:
    if len(view) < writing.PREFIX.size or bytes(view[:8]) != writing.MAGIC:
        raise ParseError("not an index of Luciole", file="index", offset=0)
    _, version, size = writing.PREFIX.unpack_from(view)
    if version != writing.VERSION:
        raise ParseError(f"an index of version {version}; this Luciole reads {writing.VERSION}", file="index", offset=8)
    end = writing.PREFIX.size + size
    if size > writing.HEADER_ROOM or end + 8 > len(view):
        raise ParseError("damaged index: cut short", file="index", offset=12)
    raw = bytes(view[writing.PREFIX.size : end])
    if xxhash.xxh3_64_intdigest(raw) != int.from_bytes(view[end : end + 8], "little"):
        raise ParseError("damaged index: the header does not fit its check sum", file="index", offset=16)
    try:
        header = _header.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise ParseError("damaged index: the header cannot be read", file="index", offset=16) from None
    records = header.records
    if header.size != len(view) or not 0 <= records.start <= records.end <= len(view):
        raise ParseError("damaged index: cut short", file="index", offset=16)
    return header
