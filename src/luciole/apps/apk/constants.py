"""Finds thousands of known constants in a DEX string table at once, whether the table is sorted or not.

Each string is reduced to a number made of its length, its first and its last eight bytes; a small table of flags says
which numbers can belong to a wanted constant, and only those few strings are compared byte by byte. A table that lies
about lengths or is not sorted therefore hides nothing: such strings are compared by their first bytes alone.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from luciole.apps.apk.dex import WORD, Dex, Flags, Indexes, Rows, Words

_SLOT_BITS = 16
_SHIFT = np.uint64(64 - _SLOT_BITS)
_HEAD_FACTOR = np.uint64(0x9E3779B97F4A7C15)
_TAIL_FACTOR = np.uint64(0xC2B2AE3D27D4EB4F)
_LENGTH_FACTOR = np.uint64(0x165667B19E3779F9)


class Constants:
    """The wanted constants, prepared once. texts: distinct ASCII byte strings; an index below is a place in `texts`."""

    def __init__(self, texts: Sequence[bytes]) -> None:
        self.texts = tuple(texts)
        self.index = {text: place for place, text in enumerate(self.texts)}
        head = np.array([int.from_bytes(text[:WORD], "little") for text in self.texts], np.uint64)
        tail = np.array([int.from_bytes(text[-WORD:].rjust(WORD, b"\0"), "little") for text in self.texts], np.uint64)
        length = np.array([len(text) for text in self.texts], np.int64)
        numbers = _number(head, tail, length)
        self._longest = max(map(len, self.texts))
        order = np.argsort(numbers)
        self._order, self._numbers = order, numbers[order]
        self._heads, self._tails, self._lengths = head[order], tail[order], length[order]
        self._slots = _flags(numbers >> _SHIFT)
        self._head_slots = _flags((head * _HEAD_FACTOR) >> _SHIFT)

    def find(self, dex: Dex, rows: Rows, found: Indexes) -> None:
        """Writes into `found` (one number per constant) the string index of each constant that stands in `rows`."""
        if not rows.exact:
            self._find_by_head(dex, rows, found)
            return
        numbers = _number(rows.head, rows.tail, rows.length)
        places = np.flatnonzero(self._slots[numbers >> _SHIFT])
        near = np.searchsorted(self._numbers, numbers[places])
        near[near == len(self._numbers)] = 0
        same = self._numbers[near] == numbers[places]
        places, near = places[same], near[same]
        # up to 16 bytes, both words and the length are the whole text; longer ones may share them and are compared
        short = rows.length[places] <= 2 * WORD
        equal = (self._heads[near] == rows.head[places]) & (self._tails[near] == rows.tail[places])
        equal &= short & (self._lengths[near] == rows.length[places])
        found[self._order[near[equal]]] = rows.first + places[equal]
        for place in places[~short].tolist():
            start = rows.start.item(place)
            self._take(dex.data[start : start + rows.length.item(place)], rows.first + place, found)

    def _find_by_head(self, dex: Dex, rows: Rows, found: Indexes) -> None:
        """For a table that may lie: every string whose first eight bytes fit is read up to its NUL and compared."""
        odd = np.flatnonzero(self._head_slots[(rows.head * _HEAD_FACTOR) >> _SHIFT])
        for place in odd.tolist():
            start = rows.start.item(place)
            self._take(dex.data[start : start + self._longest + 1].partition(b"\0")[0], rows.first + place, found)

    def _take(self, text: bytes, row: int, found: Indexes) -> None:
        index = self.index.get(text)
        if index is not None and found[index] < 0:
            found[index] = row


def _number(head: Words, tail: Words, length: Indexes) -> Words:
    """One 64-bit number per string; products wrap around."""
    number: Words = head * _HEAD_FACTOR
    number += tail * _TAIL_FACTOR
    number += length.view(np.uint64) * _LENGTH_FACTOR
    return number


def _flags(slots: Words) -> Flags:
    table = np.zeros(1 << _SLOT_BITS, np.bool_)
    table[slots] = True
    return table
