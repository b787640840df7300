"""Reads ASN.1 in DER and in the looser BER that signatures of app packages come in; only what those need."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from luciole.kernel.errors import ParseError

INTEGER, BIT_STRING, OCTET_STRING, OBJECT_ID = 0x02, 0x03, 0x04, 0x06
SEQUENCE, SET = 0x30, 0x31
MOST_CHILDREN = 4096
MOST_DEPTH = 24
_LONG_TAG = 0x1F
_LONG_LENGTH = 0x80
_MOST_LENGTH_BYTES = 4


class Element(NamedTuple):
    """One element: its tag byte, where it begins, where its content begins and stops, and where the next one begins."""

    tag: int
    begin: int
    start: int
    stop: int
    after: int


def element(data: bytes, at: int, stop: int, depth: int = 0) -> Element:
    """The element at `at`, which must end before `stop` (X.690 section 8.1). Raises ParseError."""
    if at + 2 > stop:
        raise ParseError("ASN.1: an element is missing", offset=at)
    tag, length = data[at], data[at + 1]
    if tag & _LONG_TAG == _LONG_TAG:
        raise ParseError("ASN.1: a tag in several bytes", offset=at)
    start = at + 2
    if length == _LONG_LENGTH:
        return _indefinite(data, at, stop, depth)
    if length > _LONG_LENGTH:
        count = length & 0x7F
        if count > _MOST_LENGTH_BYTES or start + count > stop:
            raise ParseError("ASN.1: a length that cannot be", offset=at)
        length = int.from_bytes(data[start : start + count], "big")
        start += count
    if start + length > stop:
        raise ParseError("ASN.1: an element leaves its parent", offset=at)
    return Element(tag, at, start, start + length, start + length)


def _indefinite(data: bytes, at: int, stop: int, depth: int) -> Element:
    """An element whose end is marked by two zero bytes (X.690 section 8.1.3.6)."""
    if depth > MOST_DEPTH:
        raise ParseError("ASN.1: nested too deeply", offset=at, limit=True)
    place = at + 2
    for _ in range(MOST_CHILDREN):
        if data[place : place + 2] == b"\0\0":
            return Element(data[at], at, at + 2, place, place + 2)
        place = element(data, place, stop, depth + 1).after
    raise ParseError("ASN.1: too many elements", offset=at, limit=True)


def children(data: bytes, start: int, stop: int) -> Iterator[Element]:
    """The elements between `start` and `stop`, one after the other. Raises ParseError."""
    for _ in range(MOST_CHILDREN):
        if start >= stop:
            return
        child = element(data, start, stop)
        yield child
        start = child.after
    raise ParseError("ASN.1: too many elements", offset=start, limit=True)


def members(data: bytes, parent: Element, least: int = 0) -> list[Element]:
    """The elements inside `parent`, at least `least` of them. Raises ParseError."""
    found = list(children(data, parent.start, parent.stop))
    if len(found) < least:
        raise ParseError("ASN.1: parts are missing", offset=parent.begin)
    return found


def expect(data: bytes, at: int, stop: int, tag: int) -> Element:
    """The element at `at`, which must have `tag`. Raises ParseError."""
    found = element(data, at, stop)
    if found.tag != tag:
        raise ParseError(f"ASN.1: tag {found.tag:#x} where {tag:#x} belongs", offset=at)
    return found


def content(data: bytes, node: Element) -> bytes:
    """The bytes inside `node`; parts of a constructed string joined."""
    if node.tag & 0x20 and node.tag & 0x1F in {BIT_STRING, OCTET_STRING}:
        return b"".join(data[part.start : part.stop] for part in children(data, node.start, node.stop))
    return data[node.start : node.stop]


def object_id(data: bytes, node: Element) -> str:
    """An object identifier in dots (X.690 section 8.19). Raises ParseError when it is none."""
    if node.tag != OBJECT_ID or not 0 < node.stop - node.start <= 64:  # noqa: PLR2004 - longer than any that is in use
        raise ParseError("ASN.1: no object identifier", offset=node.begin)
    numbers: list[int] = []
    value = 0
    for byte in data[node.start : node.stop]:
        value = value << 7 | byte & 0x7F
        if not byte & 0x80:
            numbers.append(value)
            value = 0
    if not numbers:
        raise ParseError("ASN.1: an object identifier that never ends", offset=node.begin)
    first = min(numbers[0] // 40, 2)
    return ".".join(map(str, [first, numbers[0] - 40 * first, *numbers[1:]]))
