"""The packets of pcap and pcapng files, in blocks of columns: where each lies, how long it is, when it was taken."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from luciole.devices.parsers.network.account import CaptureAccount
from luciole.kernel.errors import ParseError

Numbers = npt.NDArray[np.int64]
Octets = npt.NDArray[np.uint8]

BLOCK = 4 << 20
"""Bytes that are looked at together."""
PADDING = bytes(256)
MOST_CAPTURED = 1 << 20
"""Bytes of one packet; Wireshark takes 256 KiB."""
MOST_INTERFACES = 4_096
_MOST_BLOCK = 16 << 20
_MOST_OPTIONS = 256
_LATEST = 1 << 62
_DAY = 86_400
_WINDOW = 1 << 16
_MOST_TRIED = 256
MOST_DAMAGES = 1_000
"""Damaged places after which the rest of a capture is given up."""
_HEADER = 24

_PCAP = {
    b"\xd4\xc3\xb2\xa1": ("<", 1_000, 16),
    b"\xa1\xb2\xc3\xd4": (">", 1_000, 16),
    b"\x4d\x3c\xb2\xa1": ("<", 1, 16),
    b"\xa1\xb2\x3c\x4d": (">", 1, 16),
    b"\x34\xcd\xb2\xa1": ("<", 1_000, 24),
    b"\xa1\xb2\xcd\x34": (">", 1_000, 24),
}
"""Magic → byte order, nanoseconds of one unit of time, length of a record header (24: modified by A. Kuznetzov)."""
_SECTION = b"\x0a\x0d\x0d\x0a"
_ORDER_MAGIC = {b"\x4d\x3c\x2b\x1a": "<", b"\x1a\x2b\x3c\x4d": ">"}
_INTERFACE, _OLD_PACKET, _SIMPLE, _ENHANCED = 1, 2, 3, 6
_RESOLUTION, _OFFSET = 9, 14
_BODY = {_ENHANCED: 28, _OLD_PACKET: 28, _SIMPLE: 12}


class Records(NamedTuple):
    """Some packets that follow each other.

    data: bytes that hold them, with at least 256 zeros behind the last; start: where each begins in `data`; captured,
    original: its bytes in the capture and on the wire; when: nanoseconds since 1970 (0: not told); link: its link type
    (LINKTYPE_ of tcpdump.org); number: 1-based, as other tools count; offset: where its bytes lie in the capture.
    """

    data: Octets
    start: Numbers
    captured: Numbers
    original: Numbers
    when: Numbers
    link: Numbers
    number: Numbers
    offset: Numbers


def is_capture(head: bytes) -> bool:
    """Whether bytes begin like pcap (any of six magics) or like pcapng."""
    return head[:4] in _PCAP or (head[:4] == _SECTION and head[8:12] in _ORDER_MAGIC)


def records(chunks: Iterable[bytes], account: CaptureAccount) -> Iterator[Records]:
    """Every packet of a capture handed over in chunks.

    pcap: https://www.ietf.org/archive/id/draft-ietf-opsawg-pcap-04.html; pcapng: draft-ietf-opsawg-pcapng. Damaged
    places are skipped to the next plausible packet and noted in `account`; so is the end of a file that is cut off.
    Raises ParseError only where the bytes are no capture at all, or where `chunks` does.
    """
    stream = iter(chunks)
    head = b""
    while len(head) < _HEADER + 4 and (piece := next(stream, b"")):
        head += piece
    if not is_capture(head):
        raise ParseError("no capture of network traffic", offset=0)
    if len(head) < _HEADER:
        account.damage("the capture is cut off", len(head))
        return
    reader = _Pcap(head, account) if head[:4] in _PCAP else _Pcapng(account)
    yield from _blocks(reader, head, stream, account)


def _blocks(
    reader: _Pcap | _Pcapng, head: bytes, stream: Iterator[bytes], account: CaptureAccount
) -> Iterator[Records]:
    """Feeds the reader with blocks; what is left of one begins the next."""
    parts, held, base = [head], len(head), 0
    ended = False
    while not ended:
        while held < BLOCK and not ended:
            try:
                piece = next(stream, b"")
            except ParseError as error:
                account.refused(error, base + held)
                piece = b""
            ended = not piece
            parts.append(piece)
            held += len(piece)
        data = b"".join(parts)
        found, used = reader.read(data, base, last=ended)
        if found is not None:
            yield found
        rest = data[used:]
        parts, held, base = [rest], len(rest), base + used


class _Columns:
    """The packets of one block, while it is read."""

    def __init__(self, account: CaptureAccount) -> None:
        self.start: list[int] = []
        self.captured: list[int] = []
        self.original: list[int] = []
        self.when: list[int] = []
        self.link: list[int] = []
        self._account = account

    def records(self, data: bytes, base: int) -> Records | None:
        """The columns as arrays; None where there are none."""
        if not self.start:
            return None
        account, count = self._account, len(self.start)
        start = np.array(self.start, np.int64)
        captured, original = np.array(self.captured, np.int64), np.array(self.original, np.int64)
        when = np.array(self.when, np.int64)
        number = np.arange(account.packets + 1, account.packets + count + 1, dtype=np.int64)
        account.packets += count
        account.octets += int(captured.sum())
        account.cut += int((captured < original).sum())
        account.untimed += int((when <= 0).sum())
        octets = np.frombuffer(data + PADDING, np.uint8)
        return Records(octets, start, captured, original, when, np.array(self.link, np.int64), number, start + base)


class _Pcap:
    """One header, then packets."""

    def __init__(self, head: bytes, account: CaptureAccount) -> None:
        self._order, self._unit, self._header = _PCAP[head[:4]]
        self._account = account
        snap, link = struct.unpack_from(f"{self._order}II", head, 16)
        self._link = link & 0xFFFF
        self._most = min(max(snap, 1 << 18), MOST_CAPTURED)
        self._unpack = struct.Struct(f"{self._order}IIII").unpack_from
        self._begun = False
        self._last = 0

    def read(self, data: bytes, base: int, *, last: bool) -> tuple[Records | None, int]:
        """The packets that lie whole in `data`, and how many bytes were used; at the end, all bytes are."""
        columns, unpack, header = _Columns(self._account), self._unpack, self._header
        at, end = 0 if self._begun else _HEADER, len(data)
        self._begun = True
        unit, most, fraction_end = self._unit, self._most, 1_000_000_000 // self._unit
        while at + header <= end and self._account.damages < MOST_DAMAGES:
            seconds, fraction, captured, original = unpack(data, at)
            if captured > most or fraction >= fraction_end or not captured <= original <= most * 64 or not original:
                self._account.damage("a packet header contradicts itself", base + at)
                at = self._resume(data, at + 1)
                continue
            follows = at + header + captured
            if follows > end:
                break
            columns.start.append(at + header)
            columns.captured.append(captured)
            columns.original.append(original)
            columns.when.append(seconds * 1_000_000_000 + fraction * unit)
            self._last = seconds
            at = follows
        if at < end and (last or self._account.damages >= MOST_DAMAGES):
            self._account.damage("the capture is cut off", base + at)
            at = end
        columns.link = [self._link] * len(columns.start)
        return columns.records(data, base), min(at, end)

    def _resume(self, data: bytes, at: int) -> int:
        """Where the next plausible packet header stands that another follows; the end of the block where none does."""
        body = np.frombuffer(data, np.uint8)
        while at + self._header < len(data) and self._account.damages < MOST_DAMAGES:
            count = min(len(data) - at - self._header, _WINDOW)
            seconds = _words(body, at, count, self._order)
            captured = _words(body, at + 8, count, self._order)
            original = _words(body, at + 12, count, self._order)
            near = np.abs(seconds - self._last) <= _DAY if self._last else seconds > 0
            likely = near & (captured >= 1) & (captured <= self._most) & (original >= captured)
            for step in np.flatnonzero(likely)[:_MOST_TRIED].tolist():
                follows = at + step + self._header + int(captured[step])
                if follows == len(data) or self._plausible(data, follows):
                    return at + int(step)
            at += count
        return len(data)

    def _plausible(self, data: bytes, at: int) -> bool:
        if at + 16 > len(data):
            return at <= len(data)
        seconds, fraction, captured, original = self._unpack(data, at)
        near = not self._last or abs(seconds - self._last) <= _DAY
        return bool(near and captured <= self._most and captured <= original and fraction < 1_000_000_000 // self._unit)


def _words(body: Octets, at: int, count: int, order: str) -> Numbers:
    """The 32-bit number that begins at each of `count` bytes."""
    parts = [body[at + step : at + step + count].astype(np.int64) for step in range(4)]
    if order == "<":
        parts.reverse()
    return parts[0] << 24 | parts[1] << 16 | parts[2] << 8 | parts[3]


class _Interface(NamedTuple):
    """link: link type; snap: longest packet kept (0: no bound); unit, divisor: nanoseconds = ticks * unit / divisor."""

    link: int
    snap: int
    unit: int
    divisor: int
    offset: int


class _Pcapng:
    """Blocks of sections; each section has its own byte order and interfaces."""

    def __init__(self, account: CaptureAccount) -> None:
        self._account = account
        self._order = "<"
        self._interfaces: list[_Interface] = []
        self._last = 0

    def read(self, data: bytes, base: int, *, last: bool) -> tuple[Records | None, int]:
        """As `_Pcap.read`."""
        columns = _Columns(self._account)
        at, end = 0, len(data)
        while at + 12 <= end and self._account.damages < MOST_DAMAGES:
            length = self._length(data, at)
            if length < 0:
                self._account.damage("a block contradicts itself", base + at)
                at = self._resume(data, at + 4)
                continue
            if at + length > end:
                if length > _MOST_BLOCK:
                    self._account.limit("a block of the capture is too long")
                    return columns.records(data, base), end
                break
            kind = struct.unpack_from(f"{self._order}I", data, at)[0]
            if data[at + length - 4 : at + length] != data[at + 4 : at + 8]:
                self._account.damage("the two lengths of a block differ", base + at)
                at = self._resume(data, at + 4)
                continue
            if kind in _BODY:
                self._packet(columns, data, at, length, base)
            elif kind == _INTERFACE:
                self._interface(data, at, length, base)
            at += length
        if at < end and (last or self._account.damages >= MOST_DAMAGES):
            self._account.damage("the capture is cut off", base + at)
            at = end
        return columns.records(data, base), min(at, end)

    def _length(self, data: bytes, at: int) -> int:
        """The length of a block; a section header sets the byte order first. -1 where it is none."""
        if data[at : at + 4] == _SECTION:
            order = _ORDER_MAGIC.get(data[at + 8 : at + 12])
            if order is None:
                return -1
            self._order, self._interfaces = order, []
        length = int(struct.unpack_from(f"{self._order}I", data, at + 4)[0])
        return length if length >= 12 and length % 4 == 0 else -1  # noqa: PLR2004 - type and both lengths

    def _resume(self, data: bytes, at: int) -> int:
        """The next block with a packet, or a section, whose two lengths agree; the end of the data where none is."""
        mark = struct.pack(f"{self._order}I", _ENHANCED)
        for _ in range(_MOST_TRIED):
            at = data.find(mark, at)
            if at < 0 or at + 12 > len(data):
                return len(data)
            length = struct.unpack_from(f"{self._order}I", data, at + 4)[0]
            whole = 32 <= length <= MOST_CAPTURED + 64 and length % 4 == 0  # noqa: PLR2004 - the least such block
            if whole and data[at + length - 4 : at + length] == data[at + 4 : at + 8]:
                return at
            at += 1
        return len(data)

    def _interface(self, data: bytes, at: int, length: int, base: int) -> None:
        if len(self._interfaces) >= MOST_INTERFACES:
            self._account.limit("more interfaces than are read")
            return
        if length < 20:  # noqa: PLR2004 - an interface description without options
            self._account.damage("an interface description is too short", base + at)
            return
        link, _, snap = struct.unpack_from(f"{self._order}HHI", data, at + 8)
        unit, divisor, offset = 1_000, 1, 0
        for code, value in self._options(data, at + 16, at + length - 4):
            if code == _RESOLUTION and value:
                power = value[0] & 0x7F
                binary = value[0] & 0x80
                unit, divisor = 1_000_000_000, (1 << min(power, 63)) if binary else 10 ** min(power, 19)
            elif code == _OFFSET and len(value) == 8:  # noqa: PLR2004 - 64 bits
                offset = struct.unpack(f"{self._order}q", value)[0]
        self._interfaces.append(_Interface(link, snap, unit, divisor, offset))

    def _options(self, data: bytes, at: int, end: int) -> Iterator[tuple[int, bytes]]:
        for _ in range(_MOST_OPTIONS):
            if at + 4 > end:
                return
            code, length = struct.unpack_from(f"{self._order}HH", data, at)
            if code == 0 or at + 4 + length > end:
                return
            yield code, data[at + 4 : at + 4 + length]
            at += 4 + (length + 3) // 4 * 4

    def _packet(self, columns: _Columns, data: bytes, at: int, length: int, base: int) -> None:
        kind = struct.unpack_from(f"{self._order}I", data, at)[0]
        body = _BODY[kind]
        if length < body + 4:
            self._account.damage("a packet block is too short", base + at)
            return
        if kind == _SIMPLE:
            number, ticks = 0, 0
            original = struct.unpack_from(f"{self._order}I", data, at + 8)[0]
            captured = min(original, length - body - 4)
        elif kind == _OLD_PACKET:
            number, _, high, low, captured, original = struct.unpack_from(f"{self._order}HHIIII", data, at + 8)
            ticks = high << 32 | low
        else:
            number, high, low, captured, original = struct.unpack_from(f"{self._order}IIIII", data, at + 8)
            ticks = high << 32 | low
        if captured > length - body - 4 or captured > MOST_CAPTURED or number >= len(self._interfaces):
            self._account.damage("a packet block contradicts itself", base + at)
            return
        self._keep(columns, at + body, captured, max(original, captured), self._interfaces[number], ticks)

    @staticmethod
    def _keep(columns: _Columns, at: int, captured: int, original: int, interface: _Interface, ticks: int) -> None:
        when = ticks * interface.unit // interface.divisor + interface.offset * 1_000_000_000 if ticks else 0
        columns.start.append(at)
        columns.captured.append(min(captured, interface.snap) if interface.snap else captured)
        columns.original.append(original)
        columns.when.append(when if 0 <= when < _LATEST else 0)
        columns.link.append(interface.link)
