"""Puts fragments of IP packets together, and takes IPv6 extension headers away; bounded in number and in size."""

from __future__ import annotations

from luciole.devices.parsers.network.account import CaptureAccount

_MOST_WAITING = 512
_MOST_PIECES = 128
_MOST_BYTES = 8 << 20
_MOST_HEADERS = 16
_LONGEST = 65_535
_FRAGMENT, _AUTHENTICATION = 44, 51
_SKIPPED = (0, 43, 60, 135, 139, 140)
_LIMIT = "more unfinished fragments than are kept"


class _Waiting:
    """The pieces of one packet. total: its length, known from the last piece."""

    __slots__ = ("head", "pieces", "protocol", "total")

    def __init__(self, head: bytes, protocol: int) -> None:
        self.head = head
        self.protocol = protocol
        self.pieces: dict[int, bytes] = {}
        self.total = -1

    def whole(self) -> bytes | None:
        """The content, once every byte of it is there; of bytes that came twice the first are kept."""
        if self.total < 0:
            return None
        content, at = bytearray(), 0
        for start, piece in sorted(self.pieces.items()):
            if start > at:
                return None
            content += piece[at - start :]
            at = max(at, start + len(piece))
        return bytes(content[: self.total]) if at >= self.total else None


class Fragments:
    """Fed with packets that are split or have extension headers; gives plain packets back."""

    def __init__(self, account: CaptureAccount) -> None:
        self._account = account
        self._waiting: dict[bytes, _Waiting] = {}
        self._bytes = 0

    def feed(self, packet: bytes, offset: int) -> bytes | None:
        """A plain IP packet once it is whole, None before.

        packet: from its IP header to its end; offset: of the capture. RFC 791 section 3.2, RFC 8200 section 4.
        """
        return self._six(packet, offset) if packet[0] >> 4 == 6 else self._four(packet, offset)  # noqa: PLR2004 - IPv6

    def unfinished(self) -> int:
        """How many packets lack pieces."""
        return len(self._waiting)

    def _four(self, packet: bytes, offset: int) -> bytes | None:
        header = (packet[0] & 15) * 4
        said = int.from_bytes(packet[2:4], "big")
        content = packet[header : said if said > header else len(packet)]
        place = int.from_bytes(packet[6:8], "big")
        key = b"4" + packet[4:6] + packet[9:10] + packet[12:20]
        whole = self._add(key, packet[:20], packet[9], ((place & 0x1FFF) * 8, bool(place & 0x2000)), content, offset)
        if whole is None:
            return None
        length = (20 + len(whole)).to_bytes(2, "big") if 20 + len(whole) <= _LONGEST else b"\0\0"
        return b"\x45" + packet[1:2] + length + bytes(4) + packet[8:10] + bytes(2) + packet[12:20] + whole

    def _six(self, packet: bytes, offset: int) -> bytes | None:
        following, at = packet[6], 40
        end = min(len(packet), 40 + int.from_bytes(packet[4:6], "big"))
        for _ in range(_MOST_HEADERS):
            if at + 8 > end:
                break
            if following == _FRAGMENT:
                return self._fragment(packet, packet[at : at + 8], packet[at + 8 : end], offset)
            if following in _SKIPPED:
                following, at = packet[at], at + 8 + packet[at + 1] * 8
            elif following == _AUTHENTICATION:
                following, at = packet[at], at + 8 + packet[at + 1] * 4
            else:
                return _plain_six(packet, following, packet[at:end])
        if at + 8 > end and following not in (*_SKIPPED, _FRAGMENT, _AUTHENTICATION):
            return _plain_six(packet, following, packet[at:end])
        self._account.damage("the extension headers of a packet do not end", offset)
        return None

    def _fragment(self, packet: bytes, header: bytes, content: bytes, offset: int) -> bytes | None:
        place = int.from_bytes(header[2:4], "big")
        key = b"6" + header[4:8] + packet[8:40]
        whole = self._add(key, packet[:40], header[0], (place & 0xFFF8, bool(place & 1)), content, offset)
        return None if whole is None else _plain_six(packet, header[0], whole)

    def _add(
        self, key: bytes, head: bytes, protocol: int, place: tuple[int, bool], content: bytes, offset: int
    ) -> bytes | None:
        """place: where the piece belongs, and whether more follow."""
        start, more = place
        if start + len(content) > _LONGEST:
            self._account.damage("a fragment lies outside its packet", offset)
            return None
        if start == 0 and not more:
            return content
        waiting = self._waiting.get(key)
        if waiting is None:
            self._room(len(content))
            waiting = self._waiting[key] = _Waiting(head, protocol)
        if len(waiting.pieces) >= _MOST_PIECES or self._bytes + len(content) > _MOST_BYTES:
            self._account.limit(_LIMIT)
            return None
        if start not in waiting.pieces:
            waiting.pieces[start] = content
            self._bytes += len(content)
        if not more and waiting.total < 0:
            waiting.total = start + len(content)
        whole = waiting.whole()
        if whole is not None:
            self._forget(key)
        return whole

    def _room(self, size: int) -> None:
        """The packet that waits longest gives way."""
        while self._waiting and (len(self._waiting) >= _MOST_WAITING or self._bytes + size > _MOST_BYTES):
            self._account.limit(_LIMIT)
            self._forget(next(iter(self._waiting)))

    def _forget(self, key: bytes) -> None:
        self._bytes -= sum(map(len, self._waiting.pop(key).pieces.values()))


def _plain_six(packet: bytes, protocol: int, content: bytes) -> bytes:
    return packet[:4] + len(content).to_bytes(2, "big") + bytes([protocol]) + packet[7:40] + content
