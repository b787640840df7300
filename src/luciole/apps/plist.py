"""Reads property lists, binary and XML, and unwraps keyed archives; every bound is checked before anything is built."""

from __future__ import annotations

import datetime as dt
import plistlib
import struct
from collections.abc import Iterator, Sequence
from typing import NamedTuple, TypeAlias
from xml.parsers.expat import ExpatError

from luciole.kernel.errors import ParseError

MAGIC = b"bplist00"
_TRAILER = struct.Struct(">6xBBQQQ")
_MOST_OBJECTS = 400_000
"""Objects after expansion: a list that names one list a thousand times counts a thousand times."""
_MOST_REFERENCES = 4 * _MOST_OBJECTS
_MOST_COPIES = 4
"""An object lies in one place: how often the bytes of the file may be taken for content."""
_DEEPEST = 100
_LARGEST = 64 << 20
_WIDEST_INTEGER = 16
_SIZES = frozenset({1, 2, 4, 8})
_XML_STARTS = tuple("<plist".encode(code) for code in ("utf-8", "utf-16-le", "utf-16-be"))
_NOTHINGS = {0: None, 8: False, 9: True}
_EPOCH = dt.datetime(2001, 1, 1, tzinfo=dt.UTC)
_MOST_SECONDS = 250_000_000_000
_ARRAY, _SET_ORDERED, _SET, _DICTIONARY = 0xA, 0xB, 0xC, 0xD
_LONGEST_COUNT = 8
_NOTHING, _INTEGER, _REAL, _DATE, _DATA, _ASCII, _UTF16, _UTF8, _UID = range(9)
_UNCOUNTED = frozenset({_NOTHING, _INTEGER, _REAL, _DATE, _UID})


class Uid(NamedTuple):
    """A reference inside a keyed archive."""

    number: int


Value: TypeAlias = "bool | int | float | str | bytes | dt.datetime | Uid | Sequence[Value] | dict[str, Value] | None"
"""What a property list holds. Parts may be shared: nothing of it may be changed."""
Map: TypeAlias = "dict[str, Value]"


def load(data: bytes) -> Value:
    """The value of a whole property list, binary or XML. Raises ParseError.

    Format: CFBinaryPList.c (Apple, CF-1153) for `bplist00`; Apple's PropertyList-1.0 document type for XML.
    """
    if len(data) > _LARGEST:
        raise ParseError(f"a property list of {len(data)} bytes", limit=True)
    if data.startswith(MAGIC):
        return _Binary(data).top()
    return _xml(data)


def load_map(data: bytes, file: str = "") -> Map:
    """The map at the top of a property list. file: named by errors. Raises ParseError, also where there is no map."""
    try:
        found = load(data)
    except ParseError as error:
        raise ParseError(error.message, file=file, offset=error.offset, limit=error.limit) from None
    if not isinstance(found, dict):
        raise ParseError("the property list holds no map", file=file, offset=0)
    return found


def looks_like(head: bytes) -> bool:
    """Whether bytes begin as a property list does."""
    return head.startswith(MAGIC) or (head.lstrip()[:5] == b"<?xml" and b"<plist" in head[:1000])


# ---------------------------------------------------------------------- XML


def _xml(data: bytes) -> Value:
    """The standard library refuses entities and keeps its own stack; what it builds is bounded by the tags."""
    if data.count(b"<") > 2 * _MOST_OBJECTS + 10:
        raise ParseError("more parts than the limit", limit=True)
    if not any(start in data for start in _XML_STARTS):
        raise ParseError("no property list", offset=0)
    try:
        found: object = plistlib.loads(data, fmt=plistlib.FMT_XML)
    except (ExpatError, ValueError, TypeError, AttributeError, LookupError, OverflowError) as error:
        # plistlib lets errors of its own code through where elements stand in an odd order
        raise ParseError(f"a damaged property list ({type(error).__name__})", offset=0) from None
    return _checked(found)


def _checked(found: object) -> Value:
    """The same value with dates in UTC, no deeper than allowed."""
    if isinstance(found, dict):
        return _checked_parts(found, 1)
    if isinstance(found, list):
        return _checked_parts(found, 1)
    return _scalar(found)


def _checked_parts(found: dict[object, object] | list[object], depth: int) -> Value:
    if depth > _DEEPEST:
        raise ParseError("nested more deeply than allowed", limit=True)
    if isinstance(found, dict):
        return {
            str(key): _checked_parts(part, depth + 1) if isinstance(part, dict | list) else _scalar(part)
            for key, part in found.items()
        }
    return [_checked_parts(part, depth + 1) if isinstance(part, dict | list) else _scalar(part) for part in found]


def _scalar(found: object) -> Value:
    if isinstance(found, dt.datetime):
        return found.replace(tzinfo=dt.UTC)
    if isinstance(found, plistlib.UID):
        return Uid(found.data)
    if found is None or isinstance(found, bool | int | float | str | bytes):
        return found
    return None


# ---------------------------------------------------------------------- binary


class _Binary:
    """One binary property list. Objects are built bottom-up, each once; cycles are refused."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        if len(data) < len(MAGIC) + _TRAILER.size:
            raise ParseError("the property list is cut off", offset=len(data))
        offset_size, self._ref_size, self._count, self._top, table = _TRAILER.unpack_from(
            data, len(data) - _TRAILER.size
        )
        self._end = len(data) - _TRAILER.size
        if offset_size not in _SIZES or self._ref_size not in _SIZES:
            raise ParseError("a size of numbers that is not allowed", offset=self._end)
        if self._count > _MOST_OBJECTS:
            raise ParseError("more objects than the limit", offset=self._end, limit=True)
        if not (len(MAGIC) <= table <= self._end and self._count * offset_size <= self._end - table):
            raise ParseError("the table of objects lies outside the file", offset=self._end)
        if self._top >= self._count:
            raise ParseError("the first object does not exist", offset=self._end)
        self._offsets = [
            int.from_bytes(data[at : at + offset_size], "big")
            for at in range(table, table + self._count * offset_size, offset_size)
        ]
        self._built: dict[int, Value] = {}
        self._weights: dict[int, tuple[int, int]] = {}
        self._referred = self._copied = 0

    def top(self) -> Value:
        """Builds the first object and everything it holds."""
        open_objects: set[int] = set()
        stack = [self._top]
        pushed = 0
        while stack:
            number = stack[-1]
            if number in self._built:
                stack.pop()
                continue
            references = self._references(number)
            missing = [each for each in references if each not in self._built]
            if missing and number not in open_objects:
                open_objects.add(number)
                if not open_objects.isdisjoint(missing):
                    raise ParseError("an object holds itself", offset=self._offsets[number])
                pushed += len(missing)
                if pushed > _MOST_REFERENCES:
                    raise ParseError("more references than the limit", limit=True)
                stack += missing
                continue
            if missing:
                raise ParseError("an object holds itself", offset=self._offsets[number])
            self._build(number, references)
            open_objects.discard(number)
            stack.pop()
        return self._built[self._top]

    def _build(self, number: int, references: list[int]) -> None:
        parts = [self._weights[each] for each in references]
        weight = 1 + sum(weight for weight, _ in parts)
        depth = 1 + max((depth for _, depth in parts), default=0)
        if weight > _MOST_OBJECTS or depth > _DEEPEST:
            raise ParseError("more objects inside objects than the limit", offset=self._offsets[number], limit=True)
        self._built[number] = self._value(number, references)
        self._weights[number] = (weight, depth)

    def _references(self, number: int) -> list[int]:
        kind, count, at = self._head(number)
        if kind not in {_ARRAY, _SET_ORDERED, _SET, _DICTIONARY}:
            return []
        total = count * (2 if kind == _DICTIONARY else 1)
        if total * self._ref_size > self._end - at:
            raise ParseError("an object reaches beyond the file", offset=at)
        self._referred += total
        if self._referred > _MOST_REFERENCES:
            raise ParseError("more references than the limit", offset=at, limit=True)
        size = self._ref_size
        found = [
            int.from_bytes(self._data[place : place + size], "big") for place in range(at, at + total * size, size)
        ]
        if any(each >= self._count for each in found):
            raise ParseError("a reference to an object that does not exist", offset=at)
        return found

    def _head(self, number: int) -> tuple[int, int, int]:
        """Kind, count and where the content begins."""
        at = self._offsets[number]
        if not len(MAGIC) <= at < self._end:
            raise ParseError("an object lies outside the file", offset=at)
        marker = self._data[at]
        kind, count = marker >> 4, marker & 0xF
        if count != 0xF or kind in _UNCOUNTED:  # noqa: PLR2004 - all bits set: the count follows
            return kind, count, at + 1
        extra = self._data[at + 1] if at + 1 < self._end else 0
        width = 1 << (extra & 0xF)
        if extra >> 4 != 1 or width > _LONGEST_COUNT or at + 2 + width > self._end:
            raise ParseError("a count that is no number", offset=at)
        return kind, int.from_bytes(self._data[at + 2 : at + 2 + width], "big"), at + 2 + width

    def _value(self, number: int, references: list[int]) -> Value:
        kind, count, at = self._head(number)
        if kind == _DICTIONARY:
            half = len(references) // 2
            keys = [self._built[each] for each in references[:half]]
            values = [self._built[each] for each in references[half:]]
            found = {key: part for key, part in zip(keys, values, strict=True) if isinstance(key, str)}
            if len(found) != half:
                raise ParseError("a key that is no text, or stands twice", offset=at)
            return found
        if kind in {_ARRAY, _SET_ORDERED, _SET}:
            return [self._built[each] for each in references]
        return self._plain(kind, count, at)

    def _plain(self, kind: int, count: int, at: int) -> Value:
        if kind in {_ASCII, _UTF8, _UTF16}:
            return self._text(kind, count, at)
        if kind in {_INTEGER, _REAL}:
            return self._number(kind, self._bytes(at, 1 << count), at)
        if kind == _DATA:
            return self._bytes(at, count)
        if kind == _UID:
            return Uid(int.from_bytes(self._bytes(at, count + 1), "big"))
        if kind == _DATE:
            return _date(struct.unpack(">d", self._bytes(at, 8))[0])
        if kind == _NOTHING and count in _NOTHINGS:
            return _NOTHINGS[count]
        raise ParseError("an object of a kind that is not known", offset=at)

    def _text(self, kind: int, count: int, at: int) -> str:
        if kind == _UTF16:
            return self._bytes(at, 2 * count).decode("utf-16-be", "replace")
        found = self._bytes(at, count)
        try:
            return found.decode("utf-8" if kind == _UTF8 else "ascii")
        except UnicodeDecodeError:
            raise ParseError("a text with bytes that are no letters", offset=at) from None

    def _number(self, kind: int, data: bytes, at: int) -> int | float:
        if kind == _INTEGER and len(data) <= _WIDEST_INTEGER:
            return int.from_bytes(data, "big", signed=len(data) >= 8)  # noqa: PLR2004 - shorter ones have no sign
        if len(data) in {4, 8}:
            found: float = struct.unpack(">f" if len(data) == 4 else ">d", data)[0]  # noqa: PLR2004 - single or double
            return found
        raise ParseError("a number that is too wide", offset=at)

    def _bytes(self, at: int, size: int) -> bytes:
        if size > self._end - at:
            raise ParseError("an object reaches beyond the file", offset=at)
        self._copied += size
        if self._copied > _MOST_COPIES * len(self._data):
            raise ParseError("objects that share their bytes many times", offset=at, limit=True)
        return self._data[at : at + size]


def _date(seconds: float) -> Value:
    """Seconds since 2001; None for what is no date."""
    if not -_MOST_SECONDS < seconds < _MOST_SECONDS:
        return None
    try:
        return _EPOCH + dt.timedelta(seconds=int(seconds))
    except OverflowError:
        return None


# ---------------------------------------------------------------------- keyed archives

_ARCHIVER = "NSKeyedArchiver"
_MOST_UNWRAPPED = 100_000
_DEEPEST_UNWRAPPED = 60


def is_archive(value: Value) -> bool:
    """Whether a property list is a keyed archive (NSKeyedArchiver)."""
    return isinstance(value, dict) and value.get("$archiver") == _ARCHIVER and isinstance(value.get("$objects"), list)


def unwrap(value: Value) -> Value:
    """The content of a keyed archive as plain values; any other value as it is.

    Lists, sets, maps, texts, data, dates, addresses and UUIDs become what they are; other objects a map of their
    fields with `$class`. Where an object holds itself, the inner one is None. Raises ParseError for archives that
    expand beyond the limits. Format: Apple, Archives and Serializations Programming Guide.
    """
    if not is_archive(value) or not isinstance(value, dict):
        return value
    objects, top = value["$objects"], value.get("$top")
    if not isinstance(objects, list) or not isinstance(top, dict):
        raise ParseError("a keyed archive without content")
    archive = _Archive(objects)
    found = {key: archive.value(part, 0) for key, part in top.items()}
    return found["root"] if set(found) == {"root"} else found


class _Archive:
    """The objects of a keyed archive, expanded with a budget."""

    def __init__(self, objects: Sequence[Value]) -> None:
        self._objects = objects
        self._left = _MOST_UNWRAPPED
        self._open: set[int] = set()

    def value(self, value: Value, depth: int) -> Value:
        """A value with its references replaced."""
        self._left -= 1
        if self._left < 0 or depth > _DEEPEST_UNWRAPPED:
            raise ParseError("a keyed archive expands beyond the limit", limit=True)
        if isinstance(value, Uid):
            return self._referred(value.number, depth)
        if isinstance(value, list):
            return [self.value(part, depth + 1) for part in value]
        if isinstance(value, dict):
            return {key: self.value(part, depth + 1) for key, part in value.items()}
        return value

    def _referred(self, number: int, depth: int) -> Value:
        if not 0 < number < len(self._objects) or number in self._open:
            return None
        found = self._objects[number]
        if not isinstance(found, dict):
            return self.value(found, depth + 1) if isinstance(found, list) else found
        self._open.add(number)
        try:
            return self._object(found, depth)
        finally:
            self._open.discard(number)

    def _object(self, found: dict[str, Value], depth: int) -> Value:
        if "NS.keys" in found and "NS.objects" in found:
            keys, values = self.value(found["NS.keys"], depth + 1), self.value(found["NS.objects"], depth + 1)
            pairs = zip(items(keys), items(values), strict=False)
            return {str(key): part for key, part in pairs if isinstance(key, str | int)}
        for key in ("NS.objects", "NS.string", "NS.bytes", "NS.data"):
            if key in found:
                return self.value(found[key], depth + 1)
        if "NS.time" in found:
            seconds = self.value(found["NS.time"], depth + 1)
            return _date(float(seconds)) if isinstance(seconds, int | float) else None
        if "NS.relative" in found:
            return self.value(found["NS.relative"], depth + 1)
        if "NS.uuidbytes" in found:
            data = found["NS.uuidbytes"]
            return data.hex() if isinstance(data, bytes) else None
        fields = {key: self.value(part, depth + 1) for key, part in found.items() if key != "$class"}
        return {**fields, "$class": self._class(found.get("$class"))}

    def _class(self, reference: Value) -> Value:
        if isinstance(reference, Uid) and 0 < reference.number < len(self._objects):
            return text(self._objects[reference.number], "$classname")
        return ""


# ---------------------------------------------------------------------- looking into values

_WRITTEN_FLAGS = {"1": True, "YES": True, "true": True, "0": False, "NO": False, "false": False}


def at(value: Value, *keys: str) -> Value:
    """What lies under keys inside keys; None where one is missing."""
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def text(value: Value, *keys: str) -> str:
    """The text under keys; empty where there is none."""
    found = at(value, *keys)
    return found if isinstance(found, str) else ""


def number(value: Value, *keys: str) -> int | None:
    """The whole number (or flag, as 0 or 1) under keys; None where there is none."""
    found = at(value, *keys)
    return int(found) if isinstance(found, int) else None


def flag(value: Value, *keys: str) -> bool | None:
    """The flag under keys, also written as a number or a text, as systems take it; None where there is none."""
    found = at(value, *keys)
    if isinstance(found, str):
        return _WRITTEN_FLAGS.get(found)
    return bool(found) if isinstance(found, bool | int) else None


def data(value: Value, *keys: str) -> bytes:
    """The bytes under keys; empty where there are none."""
    found = at(value, *keys)
    return found if isinstance(found, bytes) else b""


def mapping(value: Value, *keys: str) -> Map:
    """The map under keys; empty where there is none."""
    found = at(value, *keys)
    return found if isinstance(found, dict) else {}


def items(value: Value, *keys: str) -> Sequence[Value]:
    """The list under keys; empty where there is none."""
    found = at(value, *keys)
    return found if isinstance(found, list) else ()


def words(value: Value, *keys: str) -> list[str]:
    """The texts in the list under keys."""
    return [each for each in items(value, *keys) if isinstance(each, str)]


def maps(value: Value, *keys: str) -> list[Map]:
    """The maps in the list under keys."""
    return [each for each in items(value, *keys) if isinstance(each, dict)]


def when(value: Value, *keys: str) -> str:
    """The date under keys in ISO 8601, UTC; empty where there is none or it is not after 1970."""
    found = at(value, *keys)
    if not isinstance(found, dt.datetime) or found.year <= 1970:  # noqa: PLR2004 - the epoch means never
        return ""
    return found.strftime("%Y-%m-%dT%H:%M:%SZ") if found.year >= 1000 else ""  # noqa: PLR2004 - four digits


def texts(value: Value) -> Iterator[str]:
    """Every text and key anywhere in a value, each place once; for searching."""
    stack = [value]
    while stack:
        found = stack.pop()
        if isinstance(found, str):
            yield found
        elif isinstance(found, dict):
            yield from found
            stack += found.values()
        elif isinstance(found, list):
            stack += found
