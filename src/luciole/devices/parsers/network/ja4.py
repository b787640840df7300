"""JA4, the published fingerprint of TLS clients: which program family opens a connection, whatever its destination.

Method: https://github.com/FoxIO-LLC/ja4/blob/main/technical_details/JA4.md (JA4 alone is BSD licensed).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from luciole.devices.parsers.network.tls import ClientHello

_VERSIONS = {
    0x0304: "13", 0x0303: "12", 0x0302: "11", 0x0301: "10", 0x0300: "s3", 0x0002: "s2",
    0xFEFF: "d1", 0xFEFD: "d2", 0xFEFC: "d3",
}  # fmt: skip
_LEFT_OUT = frozenset({0x0000, 0x0010})
"""Server name and ALPN stand in the first part already."""
_NOTHING = "000000000000"
_MOST = 99


def is_grease(number: int) -> bool:
    """Whether a number is one of those that clients send at random to keep servers tolerant (RFC 8701)."""
    return number & 0x0F0F == 0x0A0A and number >> 8 == number & 0xFF  # noqa: PLR2004 - the form of such numbers


def ja4(hello: ClientHello, *, quic: bool = False) -> str:
    """The fingerprint of one client hello; quic: it came over QUIC, not TCP."""
    ciphers = [each for each in hello.ciphers if not is_grease(each)]
    extensions = [each for each in hello.extensions if not is_grease(each)]
    first = (
        f"{'q' if quic else 't'}{_version(hello)}{'d' if 0 in extensions else 'i'}"
        f"{min(len(ciphers), _MOST):02d}{min(len(extensions), _MOST):02d}{_alpn(hello)}"
    )
    signatures = _hex(each for each in hello.signatures if not is_grease(each))
    sorted_extensions = _hex(sorted(each for each in extensions if each not in _LEFT_OUT))
    third = f"{sorted_extensions}_{signatures}" if signatures else sorted_extensions
    return f"{first}_{_digest(_hex(sorted(ciphers)))}_{_digest(third)}"


def _version(hello: ClientHello) -> str:
    known = [each for each in hello.versions if not is_grease(each)]
    return _VERSIONS.get(max(known) if known else hello.version, "00")


def _alpn(hello: ClientHello) -> str:
    """First and last character of the first protocol; of its hexadecimal form where one is no letter or digit."""
    if not hello.alpn or not hello.alpn[0]:
        return "00"
    name = hello.alpn[0]
    ends = bytes([name[0], name[-1]])
    if ends.isascii() and ends.isalnum():
        return ends.decode("ascii")
    return name.hex()[0] + name.hex()[-1]


def _hex(numbers: Iterable[int]) -> str:
    return ",".join(f"{each:04x}" for each in numbers)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("ascii")).hexdigest()[:12] if text else _NOTHING
