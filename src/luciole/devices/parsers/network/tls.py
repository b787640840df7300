"""The start of encrypted connections: what a client says, what a server chooses, which certificates it shows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from luciole.kernel.errors import ParseError

CLIENT_HELLO, SERVER_HELLO, CERTIFICATE = 1, 2, 11
HANDSHAKE, ALERT, APPLICATION, CHANGE = 22, 21, 23, 20
_MOST_HANDSHAKE = 1 << 17
_MOST_CERTIFICATES = 16
_MOST_NAMES = 16
_SERVER_NAME, _ALPN, _SIGNATURES, _VERSIONS, _ENCRYPTED_HELLO = 0, 16, 13, 43, 0xFE0D
_RECORD = 5
TLS13 = 0x0304


class Incomplete(ParseError):
    """The bytes are the start of a message of which more must follow."""


class ClientHello(NamedTuple):
    """version: the old field; versions, ciphers, extensions, signatures: numbers in the order sent; alpn: as bytes."""

    version: int
    ciphers: tuple[int, ...]
    extensions: tuple[int, ...]
    server_name: str = ""
    alpn: tuple[bytes, ...] = ()
    signatures: tuple[int, ...] = ()
    versions: tuple[int, ...] = ()

    @property
    def encrypted(self) -> bool:
        """Whether it carries an Encrypted Client Hello: then the server name that is shown may be another's."""
        return _ENCRYPTED_HELLO in self.extensions


class ServerHello(NamedTuple):
    """version: as chosen (0x0304 is TLS 1.3); cipher: number."""

    version: int
    cipher: int


def looks_like(data: bytes) -> bool:
    """Whether a stream begins with a handshake record of TLS 1.0 to 1.3, as far as it is there."""
    return data[:1] == b"\x16" and data[1:2] in {b"", b"\x03"} and data[2:3] in {b"", b"\0", b"\1", b"\2", b"\3", b"\4"}


def handshakes(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Type and body of each handshake message at the start of a stream, until encryption begins (RFC 8446, 5.1).

    Raises Incomplete where the stream ends inside a message, ParseError where it is no TLS.
    """
    content = bytearray()
    for kind, body in _records(data):
        if kind != HANDSHAKE:
            return
        content += body
        while len(content) >= 4:  # noqa: PLR2004 - type and length
            length = int.from_bytes(content[1:4], "big")
            if length > _MOST_HANDSHAKE:
                raise ParseError("a handshake message is too long", offset=0, limit=True)
            if len(content) < 4 + length:
                break
            yield content[0], bytes(content[4 : 4 + length])
            del content[: 4 + length]
    raise Incomplete("the stream ends inside the handshake", offset=len(data))


def _records(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Records; the last may be there only in part, and then the part is handed on before the end."""
    at = 0
    while at + _RECORD <= len(data):
        kind, length = data[at], int.from_bytes(data[at + 3 : at + 5], "big")
        if not ALERT - 1 <= kind <= APPLICATION or data[at + 1] != 3 or length > 1 << 14 | 2048:  # noqa: PLR2004 - TLS
            raise ParseError("no record of TLS", offset=at)
        yield kind, data[at + _RECORD : at + _RECORD + length]
        if at + _RECORD + length > len(data):
            return
        at += _RECORD + length


class _Cursor:
    """Reads numbers and lists; every length is compared with what is there."""

    __slots__ = ("at", "data")

    def __init__(self, data: bytes, at: int = 0) -> None:
        self.data = data
        self.at = at

    def take(self, count: int) -> bytes:
        """The next `count` bytes."""
        if self.at + count > len(self.data):
            raise ParseError("a handshake message contradicts its lengths", offset=self.at)
        self.at += count
        return self.data[self.at - count : self.at]

    def list(self, width: int) -> bytes:
        """A list with its length before it."""
        return self.take(int.from_bytes(self.take(width), "big"))


def _numbers(raw: bytes) -> tuple[int, ...]:
    return tuple(int.from_bytes(raw[at : at + 2], "big") for at in range(0, len(raw) - 1, 2))


def client_hello(body: bytes) -> ClientHello:
    """The body of a client hello (RFC 8446, section 4.1.2). Raises ParseError."""
    cursor = _Cursor(body)
    version = int.from_bytes(cursor.take(2), "big")
    cursor.take(32)
    cursor.list(1)
    ciphers = _numbers(cursor.list(2))
    cursor.list(1)
    found: dict[int, bytes] = {}
    order = []
    for kind, value in _extensions(cursor):
        order.append(kind)
        found.setdefault(kind, value)
    return ClientHello(
        version,
        ciphers,
        tuple(order),
        _server_name(found.get(_SERVER_NAME, b"")),
        _protocols(found.get(_ALPN, b"")),
        _numbers(_Cursor(found[_SIGNATURES]).list(2)) if _SIGNATURES in found else (),
        _numbers(_Cursor(found[_VERSIONS]).list(1)) if _VERSIONS in found else (),
    )


def _extensions(cursor: _Cursor) -> Iterator[tuple[int, bytes]]:
    if cursor.at == len(cursor.data):
        return
    inner = _Cursor(cursor.list(2))
    while inner.at < len(inner.data):
        kind = int.from_bytes(inner.take(2), "big")
        yield kind, inner.list(2)


def _server_name(value: bytes) -> str:
    """The first host name (RFC 6066, section 3), lower case; bytes that are no ASCII are shown as numbers."""
    if not value:
        return ""
    names = _Cursor(_Cursor(value).list(2))
    while names.at < len(names.data):
        kind = names.take(1)
        name = names.list(2)
        if kind == b"\0":
            return name.decode("ascii", "backslashreplace").lower().rstrip(".")
    return ""


def _protocols(value: bytes) -> tuple[bytes, ...]:
    if not value:
        return ()
    found: list[bytes] = []
    cursor = _Cursor(_Cursor(value).list(2))
    while cursor.at < len(cursor.data) and len(found) < _MOST_NAMES:
        found.append(cursor.list(1))
    return tuple(found)


def server_hello(body: bytes) -> ServerHello:
    """The body of a server hello (RFC 8446, section 4.1.3). Raises ParseError."""
    cursor = _Cursor(body)
    version = int.from_bytes(cursor.take(2), "big")
    cursor.take(32)
    cursor.list(1)
    cipher = int.from_bytes(cursor.take(2), "big")
    cursor.take(1)
    for kind, value in _extensions(cursor):
        if kind == _VERSIONS and len(value) == 2:  # noqa: PLR2004 - one version
            version = int.from_bytes(value, "big")
    return ServerHello(version, cipher)


def certificates(body: bytes) -> tuple[bytes, ...]:
    """The certificates of TLS 1.2 and before, the server's own first, as DER (RFC 5246, section 7.4.2)."""
    cursor = _Cursor(_Cursor(body).list(3))
    found: list[bytes] = []
    while cursor.at < len(cursor.data) and len(found) < _MOST_CERTIFICATES:
        found.append(cursor.list(3))
    return tuple(found)
