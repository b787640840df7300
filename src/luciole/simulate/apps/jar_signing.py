"""Writes JAR signatures (scheme v1): manifest, signature file and its PKCS #7 block (JAR specification, RFC 2315)."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from luciole.simulate.apps.archive import Member
from luciole.simulate.apps.keys import RSA_PKCS1_SHA256, Signer

_LINE = 70
_OTHER_SCHEMES = {"v2": "2", "v3": "3"}
_SHA256 = bytes.fromhex("300d06096086480165030402010500")
_RSA = bytes.fromhex("300d06092a864886f70d0101010500")
_ECDSA_SHA256 = bytes.fromhex("300a06082a8648ce3d040302")
_DATA = bytes.fromhex("06092a864886f70d010701")
_SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")


def jar_members(
    members: Sequence[Member], signers: Sequence[Signer], schemes: Sequence[str] = ()
) -> tuple[Member, ...]:
    """The signature's entries for `members`. schemes: the newer ones that the signature files announce."""
    sections = [(item.name, _section(item)) for item in members if _covered(item.name)]
    main = b"Manifest-Version: 1.0\r\nCreated-By: 1.0 (Luciole inert)\r\n\r\n"
    manifest = main + b"".join(section for _, section in sections)
    announced = ", ".join(_OTHER_SCHEMES[scheme] for scheme in schemes if scheme in _OTHER_SCHEMES)
    head = [b"Signature-Version: 1.0", b"Created-By: 1.0 (Luciole inert)"]
    head.append(b"SHA-256-Digest-Manifest: " + _digest(manifest))
    if announced:
        head.append(b"X-Android-APK-Signed: " + announced.encode())
    bodies = b"".join(
        _line(b"Name: " + name) + b"SHA-256-Digest: " + _digest(section) + b"\r\n\r\n" for name, section in sections
    )
    signature_file = b"\r\n".join(head) + b"\r\n\r\n" + bodies
    files = [Member(b"META-INF/MANIFEST.MF", manifest)]
    for number, signer in enumerate(signers):
        stem = b"META-INF/CERT" + (b"" if number == 0 else str(number).encode())
        ending = b".RSA" if signer.algorithm == RSA_PKCS1_SHA256 else b".EC"
        files.append(Member(stem + b".SF", signature_file))
        files.append(Member(stem + ending, write_pkcs7(signer, signature_file)))
    return tuple(files)


def _covered(name: bytes) -> bool:
    """Folders and what lies in META-INF/ are not signed."""
    return not name.endswith(b"/") and not name.startswith(b"META-INF/")


def _section(item: Member) -> bytes:
    return _line(b"Name: " + item.name) + b"SHA-256-Digest: " + _digest(item.data) + b"\r\n\r\n"


def _digest(data: bytes) -> bytes:
    return base64.b64encode(hashlib.sha256(data).digest())


def _line(text: bytes) -> bytes:
    """One header line; what is longer goes on in lines that begin with a space."""
    parts = [text[:_LINE]]
    parts += [b" " + text[start : start + _LINE - 1] for start in range(_LINE, len(text), _LINE - 1)]
    return b"\r\n".join(parts) + b"\r\n"


def write_pkcs7(signer: Signer, content: bytes, more_certificates: Sequence[bytes] = ()) -> bytes:
    """A detached PKCS #7 signature without signed attributes over `content`."""
    certificate = x509.load_der_x509_certificate(signer.certificate)
    serial = certificate.serial_number
    number = _der(0x02, serial.to_bytes(serial.bit_length() // 8 + 1, "big"))
    names = _der(0x30, certificate.issuer.public_bytes() + number)
    algorithm = _RSA if signer.algorithm == RSA_PKCS1_SHA256 else _ECDSA_SHA256
    one = _der(0x02, b"\1")
    signer_info = _der(0x30, one + names + _SHA256 + algorithm + _der(0x04, signer.sign(content)))
    certificates = _der(0xA0, b"".join((*more_certificates, certificate.public_bytes(Encoding.DER))))
    body = one + _der(0x31, _SHA256) + _der(0x30, _DATA) + certificates + _der(0x31, signer_info)
    return _der(0x30, _SIGNED_DATA + _der(0xA0, _der(0x30, body)))


def _der(tag: int, content: bytes) -> bytes:
    """One DER element."""
    length = len(content)
    if length < 0x80:  # noqa: PLR2004 - the number is the format's
        return bytes((tag, length)) + content
    size = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(size))) + size + content
