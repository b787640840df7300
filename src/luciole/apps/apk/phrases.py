"""Finds watched phrases inside longer texts in one pass, by the eight bytes around one of their spaces."""

from __future__ import annotations

import functools

import numpy as np

from luciole.apps.apk.dex import Words
from luciole.apps.apk.watched_phrases import PHRASES

_PIECE = 1 << 18
_BEFORE = 3
_AFTER = 5
_WINDOW = _BEFORE + _AFTER
_SPACE = 0x20
_LOWER = np.uint64(0x2020202020202020)
_MIX = np.uint64(0x9E3779B97F4A7C15)
_SHIFT = np.uint64(48)


class _Phrases:
    """The phrases by the eight bytes around one of their spaces, letters without their case."""

    def __init__(self, phrases: dict[bytes, str]) -> None:
        self.groups = phrases
        self.by_window: dict[int, list[tuple[bytes, int]]] = {}
        for phrase in phrases:
            place = anchor(phrase)
            window = int.from_bytes(phrase[place : place + _WINDOW], "little") | int(_LOWER)
            self.by_window.setdefault(window, []).append((phrase, place))
        windows = np.array(sorted(self.by_window), np.uint64)
        self.slots = np.zeros(1 << 16, np.bool_)
        self.slots[(windows * _MIX) >> _SHIFT] = True

    def in_piece(self, data: bytes, start: int, words: Words, found: dict[str, tuple[str, int]]) -> None:
        """Adds the phrases whose window is one of `words`, the windows at every offset of a piece from `start` on."""
        piece = np.frombuffer(data, np.uint8, len(words), start + _BEFORE)
        places = np.flatnonzero(piece == _SPACE)
        near = words[places] | _LOWER
        chosen = self.slots[(near * _MIX) >> _SHIFT]
        for place, window in zip(places[chosen].tolist(), near[chosen].tolist(), strict=True):
            for phrase, anchored in self.by_window.get(window, ()):
                self._compare(data, start + place - anchored, phrase, found)

    def _compare(self, data: bytes, at: int, phrase: bytes, found: dict[str, tuple[str, int]]) -> None:
        if at < 0 or data[at : at + len(phrase)].lower() != phrase:
            return
        if at > 0 and data[at - 1 : at].isalpha():
            return
        found.setdefault(phrase.decode(), (self.groups[phrase], at))


def anchor(phrase: bytes) -> int:
    """Where the window of a phrase starts: three bytes before its first space with enough text around it.

    Raises ValueError for a phrase without such a space.
    """
    for place in range(_BEFORE, len(phrase) - _AFTER + 1):
        if phrase[place] == _SPACE:
            return place - _BEFORE
    raise ValueError(f"no space with {_BEFORE} bytes before and {_AFTER - 1} after it: {phrase!r}")


@functools.cache
def _watched() -> _Phrases:
    return _Phrases(PHRASES)


def find_phrases(data: bytes, start: int = 0, stop: int | None = None) -> dict[str, tuple[str, int]]:
    """The watched phrases in `data[start:stop]` → their group and first offset.

    Text in UTF-8 or MUTF-8, ASCII letters in any case. A phrase does not count in the middle of a word. Works on any
    text bytes, not only on DEX.
    """
    stop = len(data) if stop is None else min(stop, len(data))
    found: dict[str, tuple[str, int]] = {}
    watched = _watched()
    last = stop - _WINDOW + 1
    for piece in range(start, last, _PIECE):
        count = min(_PIECE, last - piece)
        words: Words = np.ndarray((count,), np.dtype("<u8"), data, piece, (1,))
        watched.in_piece(data, piece, words, found)
    return found
