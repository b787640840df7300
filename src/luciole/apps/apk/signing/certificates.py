"""Reads X.509 certificates tolerantly: the bytes are hashed as they are, and what can be read of them is told."""

from __future__ import annotations

import hashlib
from functools import cached_property

import msgspec

from luciole.apps.apk.signing import der
from luciole.apps.apk.signing.der import Element
from luciole.kernel.errors import ParseError

MOST_BYTES = 1 << 20
MOST_TEXT = 1024
NO_SIGNATURE_ALLOWED = "no-digital-signature"
UNKNOWN_CRITICAL = "unknown-critical-extension"

NAMES = {
    "2.5.4.3": "CN",
    "2.5.4.5": "serialNumber",
    "2.5.4.6": "C",
    "2.5.4.7": "L",
    "2.5.4.8": "ST",
    "2.5.4.10": "O",
    "2.5.4.11": "OU",
    "1.2.840.113549.1.9.1": "emailAddress",
    "0.9.2342.19200300.100.1.25": "DC",
}
ALGORITHMS = {
    "1.2.840.113549.1.1.4": "md5WithRSA",
    "1.2.840.113549.1.1.5": "sha1WithRSA",
    "1.2.840.113549.1.1.10": "rsassaPss",
    "1.2.840.113549.1.1.11": "sha256WithRSA",
    "1.2.840.113549.1.1.12": "sha384WithRSA",
    "1.2.840.113549.1.1.13": "sha512WithRSA",
    "1.2.840.113549.1.1.14": "sha224WithRSA",
    "1.2.840.10040.4.3": "dsaWithSha1",
    "2.16.840.1.101.3.4.3.1": "dsaWithSha224",
    "2.16.840.1.101.3.4.3.2": "dsaWithSha256",
    "1.2.840.10045.4.1": "ecdsaWithSha1",
    "1.2.840.10045.4.3.1": "ecdsaWithSha224",
    "1.2.840.10045.4.3.2": "ecdsaWithSha256",
    "1.2.840.10045.4.3.3": "ecdsaWithSha384",
    "1.2.840.10045.4.3.4": "ecdsaWithSha512",
}
KEYS = {
    "1.2.840.113549.1.1.1": "RSA",
    "1.2.840.113549.1.1.10": "RSA",
    "1.2.840.10040.4.1": "DSA",
    "1.2.840.10045.2.1": "EC",
}
CURVES = {
    "1.2.840.10045.3.1.1": 192,
    "1.2.840.10045.3.1.7": 256,
    "1.3.132.0.10": 256,
    "1.3.132.0.33": 224,
    "1.3.132.0.34": 384,
    "1.3.132.0.35": 521,
}
_KNOWN_EXTENSIONS = frozenset(f"2.5.29.{number}" for number in (15, 17, 18, 19, 30, 32, 33, 36, 37, 54))


class Certificate(msgspec.Struct, frozen=True, dict=True):
    """One certificate as its original bytes (RFC 5280 section 4.1), with the pieces that signatures refer to.

    encoded: the bytes; issuer_name, subject_name: the encoded names; serial_number: the encoded number's content;
    public_key: the encoded SubjectPublicKeyInfo; not_before, not_after: ISO 8601 or empty; algorithm: of the
    certificate's own signature; usage: why it may not sign, or empty.
    """

    encoded: bytes
    issuer_name: bytes
    subject_name: bytes
    serial_number: bytes
    public_key: bytes
    not_before: str = ""
    not_after: str = ""
    algorithm: str = ""
    usage: str = ""

    @cached_property
    def sha256(self) -> str:
        """SHA-256 of the original bytes: the identity of a signer."""
        return hashlib.sha256(self.encoded).hexdigest()

    @cached_property
    def sha1(self) -> str:
        """SHA-1 of the original bytes, as older lists name signers."""
        return hashlib.sha1(self.encoded, usedforsecurity=False).hexdigest()

    @cached_property
    def md5(self) -> str:
        """MD5 of the original bytes, as older lists name signers."""
        return hashlib.md5(self.encoded, usedforsecurity=False).hexdigest()

    @property
    def subject(self) -> str:
        """The subject's name on one line, in the order it is encoded."""
        return _join(self._subject_parts)

    @property
    def issuer(self) -> str:
        """The issuer's name on one line."""
        return _join(read_name(self.issuer_name))

    @property
    def serial(self) -> str:
        """The serial number as hexadecimal digits."""
        return self.serial_number.hex()

    def subject_part(self, short: str) -> str:
        """The first part of the subject called `short`, such as CN or O; empty where there is none."""
        return next((value for name, value in self._subject_parts if name == short), "")

    @cached_property
    def _subject_parts(self) -> list[tuple[str, str]]:
        return read_name(self.subject_name)

    @cached_property
    def key(self) -> tuple[str, int]:
        """Kind (RSA, DSA, EC, else the object identifier) and size in bits (0 where it cannot be read) of the key."""
        try:
            return _read_key(self.public_key)
        except ParseError:
            return "", 0


def read_certificate(encoded: bytes) -> Certificate:
    """The certificate in `encoded`, BER or DER. Raises ParseError when its structure cannot be followed."""
    if len(encoded) > MOST_BYTES:
        raise ParseError("a certificate larger than the limit", limit=True)
    outer = der.expect(encoded, 0, len(encoded), der.SEQUENCE)
    body = der.expect(encoded, outer.start, outer.stop, der.SEQUENCE)
    parts = der.members(encoded, body)
    if parts and parts[0].tag == 0xA0:  # noqa: PLR2004 - the optional version
        parts = parts[1:]
    if len(parts) < 6 or [part.tag for part in parts[:6]] != [0x02, 0x30, 0x30, 0x30, 0x30, 0x30]:  # noqa: PLR2004 - the number is the format's
        raise ParseError("not the structure of a certificate", offset=body.begin)
    serial, algorithm, issuer, validity, subject, key = parts[:6]
    times = der.members(encoded, validity)
    return Certificate(
        encoded,
        encoded[issuer.begin : issuer.after],
        encoded[subject.begin : subject.after],
        encoded[serial.start : serial.stop],
        encoded[key.begin : key.after],
        _read_time(encoded, times[0]) if times else "",
        _read_time(encoded, times[1]) if len(times) > 1 else "",
        _read_algorithm(encoded, algorithm),
        _read_usage(encoded, parts[6:]),
    )


def read_name(encoded: bytes) -> list[tuple[str, str]]:
    """The parts of an X.501 name in order, as (short name or object identifier, text); what is damaged is left out."""
    parts: list[tuple[str, str]] = []
    try:
        outer = der.element(encoded, 0, len(encoded))
        for group in der.children(encoded, outer.start, outer.stop):
            for pair in der.children(encoded, group.start, group.stop):
                kind, value = der.members(encoded, pair, 2)[:2]
                oid = der.object_id(encoded, kind)
                parts.append((NAMES.get(oid, oid), _text(value.tag, encoded[value.start : value.stop])))
    except ParseError:
        return parts
    return parts


def _join(parts: list[tuple[str, str]]) -> str:
    return ", ".join(f"{name}={value}" for name, value in parts)


def _text(tag: int, content: bytes) -> str:
    encodings = {0x1E: "utf-16-be", 0x1C: "utf-32-be", 0x0C: "utf-8"}
    return content[:MOST_TEXT].decode(encodings.get(tag, "utf-8"), "replace")


def _read_time(encoded: bytes, node: Element) -> str:
    """UTCTime or GeneralizedTime as ISO 8601 (RFC 5280 section 4.1.2.5); empty when it is neither."""
    digits = encoded[node.start : node.stop].rstrip(b"Z")[:14].decode("ascii", "replace")
    if not (digits.isascii() and digits.isdigit()):
        return ""
    if node.tag == 0x17:  # noqa: PLR2004 - UTCTime has two digits for the year
        digits = ("19" if digits[:2] >= "50" else "20") + digits
    digits = digits.ljust(14, "0")
    date, time = digits[:8], digits[8:]
    return f"{date[:4]}-{date[4:6]}-{date[6:]}T{time[:2]}:{time[2:4]}:{time[4:6]}Z"


def _read_algorithm(encoded: bytes, node: Element) -> str:
    try:
        oid = der.object_id(encoded, der.element(encoded, node.start, node.stop))
    except ParseError:
        return ""
    return ALGORITHMS.get(oid, oid)


def _read_key(encoded: bytes) -> tuple[str, int]:
    outer = der.expect(encoded, 0, len(encoded), der.SEQUENCE)
    algorithm, bits = der.members(encoded, outer, 2)[:2]
    parts = der.members(encoded, algorithm, 1)
    oid = der.object_id(encoded, parts[0])
    kind = KEYS.get(oid, oid)
    if kind == "RSA":
        sequence = der.expect(encoded, bits.start + 1, bits.stop, der.SEQUENCE)
        return kind, _bits(encoded, der.members(encoded, sequence, 1)[0])
    if kind == "DSA" and len(parts) > 1:
        return kind, _bits(encoded, der.members(encoded, parts[1], 1)[0])
    if kind == "EC" and len(parts) > 1 and parts[1].tag == der.OBJECT_ID:
        return kind, CURVES.get(der.object_id(encoded, parts[1]), 0)
    return kind, 0


def _bits(encoded: bytes, node: Element) -> int:
    return int.from_bytes(encoded[node.start : node.stop], "big").bit_length()


def _read_usage(encoded: bytes, parts: list[Element]) -> str:
    """Why this certificate may not sign: key usage (RFC 5280 section 4.2.1.3) or a critical extension nobody knows."""
    try:
        for part in parts:
            if part.tag == 0xA3:  # noqa: PLR2004 - the extensions
                return _read_extensions(encoded, der.element(encoded, part.start, part.stop))
    except ParseError:
        return ""
    return ""


def _read_extensions(encoded: bytes, outer: Element) -> str:
    for extension in der.children(encoded, outer.start, outer.stop):
        fields = der.members(encoded, extension, 2)
        oid = der.object_id(encoded, fields[0])
        critical = fields[1].tag == 0x01 and any(encoded[fields[1].start : fields[1].stop])
        if critical and oid not in _KNOWN_EXTENSIONS:
            return UNKNOWN_CRITICAL
        if oid == "2.5.29.15":
            bits = der.element(encoded, fields[-1].start, fields[-1].stop)
            first = encoded[bits.start + 1] if bits.stop - bits.start > 1 else 0
            if not first & 0xC0:
                return NO_SIGNATURE_ALLOWED
    return ""
