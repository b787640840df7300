"""Reads the PKCS #7 signature blocks of JAR signing: certificates, and what each signer signed how."""

from __future__ import annotations

import hashlib
from typing import NamedTuple

from luciole.apps.apk.signing import der
from luciole.apps.apk.signing.certificates import Certificate, read_certificate
from luciole.apps.apk.signing.der import Element
from luciole.apps.apk.signing.keys import Algorithm, verify_signature
from luciole.kernel.errors import ParseError

SIGNED_DATA = "1.2.840.113549.1.7.2"
CONTENT_TYPE = "1.2.840.113549.1.9.3"
MESSAGE_DIGEST = "1.2.840.113549.1.9.4"
MOST_SIGNERS = 10
DIGESTS = {
    "1.2.840.113549.2.5": "md5",
    "1.3.14.3.2.26": "sha1",
    "2.16.840.1.101.3.4.2.4": "sha224",
    "2.16.840.1.101.3.4.2.1": "sha256",
    "2.16.840.1.101.3.4.2.2": "sha384",
    "2.16.840.1.101.3.4.2.3": "sha512",
}
COMPLETE = {
    "1.2.840.113549.1.1.4": Algorithm("RSA", "md5"),
    "1.2.840.113549.1.1.5": Algorithm("RSA", "sha1"),
    "1.2.840.113549.1.1.14": Algorithm("RSA", "sha224"),
    "1.2.840.113549.1.1.11": Algorithm("RSA", "sha256"),
    "1.2.840.113549.1.1.12": Algorithm("RSA", "sha384"),
    "1.2.840.113549.1.1.13": Algorithm("RSA", "sha512"),
    "1.2.840.10040.4.3": Algorithm("DSA", "sha1"),
    "2.16.840.1.101.3.4.3.1": Algorithm("DSA", "sha224"),
    "2.16.840.1.101.3.4.3.2": Algorithm("DSA", "sha256"),
    "1.2.840.10045.4.1": Algorithm("EC", "sha1"),
    "1.2.840.10045.4.3.1": Algorithm("EC", "sha224"),
    "1.2.840.10045.4.3.2": Algorithm("EC", "sha256"),
    "1.2.840.10045.4.3.3": Algorithm("EC", "sha384"),
    "1.2.840.10045.4.3.4": Algorithm("EC", "sha512"),
}
KEY_ONLY = {"1.2.840.113549.1.1.1": "RSA", "1.2.840.10040.4.1": "DSA", "1.2.840.10045.2.1": "EC"}
"""Signature algorithms that name only the kind of key; the digest algorithm beside them completes them."""


class SignerInfo(NamedTuple):
    """One signer (RFC 5652 section 5.3).

    issuer_name, serial_number or key_id: name its certificate; attributes: the content of the signed attributes, None
    where the file itself is signed.
    """

    issuer_name: bytes
    serial_number: bytes
    key_id: bytes
    digest: str
    algorithm: Algorithm | None
    attributes: bytes | None
    signature: bytes


class SignatureBlock(NamedTuple):
    """A PKCS #7 SignedData. content_type: of what is signed; certificates: all in the bag, used or not."""

    content_type: str
    certificates: tuple[Certificate, ...]
    signers: tuple[SignerInfo, ...]

    def certificate_of(self, signer: SignerInfo) -> Certificate | None:
        """The certificate that `signer` names: by serial number, and by issuer where several have the same."""
        if signer.key_id:
            return self.certificates[0] if len(self.certificates) == 1 else None
        same = [one for one in self.certificates if one.serial_number == signer.serial_number]
        exact = [one for one in same if one.issuer_name == signer.issuer_name]
        if exact:
            return exact[0]
        return same[0] if len(same) == 1 else None


def read_block(data: bytes, most_certificates: int) -> SignatureBlock:
    """The signature block in `data` (RFC 5652 section 5.1; BER is accepted). Raises ParseError."""
    outer = der.members(data, der.expect(data, 0, len(data), der.SEQUENCE), 2)
    if der.object_id(data, outer[0]) != SIGNED_DATA:
        raise ParseError("no signed data")
    parts = der.members(data, der.expect(data, outer[1].start, outer[1].stop, der.SEQUENCE), 4)
    content_type = der.object_id(data, der.element(data, parts[2].start, parts[2].stop))
    bag = next((part for part in parts[3:] if part.tag == 0xA0), None)  # noqa: PLR2004 - certificates
    infos = parts[-1]
    if infos.tag != der.SET:
        raise ParseError("signed data without signers", offset=infos.begin)
    signers = [_read_signer(data, info) for info in der.members(data, infos)[:MOST_SIGNERS]]
    return SignatureBlock(content_type, _read_bag(data, bag, most_certificates), tuple(signers))


def verify_signer(block: SignatureBlock, info: SignerInfo, signed: bytes, *, check_type: bool) -> Certificate | None:
    """The certificate whose key signed `signed`, or None when the signature does not verify.

    check_type: the signed attributes must name the content's type, as Android 7 and later want. Raises ParseError
    when it cannot be checked: unknown algorithm, no certificate, a certificate not meant for signing.
    """
    if info.algorithm is None:
        raise ParseError("unknown signature algorithm")
    certificate = block.certificate_of(info)
    if certificate is None:
        raise ParseError("the signer's certificate is not in the block")
    if certificate.usage:
        raise ParseError(f"the certificate is not for signing ({certificate.usage})")
    if info.attributes is not None:
        if check_type and not names_type(block, info):
            return None
        values = _read_attributes(info.attributes)
        if not info.digest or values.get(MESSAGE_DIGEST) != hashlib.new(info.digest, signed).digest():
            return None
        signed = _as_set(info.attributes)
    verified = verify_signature(certificate.public_key, info.algorithm, info.signature, signed)
    return certificate if verified else None


def names_type(block: SignatureBlock, info: SignerInfo) -> bool:
    """Whether the signed attributes, where there are any, name the type of the content. Raises ParseError."""
    if info.attributes is None:
        return True
    return _read_attributes(info.attributes).get(CONTENT_TYPE) == block.content_type.encode()


def _read_bag(data: bytes, bag: Element | None, most: int) -> tuple[Certificate, ...]:
    if bag is None:
        return ()
    found = [one for one in der.members(data, bag) if one.tag == der.SEQUENCE]
    if len(found) > most:
        raise ParseError("more certificates than the limit", limit=True)
    return tuple(read_certificate(data[one.begin : one.after]) for one in found)


def _read_signer(data: bytes, info: Element) -> SignerInfo:
    parts = der.members(data, info, 5)
    issuer = serial = key_id = b""
    if parts[1].tag == der.SEQUENCE:
        name, number = der.members(data, parts[1], 2)[:2]
        issuer, serial = data[name.begin : name.after], data[number.start : number.stop]
    else:
        key_id = data[parts[1].start : parts[1].stop]
    attributes = None
    after = 3
    if parts[3].tag == 0xA0:  # noqa: PLR2004 - signed attributes
        attributes, after = data[parts[3].start : parts[3].stop], 4
    digest = DIGESTS.get(_algorithm(data, parts[2]), "")
    if len(parts) < after + 2:
        raise ParseError("a signer without a signature", offset=info.begin)
    algorithm = _combine(_algorithm(data, parts[after]), digest)
    return SignerInfo(issuer, serial, key_id, digest, algorithm, attributes, der.content(data, parts[after + 1]))


def _algorithm(data: bytes, node: Element) -> str:
    return der.object_id(data, der.element(data, node.start, node.stop))


def _combine(signature: str, digest: str) -> Algorithm | None:
    """The algorithm that a signature's object identifier names, completed by the digest where it names only the key."""
    complete = COMPLETE.get(signature)
    if complete is not None:
        return complete
    key = KEY_ONLY.get(signature)
    return Algorithm(key, digest) if key and digest else None


def _read_attributes(attributes: bytes) -> dict[str, bytes]:
    """Single values of the signed attributes: the content type in dots, the digest as bytes."""
    values: dict[str, bytes] = {}
    for pair in der.children(attributes, 0, len(attributes)):
        kind, group = der.members(attributes, pair, 2)[:2]
        found = der.members(attributes, group)
        oid = der.object_id(attributes, kind)
        if len(found) != 1 or oid in values:
            continue
        values[oid] = (
            der.object_id(attributes, found[0]).encode() if oid == CONTENT_TYPE else der.content(attributes, found[0])
        )
    return values


def _as_set(attributes: bytes) -> bytes:
    """Signed attributes are signed as a SET, not with the tag they stand under (RFC 5652 section 5.4)."""
    length = len(attributes)
    if length < 0x80:  # noqa: PLR2004 - short form
        return bytes([der.SET, length]) + attributes
    size = (length.bit_length() + 7) // 8
    return bytes([der.SET, 0x80 | size]) + length.to_bytes(size, "big") + attributes
