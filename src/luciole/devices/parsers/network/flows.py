"""Who sent how much to whom and when: one row for each direction of a conversation, filled from columns of packets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from luciole.devices.parsers.network.account import CaptureAccount
from luciole.devices.parsers.network.frames import ACK, SYN, TCP, Flags, Packets
from luciole.devices.parsers.network.records import Numbers, Records

MOST_FLOWS = 150_000
_MOST_HOURS = 500_000
_MOST_ACTIVE = 6_000_000
_KEY = 37
_NEVER = 1 << 62
_SECOND = 1_000_000_000
_SECOND_BITS = 34
_HOUR_BITS = 22
_LIMIT = "more conversations than are kept apart"
_EVERYTHING_ELSE = 0
"""The row of conversations that came after the limit."""


class Flow(NamedTuple):
    """One direction. source, target: 16 bytes; sent: bytes of IP packets; first, last: nanoseconds since 1970;
    opened: it began with a TCP SYN; number, offset: its first packet; hardware: 12 bytes of that packet; dark: bytes
    sent while the screen was off, as far as that was told."""  # noqa: D205, D209 - a list of fields follows the sentence

    source: bytes
    target: bytes
    source_port: int
    target_port: int
    protocol: int
    packets: int
    sent: int
    first: int
    last: int
    opened: bool
    number: int
    offset: int
    hardware: bytes
    dark: int


class _Ids(dict[bytes, int]):
    """Gives each new key the next number, up to the limit."""

    def __missing__(self, key: bytes) -> int:
        if len(self) >= MOST_FLOWS:
            return _EVERYTHING_ELSE
        self[key] = number = len(self) + 1
        return number


class FlowTable:
    """Row 0 stands for everything behind the limit; rows are numbered in the order in which they first appear.

    dark: times at which the screen was off, from and to, in nanoseconds since 1970.
    """

    def __init__(self, account: CaptureAccount, dark: Sequence[tuple[int, int]] = ()) -> None:
        self._account = account
        self._dark = dark
        self._ids = _Ids()
        self._hardware: list[bytes] = [bytes(12)]
        self._places: list[tuple[int, int]] = [(0, 0)]
        self._sums = np.zeros((3, 1), np.int64)
        self._first = np.full(1, _NEVER, np.int64)
        self._last = np.zeros(1, np.int64)
        self._opened = np.zeros(1, np.bool_)
        self._hours: dict[int, int] = {}
        self._active: list[Numbers] = []
        self._active_count = 0

    def __len__(self) -> int:
        return len(self._hardware)

    def add(self, records: Records, packets: Packets) -> Numbers:
        """Counts packets; returns the row of each."""
        ids = self._rows(records, packets)
        count = len(self)
        when = records.when[packets.row]
        self._grow(count)
        self._sums[0] += np.bincount(ids, minlength=count)
        self._sums[1] += np.bincount(ids, packets.length, count).astype(np.int64)
        for start, end in self._dark:
            off = (when >= start) & (when < end)
            self._sums[2] += np.bincount(ids[off], packets.length[off], count).astype(np.int64)
        timed = when > 0
        np.minimum.at(self._first, ids[timed], when[timed])
        np.maximum.at(self._last, ids, when)
        began = (packets.protocol == TCP) & (packets.flags & (SYN | ACK) == SYN)
        self._opened[ids[began]] = True
        self._note_hours(ids, packets, when)
        self._note_activity(ids[timed], packets.size[timed] > 0, when[timed])
        return ids

    def _rows(self, records: Records, packets: Packets) -> Numbers:
        ports = np.stack([packets.source_port, packets.target_port], axis=1).astype(">u2").view(np.uint8)
        protocol = packets.protocol.astype(np.uint8)[:, None]
        keys = np.concatenate([packets.source, packets.target, ports.reshape(-1, 4), protocol], axis=1).tobytes()
        ids, before = self._ids, len(self._ids)
        found = np.array([ids[keys[at : at + _KEY]] for at in range(0, len(keys), _KEY)], np.int64)
        if len(ids) > before:
            new, first = np.unique(found, return_index=True)
            for place in first[new > before].tolist():
                row = packets.row[place]
                self._hardware.append(packets.hardware[place].tobytes())
                self._places.append((int(records.number[row]), int(records.offset[row])))
        if not found.all():
            self._account.limit(_LIMIT)
        return found

    def _grow(self, count: int) -> None:
        missing = count - len(self._first)
        if missing > 0:
            self._sums = np.concatenate([self._sums, np.zeros((3, missing), np.int64)], axis=1)
            self._first = np.concatenate([self._first, np.full(missing, _NEVER, np.int64)])
            self._last = np.concatenate([self._last, np.zeros(missing, np.int64)])
            self._opened = np.concatenate([self._opened, np.zeros(missing, np.bool_)])

    def _note_hours(self, ids: Numbers, packets: Packets, when: Numbers) -> None:
        keys, where = np.unique(ids << _HOUR_BITS | when // (3600 * _SECOND), return_inverse=True)
        sums = np.bincount(where, packets.length).astype(np.int64)
        if len(self._hours) + len(keys) > _MOST_HOURS:
            self._account.limit("more hours of conversations than are kept apart")
            return
        for key, size in zip(keys.tolist(), sums.tolist(), strict=True):
            self._hours[key] = self._hours.get(key, 0) + size

    def _note_activity(self, ids: Numbers, carries: Flags, when: Numbers) -> None:
        found = np.unique(ids[carries] << _SECOND_BITS | when[carries] // _SECOND)
        if self._active_count + len(found) > _MOST_ACTIVE:
            self._account.limit("more times of conversations than are kept")
            return
        self._active.append(found)
        self._active_count += len(found)

    # ------------------------------------------------------------------ what came together

    def flows(self) -> list[Flow]:
        """Every row but row 0, so that `flows()[row - 1]` is a row's."""
        columns = zip(
            self._ids, self._sums[0, 1:].tolist(), self._sums[1, 1:].tolist(), self._first[1:].tolist(),
            self._last[1:].tolist(), self._opened[1:].tolist(), self._places[1:], self._hardware[1:],
            self._sums[2, 1:].tolist(), strict=True,
        )  # fmt: skip
        return [
            Flow(
                key[:16], key[16:32], int.from_bytes(key[32:34], "big"), int.from_bytes(key[34:36], "big"), key[36],
                packets, sent, first if first < _NEVER else 0, last, opened, place[0], place[1], hardware, dark,
            )
            for key, packets, sent, first, last, opened, place, hardware, dark in columns
        ]  # fmt: skip

    def row(self, source: bytes, target: bytes, source_port: int, target_port: int, protocol: int) -> int:
        """The row of a conversation's direction; 0 where it was not seen."""
        key = source + target + source_port.to_bytes(2, "big") + target_port.to_bytes(2, "big") + bytes([protocol])
        return self._ids.get(key, 0)

    def hours(self) -> dict[int, list[tuple[int, int]]]:
        """Row → hours since 1970 and the bytes sent in them."""
        found: dict[int, list[tuple[int, int]]] = {}
        for key, size in self._hours.items():
            found.setdefault(key >> _HOUR_BITS, []).append((key & ((1 << _HOUR_BITS) - 1), size))
        return found

    def activity(self) -> dict[int, Numbers]:
        """Row → the seconds since 1970, rising, in which it sent content."""
        keys = np.unique(np.concatenate([np.zeros(0, np.int64), *self._active]))
        if not len(keys):
            return {}
        rows, starts = np.unique(keys >> _SECOND_BITS, return_index=True)
        parts = np.split(keys & ((1 << _SECOND_BITS) - 1), starts[1:])
        return dict(zip(rows.tolist(), parts, strict=True))
