"""Opens the first packets of QUIC, whose keys anybody can compute, to see which server name a client asks for."""

from __future__ import annotations

from typing import NamedTuple

from luciole.kernel.errors import ParseError

VERSION_1, VERSION_2 = 0x00000001, 0x6B3343CF
_SALTS = {
    VERSION_1: bytes.fromhex("38762cf7f55934b34d179ae6a4c80cadccbb7f0a"),
    VERSION_2: bytes.fromhex("0dede3def700a6db819381be6e269dcbf9bd2ed9"),
}
"""RFC 9001 section 5.2 and RFC 9369 section 3.3.1."""
_INITIAL_TYPE = {VERSION_1: 0, VERSION_2: 1}
_LABEL = {VERSION_1: "quic", VERSION_2: "quicv2"}
_LONGEST_ID = 20
_SAMPLE = 16
_MOST_FRAMES = 2_000
_MOST_CRYPTO = 1 << 16
_MOST_PIECES = 256
_PING, _ACK, _ACK_MARKS, _CRYPTO, _CLOSE = 1, 2, 3, 6, 0x1C
_PADDING = b"\0"


class Initial(NamedTuple):
    """One packet as it is before decryption. number_at: where its (hidden) number stands; end: where it ends."""

    version: int
    target: bytes
    source: bytes
    number_at: int
    end: int


class Keys(NamedTuple):
    """key, iv: of the content; mask: the key that hides the packet's number."""

    key: bytes
    iv: bytes
    mask: bytes


def initial(data: bytes) -> Initial | None:
    """The header of an Initial packet of version 1 or 2; None where it begins with none (RFC 9000, 17.2.2)."""
    if len(data) < 7 or data[0] & 0xC0 != 0xC0:  # noqa: PLR2004 - long header, fixed bit
        return None
    version = int.from_bytes(data[1:5], "big")
    if version not in _SALTS or (data[0] >> 4) & 3 != _INITIAL_TYPE[version]:
        return None
    try:
        target, at = _connection_id(data, 5)
        source, at = _connection_id(data, at)
        token, at = _number(data, at)
        length, at = _number(data, at + token)
    except ParseError:
        return None
    if length < _SAMPLE + 4 or at + length > len(data):
        return None
    return Initial(version, target, source, at, at + length)


def _connection_id(data: bytes, at: int) -> tuple[bytes, int]:
    length = data[at] if at < len(data) else _LONGEST_ID + 1
    if length > _LONGEST_ID or at + 1 + length > len(data):
        raise ParseError("a connection id is too long", offset=at)
    return data[at + 1 : at + 1 + length], at + 1 + length


def _number(data: bytes, at: int) -> tuple[int, int]:
    """A number of 1, 2, 4 or 8 bytes (RFC 9000, section 16)."""
    if at >= len(data):
        raise ParseError("a packet is cut off", offset=at)
    width = 1 << (data[at] >> 6)
    if at + width > len(data):
        raise ParseError("a packet is cut off", offset=at)
    value = int.from_bytes(data[at : at + width], "big") & ((1 << (8 * width - 2)) - 1)
    return value, at + width


def keys(version: int, target: bytes, *, server: bool = False) -> Keys:
    """The keys of Initial packets of a connection, from the first id that the client chose (RFC 9001, section 5.2)."""
    import hmac  # noqa: PLC0415 - only captures with QUIC need it

    secret = hmac.digest(_SALTS[version], target, "sha256")
    secret = _expand(secret, "server in" if server else "client in", 32)
    label = _LABEL[version]
    return Keys(
        _expand(secret, f"{label} key", 16), _expand(secret, f"{label} iv", 12), _expand(secret, f"{label} hp", 16)
    )


def _expand(secret: bytes, label: str, length: int) -> bytes:
    """HKDF-Expand-Label of TLS 1.3 for at most 32 bytes (RFC 8446, section 7.1)."""
    import hmac  # noqa: PLC0415 - as above

    name = b"tls13 " + label.encode("ascii")
    context = length.to_bytes(2, "big") + bytes([len(name)]) + name + b"\0"
    return hmac.digest(secret, context + b"\x01", "sha256")[:length]


def opened(data: bytes, packet: Initial, known: Keys) -> bytes:
    """The frames of a packet. Raises ParseError where it was not made with these keys (RFC 9001, sections 5.3, 5.4)."""
    from cryptography.exceptions import InvalidTag  # noqa: PLC0415 - only captures with QUIC need it
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes  # noqa: PLC0415 - as above
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 - as above

    sample = data[packet.number_at + 4 : packet.number_at + 4 + _SAMPLE]
    mask = Cipher(algorithms.AES(known.mask), modes.ECB()).encryptor().update(sample)  # noqa: S305 - as the RFC has it
    first = data[0] ^ (mask[0] & 0x0F)
    width = (first & 3) + 1
    start = packet.number_at + width
    hidden = data[packet.number_at : start]
    number = bytes(left ^ right for left, right in zip(hidden, mask[1:], strict=False))
    header = bytes([first]) + data[1 : packet.number_at] + number
    nonce = (int.from_bytes(known.iv, "big") ^ int.from_bytes(number, "big")).to_bytes(12, "big")
    try:
        return AESGCM(known.key).decrypt(nonce, data[start : packet.end], header)
    except InvalidTag as error:
        raise ParseError("an Initial packet of QUIC does not open", offset=packet.number_at) from error


def crypto(frames: bytes) -> list[tuple[int, bytes]]:
    """The pieces of the handshake in the frames of an Initial packet, with their places. Raises ParseError."""
    found: list[tuple[int, bytes]] = []
    at = 0
    for _ in range(_MOST_FRAMES):
        at = len(frames) - len(frames[at:].lstrip(_PADDING))
        if at >= len(frames):
            return found
        kind, at = _number(frames, at)
        if kind == _CRYPTO:
            place, at = _number(frames, at)
            length, at = _number(frames, at)
            if at + length > len(frames) or place + length > _MOST_CRYPTO:
                raise ParseError("a frame contradicts its length", offset=at)
            found.append((place, frames[at : at + length]))
            at += length
        elif kind in {_ACK, _ACK_MARKS}:
            at = _past_ack(frames, at, marks=kind == _ACK_MARKS)
        elif kind == _CLOSE:
            return found
        elif kind != _PING:
            raise ParseError("a frame that no Initial packet may hold", offset=at)
    raise ParseError("too many frames in a packet", offset=at, limit=True)


def _past_ack(frames: bytes, at: int, *, marks: bool) -> int:
    for _ in range(2):
        _, at = _number(frames, at)
    ranges, at = _number(frames, at)
    if ranges > len(frames):
        raise ParseError("a frame contradicts its length", offset=at)
    for _ in range(1 + 2 * ranges + (3 if marks else 0)):
        _, at = _number(frames, at)
    return at


class Assembly:
    """The handshake of one client, put together from the pieces of several packets, which may come in any order.

    held: bytes of all pieces.
    """

    __slots__ = ("_pieces", "held")

    def __init__(self) -> None:
        self._pieces: dict[int, bytes] = {}
        self.held = 0

    def add(self, pieces: list[tuple[int, bytes]]) -> None:
        """Keeps pieces; of the same place the longer one."""
        for place, piece in pieces:
            if len(self._pieces) < _MOST_PIECES and len(piece) > len(self._pieces.get(place, b"")):
                self.held += len(piece) - len(self._pieces.get(place, b""))
                self._pieces[place] = piece

    def message(self) -> bytes | None:
        """The body of the client hello once it is whole. Raises ParseError where the handshake is another one."""
        content = bytearray()
        for place, piece in sorted(self._pieces.items()):
            if place > len(content):
                break
            content[place:] = piece if place + len(piece) > len(content) else content[place:]
        if len(content) < 4:  # noqa: PLR2004 - type and length
            return None
        if content[0] != 1:
            raise ParseError("the handshake does not begin with a client hello", offset=0)
        length = int.from_bytes(content[1:4], "big")
        return bytes(content[4 : 4 + length]) if len(content) >= 4 + length else None
