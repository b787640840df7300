"""Finds hosts that stand in text without "://": alone in quotes, with a port, or as a word of a sentence.

What counts, so that property names, packages and files do not: the name ends in a usual end of names, what stands
before and after it ends a word, and its first label begins no package name. Two rules, by what stands around it:

- alone (a whole string, or from quote to quote, a path or a port may follow): any end of `SUFFIXES`;
- in a sentence (between spaces, brackets, line ends, commas): only ends that are seldom names of properties, files or
  languages (`SENTENCE_SUFFIXES`), a label of three characters before them, and no underscore. Of strings
  among bytes that are no text only these.

No part of it is searched twice: dots are found and sifted in whole pieces, the few that are left are looked at alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from luciole.apps.apk.addresses import LONGEST_HOST, SUFFIXES, lone_host
from luciole.apps.apk.dex import Flags, Indexes, Words

MOST_ENDS = 50_000
"""Places in one text where a host could end that are looked at one by one."""
SENTENCE_SUFFIXES: frozenset[bytes] = frozenset(
    b"com net org biz xyz mobi onion ru cn br uk us eu de fr es za au jp kr ua ir tr il".split()
)
_SHORTEST_LABEL = 3
_PIECE = 1 << 20
_AFTER = 16
"""Bytes behind a dot that are needed to know what follows it."""
_DOT = ord(".")
_NAME_BYTES = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_."
_QUOTES = frozenset(b"\"'`")
_BEFORE_WORD = frozenset(b" (<>,=[") | frozenset(range(1, 0x20))
_AFTER_ALONE = frozenset(b"/?#\0") | _QUOTES
_AFTER_WORD = _AFTER_ALONE | frozenset(b" )<>],;!\\") | frozenset(range(0x20))
_AFTER_FULL_STOP = frozenset(b" <\\") | _QUOTES | frozenset(range(0x20))
_PORT = re.compile(rb":\d{2,5}(?!\d)")
_NUMBERS = re.compile(rb"\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}(?::\d{2,5})?(?![\w.:-])")
_ESCAPED_SLASHES = b":\\/\\/"


class Named(NamedTuple):
    """hosts: in lower case → offset of their first letter; looked_at: places that were looked at one by one; complete:
    False when there were more."""  # noqa: D209, D205 - one sentence

    hosts: dict[str, int]
    looked_at: int
    complete: bool


class Form(Enum):
    """How texts lie in the bytes, and so what may stand around a host.

    PLAIN: a text; ENDED: strings that end in NUL, among bytes that are no text; COUNTED: strings that end in NUL and
    begin with their length (DEX).
    """

    PLAIN = "plain"
    ENDED = "ended"
    COUNTED = "counted"


class _Left(Enum):
    """What stands before a name: something that begins a string, something that begins a word, or neither."""

    ALONE = 1
    WORD = 2
    NONE = 3


def hosts_in_text(data: bytes, start: int, stop: int, form: Form = Form.PLAIN, most: int = MOST_ENDS) -> Named:
    """The hosts in `data[start:stop]` (ASCII; other bytes end a name); at most `most` places are looked at."""
    found: dict[str, int] = {}
    looked_at = 0
    stop = min(stop, len(data))
    for dot, length in _ends(data, start, stop):
        if looked_at >= most:
            return Named(found, looked_at, complete=False)
        looked_at += 1
        end = dot + 1 + length
        place = _host_before(data, start, stop, end, form) if length else _numbers(data, start, stop, dot, form)
        if place is not None:
            found.setdefault(*place)
    return Named(found, looked_at, complete=True)


def _ends(data: bytes, start: int, stop: int) -> Iterator[tuple[int, int]]:
    """Dots before an end of names, with that end's length; length 0: a dot that may be the first of an IP address."""
    for piece in range(start, stop, _PIECE):
        size = min(_PIECE, stop - piece)
        part = data[piece : min(stop, piece + size + _AFTER)]
        part += bytes(size + _AFTER - len(part))
        dots = np.flatnonzero(np.frombuffer(part, np.uint8, size) == _DOT)
        words: Words = np.ndarray((size,), np.dtype("<u8"), part, 1, (1,))
        if not len(dots):
            continue
        chosen = dots[_STARTS[words[dots] & _TWO_BYTES]]
        lengths = _lengths(words[chosen])
        known = lengths > 0
        yield from zip((chosen[known] + piece).tolist(), lengths[known].tolist(), strict=True)
        yield from ((dot, 0) for dot in (_four_numbers(dots) + piece).tolist())


def _four_numbers(dots: Indexes) -> Indexes:
    """Dots followed by two others, each two to four bytes further."""
    steps = np.diff(dots)
    near = (steps > 1) & (steps <= 4)  # noqa: PLR2004 - one to three digits and a dot
    return dots[:-2][near[:-1] & near[1:]] if len(dots) > 2 else dots[:0]  # noqa: PLR2004 - an address has three


_TWO_BYTES = np.uint64(0xFFFF)
_STARTS: Flags = np.zeros(1 << 16, np.bool_)
_STARTS[[int.from_bytes(suffix[:2], "little") for suffix in SUFFIXES]] = True


class _Suffixes(NamedTuple):
    """The ends of names of one length, sorted; row: for each of them its row in `_MAY_FOLLOW`."""

    words: Words
    row: Indexes


def _suffixes(size: int) -> _Suffixes:
    words = sorted(
        (int.from_bytes(one, "little"), int(one in SENTENCE_SUFFIXES)) for one in SUFFIXES if len(one) == size
    )
    return _Suffixes(np.array([word for word, _ in words], np.uint64), np.array([row for _, row in words], np.int64))


_BY_LENGTH = {size: _suffixes(size) for size in {len(suffix) for suffix in SUFFIXES}}
_MAY_FOLLOW: npt.NDArray[np.bool_] = np.zeros((2, 256), np.bool_)
_MAY_FOLLOW[0, list(_AFTER_ALONE | frozenset(b":"))] = True
_MAY_FOLLOW[1, list(_AFTER_WORD | frozenset(b":."))] = True
"""Which bytes may follow an end of names that counts alone, and one that counts in a sentence too: most dots of a
script are sifted out by what follows them."""


def _lengths(near: Words) -> Indexes:
    """For each eight bytes behind a dot: the length of the end of names that they begin with as a whole label, or 0."""
    lengths = np.zeros(len(near), np.int64)
    for size, suffixes in _BY_LENGTH.items():
        begins = near & np.uint64((1 << 8 * size) - 1)
        nearest = np.minimum(np.searchsorted(suffixes.words, begins), len(suffixes.words) - 1)
        following = (near >> np.uint64(8 * size)) & np.uint64(0xFF)
        ended = (suffixes.words[nearest] == begins) & _MAY_FOLLOW[suffixes.row[nearest], following]
        lengths[ended] = size
    return lengths


def _host_before(data: bytes, start: int, stop: int, end: int, form: Form) -> tuple[str, int] | None:
    """The host that ends at `end`, with its offset, when what stands around it allows one."""
    at, left = _left(data, start, _run_start(data, start, end), form)
    name = data[at:end]
    host = lone_host(name.lower()) if left is not _Left.NONE else ""
    if not host:
        return None
    label, _, suffix = name.rpartition(b".")
    usual = suffix in SENTENCE_SUFFIXES
    likely = usual and b"_" not in name and len(label.rpartition(b".")[2]) >= _SHORTEST_LABEL
    alone = likely if form is Form.ENDED else usual or name.islower()
    port = _PORT.match(data, end, stop)
    end = port.end() if port else end
    after = data[end] if end < stop else 0
    if left is _Left.ALONE and alone and after in _AFTER_ALONE:
        return host, at
    return (host, at) if likely and _ends_word(data, end, stop, after) else None


def _run_start(data: bytes, start: int, end: int) -> int:
    """Where the letters, digits, hyphens and dots that end at `end` begin; no further back than a host is long."""
    first = max(start, end - LONGEST_HOST - 2)
    before = data[first:end]
    return first + len(before.rstrip(_NAME_BYTES))


def _left(data: bytes, start: int, at: int, form: Form) -> tuple[int, _Left]:
    """What stands before `at`, and where the name begins: a length in front of a string is none of its letters."""
    if form is Form.COUNTED:
        if at == start or data[at - 1] == 0:
            return at + 1, _Left.ALONE
        if at - 1 == start or data[at - 2] == 0:
            return at, _Left.ALONE
    if at == start:
        return at, _Left.ALONE
    before = data[at - 1]
    if before in _QUOTES or before == 0:
        return at, _Left.ALONE
    if before in _BEFORE_WORD:
        return at, _Left.WORD
    return at, _after_slashes(data, start, at)


def _after_slashes(data: bytes, start: int, at: int) -> _Left:
    """Two slashes after a quote, or after a colon and escaped, as JSON may be written."""
    if data[max(start, at - len(_ESCAPED_SLASHES)) : at] == _ESCAPED_SLASHES:
        return _Left.WORD
    relative = data[at - 2 : at] == b"//" and at - 3 >= start and data[at - 3] in _QUOTES
    return _Left.WORD if relative else _Left.NONE


def _ends_word(data: bytes, end: int, stop: int, after: int) -> bool:
    if after == _DOT:
        return end + 1 >= stop or data[end + 1] in _AFTER_FULL_STOP
    return after in _AFTER_WORD


def _numbers(data: bytes, start: int, stop: int, dot: int, form: Form) -> tuple[str, int] | None:
    """The IP address around its first dot, when it stands alone: elsewhere four numbers are mostly a version."""
    run = _run_start(data, start, dot)
    at, left = _left(data, start, run, form)
    match = _NUMBERS.match(data, at, stop) if left is _Left.ALONE else None
    if match is None or (match.end() < stop and data[match.end()] not in _AFTER_ALONE):
        return None
    host = lone_host(match[0])
    return (host, at) if host else None
