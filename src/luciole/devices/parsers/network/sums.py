"""Checksums of TCP and UDP for the few packets that name something, so that changed bytes are noticed."""

from __future__ import annotations

from luciole.devices.parsers.network.account import CaptureAccount
from luciole.devices.parsers.network.frames import TCP, Packets
from luciole.devices.parsers.network.records import Records

_CHECKSUM_AT = {True: 16, False: 6}
_FEW = 4
_ONES = 0xFFFF
_WHAT = "the content of a packet does not fit its checksum"


class Sums:
    """Counts packets whose content does not fit. Computers let their network card compute sums: packets that they send
    themselves then carry none, or only that of the addresses; where most packets do not fit, nobody computed them."""  # noqa: D205, D209 - one thought

    def __init__(self) -> None:
        self._checked = 0
        self._wrong = 0
        self._first = 0

    def check(self, block: Records, packets: Packets, place: int) -> None:
        """Compares one packet that is there completely (RFC 9293 section 3.1, RFC 768, RFC 8200 section 8.1)."""
        start = int(packets.inner[place])
        end = int(packets.payload[place] + packets.size[place])
        tcp = int(packets.protocol[place]) == TCP
        content = block.data[start:end].tobytes()
        written = int.from_bytes(content[_CHECKSUM_AT[tcp] : _CHECKSUM_AT[tcp] + 2], "big")
        addresses = _addresses(packets, place, len(content))
        self._checked += 1
        computed_later = written == 0 or written % _ONES in {addresses % _ONES, (addresses - len(content)) % _ONES}
        if (addresses + _words(content)) % _ONES and not computed_later:
            self._first = self._first if self._wrong else int(block.offset[packets.row[place]])
            self._wrong += 1

    def tell(self, account: CaptureAccount) -> None:
        """Notes what does not fit, unless nobody computed sums at all."""
        if self._wrong and (self._checked < _FEW or self._wrong * 2 <= self._checked):
            account.damage(_WHAT, self._first, self._wrong)


def _addresses(packets: Packets, place: int, length: int) -> int:
    """The sum of the pseudo header."""
    ends = packets.source[place].tobytes() + packets.target[place].tobytes()
    return _words(ends) + int(packets.protocol[place]) + length


def _words(content: bytes) -> int:
    """The sum of the 16-bit words in ones' complement is the number that the bytes are, modulo 65,535."""
    number = int.from_bytes(content, "big")
    return (number << 8 if len(content) % 2 else number) % _ONES
