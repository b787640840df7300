"""Initial packets of QUIC as a client sends them, encrypted as the standard wants it (RFC 9001, RFC 9369)."""

from __future__ import annotations

import struct
from typing import NamedTuple

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand


class Version(NamedTuple):
    """number: on the wire; salt: of the first secret; label: before the names of keys; first: byte with packet type."""

    number: int
    salt: bytes
    label: bytes
    first: int


V1 = Version(1, bytes.fromhex("38762cf7f55934b34d179ae6a4c80cadccbb7f0a"), b"quic", 0xC3)
V2 = Version(0x6B3343CF, bytes.fromhex("0dede3def700a6db819381be6e269dcbf9bd2ed9"), b"quicv2", 0xD3)
LEAST = 1_200


def initials(hello: bytes, target: bytes, version: Version = V1, pieces: int = 1) -> list[bytes]:
    """Datagrams that carry a client hello in so many pieces, the last piece first."""
    size = -(-len(hello) // pieces)
    parts = [(at, hello[at : at + size]) for at in range(0, len(hello), size)]
    return [initial(crypto(at, part), target, number, version) for number, (at, part) in enumerate(reversed(parts))]


def crypto(place: int, content: bytes) -> bytes:
    """A frame with a piece of the handshake."""
    return b"\x06" + struct.pack(">H", 0x4000 | place) + struct.pack(">H", 0x4000 | len(content)) + content


def initial(frames: bytes, target: bytes, number: int, version: Version = V1, source: bytes = b"\x01\x02") -> bytes:
    """One datagram, filled to 1,200 bytes. target: the connection id that the client chose."""
    head = bytes([version.first]) + struct.pack(">I", version.number) + _short(target) + _short(source) + b"\0"
    frames = frames.ljust(LEAST - len(head) - 2 - 4 - 16, b"\0")
    head += struct.pack(">H", 0x4000 | (4 + len(frames) + 16)) + struct.pack(">I", number)
    secret = _expand(_extract(version.salt, target), b"client in", 32)
    key, iv, hide = (
        _expand(secret, version.label + b" " + name, size) for name, size in ((b"key", 16), (b"iv", 12), (b"hp", 16))
    )
    nonce = iv[:8] + bytes(a ^ b for a, b in zip(iv[8:], struct.pack(">I", number), strict=True))
    sealed = AESGCM(key).encrypt(nonce, frames, head)
    mask = Cipher(algorithms.AES(hide), modes.ECB()).encryptor().update(sealed[:16])  # noqa: S305 - as the RFC has it
    hidden = bytes(a ^ b for a, b in zip(head[-4:], mask[1:5], strict=True))
    return bytes([head[0] ^ (mask[0] & 0x0F)]) + head[1:-4] + hidden + sealed


def _short(content: bytes) -> bytes:
    return bytes([len(content)]) + content


def _extract(salt: bytes, content: bytes) -> bytes:
    mac = HMAC(salt, SHA256())
    mac.update(content)
    return mac.finalize()


def _expand(secret: bytes, name: bytes, length: int) -> bytes:
    label = b"tls13 " + name
    info = struct.pack(">H", length) + _short(label) + b"\0"
    return HKDFExpand(SHA256(), length, info).derive(secret)
