"""Finds what stands in the texts of a program: addresses, hosts, watched names and phrases, in ASCII and UTF-16.

Texts among machine code are few: pieces in which every byte could be a letter are kept with what touches them, all the
rest is left out before anything is searched. Words of four bytes (eight for UTF-16) are tested at once; so a text of
seven characters and more is always kept.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from luciole.apps.apk.addresses import find_addresses
from luciole.apps.apk.end_record import Buffer
from luciole.apps.apk.phrases import find_phrases
from luciole.apps.apk.text_hosts import Form, hosts_in_text
from luciole.apps.programs.lookup import Lookup
from luciole.apps.programs.watched import TEXTS, TOO_COMMON, WatchedName

MOST_TEXT = 24 << 20
"""Bytes of text kept of one program, for each way of writing."""
MOST_MARKS = 50_000
MOST_FOUND = 10_000
_PIECE = 1 << 18
_TAIL = 8
_CLEAN = bytes(byte if 0x20 <= byte < 0x7F else 0 for byte in range(256))  # noqa: PLR2004 - printable ASCII
_BREAK = 0xC0


Kept = npt.NDArray[np.int64]
Bits = npt.NDArray[np.bool_]


class Text(NamedTuple):
    """The texts of a program in one way of writing. data: pieces, NUL between them; words: which words of `size` bytes
    were kept; unit: bytes of a character; first: the byte of a word where its first begins; complete: all is kept."""  # noqa: D205, D209 - a list of fields follows the sentence

    data: bytes
    words: Kept
    size: int
    unit: int = 1
    first: int = 0
    complete: bool = True

    def offset(self, place: int) -> int:
        """Where the character at `place` of `data` stands in the program."""
        if not len(self.words):
            return place
        word, rest = divmod(place * self.unit + self.first, self.size)
        word = min(word, len(self.words) - 1)
        return int(self.words[word]) * self.size + rest


class Find(NamedTuple):
    """One thing that a text holds. name: of its fact; group: of a watched text; offset: in the program."""

    name: str
    value: str
    group: str
    offset: int


class Search(NamedTuple):
    """What was found. names: watched names → offset; complete: False when a bound was reached."""

    finds: tuple[Find, ...]
    names: Mapping[str, int]
    complete: bool


def texts_of(data: Buffer) -> tuple[Text, Text, Text]:
    """The texts of a program: ASCII, UTF-16 (little end first) at even places, and at odd ones."""
    whole = len(data) // 8
    padded: Buffer = data
    if len(data) % 8:
        # whole words only; what is over is looked at once more as words of its own
        whole += 1
        padded = bytes(data) + bytes(8 - len(data) % 8)
    wide = np.frombuffer(padded, "<u8", whole)
    narrow = np.frombuffer(padded, "<u4", whole * 2)
    even, odd = _wide_words(wide)
    return _narrow_text(narrow), _wide_text(wide, even, 0), _wide_text(wide, odd, 1)


def search(data: Buffer, watched: Mapping[str, WatchedName]) -> Search:
    """Addresses, hosts, watched texts and phrases, and which of the `watched` names stand in the texts of `data`."""
    finds: dict[tuple[str, str], Find] = {}
    names: dict[str, int] = {}
    complete = True
    for text in texts_of(data):
        complete &= text.complete
        if not text.data:
            continue
        complete &= _addresses(text, finds)
        _phrases(text, finds)
        for name, offset in _watched(text, watched, finds).items():
            names.setdefault(name, offset)
    return Search(tuple(finds.values()), names, complete and len(finds) < MOST_FOUND)


# ---------------------------------------------------------------------------- which words are text


def _narrow_text(words: npt.NDArray[np.uint32]) -> Text:
    letters = np.empty(len(words), np.bool_)
    for start in range(0, len(words), _PIECE):
        part = words[start : start + _PIECE]
        bits = part >> np.uint32(1)
        bits |= part
        bits &= np.uint32(0x20202020)
        bits |= part & np.uint32(0x80808080)
        np.equal(bits, np.uint32(0x20202020), out=letters[start : start + _PIECE])
    kept = _with_neighbours(letters)
    cut = len(kept) * 4 > MOST_TEXT
    kept = kept[: MOST_TEXT // 4]
    return Text(words[kept].tobytes().translate(_CLEAN), kept, 4, complete=not cut)


def _wide_words(words: npt.NDArray[np.uint64]) -> tuple[Bits, Bits]:
    """Which words are four characters, beginning at their first byte, and at their second."""
    even, odd = np.empty(len(words), np.bool_), np.empty(len(words), np.bool_)
    low, high = np.uint64(0x0020002000200020), np.uint64(0x2000200020002000)
    for start in range(0, len(words), _PIECE):
        part = words[start : start + _PIECE]
        bits = part >> np.uint64(1)
        bits |= part
        np.equal((bits & low) | (part & np.uint64(0xFF80FF80FF80FF80)), low, out=even[start : start + _PIECE])
        np.equal((bits & high) | (part & np.uint64(0x80FF80FF80FF80FF)), high, out=odd[start : start + _PIECE])
    return even, odd


def _wide_text(words: npt.NDArray[np.uint64], letters: Bits, first: int) -> Text:
    kept = _with_neighbours(letters)
    cut = len(kept) * 8 > MOST_TEXT
    kept = kept[: MOST_TEXT // 8]
    units = words[kept].view(np.uint8)
    characters = units[first::2].copy()
    above = units[first + 1 :: 2]
    characters[: len(above)][above != 0] = _BREAK
    return Text(characters.tobytes().translate(_CLEAN), kept, 8, 2, first, complete=not cut)


def _with_neighbours(letters: Bits) -> Kept:
    """The places of words of letters and of those beside them, in which a text begins or ends."""
    near = letters.copy()
    near[1:] |= letters[:-1]
    near[:-1] |= letters[1:]
    near[-_TAIL:] = True
    kept: Kept = np.flatnonzero(near)
    return kept


# ---------------------------------------------------------------------------- what is looked for


def _addresses(text: Text, finds: dict[tuple[str, str], Find]) -> bool:
    """Adds addresses and hosts; False when a bound was reached."""
    data = text.data
    found = find_addresses(data, 0, len(data), MOST_MARKS)
    named = hosts_in_text(data, 0, len(data), Form.ENDED if text.unit == 1 else Form.PLAIN, MOST_MARKS)
    for name, values in (("code.url", found.urls), ("code.host", {**found.hosts, **named.hosts})):
        for value, place in values.items():
            if len(finds) < MOST_FOUND:
                finds.setdefault((name, value), Find(name, value, "", text.offset(place)))
    return found.complete and named.complete


def _phrases(text: Text, finds: dict[tuple[str, str], Find]) -> None:
    for phrase, (group, place) in find_phrases(text.data).items():
        finds.setdefault(("code.string", phrase), Find("code.string", phrase, group, text.offset(place)))


def _watched(text: Text, watched: Mapping[str, WatchedName], finds: dict[tuple[str, str], Find]) -> dict[str, int]:
    """Adds the watched texts; gives the watched names that stand as whole words, with their places."""
    by_word = {name.lower().encode(): name for name in watched if name not in TOO_COMMON}
    names: dict[str, int] = {}
    for word, place in _lookup(tuple(by_word)).places(text.data.lower()):
        if word in TEXTS:
            found = word.decode()
            finds.setdefault(("code.string", found), Find("code.string", found, TEXTS[word], text.offset(place)))
        name = by_word.get(word, "")
        if name and name not in names and _is_whole(text.data, name.encode(), place):
            names[name] = text.offset(place)
    return names


@functools.cache
def _lookup(names: tuple[bytes, ...]) -> Lookup:
    return Lookup(dict.fromkeys((*names, *TEXTS)))


def _is_whole(data: bytes, name: bytes, place: int) -> bool:
    """Whether the name stands at `place` as a whole word; on Windows an A or W may follow."""
    if not data.startswith(name, place):
        return False
    after = data[place + len(name) : place + len(name) + 2]
    return not after[:1].isalnum() or (after[:1] in {b"A", b"W"} and not after[1:2].isalnum())
