"""Writes signatures as CMS SignedData with signed attributes, as programs carry them (RFC 5652)."""

from __future__ import annotations

import hashlib

from cryptography import x509

from luciole.simulate.apps.keys import RSA_PKCS1_SHA256, Signer

_SHA256 = bytes.fromhex("300d06096086480165030402010500")
_RSA = bytes.fromhex("300d06092a864886f70d0101010500")
_ECDSA_SHA256 = bytes.fromhex("300a06082a8648ce3d040302")
_SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")
_CONTENT_TYPE = bytes.fromhex("06092a864886f70d010903")
_MESSAGE_DIGEST = bytes.fromhex("06092a864886f70d010904")
DATA = bytes.fromhex("06092a864886f70d010701")
"""The type of a content that is plain bytes."""
INDIRECT_DATA = bytes.fromhex("060a2b060104018237020104")
"""The type of a content that names the digest of a Windows program."""


def signed_data(signer: Signer, kind: bytes, signed: bytes, content: bytes = b"") -> bytes:
    """A signature over `signed`. kind: its type; content: the encoded content that is carried, if any."""
    certificate = x509.load_der_x509_certificate(signer.certificate)
    serial = certificate.serial_number
    number = element(0x02, serial.to_bytes(serial.bit_length() // 8 + 1, "big"))
    names = element(0x30, certificate.issuer.public_bytes() + number)
    digest = hashlib.sha256(signed).digest()
    attributes = b"".join(sorted((
        element(0x30, _CONTENT_TYPE + element(0x31, kind)),
        element(0x30, _MESSAGE_DIGEST + element(0x31, element(0x04, digest))),
    )))  # fmt: skip
    algorithm = _RSA if signer.algorithm == RSA_PKCS1_SHA256 else _ECDSA_SHA256
    signature = element(0x04, signer.sign(element(0x31, attributes)))
    one = element(0x02, b"\1")
    info = element(0x30, one + names + _SHA256 + element(0xA0, attributes) + algorithm + signature)
    carried = element(0x30, kind + (element(0xA0, content) if content else b""))
    body = one + element(0x31, _SHA256) + carried + element(0xA0, signer.certificate) + element(0x31, info)
    return element(0x30, _SIGNED_DATA + element(0xA0, element(0x30, body)))


def indirect_data(digest: bytes) -> bytes:
    """The content that names the SHA-256 of a Windows program (SpcIndirectDataContent)."""
    image = bytes.fromhex("060a2b06010401823702010f") + element(0x30, b"\x03\x01\x00\xa0\x04\xa2\x02\x80\x00")
    return element(0x30, element(0x30, image) + element(0x30, _SHA256 + element(0x04, digest)))


def element(tag: int, content: bytes) -> bytes:
    """One DER element."""
    length = len(content)
    if length < 0x80:  # noqa: PLR2004 - the number is the format's
        return bytes((tag, length)) + content
    size = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(size))) + size + content
