"""Typed values of attributes and resources as texts, numbers and flags (android.util.TypedValue)."""

from __future__ import annotations

import struct
from collections.abc import Callable

from luciole.apps.apk.binary_xml import (
    FIRST_INT,
    LAST_INT,
    TYPE_ATTRIBUTE,
    TYPE_BOOLEAN,
    TYPE_DYNAMIC_REFERENCE,
    TYPE_FLOAT,
    TYPE_HEX,
    TYPE_REFERENCE,
    TYPE_STRING,
    Value,
)
from luciole.apps.apk.resources import Table
from luciole.apps.apk.string_pool import StringPool

REFERENCES = frozenset({TYPE_REFERENCE, TYPE_DYNAMIC_REFERENCE})
_FIRST_COLOR = 0x1C
FRAMEWORK = 0x01
_LONGEST_NUMBER = 20
_MOST_PARTS = 256
_TRUE = frozenset({"1", "true", "TRUE"})


class Values:
    """Reads values of one document.

    unresolved: how many references could not be followed in the app's own table; missed: those resource ids, also the
    framework's and those whose text is odd.
    """

    __slots__ = ("_parts", "missed", "pool", "table", "unresolved")

    def __init__(self, pool: StringPool, table: Table | None) -> None:
        self.pool = pool
        self.table = table
        self.unresolved = 0
        self.missed: set[int] = set()
        self._parts: dict[str, tuple[str, ...]] = {}

    def text(self, value: Value | None, *, needed: bool = True) -> str:
        """The value as text, references followed; "@0x…" where one leads nowhere; empty without a value.

        needed: False for texts that are only shown, which another file of a split set may hold: not counted as lost.
        """
        if value is None:
            return ""
        kind, data, _ = value
        if kind == TYPE_STRING:
            return self.pool.text(data)
        return self._text_of_reference(data, needed=needed) if kind in REFERENCES else coerce(kind, data)

    def number(self, value: Value | None) -> int | None:
        """The value as a signed number of 32 bits; a text that is a number counts; None otherwise."""
        if value is None:
            return None
        kind, data, text = self._plain(value)
        if FIRST_INT <= kind <= LAST_INT:
            return data - (1 << 32) if data >> 31 else data
        return parse_number(text)

    def flag(self, value: Value | None) -> bool | None:
        """The value as a truth: any number but zero is true; None where there is no value or no number."""
        if value is None:
            return None
        kind, data, text = self._plain(value)
        if FIRST_INT <= kind <= LAST_INT:
            return data != 0
        return text in _TRUE if kind == TYPE_STRING else None

    def texts(self, value: Value | None, separator: str) -> tuple[str, ...]:
        """The first 256 parts of a text between separators, without blanks and empty parts."""
        text = self.text(value)
        if text not in self._parts:
            pieces = text.split(separator, _MOST_PARTS)[:_MOST_PARTS]
            self._parts[text] = tuple(piece for piece in map(str.strip, pieces) if piece)
        return self._parts[text]

    def _plain(self, value: Value) -> tuple[int, int, str]:
        """Type, data and text behind any references; type 0 where they lead nowhere."""
        kind, data, _ = value
        if kind not in REFERENCES:
            return kind, data, self.pool.text(data) if kind == TYPE_STRING else ""
        found = self.table.default(data) if self.table else None
        if found is None or self.table is None:
            self._miss(data)
            return 0, 0, ""
        return found.kind, found.data, self._table_text(data, found.data) if found.kind == TYPE_STRING else ""

    def _text_of_reference(self, resource: int, *, needed: bool) -> str:
        if not resource:
            return ""
        found = self.table.default(resource) if self.table else None
        if found is None or self.table is None or found.bag:
            if needed:
                self._miss(resource)
            return f"@0x{resource:08x}"
        return self._table_text(resource, found.data) if found.kind == TYPE_STRING else coerce(found.kind, found.data)

    def _table_text(self, resource: int, index: int) -> str:
        if self.table is None:
            return ""
        text = self.table.pool.text(index)
        if index in self.table.pool.odd:
            self.missed.add(resource)
        return text

    def _miss(self, resource: int) -> None:
        self.missed.add(resource)
        if resource and resource >> 24 != FRAMEWORK:
            self.unresolved += 1


def reference(value: Value | None) -> int:
    """The resource id a value refers to; 0 where it is no reference."""
    return value[1] if value is not None and value[0] in REFERENCES else 0


def parse_number(text: str) -> int | None:
    """Decimal or 0x-hexadecimal text of at most 20 characters; None for anything else."""
    digits = text.strip()
    if not digits or len(digits) > _LONGEST_NUMBER or not digits.isascii():
        return None
    try:
        return int(digits, 16) if digits[:2] in {"0x", "0X"} else int(digits)
    except ValueError:
        return None


def coerce(kind: int, data: int) -> str:
    """A value that is no text and no followed reference, as TypedValue.coerceToString writes it."""
    if _FIRST_COLOR <= kind <= LAST_INT:
        return f"#{data:08x}"
    write = _WRITERS.get(kind)
    if write is not None:
        return write(data)
    return str(data - (1 << 32) if data >> 31 else data) if FIRST_INT <= kind <= LAST_INT else ""


def _write_reference(data: int) -> str:
    return f"@0x{data:08x}" if data else ""


_WRITERS: dict[int, Callable[[int], str]] = {
    TYPE_REFERENCE: _write_reference,
    TYPE_DYNAMIC_REFERENCE: _write_reference,
    TYPE_ATTRIBUTE: lambda data: f"?0x{data:08x}",
    TYPE_FLOAT: lambda data: f"{struct.unpack('<f', struct.pack('<I', data))[0]:.7g}",
    TYPE_BOOLEAN: lambda data: "true" if data else "false",
    TYPE_HEX: lambda data: f"0x{data:x}",
}
