"""Bytes of name questions and answers (DNS), with compressed names as servers send them."""

from __future__ import annotations

import itertools
import struct

from luciole.simulate.network.packets import raw

A, CNAME, PTR, MX, AAAA, SRV = 1, 5, 12, 15, 28, 33
_BEFORE = {MX: b"\0\5", SRV: struct.pack(">HHH", 0, 5, 443)}
"""What stands before the name in records of mail and of services."""


def question(number: int, name: str, kind: int = A) -> bytes:
    """A question for one name."""
    return struct.pack(">HHHHHH", number, 0x0100, 1, 0, 0, 0) + labels(name) + struct.pack(">HH", kind, 1)


def answer(number: int, name: str, addresses: tuple[str, ...], aliases: tuple[str, ...] = ()) -> bytes:
    """The answer: a chain of aliases, then addresses of the last of them. No address at all: no such name."""
    chain = (name, *aliases)
    records = []
    for before, after in itertools.pairwise(chain):
        records.append(_record(before, name, CNAME, labels(after)))
    for address in addresses:
        packed = raw(address)
        records.append(_record(chain[-1], name, A if len(packed) == 4 else AAAA, packed))  # noqa: PLR2004 - IPv4
    code = 0 if records else 3
    head = struct.pack(">HHHHHH", number, 0x8180 | code, 1, len(records), 0, 0)
    kind = AAAA if addresses and ":" in addresses[0] else A
    return head + labels(name) + struct.pack(">HH", kind, 1) + b"".join(records)


def leading(number: int, name: str, kind: int, *targets: str) -> bytes:
    """The answer with records of one kind that each lead to another name: PTR, MX or SRV."""
    records = [_record(name, name, kind, _BEFORE.get(kind, b"") + labels(each)) for each in targets]
    head = struct.pack(">HHHHHH", number, 0x8180, 1, len(records), 0, 0)
    return head + labels(name) + struct.pack(">HH", kind, 1) + b"".join(records)


def _record(name: str, asked: str, kind: int, content: bytes) -> bytes:
    """The name that was asked for stands at byte 12 already, and is pointed to."""
    written = b"\xc0\x0c" if name == asked else labels(name)
    return written + struct.pack(">HHIH", kind, 1, 300, len(content)) + content


def labels(name: str) -> bytes:
    """A name in parts, each with its length before it."""
    parts = [part.encode("idna") if not part.isascii() else part.encode() for part in name.split(".")]
    return b"".join(bytes([len(part)]) + part for part in parts) + b"\0"
