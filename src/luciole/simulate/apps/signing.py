"""Writes the APK signing block: schemes v2, v3 and v3.1 with key rotation (source.android.com, APK signing)."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Sequence
from typing import NamedTuple

from luciole.simulate.apps.archive import Sections
from luciole.simulate.apps.keys import Signer

V2, V3, V31 = 0x7109871A, 0xF05368C0, 0x1B93AD61
STRIPPING_PROTECTION, PROOF_OF_ROTATION, ROTATION_MIN_SDK = 0xBEEFF00D, 0x3BA06F8C, 0x559F8B02
MAGIC = b"APK Sig Block 42"
CHUNK = 1 << 20
ANY_SDK = 0x7FFFFFFF
FIRST_V31 = 33
_LINEAGE_CAPABILITIES = 0x17
"""What a device may still trust an older key with: installed data, shared user id, permission, authenticator."""

Pair = tuple[int, bytes]


class Range(NamedTuple):
    """API levels a v3 signer is for, both included."""

    first: int
    last: int = ANY_SDK


def prefixed(data: bytes) -> bytes:
    """Data behind its length."""
    return struct.pack("<I", len(data)) + data


def content_digest(sections: Sections) -> bytes:
    """The SHA-256 over the digests of all chunks of 1 MiB; the end record must name the place of the signing block."""
    digests = [
        hashlib.sha256(b"\xa5" + struct.pack("<I", len(chunk)) + chunk).digest()
        for section in sections
        for chunk in (section[start : start + CHUNK] for start in range(0, len(section), CHUNK))
    ]
    return hashlib.sha256(b"\x5a" + struct.pack("<I", len(digests)) + b"".join(digests)).digest()


def signature_pairs(digest: bytes, schemes: Sequence[str], signers: Sequence[Signer], min_sdk: int = 24) -> list[Pair]:
    """The pairs of the signing block for `schemes` (of v2, v3, v3.1) over a content digest.

    signers: from the oldest key to the newest.
    v2 is signed with the oldest key; v3 with the newest, or with the oldest up to API 32 when v3.1 takes the rest.
    """
    oldest, newest = signers[0], signers[-1]
    rotated = len(signers) > 1
    pairs: list[Pair] = []
    if "v2" in schemes:
        protection = attribute(STRIPPING_PROTECTION, struct.pack("<I", 3)) if "v3" in schemes else b""
        pairs.append((V2, signed_pair(oldest, digest, protection)))
    lineage = attribute(PROOF_OF_ROTATION, write_lineage(signers)) if rotated else b""
    first = max(min_sdk, 24) if min_sdk < FIRST_V31 else 24
    if "v3.1" in schemes:
        pairs.append((V31, signed_pair(newest, digest, lineage, Range(FIRST_V31))))
    if "v3" in schemes and "v3.1" in schemes:
        protection = attribute(ROTATION_MIN_SDK, struct.pack("<I", FIRST_V31))
        pairs.append((V3, signed_pair(oldest, digest, protection, Range(first, FIRST_V31 - 1))))
    elif "v3" in schemes:
        pairs.append((V3, signed_pair(newest, digest, lineage, Range(max(min_sdk, 28 if rotated else 24)))))
    return pairs


def attribute(number: int, value: bytes) -> bytes:
    """One additional attribute of a signer."""
    return prefixed(struct.pack("<I", number) + value)


def signed_pair(signer: Signer, digest: bytes, attributes: bytes, sdk: Range | None = None) -> bytes:
    """The value of one scheme's pair with one signer; `sdk` is written for v3 and v3.1 only."""
    span = b"" if sdk is None else struct.pack("<II", *sdk)
    algorithm = struct.pack("<I", signer.algorithm)
    digests = prefixed(prefixed(algorithm + prefixed(digest)))
    signed = digests + prefixed(prefixed(signer.certificate)) + span + prefixed(attributes)
    signature = prefixed(prefixed(algorithm + prefixed(signer.sign(signed))))
    return prefixed(prefixed(prefixed(signed) + span + signature + prefixed(signer.public_key)))


def write_lineage(signers: Sequence[Signer]) -> bytes:
    """The proof of rotation: each certificate signed with the key before it, the oldest first."""
    nodes = [struct.pack("<I", 1)]
    previous: Signer | None = None
    for current in signers:
        parent = 0 if previous is None else previous.algorithm
        signed = prefixed(current.certificate) + struct.pack("<I", parent)
        signature = b"" if previous is None else previous.sign(signed)
        # the last key has signed nothing yet, so its node names no algorithm
        own = 0 if current is signers[-1] else current.algorithm
        numbers = struct.pack("<II", _LINEAGE_CAPABILITIES, own)
        nodes.append(prefixed(prefixed(signed) + numbers + prefixed(signature)))
        previous = current
    return b"".join(nodes)


def write_block(pairs: Sequence[Pair]) -> bytes:
    """The signing block of `pairs`; empty where there are none."""
    if not pairs:
        return b""
    body = b"".join(struct.pack("<QI", len(value) + 4, number) + value for number, value in pairs)
    size = struct.pack("<Q", len(body) + 24)
    return size + body + size + MAGIC
