"""Finds which of many watched words stand in a text, in one pass: their first bytes are looked up where words begin."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

_LONG, _SHORT = 8, 4
_PIECE = 1 << 18
_MIX = np.uint64(0x9E3779B97F4A7C15)
_SHIFT = np.uint64(48)
_MASKS = {_LONG: np.uint64(0xFFFFFFFFFFFFFFFF), _SHORT: np.uint64(0xFFFFFFFF)}
MOST_LOOKED_AT = 200_000
"""Places of one text at which watched words are compared."""
_WORD: npt.NDArray[np.bool_] = np.zeros(256, np.bool_)
_WORD[list(b"abcdefghijklmnopqrstuvwxyz0123456789")] = True


class _Watched(NamedTuple):
    """word: in small letters; first: the place of its first letter or digit."""

    word: bytes
    first: int


class Lookup:
    """Words that are watched for, in small letters. Raises ValueError for one without four bytes from a letter on."""

    def __init__(self, words: Iterable[bytes]) -> None:
        self._tables: dict[int, dict[int, list[_Watched]]] = {_LONG: {}, _SHORT: {}}
        for word in words:
            first = next((place for place, byte in enumerate(word) if _WORD[byte]), len(word))
            size = _LONG if len(word) - first >= _LONG else _SHORT
            if len(word) - first < _SHORT:
                raise ValueError(f"too short to be watched for: {word!r}")
            window = int.from_bytes(word[first : first + size], "little")
            self._tables[size].setdefault(window, []).append(_Watched(word, first))
        self._slots = {size: _slots(table) for size, table in self._tables.items()}

    def places(self, data: bytes) -> Iterator[tuple[bytes, int]]:
        """Each place in `data` (in small letters) where a watched word stands, also within longer words behind it.

        Ends early beyond `MOST_LOOKED_AT` places.
        """
        looked_at = 0
        padded = data + bytes(_LONG)
        for start in range(0, len(data), _PIECE):
            windows = np.ndarray((min(_PIECE, len(data) - start),), np.dtype("<u8"), padded, start, (1,))
            begins = _beginnings(padded, start, len(windows))
            first = windows[begins]
            for size, slots in self._slots.items():
                near = first & _MASKS[size]
                chosen = slots[(near * _MIX) >> _SHIFT]
                for place, window in zip(begins[chosen].tolist(), near[chosen].tolist(), strict=True):
                    looked_at += 1
                    if looked_at > MOST_LOOKED_AT:
                        return
                    yield from self._compare(data, size, window, start + place)

    def _compare(self, data: bytes, size: int, window: int, place: int) -> Iterator[tuple[bytes, int]]:
        for one in self._tables[size].get(window, ()):
            start = place - one.first
            if start >= 0 and data.startswith(one.word, start):
                yield one.word, start


def _slots(table: dict[int, list[_Watched]]) -> npt.NDArray[np.bool_]:
    slots = np.zeros(1 << 16, np.bool_)
    windows = np.array(sorted(table), np.uint64)
    slots[(windows * _MIX) >> _SHIFT] = True
    return slots


def _beginnings(data: bytes, start: int, count: int) -> npt.NDArray[np.int64]:
    """Places in the piece where a letter or digit follows something else, or the text begins."""
    letters = np.frombuffer(data, np.uint8, count, start)
    inside = (letters - np.uint8(ord("a"))) < np.uint8(26)
    inside |= (letters - np.uint8(ord("0"))) < np.uint8(10)
    begins = inside.copy()
    begins[1:] &= ~inside[:-1]
    if start:
        begins[0] &= not _WORD[data[start - 1]]
    places: npt.NDArray[np.int64] = np.flatnonzero(begins)
    return places
