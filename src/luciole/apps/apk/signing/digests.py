"""Computes the digests of a whole file that signature schemes v2 and later sign, each at most once."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterator

from luciole.apps.apk.archive import Archive
from luciole.apps.apk.end_record import END_SIZE
from luciole.apps.apk.signing.block import find_block
from luciole.apps.apk.signing.model import Refused
from luciole.kernel.errors import ParseError

CHUNK = 1 << 20
PAGE = 4096
SALT = bytes(8)


def digests_ahead(archive: Archive) -> ContentDigests | None:
    """The digest that nearly all signers use, before anybody asks for it; None where there is no readable block."""
    try:
        block = find_block(archive)
    except ParseError:
        return None
    if block is None:
        return None
    digests = ContentDigests(archive, block.start)
    digests.get("sha256")
    return digests


class ContentDigests:
    """The digests of one archive around its signing block. block: where the block begins."""

    def __init__(self, archive: Archive, block: int) -> None:
        end = bytearray(archive.data[archive.end :].ljust(END_SIZE, b"\0"))
        struct.pack_into("<I", end, 16, block & 0xFFFFFFFF)
        view = archive.view
        self._sections = (view[:block], view[archive.directory : archive.end], memoryview(bytes(end)))
        self._known: dict[str, bytes] = {}

    def get(self, kind: str) -> bytes:
        """The digest called sha256, sha512 or verity. Raises Refused where verity cannot be computed for this file."""
        if kind not in self._known:
            self._known[kind] = self._verity() if kind == "verity" else self._chunked(kind)
        return self._known[kind]

    def _chunked(self, kind: str) -> bytes:
        """Digest over the digests of 1 MiB chunks of the three sections (APK Signature Scheme v2)."""
        make = hashlib.sha256 if kind == "sha256" else hashlib.sha512
        digests: list[bytes] = []
        for section in self._sections:
            for start in range(0, len(section), CHUNK):
                chunk = section[start : start + CHUNK]
                digest = make(b"\xa5" + struct.pack("<I", len(chunk)))
                digest.update(chunk)
                digests.append(digest.digest())
        return make(b"\x5a" + struct.pack("<I", len(digests)) + b"".join(digests)).digest()

    def _verity(self) -> bytes:
        """Root of the fs-verity hash tree over 4 KiB pages, followed by the number of bytes hashed (u64)."""
        if len(self._sections[0]) % PAGE:
            raise Refused("SIG_APK_DIGEST_DID_NOT_VERIFY", "the signing block does not begin on a 4 KiB page")
        level = b"".join(hashlib.sha256(SALT + page).digest() for page in self._pages())
        while len(level) > PAGE:
            level = b"".join(hashlib.sha256(SALT + page).digest() for page in _padded_pages(level))
        total = sum(map(len, self._sections))
        return hashlib.sha256(SALT + level.ljust(PAGE, b"\0")).digest() + struct.pack("<Q", total)

    def _pages(self) -> Iterator[bytes]:
        before, directory, end = self._sections
        for start in range(0, len(before), PAGE):
            yield bytes(before[start : start + PAGE])
        yield from _padded_pages(bytes(directory) + bytes(end))


def _padded_pages(data: bytes) -> Iterator[bytes]:
    for start in range(0, len(data), PAGE):
        yield data[start : start + PAGE].ljust(PAGE, b"\0")
