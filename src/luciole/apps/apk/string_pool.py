"""String pools of binary XML and resource tables, decoded one string at a time and only when asked for."""

from __future__ import annotations

import struct

from luciole.apps.apk.anomaly_log import AnomalyLog
from luciole.kernel.errors import ParseError
from luciole.kernel.limits import DEFAULT, Limits

_HEADER = struct.Struct("<HHIIIIII").unpack_from
_U32 = struct.Struct("<I").unpack_from
_U16 = struct.Struct("<H").unpack_from
_HEADER_SIZE = 28
_UTF8 = 0x100
_TRUNCATION_STEP = 0x8000
_SLACK = 1 << 20


class StringPool:
    """One pool (frameworks/base ResourceTypes.h, ResStringPool_header; read as ResStringPool::setTo and string8At).

    A wrong offset or length costs one string, not the pool. `count`: strings declared, clamped to what the chunk
    can hold. `limited`: True when strings were left out because a bound was reached. `odd`: indexes of the strings
    asked for that were not read as Android reads them, or not whole; Android takes a malformed one for none.
    """

    __slots__ = (
        "_budget", "_cache", "_data", "_end", "_limit", "_log", "_odd_places", "_offsets", "_shared", "_start", "count",
        "limited", "odd", "offset", "utf8",
    )  # fmt: skip

    def __init__(self, data: bytes, offset: int, end: int, log: AnomalyLog, limits: Limits = DEFAULT) -> None:
        if offset + _HEADER_SIZE > end or end > len(data):
            raise ParseError("string pool is cut off", file=log.member, offset=offset)
        _, header_size, size, count, styles, flags, strings_start, styles_start = _HEADER(data, offset)
        if header_size < _HEADER_SIZE or (header_size | size) & 3:
            log.note("strings.header", f"header of {header_size}, pool of {size} bytes", offset, refused=True)
            header_size = max(header_size, _HEADER_SIZE)
        self._data = data
        self._log = log
        self.offset = offset
        self.utf8 = bool(flags & _UTF8)
        self._offsets = offset + header_size
        self._start = offset + strings_start
        chunk_end = min(offset + size, end) if size >= header_size else end
        room = max(0, chunk_end - self._offsets) // 4
        if count > room:
            log.note("strings.count", f"{count} strings declared, room for {room}", offset, refused=True)
        self.count = min(count, room)
        self._end = chunk_end
        if styles:
            self._end = self._check_styles(offset + styles_start, chunk_end, styles)
        self._check_start(chunk_end)
        self._limit = limits.string_bytes
        self._budget = max(0, self._end - self._start) + _SLACK
        self._cache: dict[int, str] = {}
        self._shared: dict[int, str] = {}
        self._odd_places: set[int] = set()
        self.odd: set[int] = set()
        self.limited = False

    def text(self, index: int) -> str:
        """The string at `index`; empty where there is none or its place lies outside the pool."""
        found = self._cache.get(index)
        if found is None:
            found = self._cache[index] = self._decode(index) if 0 <= index < self.count else ""
            if index >= self.count:
                self.odd.add(index)
                self._log.note("strings.index", f"string {index} of {self.count}", self.offset)
        return found

    def _check_styles(self, styles_at: int, chunk_end: int, styles: int) -> int:
        if self._start < styles_at < chunk_end:
            return styles_at
        self._log.note("strings.styles", f"{styles} styles declared outside the pool", self.offset, refused=True)
        return chunk_end

    def _check_start(self, chunk_end: int) -> None:
        if not self.count:
            return
        if self._start >= chunk_end - 2:
            self._log.note("strings.start", "the strings start outside the pool", self.offset, refused=True)
            return
        width = 1 if self.utf8 else 2
        last = self._start + (self._end - self._start) // width * width
        if self._data[last - width : last].strip(b"\0"):
            self._log.note("strings.unterminated", "the last string has no end", last - width, refused=True)

    def _decode(self, index: int) -> str:
        (offset,) = _U32(self._data, self._offsets + 4 * index)
        place = self._start + (offset if self.utf8 else offset & ~1)
        known = self._shared.get(place)
        if known is not None:
            if place in self._odd_places:
                self.odd.add(index)
            return known
        if place + 2 > self._end:
            self.odd.add(index)
            self._log.note("strings.offset", f"string {index} lies outside the pool", self._offsets + 4 * index)
            return ""
        raw = self._raw_utf8(place) if self.utf8 else self._raw_utf16(place)
        if len(raw) > self._budget:
            self.limited = True
            self.odd.add(index)
            self._log.note("strings.limit", "strings overlap so often that the rest was left out", place)
            return ""
        self._budget -= len(raw)
        if place in self._odd_places:
            self.odd.add(index)
        text = _utf8(raw) if self.utf8 else raw.decode("utf-16-le", "replace")
        self._shared[place] = text
        return text

    def _raw_utf8(self, place: int) -> bytes:
        data, end = self._data, self._end
        at = place + (2 if data[place] & 0x80 else 1)
        if at + 2 > end:
            self._note_odd(place)
            return b""
        length = data[at]
        at += 1
        if length & 0x80:
            length = (length & 0x7F) << 8 | data[at]
            at += 1
        stop = at + length
        while stop < end and data[stop]:
            # Old aapt cut lengths above 0x7FFF: Android looks for the terminator at each longer candidate.
            stop += _TRUNCATION_STEP
        if stop >= end:
            self._note_odd(place)
            stop = data.find(b"\0", at, min(end, at + self._limit + 1))
            stop = stop if stop >= 0 else min(end, at + self._limit + 1)
        return self._cut(at, stop)

    def _raw_utf16(self, place: int) -> bytes:
        data, end = self._data, self._end
        (length,) = _U16(data, place)
        at = place + 2
        if length & 0x8000:
            if at + 2 > end:
                self._note_odd(place)
                return b""
            length = (length & 0x7FFF) << 16 | _U16(data, at)[0]
            at += 2
        stop = at + 2 * length
        if stop + 2 > end or data[stop] or data[stop + 1]:
            self._note_odd(place)
            return self._until_zero16(at, min(end, at + self._limit))
        return self._cut(at, stop)

    def _until_zero16(self, at: int, end: int) -> bytes:
        raw = self._data[at : at + (end - at) // 2 * 2]
        stop = raw.find(b"\0\0")
        while stop >= 0 and stop % 2:
            stop = raw.find(b"\0\0", stop + 1)
        return bytes(raw if stop < 0 else raw[:stop])

    def _note_odd(self, place: int) -> None:
        self._odd_places.add(place)
        self._log.note("strings.length", "a string's length and its end disagree", place)

    def _cut(self, at: int, stop: int) -> bytes:
        # A longer text than any name that is looked for: its beginning tells it apart from all of them.
        if stop - at > self._limit:
            self._log.note("strings.cut", f"a string of {stop - at} bytes was cut to {self._limit}", at)
            stop = at + self._limit
        return bytes(self._data[at:stop])


def _utf8(raw: bytes) -> str:
    """UTF-8, or the modified form in which characters beyond U+FFFF are two surrogates of three bytes each."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        pass
    try:
        return raw.decode("utf-8", "surrogatepass").encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    except UnicodeDecodeError:
        return raw.decode("utf-8", "replace")
