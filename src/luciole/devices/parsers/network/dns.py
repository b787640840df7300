"""Messages of the domain name system: what was asked and what was answered; DNS and mDNS have the same form.

Names are read from questions and from answers that lead elsewhere: aliases, names of addresses, mail, services. Records
about the zone itself, texts, and the parts behind the answers are no places: whoever uses them asks again.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

from luciole.devices.parsers.network.frames import MAPPED
from luciole.kernel.errors import ParseError

PORT, MULTICAST_PORT, LOCAL_PORT = 53, 5353, 5355
_MOST_QUESTIONS = 32
_MOST_RECORDS = 256
_MOST_LABELS = 127
_MOST_JUMPS = 32
_LONGEST_NAME = 255
_RESPONSE = 0x8000
_A, _CNAME, _PTR, _MX, _AAAA, _SRV, _DNAME, _SVCB, _HTTPS = 1, 5, 12, 15, 28, 33, 39, 64, 65
_TARGETS = {_CNAME: 0, _DNAME: 0, _PTR: 0, _MX: 2, _SRV: 6}
"""Records that lead from one name to another → bytes of other content before that name; service records do, too."""
_OPCODE = 0x7800
_HEADER = struct.Struct(">HHHHHH")
_RECORD = struct.Struct(">HHIH")
_FAMILY_BYTES = {_A: 4, _AAAA: 16}
_HINTS = {4: (4, MAPPED), 6: (16, b"")}
"""Parameters of a service record that hold addresses: bytes of each, and what stands before it here."""


class Answer(NamedTuple):
    """One record of an answer. kind: number of the record type; address: 16 bytes; target: a name."""

    name: str
    kind: int
    address: bytes = b""
    target: str = ""


class Message(NamedTuple):
    """number: id of the question; response: it answers; code: result (0 fine, 3 no such name)."""

    number: int
    response: bool
    code: int
    questions: tuple[tuple[str, int], ...]
    answers: tuple[Answer, ...]


def parse(data: bytes) -> Message:
    """One message without the length that stands before it over TCP. Raises ParseError (RFC 1035, section 4).

    Pointers must point back, so that none can go round in a circle; records of other types are stepped over.
    """
    if len(data) < _HEADER.size:
        raise ParseError("a name message is too short", offset=0)
    number, flags, questions, answers, _, _ = _HEADER.unpack_from(data)
    if flags & _OPCODE and flags & _OPCODE not in {0x2000, 0x2800}:
        raise ParseError("a name message of an unknown form", offset=2)
    if questions > _MOST_QUESTIONS or answers > _MOST_RECORDS:
        raise ParseError("a name message with too many parts", offset=4, limit=True)
    if not questions and not answers:
        raise ParseError("a name message without content", offset=4)
    at = _HEADER.size
    asked = []
    for _ in range(questions):
        name, at = _name(data, at)
        if at + 4 > len(data):
            raise ParseError("a question is cut off", offset=at)
        asked.append((name, int.from_bytes(data[at : at + 2], "big")))
        at += 4
    return Message(number, bool(flags & _RESPONSE), flags & 15, tuple(asked), _answers(data, at, answers))


def _answers(data: bytes, at: int, count: int) -> tuple[Answer, ...]:
    found = []
    for _ in range(count):
        name, at = _name(data, at)
        if at + _RECORD.size > len(data):
            raise ParseError("an answer is cut off", offset=at)
        kind, _, _, length = _RECORD.unpack_from(data, at)
        at += _RECORD.size
        if at + length > len(data):
            raise ParseError("an answer is cut off", offset=at)
        if kind in _FAMILY_BYTES and length == _FAMILY_BYTES[kind]:
            prefix = b"" if kind == _AAAA else MAPPED
            found.append(Answer(name, kind, prefix + data[at : at + length]))
        elif kind in _TARGETS and length > _TARGETS[kind]:
            found.append(Answer(name, kind, target=_name(data, at + _TARGETS[kind])[0]))
        elif kind in {_SVCB, _HTTPS}:
            found += _service(data, at, at + length, name, kind)
        at += length
    return tuple(found)


def _service(data: bytes, at: int, end: int, name: str, kind: int) -> Iterator[Answer]:
    """A service record: the name that it leads to, and the addresses that it brings along (RFC 9460, 2.2 and 7.3)."""
    target, at = _name(data, at + 2)
    if at > end:
        raise ParseError("a service record contradicts its length", offset=at)
    if target:
        yield Answer(name, kind, target=target)
    while at + 4 <= end:
        key, size = int.from_bytes(data[at : at + 2], "big"), int.from_bytes(data[at + 2 : at + 4], "big")
        at += 4
        if at + size > end:
            raise ParseError("a service record contradicts its length", offset=at)
        width, before = _HINTS.get(key, (size + 1, b""))
        for step in range(at, at + size - width + 1, width):
            yield Answer(target or name, kind, before + data[step : step + width])
        at += size
    if at != end:
        raise ParseError("a service record contradicts its length", offset=at)


def _name(data: bytes, at: int) -> tuple[str, int]:
    """A name in lower case, and where it ends. Bytes that are no printable ASCII are shown as numbers (RFC 4343)."""
    labels: list[str] = []
    end, before, jumps, total = -1, at, 0, 0
    while True:
        if at >= len(data):
            raise ParseError("a name is cut off", offset=at)
        length = data[at]
        if length == 0:
            return ".".join(labels), end if end >= 0 else at + 1
        if length & 0xC0 == 0xC0:  # noqa: PLR2004 - two bits mark a pointer
            end = end if end >= 0 else at + 2
            at = int.from_bytes(data[at : at + 2], "big") & 0x3FFF
            jumps += 1
            if at >= before or jumps > _MOST_JUMPS:
                raise ParseError("a name points to itself", offset=before)
            before = at
            continue
        total += length + 1
        if length > 63 or at + 1 + length > len(data) or total > _LONGEST_NAME or len(labels) >= _MOST_LABELS:  # noqa: PLR2004 - of a label
            raise ParseError("a name is too long", offset=at)
        labels.append(_label(data[at + 1 : at + 1 + length]))
        at += 1 + length


def _label(raw: bytes) -> str:
    text = raw.decode("latin-1")
    if text.isascii() and text.isprintable() and "." not in text:
        return text.lower()
    return "".join(chr(each).lower() if 32 < each < 127 and each != 46 else f"\\{each:03d}" for each in raw)  # noqa: PLR2004 - printable ASCII


def chain(message: Message, name: str) -> tuple[list[str], list[bytes]]:
    """The names that a name leads to, in order, and the addresses at their end; a circle ends where it closes."""
    following: dict[str, list[str]] = {}
    for answer in message.answers:
        if answer.target:
            following.setdefault(answer.name, []).append(answer.target)
    known: dict[str, None] = {name: None}
    waiting = [name]
    while waiting:
        for each in following.get(waiting.pop(0), ()):
            if each not in known:
                known[each] = None
                waiting.append(each)
    addresses = [answer.address for answer in message.answers if answer.address and answer.name in known]
    return list(known)[1:], addresses


def names(data: bytes) -> Iterator[str]:
    """Names one after the other, as a list of domains has them (RFC 3397). Raises ParseError where one is damaged."""
    at = 0
    while at < len(data):
        name, at = _name(data, at)
        yield name
