"""Single look-ups in resources.arsc, without decoding the table."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

from luciole.apps.apk.anomaly import Anomaly
from luciole.apps.apk.anomaly_log import AnomalyLog
from luciole.apps.apk.binary_xml import TYPE_DYNAMIC_REFERENCE, TYPE_REFERENCE, TYPE_STRING
from luciole.apps.apk.configuration import NEWEST_RELEASE, Configuration, read_configuration
from luciole.apps.apk.string_pool import StringPool
from luciole.kernel.errors import ParseError
from luciole.kernel.limits import DEFAULT, Limits

MEMBER = "resources.arsc"

_POOL, _TABLE, _PACKAGE, _TYPE, _SPEC = 0x0001, 0x0002, 0x0200, 0x0201, 0x0202
_CHUNK = struct.Struct("<HHI").unpack_from
_TYPE_HEAD = struct.Struct("<BBHII").unpack_from
_ENTRY = struct.Struct("<HHI").unpack_from
_VALUE = struct.Struct("<HBBI").unpack_from
_MAP_ENTRY = struct.Struct("<IHBBI").unpack_from
_MAP_HEAD = struct.Struct("<II").unpack_from
_PAIR = struct.Struct("<HH").unpack_from
_U32 = struct.Struct("<I").unpack_from
_U16 = struct.Struct("<H").unpack_from

_SPARSE, _OFFSET16 = 1, 2
_COMPLEX, _COMPACT = 1, 8
_NO_ENTRY16, _NO_ENTRY = 0xFFFF, 0xFFFFFFFF
_CHUNK_HEADER, _SPEC_HEADER, _COMPLEX_ENTRY = 8, 16, 16
_CONFIGURATION, _CONFIGURATION_END = 20, 96
_RELEASE = 24
"""Where in a configuration its API level stands."""
_TYPE_CHUNK_MINIMUM = 24
_PACKAGE_HEADER = 12
_TYPE_ID_OFFSET = 284
_MAXIMUM_TYPE_CHUNKS = 100_000
_WORK = 1_000_000
"""Type chunks and style items visited over all look-ups: far above any real table, and about a second."""


_Head = tuple[int, int, int, int, int, tuple[int, int]]
"""Of a type chunk: place of the offsets, end, flags, entry count, place of the entries, where the configuration is."""
_Distance = tuple[bool | int, ...]
_ANY = Configuration("", 0, 0, others=False)
_REFERENCES = frozenset({TYPE_REFERENCE, TYPE_DYNAMIC_REFERENCE})


class Found(NamedTuple):
    """One value of a resource. kind, data: as in binary XML; bag: place of a complex entry, else 0."""

    configuration: Configuration
    kind: int
    data: int
    offset: int
    bag: int
    end: int


class Table:
    """A resource table (ResourceTypes.h; accepted as LoadedArsc.cpp does, damage noted, the rest still read).

    Raises ParseError when the bytes hold no table with a string pool. `limited`: which bound was reached in a look-up,
    empty for none. `by_release`: of resources that were asked for, the values that hold on different releases.
    """

    __slots__ = (
        "_cache",
        "_data",
        "_heads",
        "_limits",
        "_log",
        "_near",
        "_packages",
        "_released",
        "_specs",
        "_types",
        "_work",
        "by_release",
        "limited",
        "pool",
    )

    def __init__(self, data: bytes, anomalies: list[Anomaly], limits: Limits = DEFAULT) -> None:
        if len(data) > limits.resources:
            raise ParseError(f"resource table of {len(data)} bytes", file=MEMBER, limit=True)
        self._data = data
        self._log = AnomalyLog(anomalies, MEMBER)
        self._limits = limits
        self._types: dict[tuple[int, int], list[int]] = {}
        self._specs: set[tuple[int, int]] = set()
        self._cache: dict[int, list[Found]] = {}
        self._near: dict[int, Found | None] = {}
        self._heads: dict[tuple[int, int], list[_Head]] = {}
        self._released: set[tuple[int, int]] = set()
        self._packages: list[int] = []
        self._work = _WORK
        self.limited = ""
        self.by_release: dict[int, list[Found]] = {}
        pool = self._scan()
        if pool is None:
            raise ParseError("resource table without strings", file=MEMBER, offset=0)
        self.pool = pool

    @property
    def packages(self) -> tuple[int, ...]:
        """Ids of the packages in the table, in their order."""
        return tuple(self._packages)

    def get(self, resource: int) -> list[Found]:
        """All values of a resource id, one per configuration; references are not followed."""
        found = self._cache.get(resource)
        if found is None:
            found = self._cache[resource] = list(self._look_up(resource))
        return found

    def resolve(self, resource: int) -> list[Found]:
        """All plain values of a resource id, references followed; each id is expanded once, so cycles end.

        A value reached through a reference without a locale of its own keeps the locale it was reached by.
        """
        results: list[Found] = []
        seen = {resource}
        waiting = [(resource, "", 0)]
        while waiting:
            current, locale, hops = waiting.pop()
            for found in self.get(current):
                if not self._spend():
                    return results
                if found.kind not in _REFERENCES or found.bag or not found.data:
                    results.append(_with_locale(found, locale))
                elif found.data in seen:
                    self._note_cycle(found, resource)
                elif hops >= self._limits.reference_hops:
                    self.limited = f"more than {hops} references in a row"
                    self._log.note("resources.hops", self.limited, found.offset)
                else:
                    seen.add(found.data)
                    waiting.append((found.data, found.configuration.locale or locale, hops + 1))
        return results

    def strings(self, resource: int) -> list[tuple[Configuration, str, int]]:
        """All texts of a resource: configuration, text, offset of the entry."""
        text = self.pool.text
        return [(f.configuration, text(f.data), f.offset) for f in self.resolve(resource) if f.kind == TYPE_STRING]

    def default(self, resource: int) -> Found | None:
        """The value for no particular configuration: without locale and qualifiers first, then English, then any.

        Of several for different releases, the one that the newest release of Android takes.
        """
        current = resource
        for _ in range(self._limits.reference_hops + 1):
            found = self._nearest(current)
            if found is None:
                break
            if found.kind not in _REFERENCES or found.bag:
                return found
            current = found.data
        return min(self.resolve(resource), key=_distance, default=None)

    def _nearest(self, resource: int) -> Found | None:
        """The entry of one id that is nearest to no particular configuration; references are not followed."""
        if resource not in self._near:
            best: Found | None = None
            least: _Distance = ()
            for found in self._look_up(resource):
                distance = _distance(found)
                if best is None or distance < least:
                    best, least = found, distance
                if found.configuration == _ANY:
                    break
            if best is not None and (resource >> 24, resource >> 16 & 0xFF) in self._released:
                best = self._for_newest(resource, best)
            self._near[resource] = best
        return self._near[resource]

    def _for_newest(self, resource: int, nearest: Found) -> Found:
        """Of the values that differ from the nearest one in nothing but the release, the one for the newest."""
        wanted = nearest.configuration._replace(sdk=0)
        fitting = [one for one in self.get(resource) if one.configuration._replace(sdk=0) == wanted]
        if len({(one.kind, one.data) for one in fitting if not one.bag}) > 1:
            self.by_release[resource] = fitting
        return min(fitting, key=_distance, default=nearest)

    def bag_items(self, found: Found) -> Iterator[tuple[int, int, int]]:
        """Attribute id, type and data of each item of a complex entry, such as a style or an array."""
        at, end = found.bag + 8, found.end
        count = min(_U32(self._data, found.bag + 4)[0], (end - at) // 12)
        for _ in range(count):
            if not self._spend():
                return
            name, _, _, kind, data = _MAP_ENTRY(self._data, at)
            yield name, kind, data
            at += 12

    def bag_parent(self, found: Found) -> int:
        """The resource id of the parent of a style; 0 without one."""
        return int(_U32(self._data, found.bag)[0])

    def style(self, resource: int, attributes: frozenset[int]) -> dict[int, tuple[int, int]]:
        """Type and data of each of `attributes` that a style or its parents set; the nearest one counts.

        Key 0 holds (TYPE_REFERENCE, id) of the first parent that is not in this table, such as a framework style.
        """
        values: dict[int, tuple[int, int]] = {}
        seen: set[int] = set()
        while resource and resource not in seen:
            seen.add(resource)
            if len(seen) > self._limits.reference_hops:
                self.limited = "a chain of parent styles is too long"
                self._log.note("resources.hops", self.limited)
                break
            bag = min((f for f in self.resolve(resource) if f.bag), key=_distance, default=None)
            if bag is None:
                values.setdefault(0, (TYPE_REFERENCE, resource))
                break
            for name, kind, data in self.bag_items(bag):
                if name in attributes:
                    values.setdefault(name, (kind, data))
            resource = self.bag_parent(bag)
        return values

    def _spend(self) -> bool:
        self._work -= 1
        if self._work >= 0:
            return True
        self.limited = "too many steps for the table's look-ups"
        self._log.note("resources.limit", self.limited)
        return False

    def _note_cycle(self, found: Found, resource: int) -> None:
        if found.data == resource:
            self._log.note("resources.cycle", f"{resource:#010x} refers to itself", found.offset)

    def _scan(self) -> StringPool | None:
        data = self._data
        if len(data) < _PACKAGE_HEADER:
            raise ParseError("too short for a resource table", file=MEMBER)
        kind, header_size, size = _CHUNK(data, 0)
        if kind != _TABLE:
            self._log.note("resources.type", f"type {kind:#06x}", 0)
        if size > len(data):
            self._log.note("resources.size", f"{size} bytes declared, {len(data)} there", 4, refused=True)
        if header_size < _PACKAGE_HEADER or header_size > len(data):
            self._log.note("resources.header-size", f"header of {header_size} bytes", 2, refused=True)
            header_size = _PACKAGE_HEADER
        pool: StringPool | None = None
        for place, chunk, chunk_header, chunk_size in self._chunks(header_size, len(data)):
            if chunk == _POOL:
                if pool is not None:
                    self._log.note("resources.second-string-pool", "the first one counts", place)
                    continue
                pool = StringPool(data, place, place + chunk_size, self._log, self._limits)
            elif chunk == _PACKAGE:
                self._scan_package(place, chunk_header, place + chunk_size)
        declared = _U32(data, 8)[0]
        if len(self._packages) > declared:
            self._log.note("resources.packages", f"{declared} declared, {len(self._packages)} there", 8, refused=True)
        return pool

    def _chunks(self, place: int, end: int) -> Iterator[tuple[int, int, int, int]]:
        """Place, type, header size and size of each chunk; a broken one ends the list."""
        data = self._data
        while place + 8 <= end:
            kind, header_size, size = _CHUNK(data, place)
            if header_size < _CHUNK_HEADER or header_size > size or size > end - place:
                self._log.note("resources.chunk", f"chunk {kind:#06x} of {size} bytes", place, refused=True)
                if min(size, header_size) < _CHUNK_HEADER:
                    return
                size = min(size, end - place)
                header_size = min(header_size, size)
            yield place, kind, header_size, size
            place += size

    def _scan_package(self, place: int, header_size: int, end: int) -> None:
        if header_size < _PACKAGE_HEADER or place + _PACKAGE_HEADER > end:
            self._log.note("resources.package", "a package is cut off", place, refused=True)
            return
        package = _U32(self._data, place + 8)[0] & 0xFF
        self._packages.append(package)
        shift = _U32(self._data, place + _TYPE_ID_OFFSET)[0] if header_size >= _TYPE_ID_OFFSET + 4 else 0
        types, specs, data = self._types, self._specs, self._data
        left = _MAXIMUM_TYPE_CHUNKS
        for at, kind, _, size in self._chunks(place + header_size, end):
            if kind == _TYPE and size >= _TYPE_CHUNK_MINIMUM:
                key = (package, (data[at + 8] + shift) & 0xFF)
                types.setdefault(key, []).append(at)
                if key not in specs:
                    self._log.note("resources.type-without-spec", f"type {key[1]}", at, refused=True)
                left -= 1
                if left < 0:
                    self.limited = f"more than {_MAXIMUM_TYPE_CHUNKS} type chunks"
                    self._log.note("resources.limit", self.limited, at)
                    return
            elif kind == _SPEC and size >= _SPEC_HEADER:
                specs.add((package, (data[at + 8] + shift) & 0xFF))

    def _look_up(self, resource: int) -> Iterator[Found]:
        key, index = (resource >> 24, resource >> 16 & 0xFF), resource & 0xFFFF
        heads = self._heads.get(key)
        if heads is None:
            heads = self._heads[key] = [self._head(chunk) for chunk in self._types.get(key, ())]
            if any(map(self._has_release, heads)):
                self._released.add(key)
        data = self._data
        for head in heads:
            if not self._spend():
                return
            offsets, end, flags, count, entries, _ = head
            if not flags and index < count and offsets + 4 * index + 4 <= end:
                (offset,) = _U32(data, offsets + 4 * index)
            else:
                offset = self._entry_offset(offsets, end, flags, count, index)
            if offset != _NO_ENTRY:
                found = self._read_entry(entries + offset, end, head, index)
                if found is not None:
                    yield found

    def _head(self, chunk: int) -> _Head:
        _, header_size, size = _CHUNK(self._data, chunk)
        _, flags, _, count, start = _TYPE_HEAD(self._data, chunk + 8)
        end = min(chunk + size, len(self._data))
        configuration = chunk + _CONFIGURATION, min(end, chunk + header_size, chunk + _CONFIGURATION_END)
        return chunk + header_size, end, flags & (_SPARSE | _OFFSET16), count, chunk + start, configuration

    def _has_release(self, head: _Head) -> bool:
        """Whether a type chunk is for one release of Android and later ones."""
        start, stop = head[5]
        return stop - start > _RELEASE + 1 and self._data[start + _RELEASE : start + _RELEASE + 2] != b"\0\0"

    def _read_entry(self, at: int, end: int, head: _Head, index: int) -> Found | None:
        data = self._data
        if at + 8 > end:
            self._log.note("resources.entry-outside", f"entry {index} lies outside its chunk", at, refused=True)
            return None
        entry_size, flags, word = _ENTRY(data, at)
        start, stop = head[5]
        configuration = read_configuration(data[start:stop])
        if flags & _COMPACT:
            return Found(configuration, flags >> 8, word, at, 0, end)
        # Of a complex entry, parent and count belong to the entry, and the items follow it; a plain one has its value.
        header = max(entry_size, _COMPLEX_ENTRY)
        if at + (header if flags & _COMPLEX else entry_size + 8) > end:
            self._log.note("resources.entry-outside", f"entry {index} lies outside its chunk", at, refused=True)
            return None
        if flags & _COMPLEX:
            return Found(configuration, 0, 0, at, at + header - 8, end)
        _, _, kind, value = _VALUE(data, at + entry_size)
        return Found(configuration, kind, value, at, 0, end)

    def _entry_offset(self, place: int, end: int, flags: int, count: int, index: int) -> int:
        """Offset of an entry behind entriesStart; _NO_ENTRY where this configuration has none."""
        if flags & _SPARSE:
            return self._sparse_offset(place, min(count, max(0, end - place) // 4), index)
        if index >= count:
            return _NO_ENTRY
        width = 2 if flags & _OFFSET16 else 4
        if place + width * index + width > end:
            self._log.note("resources.entries", f"{count} entries declared beyond the chunk", place, refused=True)
            return _NO_ENTRY
        short = _U16(self._data, place + 2 * index)[0]
        return _NO_ENTRY if short == _NO_ENTRY16 else short * 4

    def _sparse_offset(self, place: int, count: int, index: int) -> int:
        """Binary search in sorted pairs of index and offset / 4."""
        low, high = 0, count
        while low < high:
            middle = (low + high) // 2
            candidate, offset = _PAIR(self._data, place + 4 * middle)
            if candidate == index:
                return int(offset) * 4
            low, high = (middle + 1, high) if candidate < index else (low, middle)
        return _NO_ENTRY


def _with_locale(found: Found, locale: str) -> Found:
    if not locale or found.configuration.locale:
        return found
    return found._replace(configuration=found.configuration._replace(locale=locale))


def _distance(found: Found) -> _Distance:
    """How far a value is from the one for no particular configuration; English before other languages."""
    locale, density, release, others = found.configuration
    age = NEWEST_RELEASE - release if release <= NEWEST_RELEASE else release
    if not locale:
        return (False, False, others, age, density)
    return (True, locale.partition("-")[0] != "en", others, age, density)
