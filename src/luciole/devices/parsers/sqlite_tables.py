"""Reads the rows of SQLite files from bytes: tables only, nothing of the schema is ever run.

The b-trees are walked directly, so that views, triggers and expressions of a hostile schema are text and nothing else,
no path is needed, nothing is written, a damaged page loses only its own rows, and each row has its offset.
Format: https://www.sqlite.org/fileformat2.html.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from luciole.devices.parsers.sqlite_schema import Table, table_of
from luciole.kernel.errors import ParseError

MAGIC = b"SQLite format 3\0"
Cell = None | int | float | str | bytes
_HEADER, _SMALLEST_PAGE, _LEAST_USABLE, _WAL = 100, 512, 480, 2
_MOST_ROWS = 2_000_000
_MOST_OBJECTS = 5_000
"""Tables, indexes, views and triggers of one file."""
_LARGEST_CELL = 64 << 20
_DEEPEST = 30
_MOST_VISITS, _SPARE_VISITS = 8, 1_000
"""A page belongs to one table, and a table is read a few times: how often all pages together may be looked at."""
_TABLE_LEAF, _TABLE_INNER, _INDEX_LEAF, _INDEX_INNER = 13, 5, 10, 2
_INTEGERS = {1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8}
_WAL_HEADER, _FRAME_HEADER = 32, 24
_WAL_MAGICS = {0x377F0682: "<", 0x377F0683: ">"}
_SCHEMA = Table("sqlite_schema", ("type", "name", "tbl_name", "rootpage", "sql"), 1)


def looks_like(start: bytes) -> bool:
    """Whether bytes begin as a SQLite file does."""
    return start.startswith(MAGIC)


class Record(NamedTuple):
    """One row. number: its row id, 0 where the table has none; offset: of its cell; values: as asked for."""

    number: int
    offset: int
    values: tuple[Cell, ...]


class Database:
    """One SQLite file in memory.

    tables: by name; write_ahead: the file says that newer rows may stand in a write-ahead log; merged: frames of the
    log that were taken over; losses: what could not be read, in plain English, with `first_lost`, the offset.
    """

    def __init__(self, data: bytes | bytearray, log: bytes = b"") -> None:
        """data: the whole file; log: its write-ahead log (`-wal`), empty for none. Raises ParseError."""
        if len(data) < _HEADER or bytes(data[:16]) != MAGIC:
            raise ParseError("no SQLite file", offset=0)
        size = int.from_bytes(data[16:18], "big")
        self._size = 65_536 if size == 1 else size
        if self._size < _SMALLEST_PAGE or self._size & (self._size - 1):
            raise ParseError("a page size that is not allowed", offset=16)
        self._usable = self._size - data[20]
        if self._usable < _LEAST_USABLE:
            raise ParseError("pages without room", offset=20)
        self._data = data
        self._encoding = {2: "utf-16-le", 3: "utf-16-be"}.get(int.from_bytes(data[56:60], "big"), "utf-8")
        self.write_ahead = data[18] == _WAL or data[19] == _WAL
        self.losses: dict[str, int] = {}
        self.first_lost: int | None = None
        self._newer: dict[int, bytes] = {}
        self.merged = self._merge(log) if log else 0
        self._pages = max(-(-len(data) // self._size), max(self._newer, default=0))
        stated = int.from_bytes(self.page_bytes(1)[28:32], "big")
        if stated > self._pages:
            self._lose("the file is shorter than it says", len(data))
        elif len(data) % self._size:
            self._lose("the last page is cut off", len(data))
        self._overflow = 0
        self._taken = self._visited = 0
        self.tables = {table.name: table for table in self._schema()}

    # ------------------------------------------------------------------ what is asked

    def rows(self, name: str, *columns: str) -> Iterator[Record]:
        """Every row of a table, only these columns; a column that the table lacks is None. Nothing for no such table.

        Rows of a page that is damaged are left out, which `losses` then says. Raises ParseError at a limit.
        """
        table = self.tables.get(name)
        if table is None:
            return
        yield from self._rows(table, columns)

    def has(self, name: str, *columns: str) -> bool:
        """Whether there is a table of this name with all these columns."""
        table = self.tables.get(name)
        return table is not None and set(columns) <= set(table.columns)

    @property
    def lost(self) -> str:
        """What could not be read, as one text; empty where everything could."""
        return "; ".join(text if count == 1 else f"{text} ({count} times)" for text, count in self.losses.items())

    def _schema(self) -> Iterator[Table]:
        for count, record in enumerate(self._rows(_SCHEMA, ("type", "name", "rootpage", "sql"))):
            if count >= _MOST_OBJECTS:
                raise ParseError("more tables than the limit", limit=True)
            kind, name, root, sql = record.values
            if kind == "table" and isinstance(name, str) and isinstance(root, int) and isinstance(sql, str):
                table = table_of(name, root, sql) if 0 < root <= self._pages else None
                if table is not None:
                    yield table
                elif root:
                    self._lose(f"the description of the table {name[:40]}", record.offset)

    # ------------------------------------------------------------------ pages

    def page_bytes(self, number: int) -> bytes | bytearray:
        """One page, as the log has it where it has it."""
        newer = self._newer.get(number)
        if newer is not None:
            return newer
        start = (number - 1) * self._size
        return self._data[start : start + self._size]

    def _lose(self, what: str, offset: int) -> None:
        self.first_lost = offset if self.first_lost is None else self.first_lost
        if what in self.losses or len(self.losses) < 50:  # noqa: PLR2004 - different words
            self.losses[what] = self.losses.get(what, 0) + 1

    def _rows(self, table: Table, columns: Sequence[str]) -> Iterator[Record]:
        wanted = [(table.stored.get(name, -1), name == table.alias) for name in columns]
        last = max((index for index, _ in wanted), default=-1)
        seen = bytearray(self._pages + 1)
        stack = [(table.root, 0)]
        count = 0
        while stack:
            number, depth = stack.pop()
            if not 0 < number <= self._pages or seen[number] or depth > _DEEPEST:
                self._lose("a page that is named twice or is not there", (number - 1) * self._size if number else 0)
                continue
            seen[number] = 1
            self._visited += 1
            if self._visited > _MOST_VISITS * self._pages + _SPARE_VISITS:
                raise ParseError("tables that share their pages many times", limit=True)
            page = self.page_bytes(number)
            try:
                leaf, children, cells = self._cells(page, number, without_rowid=table.without_rowid)
            except ParseError as error:
                self._lose(error.message, (number - 1) * self._size)
                continue
            stack += [(child, depth + 1) for child in reversed(children)]
            if not leaf and not table.without_rowid:
                continue
            self._taken = 0
            for at in cells:
                try:
                    record = self._record(page, number, at, wanted, last, leaf=leaf, plain=not table.without_rowid)
                except (IndexError, struct.error):
                    self._lose("a row that is damaged", (number - 1) * self._size + at)
                    continue
                if record is None:
                    continue
                count += 1
                if count > _MOST_ROWS:
                    raise ParseError("more rows than the limit", limit=True)
                yield record

    def _cells(
        self, page: bytes | bytearray, number: int, *, without_rowid: bool
    ) -> tuple[bool, list[int], tuple[int, ...]]:
        """Whether a page is a leaf, its children, and the offsets of its cells. Raises ParseError."""
        start = 100 if number == 1 else 0
        if len(page) < self._size:
            raise ParseError("a page that is cut off")
        kind = page[start]
        leaves = (_INDEX_LEAF, _INDEX_INNER) if without_rowid else (_TABLE_LEAF, _TABLE_INNER)
        if kind not in leaves:
            raise ParseError("a page of a kind that does not belong here")
        leaf = kind == leaves[0]
        count = int.from_bytes(page[start + 3 : start + 5], "big")
        first = start + (8 if leaf else 12)
        if first + 2 * count > self._usable:
            raise ParseError("a page with more rows than it has room for")
        cells = struct.unpack_from(f">{count}H", page, first)
        lowest = first + 2 * count
        if any(not lowest <= at <= self._usable - 4 for at in cells) or len(set(cells)) != count:
            raise ParseError("a page whose rows lie outside it")
        if leaf:
            return True, [], cells
        children = [int.from_bytes(page[at : at + 4], "big") for at in cells]
        children.append(int.from_bytes(page[start + 8 : start + 12], "big"))
        return False, children, cells

    # ------------------------------------------------------------------ rows

    def _record(
        self,
        page: bytes | bytearray,
        number: int,
        at: int,
        wanted: list[tuple[int, bool]],
        last: int,
        *,
        leaf: bool,
        plain: bool,
    ) -> Record | None:
        offset = (number - 1) * self._size + at
        at += 0 if leaf else 4
        size, at = _varint(page, at)
        key = 0
        if plain:
            key, at = _varint(page, at)
            key = key - (1 << 64) if key >> 63 else key
        local = self._local(size, plain=plain)
        self._taken += local
        if at + local > self._usable or size > _LARGEST_CELL or self._taken > self._usable:
            self._lose("a row that is larger than its page or the limit", offset)
            return None
        payload: bytes | bytearray = page[at : at + local]
        header_size, cursor = _varint(payload, 0)
        if header_size > size:
            self._lose("a row that is damaged", offset)
            return None
        if local < size and (header_size > local or last >= 0):
            payload = self._whole(page, payload, at + local, size, local)
            if len(payload) < size:
                self._lose("a row whose rest is missing", offset)
                return None
        spans: list[tuple[int, int]] = []
        place = header_size
        while cursor < header_size and len(spans) <= last:
            kind, cursor = _varint(payload, cursor)
            spans.append((kind, place))
            place += _INTEGERS.get(kind, 0) if kind < 7 else 8 if kind == 7 else (kind - 12) >> 1 if kind > 11 else 0  # noqa: PLR2004 - the format's numbers
        if place > len(payload):
            self._lose("a row that is damaged", offset)
            return None
        values = tuple(
            key if alias else self._value(payload, *spans[index]) if 0 <= index < len(spans) else None
            for index, alias in wanted
        )
        return Record(key, offset, values)

    def _value(self, payload: bytes | bytearray, kind: int, at: int) -> Cell:
        if kind >= 12:  # noqa: PLR2004 - the format's number
            end = at + ((kind - 12) >> 1)
            content = payload[at:end]
            return self._text(content) if kind & 1 else bytes(content)
        if kind in _INTEGERS:
            return int.from_bytes(payload[at : at + _INTEGERS[kind]], "big", signed=True)
        if kind == 7:  # noqa: PLR2004 - the format's number
            found: float = struct.unpack_from(">d", payload, at)[0]
            return found
        return {8: 0, 9: 1}.get(kind)

    def _text(self, content: bytes | bytearray) -> str:
        """A text; one with bytes that are no letters is kept as far as it goes, and is a loss."""
        try:
            return content.decode(self._encoding)
        except UnicodeDecodeError:
            self._lose("a text with bytes that are no letters", 0)
            return content.decode(self._encoding, "replace")

    def _local(self, size: int, *, plain: bool) -> int:
        """Bytes of a payload that stand in the page itself."""
        usable = self._usable
        most = usable - 35 if plain else ((usable - 12) * 64 // 255) - 23
        if size <= most:
            return size
        least = ((usable - 12) * 32 // 255) - 23
        kept = least + (size - least) % (usable - 4)
        return kept if kept <= most else least

    def _whole(self, page: bytes | bytearray, first: bytes | bytearray, at: int, size: int, local: int) -> bytearray:
        """The payload with its overflow pages; shorter where one is missing. Raises ParseError at the limit."""
        parts = bytearray(first)
        following = int.from_bytes(page[at : at + 4], "big")
        self._overflow += size - local
        if self._overflow > _MOST_VISITS * self._pages * self._size:
            raise ParseError("rows that share their content many times", limit=True)
        while len(parts) < size and 0 < following <= self._pages:
            chunk = self.page_bytes(following)
            if len(chunk) < self._size:
                break
            parts += chunk[4 : min(self._usable, 4 + size - len(parts))]
            following = int.from_bytes(chunk[:4], "big")
        return parts

    # ------------------------------------------------------------------ write-ahead log

    def _merge(self, log: bytes) -> int:
        """Takes over the committed pages of a log; returns how many frames. A log that does not fit is a loss."""
        order = _WAL_MAGICS.get(int.from_bytes(log[:4], "big"))
        if len(log) < _WAL_HEADER or order is None or int.from_bytes(log[8:12], "big") != self._size:
            self._lose("a write-ahead log that does not fit the file", 0)
            return 0
        salt, check = log[16:24], _checksum(log[:24], (0, 0), order)
        if struct.pack(">II", *check) != log[24:32]:
            self._lose("a write-ahead log that is damaged", 0)
            return 0
        pending: dict[int, bytes] = {}
        frames = taken = 0
        for at in range(_WAL_HEADER, len(log) - _FRAME_HEADER - self._size + 1, _FRAME_HEADER + self._size):
            header, page = log[at : at + _FRAME_HEADER], log[at + _FRAME_HEADER : at + _FRAME_HEADER + self._size]
            check = _checksum(page, _checksum(header[:8], check, order), order)
            if header[8:16] != salt:
                pending.clear()  # what follows was written before the log began anew
                break
            if struct.pack(">II", *check) != header[16:24]:
                self._lose("a write-ahead log that is damaged", at)
                pending.clear()
                break
            frames += 1
            pending[int.from_bytes(header[:4], "big")] = page
            if int.from_bytes(header[4:8], "big"):
                self._newer |= pending
                pending, taken = {}, frames
        if pending or (len(log) - _WAL_HEADER) % (_FRAME_HEADER + self._size):
            self._lose("a write-ahead log that ends within a change", len(log))
        most = -(-len(self._data) // self._size) + frames
        outside = [number for number in self._newer if not 0 < number <= most]
        if outside:
            self._lose("a write-ahead log with pages that lie far outside the file", 0)
            self._newer = {number: page for number, page in self._newer.items() if 0 < number <= most}
        return taken


def _checksum(data: bytes, start: tuple[int, int], order: str) -> tuple[int, int]:
    first, second = start
    words = struct.unpack(f"{order}{len(data) // 4}I", data[: len(data) & ~7])
    for index in range(0, len(words), 2):
        first = (first + words[index] + second) & 0xFFFFFFFF
        second = (second + words[index + 1] + first) & 0xFFFFFFFF
    return first, second


def _varint(data: bytes | bytearray, at: int) -> tuple[int, int]:
    """A number of one to nine bytes, and where it ends. Raises IndexError at the end of the data."""
    byte = data[at]
    if byte < 0x80:  # noqa: PLR2004 - the format's number
        return byte, at + 1
    value = byte & 0x7F
    for place in range(at + 1, at + 8):
        byte = data[place]
        value = value << 7 | byte & 0x7F
        if byte < 0x80:  # noqa: PLR2004 - the format's number
            return value, place + 1
    return value << 8 | data[at + 8], at + 9
