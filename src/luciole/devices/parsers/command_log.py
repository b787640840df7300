"""Reads commands.json of an acquisition made here: what was asked of the device, and what was not answered."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from luciole.kernel.errors import ParseError
from luciole.kernel.outcome import Reason, State
from luciole.kernel.vocabulary import AREAS

_MOST = 20_000
_LONGEST = 300
NOTHING = frozenset({"permission", "exit", "empty", "not-listed"})
"""Failures after which the answer itself is no list, even where something was printed."""
_REASONS = {
    "permission": (State.NOT_LOOKED_AT, Reason.PERMISSION),
    **dict.fromkeys(("exit", "empty", "not-listed"), (State.NOT_LOOKED_AT, Reason.MISSING)),
    "dropped": (State.PARTIAL, Reason.DAMAGED),
    "bad-reply": (State.PARTIAL, Reason.DAMAGED),
    "time-limit": (State.PARTIAL, Reason.LIMIT),
    "size-limit": (State.PARTIAL, Reason.LIMIT),
    "incomplete": (State.PARTIAL, Reason.MISSING),
}
"""What a failure says about its areas; any other one says that some of it is missing."""


class _Asked(msgspec.Struct, gc=False):
    """The fields that are read."""

    name: str = ""
    command: str = ""
    member: str = ""
    areas: list[str] = []
    kind: str = ""
    problem: str = ""
    note: str = ""
    bytes: int = 0

    @property
    def shared(self) -> bool:
        """Whether its answer lies in one file with others."""
        return self.name in {"app-files", "digests", "files", "value", "provisioning"}


class Record(msgspec.Struct, gc=False):
    """The whole file. server: adb or usbmux; started: RFC 3339, where the file says it."""

    format: int
    made_by: str = ""
    server: str = ""
    started: str = ""
    commands: list[_Asked] = []


class Gap(NamedTuple):
    """An area that is not, or not wholly, spoken of. member: the file whose answer it is."""

    area: str
    state: State
    reason: Reason
    detail: str
    member: str


_decoder = msgspec.json.Decoder(Record)


def parse(data: bytes) -> Record:
    """The record. Raises ParseError where it is none, of a later format, or longer than is read."""
    try:
        found = _decoder.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ParseError(f"not a record of commands ({error})") from error
    if found.format != 1:
        raise ParseError(f"a record of commands of format {found.format}")
    if len(found.commands) > _MOST:
        raise ParseError(f"more than {_MOST} commands", limit=True)
    return found


def gaps(record: Record) -> Iterator[Gap]:
    """For each area of each command that failed. What is noted of an answer that came is for the reader of its file."""
    for one in record.commands:
        for area in one.areas:
            if area not in AREAS or one.kind == "absent":
                continue
            if one.problem:
                state, reason = _REASONS.get(one.kind, (State.PARTIAL, Reason.MISSING))
                yield Gap(area, state, reason, f"{one.command[:80]}: {one.problem[:_LONGEST]}", one.member)
