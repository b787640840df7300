"""Verifies the signature of a Windows program (Authenticode): the digest of the file, and the signature over it.

Sources: Microsoft, Windows Authenticode Portable Executable Signature Format; RFC 5652. Whether a shop or a system
trusts the signer is not asked: who signed, and whether the file is what was signed.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterator
from typing import NamedTuple

from luciole.apps.apk.end_record import Buffer
from luciole.apps.apk.signing import der
from luciole.apps.apk.signing.certificates import Certificate
from luciole.apps.apk.signing.pkcs7 import DIGESTS, SignatureBlock, read_block, verify_signer
from luciole.apps.pe.layout import CERTIFICATES, Layout
from luciole.kernel.errors import ParseError

INDIRECT_DATA = "1.3.6.1.4.1.311.2.1.4"
MOST_SIGNATURES = 8
MOST_CERTIFICATES = 64
_PKCS = 2
_ENTRY = struct.Struct("<IHH").unpack_from


class Signed(NamedTuple):
    """state: verified, failed, absent or unsupported; signers: verified certificates; others: all further ones."""

    state: str
    error: str = ""
    signers: tuple[Certificate, ...] = ()
    others: tuple[Certificate, ...] = ()
    offset: int | None = None


def verify_program(data: Buffer, layout: Layout) -> Signed:
    """Who signed the program, and whether it is what they signed. Raises ParseError when the table is damaged."""
    offset, size = layout.directory(CERTIFICATES)
    if not offset or not size:
        return Signed("absent")
    if offset + size > len(data):
        raise ParseError("the file ends before its signature does", offset=min(offset, len(data)))
    blocks = list(_blocks(data, offset, size))
    if not blocks:
        raise ParseError("the table of signatures holds none", offset=offset)
    return _verify(data, layout, bytes(blocks[0]), offset)


def _blocks(data: Buffer, offset: int, size: int) -> Iterator[memoryview]:
    stop = offset + size
    for _ in range(MOST_SIGNATURES):
        if offset + 8 > stop:
            return
        length, _, kind = _ENTRY(data, offset)
        if length < 8 or offset + length > stop:  # noqa: PLR2004 - an entry's header
            raise ParseError("a signature leaves its table", offset=offset)
        if kind == _PKCS:
            yield memoryview(data)[offset + 8 : offset + length]
        offset += length + (-length % 8)


def _verify(data: Buffer, layout: Layout, encoded: bytes, offset: int) -> Signed:
    block = read_block(encoded, MOST_CERTIFICATES)
    if block.content_type != INDIRECT_DATA or not block.signers:
        return Signed("unsupported", "what is signed is no program", others=block.certificates, offset=offset)
    signed = signed_content(encoded)
    algorithm, digest = _indirect(signed)
    if not algorithm:
        return Signed("unsupported", "the digest is of a kind not known", others=block.certificates, offset=offset)
    if program_digest(data, layout, algorithm) != digest:
        return Signed("failed", "the program is not what was signed", others=block.certificates, offset=offset)
    return _signer(block, signed, offset)


def _signer(block: SignatureBlock, signed: bytes, offset: int) -> Signed:
    inner = der.element(signed, 0, len(signed))
    content = signed[inner.start : inner.stop]
    try:
        signer = verify_signer(block, block.signers[0], content, check_type=False)
    except ParseError as error:
        return Signed("unsupported", error.message, others=block.certificates, offset=offset)
    if signer is None:
        return Signed("failed", "the signature does not verify", others=block.certificates, offset=offset)
    others = tuple(one for one in block.certificates if one.sha256 != signer.sha256)
    return Signed("verified", "", (signer,), others, offset)


def signed_content(encoded: bytes) -> bytes:
    """The content that a SignedData carries (RFC 5652 section 5.2), as it is encoded. Raises ParseError."""
    outer = der.members(encoded, der.expect(encoded, 0, len(encoded), der.SEQUENCE), 2)
    parts = der.members(encoded, der.expect(encoded, outer[1].start, outer[1].stop, der.SEQUENCE), 4)
    content = der.members(encoded, parts[2], 1)
    if len(content) < 2:  # noqa: PLR2004 - a type and the content
        return b""
    held = der.element(encoded, content[1].start, content[1].stop)
    return encoded[held.begin : held.after]


def _indirect(signed: bytes) -> tuple[str, bytes]:
    """The digest that SpcIndirectDataContent names. Raises ParseError."""
    parts = der.members(signed, der.expect(signed, 0, len(signed), der.SEQUENCE), 2)
    algorithm, digest = der.members(signed, parts[1], 2)[:2]
    name = der.object_id(signed, der.element(signed, algorithm.start, algorithm.stop))
    return DIGESTS.get(name, ""), der.content(signed, digest)


def program_digest(data: Buffer, layout: Layout, algorithm: str) -> bytes:
    """The digest of the program without its checksum and its signatures."""
    digest = hashlib.new(algorithm, usedforsecurity=False)
    offset, size = layout.directory(CERTIFICATES)
    view = memoryview(data)
    stop = offset if offset and offset + size <= len(data) else len(data)
    digest.update(view[: layout.checksum])
    digest.update(view[layout.checksum + 4 : layout.certificate_entry])
    digest.update(view[layout.certificate_entry + 8 : stop])
    if stop != len(data):
        digest.update(view[offset + size :])
    elif len(data) % 8:
        digest.update(bytes(-len(data) % 8))
    return digest.digest()
