"""Reads the tables of DEX files as NumPy views over the bytes; nothing is decoded until it is asked for.

Source: the published Dalvik executable format, versions 035 to 041. Every count, offset and length is compared with the
bytes that are there; what does not fit is cut and reported. Readers of the text use `Rows`: the string table in pieces
of bounded size, each string with its first and last eight bytes as numbers, so that thousands of constants can be
looked for at once without decoding any.
"""

from __future__ import annotations

import functools
import hashlib
import struct
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from isal import isal_zlib

from luciole.apps.apk.anomaly import Anomaly
from luciole.kernel.errors import ParseError

HEADER_SIZE = 0x70
CONTAINER_HEADER_SIZE = 0x78
LITTLE_ENDIAN = 0x12345678
KNOWN_VERSIONS = frozenset((b"035\0", b"037\0", b"038\0", b"039\0", b"040\0", b"041\0"))
CONTAINER_VERSION = b"041\0"
OPTIMISED_HEADER_SIZE = 40
_PIECE = 1 << 18
LONGEST_RAW = 1 << 16
"""Bytes of one string that are ever given out."""
MOST_BREAKS = 1000
"""Places out of order, by their bytes, that are looked at closer."""
ROWS_AT_ONCE = 1 << 16
"""Strings looked at together: bounds the memory however long the table says it is."""
WORD = 8
SHA1_UP_TO = 256 << 10
"""Larger files are checked by Adler-32 alone unless asked otherwise: SHA-1 would cost a tenth of the whole reading."""

_TABLES = struct.Struct("<12I")
_CLASS_WORDS = 8
_MAP_ITEM = 12
_MORE = 0x80
"""Set in each byte of a variable-length number but the last."""
_MEMBER = np.dtype([("owner", "<u2"), ("kind", "<u2"), ("name", "<u4")])

Indexes = npt.NDArray[np.int64]
Words = npt.NDArray[np.uint64]
Bytes = npt.NDArray[np.uint8]
Flags = npt.NDArray[np.bool_]
Unsigned = npt.NDArray[np.uint32]


class Rows(NamedTuple):
    """A piece of the string table.

    first: index of the first string; start: offset of each one's text; length: in bytes;
    head: its first eight bytes as a little-endian number, zeros from the first NUL on; tail: its last eight bytes, the
    last one highest, zeros in front when shorter; exact: `length` is the true number of bytes (the table is plain);
    else it is the declared one where a NUL stands there, or 0, and only `head` can be relied on.
    """

    first: int
    start: Indexes
    length: Indexes
    head: Words
    tail: Words
    exact: bool


class Members(NamedTuple):
    """The method or the field table: of each row, its class (index of a type) and its name (index of a string)."""

    owner: npt.NDArray[np.uint16]
    name: Unsigned


class Dex:
    """One logical DEX file: its tables, clamped to the bytes that are there.

    data: the whole file (or container); at: where this logical file starts; size: its length; version: three digits;
    strings: offset of each string item; types: string index of each type; methods, fields: see `Members`;
    classes: type index of each defined class; parents: type index of its superclass (0xFFFFFFFF: none).
    """

    def __init__(self, data: bytes, at: int, size: int, version: str) -> None:
        self.data = data
        self.at = at
        self.size = size
        self.version = version
        self.strings: Unsigned = np.zeros(0, np.uint32)
        self.types: Unsigned = np.zeros(0, np.uint32)
        self.classes: Unsigned = np.zeros(0, np.uint32)
        self.parents: Unsigned = np.zeros(0, np.uint32)
        self.methods = Members(np.zeros(0, np.uint16), np.zeros(0, np.uint32))
        self.fields = self.methods
        self.methods_at = self.fields_at = 0

    def text_range(self) -> tuple[int, int]:
        """Start and end offset of the part of the file that holds all strings."""
        if not len(self.strings):
            return 0, 0
        last = int(self.strings.max())
        end = self.data.find(b"\0", last + 1)
        return int(self.strings.min()), end + 1 if end >= 0 else len(self.data)

    def raw(self, index: int, most: int = LONGEST_RAW) -> bytes:
        """The bytes (MUTF-8, without NUL) of string `index`, cut at `most`; the declared length is not believed."""
        start = int(self.strings[index])
        for _ in range(5):
            start += 1
            if not self.data[start - 1 : start] > b"\x7f":
                break
        end = self.data.find(b"\0", start, start + most)
        return self.data[start : end if end >= 0 else start + most]

    def texts(self, indexes: list[int], most: int = LONGEST_RAW) -> list[bytes]:
        """The bytes of several strings, as `raw` gives them; in a plain table the next offset says where each ends."""
        if not self.plain or not indexes or max(indexes) + 1 >= len(self.strings):
            return [self.raw(index, most) for index in indexes]
        chosen = np.array(indexes, np.int64)
        starts = self._text.starts(self.strings[chosen].astype(np.int64))
        ends = np.minimum(self.strings[chosen + 1].astype(np.int64) - 1, starts + most)
        return [self.data[start:end] for start, end in zip(starts.tolist(), ends.tolist(), strict=True)]

    def type_raw(self, index: int) -> bytes:
        """The descriptor of type `index`, such as Ljava/lang/String; empty when the index leads nowhere."""
        if index >= len(self.types) or int(self.types[index]) >= len(self.strings):
            return b""
        return self.raw(int(self.types[index]))

    def member_offset(self, row: int, *, field: bool) -> int:
        """The offset in the file of a row of the field or the method table."""
        return (self.fields_at if field else self.methods_at) + row * _MEMBER.itemsize

    @functools.cached_property
    def plain(self) -> bool:
        """Whether the strings lie one after the other in the order of the table, each with exactly one NUL, at its end.

        Every known compiler writes them so. Then the table alone says where each text ends, and no length can lie.
        """
        offsets = self.strings
        if not len(offsets) or not bool(np.all(offsets[1:] > offsets[:-1])):
            return False
        start, end = self.text_range()
        section = np.frombuffer(self.data, np.uint8, end - start, start)
        if section[-1] or section[offsets[1:] - np.uint32(start + 1)].any():
            return False
        zeros = 0
        for piece in range(0, len(section), _PIECE):
            part = section[piece : piece + _PIECE]
            zeros += len(part) - int(np.count_nonzero(part))
        empty = int(section[0] == 0)  # an empty string is a length byte 0 and a NUL; only the first can be empty
        return zeros == len(offsets) + empty

    @functools.cached_property
    def _text(self) -> _Text:
        return _Text(self.data, int(self.strings.max()))

    def rows(self) -> Iterator[Rows]:
        """The string table in pieces of at most `ROWS_AT_ONCE`."""
        ends = np.append(self.strings[1:], np.uint32(self.text_range()[1])) if self.plain else self.strings
        for first in range(0, len(self.strings), ROWS_AT_ONCE):
            offsets = self.strings[first : first + ROWS_AT_ONCE].astype(np.int64)
            if self.plain:
                yield self._text.plain_rows(first, offsets, ends[first : first + ROWS_AT_ONCE].astype(np.int64) - 1)
            else:
                yield self._text.declared_rows(first, offsets)

    def first_words(self, strings: Indexes) -> tuple[Words, Words]:
        """The first and the second eight bytes of each string (or what follows it), as little-endian numbers."""
        text = self._text
        starts = text.starts(self.strings[strings].astype(np.int64))
        return text.words[starts], text.words[np.minimum(starts + WORD, len(text.words) - 1)]


class _Text:
    """The file's bytes, and a view that gives the eight bytes at any offset at once."""

    def __init__(self, data: bytes, last: int) -> None:
        near_end = last + 4 * WORD > len(data)
        padded = data + bytes(4 * WORD) if near_end else data
        self.bytes: Bytes = np.frombuffer(padded, np.uint8)
        count = len(padded) - WORD + 1
        self.words: Words = np.ndarray((count,), np.dtype("<u8"), padded, 0, (1,))

    def starts(self, offsets: Indexes) -> Indexes:
        """Where the texts of the string items at `offsets` start: behind a length of one to five bytes."""
        starts = offsets + 1
        longer = np.flatnonzero(self.bytes[offsets] >= _MORE)
        for _ in range(4):
            if not len(longer):
                break
            place = starts[longer]
            starts[longer] = np.minimum(place + 1, len(self.words) - 1)
            longer = longer[self.bytes[place] >= _MORE]
        return starts

    def plain_rows(self, first: int, offsets: Indexes, ends: Indexes) -> Rows:
        """Rows of a plain table; `ends`: offset of each text's NUL."""
        starts = self.starts(offsets)
        length = ends - starts
        head = self.words[starts]
        tail = self.words[np.maximum(ends - WORD, 0)]
        short = np.flatnonzero(length < WORD)
        _shorten(head, tail, length, short)
        return Rows(first, starts, length, head, tail, exact=True)

    def declared_rows(self, first: int, offsets: Indexes) -> Rows:
        """Rows of a table that is not plain: the declared lengths, as far as a NUL stands where they say."""
        starts = self.starts(offsets)
        length = np.zeros(len(starts), np.int64)
        for position in range(5):
            place = np.minimum(offsets + position, len(self.bytes) - 1)
            part = (self.bytes[place] & 0x7F).astype(np.int64) << (7 * position)
            length += np.where(offsets + position < starts, part, 0)
        inside = starts + length < len(self.bytes)
        length = np.where(inside, length, 0)
        length = np.where(self.bytes[starts + length] == 0, length, 0)
        head = _until_zero(self.words[starts])
        tail = self.words[np.maximum(starts + length - WORD, 0)]
        _shorten(head.copy(), tail, length, np.flatnonzero(length < WORD))
        return Rows(first, starts, length, head, tail, exact=False)


def _shorten(head: Words, tail: Words, length: Indexes, short: npt.NDArray[np.intp]) -> None:
    """Clears, in the rows `short`, what does not belong to a text of less than eight bytes."""
    if not len(short):
        return
    gap = (8 * (WORD - length[short])).astype(np.uint64)
    some = length[short] > 0
    gap = np.where(some, gap, np.uint64(0))
    cut = np.where(some, head[short] << gap, np.uint64(0))
    tail[short] = cut
    head[short] = cut >> gap


_LOW = np.uint64(0x0101010101010101)
_HIGH = np.uint64(0x8080808080808080)


def _until_zero(words: Words) -> Words:
    """Each word with everything from its first zero byte on cleared (little-endian: the first byte is the lowest)."""
    zeros = (words - _LOW) & ~words & _HIGH
    lowest = zeros & (~zeros + np.uint64(1))
    mask = np.where(zeros == 0, np.uint64(0xFFFFFFFFFFFFFFFF), (lowest >> np.uint64(7)) - np.uint64(1))
    return words & mask


def decode_mutf8(raw: bytes) -> str:
    """The text of MUTF-8 bytes (NUL as C0 80, astral characters as two surrogates); bad bytes become U+FFFD."""
    if raw.isascii():
        return raw.decode("ascii")
    text = raw.replace(b"\xc0\x80", b"\0").decode("utf-8", "surrogatepass" if _is_utf8(raw) else "replace")
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.replace(b"\xc0\x80", b"\0").decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return False
    return True


def is_dex(start: bytes) -> bool:
    """Whether content with these first bytes is a DEX file, plain or optimised."""
    return start[:4] in {b"dex\n", b"dey\n"} and start[4:7].isdigit()


def read_dex(data: bytes, member: str, anomalies: list[Anomaly], *, sha1: bool = False) -> tuple[Dex, ...]:
    """The logical DEX files in `data` (one, or all of a version 041 container).

    member: the entry's name, for anomalies; sha1: check the SHA-1 of large files too. Raises ParseError when `data`
    does not start with a DEX header; every other deviation is added to `anomalies` and what is there is read.
    """
    note = _Notes(member, anomalies)
    at = _skip_optimised(data, member, note)
    found: list[Dex] = []
    while True:
        dex = _read_one(data, at, member, note, sha1=sha1)
        found.append(dex)
        at += dex.size
        if (
            dex.version != "041"
            or dex.size < HEADER_SIZE
            or not is_dex(data[at : at + WORD])
            or len(found) >= MOST_LOGICAL
        ):
            break
    if dex.version == "041":
        _check_container(data, found, note)
    elif at < len(data):
        note("dex.bytes-after-end", f"{len(data) - at} bytes follow the declared end", at)
    return tuple(found)


MOST_LOGICAL = 512
"""Logical files read from one container."""


class _Notes:
    """Appends anomalies about one DEX file; of each kind only the first few."""

    def __init__(self, member: str, anomalies: list[Anomaly]) -> None:
        self.member = member
        self.anomalies = anomalies
        self.seen: dict[str, int] = {}

    def __call__(self, kind: str, detail: str, offset: int, *, refused: bool = False) -> None:
        count = self.seen[kind] = self.seen.get(kind, 0) + 1
        if count <= 8:  # noqa: PLR2004 - a few of each kind say enough
            self.anomalies.append(Anomaly(kind, detail, offset, self.member, refused))


def _skip_optimised(data: bytes, member: str, note: _Notes) -> int:
    """Where the DEX starts: behind the header of an optimised file of old Android releases, else 0."""
    if data[:4] != b"dey\n":
        return 0
    note("dex.optimised", "an optimised DEX of old Android releases", 0, refused=True)
    if len(data) < OPTIMISED_HEADER_SIZE:
        raise ParseError("the header of the optimised DEX is cut", file=member, offset=0)
    start: int = struct.unpack_from("<I", data, 8)[0]
    if is_dex(data[start : start + WORD]):
        return start
    return 0


def _read_one(data: bytes, at: int, member: str, note: _Notes, *, sha1: bool) -> Dex:
    if len(data) < at + HEADER_SIZE:
        raise ParseError("the DEX header is cut", file=member, offset=at)
    if not is_dex(data[at : at + WORD]):
        raise ParseError("not a DEX file", file=member, offset=at)
    version = data[at + 4 : at + 8]
    size, header_size, endian = struct.unpack_from("<III", data, at + 0x20)
    if endian != LITTLE_ENDIAN:
        note("dex.byte-order", f"byte order mark 0x{endian:08x}", at + 0x28, refused=True)
    if version not in KNOWN_VERSIONS:
        note("dex.version", f"version {version!r} is not known", at + 4, refused=True)
    container = version == CONTAINER_VERSION
    expected = CONTAINER_HEADER_SIZE if container else HEADER_SIZE
    if header_size != expected:
        note("dex.header-size", f"{header_size} instead of {expected}", at + 0x24, refused=True)
    size = _check_size(data, at, size, note)
    _check_digests(data, at, size, note, sha1=sha1)
    dex = Dex(data, at, size, version[:3].decode())
    _fill(dex, note)
    _check_map(dex, note)
    return dex


def _check_size(data: bytes, at: int, size: int, note: _Notes) -> int:
    """The length of the logical file: the declared one, cut to what is there."""
    available = len(data) - at
    if HEADER_SIZE <= size <= available:
        return size
    note("dex.file-size", f"{size} declared, {available} there", at + 0x20, refused=True)
    return available


def _check_digests(data: bytes, at: int, size: int, note: _Notes, *, sha1: bool) -> None:
    """Adler-32 over everything behind it, SHA-1 over everything behind the SHA-1."""
    content = memoryview(data)[at : at + size]
    declared: int = struct.unpack_from("<I", data, at + 8)[0]
    computed = isal_zlib.adler32(content[12:])
    if declared != computed:
        note("dex.checksum", f"0x{declared:08x} declared, 0x{computed:08x} computed", at + 8, refused=True)
    if not sha1 and size > SHA1_UP_TO:
        return
    digest = hashlib.sha1(content[32:], usedforsecurity=False).digest()
    if data[at + 12 : at + 32] != digest:
        note("dex.sha1", f"{data[at + 12 : at + 32].hex()} declared, {digest.hex()} computed", at + 12)


def _fill(dex: Dex, note: _Notes) -> None:
    """Reads the tables named in the header."""
    header = _TABLES.unpack_from(dex.data, dex.at + 0x38)
    base = _base(dex, header)
    room = functools.partial(_room, dex, note)
    strings = _numbers(dex, base + header[1], room("string", header[0], base + header[1], 4))
    dex.types = _numbers(dex, base + header[3], room("type", header[2], base + header[3], 4))
    dex.fields_at, dex.methods_at = base + header[7], base + header[9]
    dex.fields = _members(dex, dex.fields_at, room("field", header[6], dex.fields_at, _MEMBER.itemsize))
    dex.methods = _members(dex, dex.methods_at, room("method", header[8], dex.methods_at, _MEMBER.itemsize))
    classes_at = base + header[11]
    count = room("class", header[10], classes_at, _CLASS_WORDS * 4)
    definitions = _numbers(dex, classes_at, count * _CLASS_WORDS).reshape(-1, _CLASS_WORDS)
    dex.classes, dex.parents = definitions[:, 0].copy(), definitions[:, 2].copy()
    dex.strings = _string_offsets(dex, strings, base, note)


def _base(dex: Dex, header: tuple[int, ...]) -> int:
    """What offsets count from: the start of the container; of this file where they point before it."""
    if dex.at == 0 or (dex.version == CONTAINER_VERSION[:3].decode() and header[1] >= dex.at):
        return 0
    return dex.at


def _check_map(dex: Dex, note: _Notes) -> None:
    """Whether the map of sections lies inside the file."""
    place: int = struct.unpack_from("<I", dex.data, dex.at + 0x34)[0] + _base(dex, (0, dex.at))
    if place + 4 > len(dex.data):
        note("dex.map", f"the map of sections is declared at {place}, outside the file", dex.at + 0x34, refused=True)
        return
    count: int = struct.unpack_from("<I", dex.data, place)[0]
    if place + 4 + count * _MAP_ITEM > len(dex.data):
        note("dex.map", f"{count} sections do not fit behind the start of the map", place, refused=True)


def _room(dex: Dex, note: _Notes, name: str, count: int, place: int, width: int) -> int:
    """How many of the `count` rows of `width` bytes declared at `place` lie inside the file."""
    room = max(0, (len(dex.data) - place) // width)
    if count <= room:
        return count
    note("dex.table-outside", f"{count} {name} rows declared, room for {room}", place, refused=True)
    return room


def _numbers(dex: Dex, place: int, count: int) -> Unsigned:
    if not count:
        return np.zeros(0, np.uint32)
    return np.frombuffer(dex.data, np.dtype("<u4"), count, place)


def _members(dex: Dex, place: int, count: int) -> Members:
    """The columns of a member table: class u16, prototype or type u16, name u32."""
    if not count:
        return Members(np.zeros(0, np.uint16), np.zeros(0, np.uint32))
    rows = np.frombuffer(dex.data, _MEMBER, count, place)
    return Members(rows["owner"], rows["name"])


def _string_offsets(dex: Dex, offsets: Unsigned, base: int, note: _Notes) -> Unsigned:
    """The offsets of the string items in the data; those outside are led to an empty string at the end."""
    if not len(offsets):
        return offsets
    absolute = offsets + np.uint32(base) if base else offsets
    last = len(dex.data) - 1
    if int(absolute.max()) < last:
        return absolute
    outside = np.flatnonzero(absolute >= last)
    note("dex.string-outside", f"{len(outside)} strings lie outside the file, the first is number {outside[0]}",
         int(absolute[outside[0]]), refused=True)  # fmt: skip
    return np.where(absolute < last, absolute, np.uint32(last)).astype(np.uint32)


def _check_container(data: bytes, found: list[Dex], note: _Notes) -> None:
    """The container's declared size, and each logical file's own place."""
    for dex in found:
        if dex.size < CONTAINER_HEADER_SIZE:
            continue
        size, place = struct.unpack_from("<II", data, dex.at + 0x70)
        if size != len(data):
            note("dex.container-size", f"{size} declared, {len(data)} there", dex.at + 0x70, refused=True)
        if place != dex.at:
            note("dex.container-place", f"{place} declared, {dex.at} true", dex.at + 0x74, refused=True)


def check_order(dex: Dex, anomalies: list[Anomaly], member: str) -> None:
    """Reports tables that do not lie in the order the format demands; the strings: see `first_unsorted`."""
    note = _Notes(member, anomalies)
    if len(dex.strings) and not dex.plain:
        note("dex.string-layout", "the strings do not lie one after the other as compilers write them", dex.at)
    for name, keys in (
        ("types", dex.types),
        ("fields", dex.fields.owner),
        ("methods", dex.methods.owner),
    ):
        breaks = np.flatnonzero(keys[1:] < keys[:-1])
        if len(breaks):
            note("dex.unsorted", f"the {name} are not sorted from row {int(breaks[0]) + 1} on", dex.at, refused=True)


def first_unsorted(dex: Dex, rows: Rows) -> int | None:
    """The index of the first string of `rows` that sorts before its neighbour in front, else None.

    Compares eight bytes: enough to see a table that was shuffled, at a hundredth of the cost of all of them.
    """
    heads: Words = rows.head.byteswap()
    falling = np.flatnonzero(heads[1:] < heads[:-1])[:MOST_BREAKS] + 1
    for place in [0, *falling.tolist()]:
        index: int = rows.first + place
        if index and _order_key(dex, index) < _order_key(dex, index - 1):
            return index
    return None


def _order_key(dex: Dex, index: int) -> bytes:
    """The first bytes of a string in an order like the table's: NUL, written C0 80, comes before all else."""
    return dex.raw(index, WORD).replace(b"\xc0\x80", b"\0\x80")[:WORD]
