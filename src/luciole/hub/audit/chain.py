"""The hash chain of the audit log: each entry holds the digest of the one before; pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from luciole.kernel.canon import canonical_json

START = bytes(32)
"""What stands before the first entry."""


class Line(NamedTuple):
    """What is chained of one entry. at: ISO 8601 UTC; detail: words of closed lists and numbers."""

    sequence: int
    at: str
    action: str
    actor_kind: str
    actor: str
    organisation: str
    object_kind: str
    object_id: str
    detail: Mapping[str, str | int | bool]


def digest_of(line: Line, previous: bytes) -> bytes:
    """SHA-256 over the digest before and the canonical JSON (RFC 8785) of this entry."""
    return hashlib.sha256(previous + canonical_json(line._asdict())).digest()


class Fault(NamedTuple):
    """The first entry at which the chain does not hold, and why."""

    sequence: int
    why: str


def check(lines: Iterable[tuple[Line, bytes, bytes]], heads: Mapping[int, bytes]) -> Fault | None:
    """None where every entry follows from the one before, none is missing, and every head is as it was signed.

    lines: entries in order with the two digests they hold; heads: signed digests by sequence.
    """
    previous, expected = START, 1
    missing = set(heads)
    for line, before, own in lines:
        if line.sequence != expected:
            return Fault(expected, "an entry is missing or out of order")
        if before != previous or digest_of(line, previous) != own:
            return Fault(line.sequence, "the entry was changed")
        if line.sequence in heads:
            missing.discard(line.sequence)
            if heads[line.sequence] != own:
                return Fault(line.sequence, "the chain is not the one that was signed")
        previous, expected = own, expected + 1
    if missing:
        return Fault(min(missing), "entries that were signed are gone")
    return None
