"""Bytes of the start of TLS connections, with certificates that are made for it; no connection is ever encrypted."""

from __future__ import annotations

import datetime as dt
import functools
import hashlib
import ipaddress
import struct
from collections.abc import Sequence

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

CIPHERS = (0x0A0A, 0x1301, 0x1302, 0x1303, 0xC02B, 0xC02F, 0xC02C, 0xC030, 0xCCA9, 0xCCA8)
SIGNATURES = (0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501)
TLS12, TLS13 = 0x0303, 0x0304
Extension = tuple[int, bytes]


def client_hello(
    name: str, *, alpn: Sequence[bytes] = (b"h2", b"http/1.1"), encrypted: bool = False,
    ciphers: Sequence[int] = CIPHERS, signatures: Sequence[int] = SIGNATURES,
    extensions: Sequence[Extension] | None = None, version13: bool = True,
) -> bytes:  # fmt: skip
    """A handshake message, without a record around it. extensions: instead of the usual ones."""
    found = list(extensions) if extensions is not None else usual(name, alpn, signatures, version13=version13)
    if encrypted:
        found.append((0xFE0D, b"\0" + bytes(40)))
    written = b"".join(struct.pack(">HH", kind, len(value)) + value for kind, value in found)
    body = (
        struct.pack(">H", TLS12) + hashlib.sha256(name.encode()).digest() + b"\x20" + bytes(32)
        + struct.pack(">H", 2 * len(ciphers)) + b"".join(struct.pack(">H", each) for each in ciphers)
        + b"\x01\x00" + struct.pack(">H", len(written)) + written
    )  # fmt: skip
    return message(1, body)


def usual(name: str, alpn: Sequence[bytes], signatures: Sequence[int], *, version13: bool) -> list[Extension]:
    """The extensions of an ordinary client."""
    found: list[Extension] = [(0x1A1A, b"")]
    if name:
        found.append((0, _listed(2, b"\0" + _listed(2, name.encode()))))
    found += [(0x17, b""), (10, _listed(2, struct.pack(">HH", 0x001D, 0x0017))), (11, b"\x01\x00")]
    if alpn:
        found.append((16, _listed(2, b"".join(_listed(1, each) for each in alpn))))
    found.append((13, _listed(2, b"".join(struct.pack(">H", each) for each in signatures))))
    if version13:
        found += [
            (43, _listed(1, struct.pack(">HHH", 0x2A2A, TLS13, TLS12))),
            (51, _listed(2, struct.pack(">HH", 0x1D, 32) + bytes(32))),
        ]
    return found


def _listed(width: int, content: bytes) -> bytes:
    return len(content).to_bytes(width, "big") + content


def message(kind: int, body: bytes) -> bytes:
    """A handshake message."""
    return bytes([kind]) + len(body).to_bytes(3, "big") + body


def records(content: bytes, size: int = 1 << 14, kind: int = 22) -> bytes:
    """Content in records of at most `size` bytes."""
    pieces = [content[at : at + size] for at in range(0, len(content), size)]
    return b"".join(struct.pack(">BHH", kind, 0x0303, len(piece)) + piece for piece in pieces)


def server_hello(version: int = TLS13) -> bytes:
    """A server's choice: TLS 1.2 with an elliptic key, or TLS 1.3."""
    extensions = struct.pack(">HHH", 43, 2, TLS13) if version == TLS13 else b""
    body = struct.pack(">H", TLS12) + bytes(32) + b"\0" + struct.pack(">HB", 0x1301 if version == TLS13 else 0xC02B, 0)
    return message(2, body + _listed(2, extensions))


def certificate_message(*ders: bytes) -> bytes:
    """The certificates of TLS 1.2, in the clear."""
    return message(11, _listed(3, b"".join(_listed(3, der) for der in ders)))


@functools.cache
def _key() -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(0x1234567890ABCDEF, ec.SECP256R1())


@functools.cache
def certificate(name: str, others: tuple[str, ...] = (), issuer: str = "") -> bytes:
    """A certificate as DER. others: further names and addresses; issuer: who vouches, empty for the server itself."""
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    signer = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, issuer)]) if issuer else subject
    start = dt.datetime(2025, 1, 1, tzinfo=dt.UTC)
    builder = x509.CertificateBuilder(signer, subject, _key().public_key(), 4711, start, start + dt.timedelta(days=365))
    names = x509.SubjectAlternativeName([_general(each) for each in (name, *others)])
    built = builder.add_extension(names, critical=False).sign(_key(), hashes.SHA256())
    return built.public_bytes(serialization.Encoding.DER)


def _general(text: str) -> x509.GeneralName:
    """A name, an address, or the address of a page."""
    if "://" in text:
        return x509.UniformResourceIdentifier(text)
    try:
        return x509.IPAddress(ipaddress.ip_address(text))
    except ValueError:
        return x509.DNSName(text)
