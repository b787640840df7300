"""Reads and verifies the signature of a Mach-O program: the digests of its pages, its rights, who signed.

Source: Apple, <Kernel/kern/cs_blobs.h> and Security's CodeDirectory. Whether Apple's systems trust the signer is not
asked: who signed, and whether the program is what was signed.
"""

from __future__ import annotations

import hashlib
import struct
from typing import NamedTuple

import msgspec

from luciole.apps.apk.end_record import Buffer
from luciole.apps.apk.signing.certificates import UNKNOWN_CRITICAL, Certificate
from luciole.apps.apk.signing.pkcs7 import SignatureBlock, read_block, verify_signer
from luciole.kernel.errors import ParseError

_SUPER, _DIRECTORY = 0xFADE0CC0, 0xFADE0C02
_SLOT_DIRECTORY, _SLOT_RIGHTS, _SLOT_DER, _SLOT_CMS = 0, 5, 7, 0x10000
_AD_HOC = 0x2
_HASHES = {1: ("sha1", 20), 2: ("sha256", 32), 3: ("sha256", 20), 4: ("sha384", 48)}
_MAKERS = {"sha1": hashlib.sha1, "sha256": hashlib.sha256, "sha384": hashlib.sha384}
MOST_BLOBS = 64
MOST_CERTIFICATES = 64
MOST_PAGES = 1 << 20
_WITH_TEAM = 0x20200
_PAIR = struct.Struct(">II").unpack_from
_CODE = struct.Struct(">IIIIIIIIIBBBB").unpack_from


class CodeSignature(NamedTuple):
    """state: verified, ad-hoc (nobody signed, the digests fit), failed, unsupported; rights, der_rights: the
    entitlements as written, as a list in XML and in DER, which newer systems read; signers, others: certificates as for
    other signatures."""  # noqa: D205, D209 - a list of fields follows the sentence

    state: str
    error: str
    identifier: str
    team: str
    rights: bytes
    signers: tuple[Certificate, ...] = ()
    others: tuple[Certificate, ...] = ()
    der_rights: bytes = b""


class _Directory(NamedTuple):
    flags: int
    hashes: int
    special: int
    pages: int
    limit: int
    algorithm: str
    size: int
    page: int
    identifier: str
    team: str


def read_signature(program: Buffer, offset: int, size: int) -> CodeSignature:
    """The signature at `offset` of one program. Raises ParseError when it is damaged or not all there."""
    if offset + size > len(program) or size < 12:  # noqa: PLR2004 - the header
        raise ParseError("the file ends before its signature does", offset=min(offset, len(program)))
    data = bytes(program[offset : offset + size])
    blobs = _blobs(data, offset)
    code = blobs.get(_SLOT_DIRECTORY)
    if code is None:
        raise ParseError("the signature holds no list of digests", offset=offset)
    directory = _directory(code, offset)
    rights, der_rights = blobs.get(_SLOT_RIGHTS, b""), blobs.get(_SLOT_DER, b"")
    error = _compare(program, code, directory, {_SLOT_RIGHTS: rights, _SLOT_DER: der_rights})
    state, text, signers, others = _signed(code, directory, blobs.get(_SLOT_CMS, b""))
    if error:
        state, text, signers, others = "failed", error, (), (*signers, *others)
    return CodeSignature(state, text, directory.identifier, directory.team, rights[8:], signers, others, der_rights[8:])


def _blobs(data: bytes, base: int) -> dict[int, bytes]:
    magic, length = _PAIR(data, 0)
    count = int.from_bytes(data[8:12], "big")
    if magic != _SUPER or length > len(data):
        raise ParseError("not a signature of code", offset=base)
    if count > MOST_BLOBS or 12 + 8 * count > length:
        raise ParseError("more parts of the signature than it can hold", offset=base)
    found: dict[int, bytes] = {}
    for number in range(count):
        slot, start = _PAIR(data, 12 + 8 * number)
        if start + 8 > length or start + _PAIR(data, start)[1] > length:
            raise ParseError("a part of the signature leaves it", offset=base)
        found.setdefault(slot, data[start : start + max(8, _PAIR(data, start)[1])])
    return found


def _directory(code: bytes, base: int) -> _Directory:
    if len(code) < 44 or _PAIR(code, 0)[0] != _DIRECTORY:  # noqa: PLR2004 - the oldest form
        raise ParseError("the list of digests of the signature is damaged", offset=base)
    _, _, version, flags, hashes, name, special, pages, limit, size, kind, _, page = _CODE(code, 0)
    algorithm, expected = _HASHES.get(kind, ("", 0))
    if not algorithm or pages > MOST_PAGES or page > 31 or size != expected or hashes + pages * size > len(code):  # noqa: PLR2004 - bits
        raise ParseError("the list of digests of the signature is damaged", offset=base)
    team = ""
    if version >= _WITH_TEAM and len(code) >= 52:  # noqa: PLR2004 - the form with a team
        team = _text(code, int.from_bytes(code[48:52], "big"))
    return _Directory(flags, hashes, special, pages, limit, algorithm, size, page, _text(code, name), team)


def _text(code: bytes, start: int) -> str:
    return code[start : start + 256].partition(b"\0")[0].decode("utf-8", "backslashreplace") if start else ""


def _compare(program: Buffer, code: bytes, directory: _Directory, rights: dict[int, bytes]) -> str:
    """What of the program is not what the digests say; empty when all is."""
    page = 1 << directory.page if directory.page else max(1, directory.limit)
    if directory.limit > len(program) or directory.pages != -(-directory.limit // page):
        return "the digests are of a program of another size"
    view = memoryview(program)
    for number in range(directory.pages):
        start = number * page
        part = view[start : min(start + page, directory.limit)]
        if _digest(directory, part) != _slot(code, directory, number):
            return "the program is not what was signed"
    if directory.hashes < directory.special * directory.size:
        return "the list of digests begins before itself"
    return next(filter(None, (_compare_rights(code, directory, slot, blob) for slot, blob in rights.items())), "")


def _compare_rights(code: bytes, directory: _Directory, slot: int, blob: bytes) -> str:
    if directory.special < slot:
        return "the rights were added after signing" if blob else ""
    wanted = _digest(directory, memoryview(blob)) if blob else bytes(directory.size)
    return "" if _slot(code, directory, -slot) == wanted else "the rights are not those that were signed"


def _slot(code: bytes, directory: _Directory, number: int) -> bytes:
    start = directory.hashes + number * directory.size
    return code[start : start + directory.size]


def _digest(directory: _Directory, part: memoryview) -> bytes:
    return _MAKERS[directory.algorithm](part, usedforsecurity=False).digest()[: directory.size]


def _signed(
    code: bytes, directory: _Directory, wrapped: bytes
) -> tuple[str, str, tuple[Certificate, ...], tuple[Certificate, ...]]:
    """State, error, signers and others of the signature over the list of digests."""
    encoded = wrapped[8:]
    if not encoded:
        return ("ad-hoc", "", (), ()) if directory.flags & _AD_HOC else ("failed", "the signature is missing", (), ())
    block = apple_block(encoded)
    if not block.signers:
        return "failed", "the signature names nobody", (), block.certificates
    try:
        signer = verify_signer(block, block.signers[0], code, check_type=False)
    except ParseError as error:
        return "unsupported", error.message, (), block.certificates
    if signer is None:
        return "failed", "the signature does not verify", (), block.certificates
    return "verified", "", (signer,), tuple(one for one in block.certificates if one.sha256 != signer.sha256)


def apple_block(encoded: bytes) -> SignatureBlock:
    """A signature of Apple's kind. Its certificates carry critical marks of Apple's own, which forbid nothing here."""
    block = read_block(encoded, MOST_CERTIFICATES)
    fit = tuple(
        msgspec.structs.replace(one, usage="") if one.usage == UNKNOWN_CRITICAL else one for one in block.certificates
    )
    return block._replace(certificates=fit)
