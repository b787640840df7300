"""The format in which every file lies in the vault: chunks under AES-256-GCM that cannot be cut, reordered or swapped.

A sealed file is a header of 32 bytes (`LUCV`, version 1, the chunk size as a power of two, two zero bytes, 24 random
bytes) and chunks of 64 KiB, each with a tag of 16 bytes; only the last may be shorter, and only an empty file has an
empty one. The key of the chunks is derived from the file's key, the random bytes and the context (HKDF-SHA-256, RFC
5869); the nonce is the chunk's number (11 bytes, big-endian) and one byte that is 1 for the last chunk; the header is
associated data. This is the STREAM construction (Hoang, Reyhanitabar, Rogaway, Vizár: Online Authenticated-Encryption
and its Nonce-Reuse Misuse-Resistance, CRYPTO 2015, section 7). AES-GCM is NIST SP 800-38D.
"""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Iterable, Iterator

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from luciole.kernel.errors import ParseError

KEY_BYTES = 32
CHUNK = 1 << 16
TAG = 16
HEADER = 32
_FIXED = b"LUCV" + bytes([1, CHUNK.bit_length() - 1, 0, 0])
_COUNTER_BYTES = 11


class Seal:
    """Encrypts one file piece by piece. key: 32 bytes; context: what the file is, which `unseal` must name again."""

    __slots__ = ("_cipher", "_header", "_held", "_number")

    def __init__(self, key: bytes, context: bytes) -> None:
        self._header = _FIXED + secrets.token_bytes(HEADER - len(_FIXED))
        self._cipher = _cipher(key, self._header, context)
        self._held = bytearray()
        self._number = -1

    def add(self, data: bytes) -> bytes:
        """Takes any number of clear bytes and returns the sealed ones that are ready."""
        self._held += data
        ready = [] if self._number >= 0 else [self._start()]
        while len(self._held) > CHUNK:
            ready.append(self._chunk(self._held[:CHUNK], is_last=False))
            del self._held[:CHUNK]
        return b"".join(ready)

    def end(self) -> bytes:
        """The sealed bytes that are left; nothing may be added afterwards."""
        start = b"" if self._number >= 0 else self._start()
        return start + self._chunk(self._held, is_last=True)

    def _start(self) -> bytes:
        self._number = 0
        return self._header

    def _chunk(self, clear: bytearray, *, is_last: bool) -> bytes:
        sealed = self._cipher.encrypt(_nonce(self._number, is_last=is_last), clear, self._header)
        self._number += 1
        return sealed


def sealed_size(size: int) -> int:
    """How many bytes a file of `size` clear bytes has when it is sealed."""
    chunks = max(1, -(-size // CHUNK))
    return HEADER + size + chunks * TAG


def unseal(key: bytes, context: bytes, parts: Iterable[bytes]) -> Iterator[bytes]:
    """The clear bytes, chunk by chunk, each checked before it is given out; memory is that of one chunk and one part.

    Raises ParseError at the first chunk that was changed, cut, moved, or sealed with another key or context.
    """
    source = iter(parts)
    held = bytearray()
    for part in source:
        held += part
        if len(held) >= HEADER:
            break
    header = bytes(held[:HEADER])
    if len(header) != HEADER or not header.startswith(_FIXED):
        raise ParseError("This is no sealed file.", offset=0)
    cipher = _cipher(key, header, context)
    yield from _clear(cipher, header, itertools.chain((bytes(held[HEADER:]),), source))


def _clear(cipher: AESGCM, header: bytes, sealed: Iterator[bytes]) -> Iterator[bytes]:
    for number, (chunk, is_last) in enumerate(_split(sealed)):
        clear = _open(cipher, header, chunk, number, is_last=is_last)
        if clear:
            yield clear
        elif number:
            raise ParseError("An empty chunk follows a full one.", offset=_offset(number))


def _split(parts: Iterator[bytes]) -> Iterator[tuple[bytes, bool]]:
    held = bytearray()
    for part in parts:
        held += part
        while len(held) > CHUNK + TAG:
            yield bytes(held[: CHUNK + TAG]), False
            del held[: CHUNK + TAG]
    yield bytes(held), True


def _open(cipher: AESGCM, header: bytes, sealed: bytes, number: int, *, is_last: bool) -> bytes:
    try:
        return cipher.decrypt(_nonce(number, is_last=is_last), sealed, header)
    except InvalidTag:
        raise ParseError("A chunk was changed, cut or moved.", offset=_offset(number)) from None


def _offset(number: int) -> int:
    return HEADER + number * (CHUNK + TAG)


def _nonce(number: int, *, is_last: bool) -> bytes:
    return number.to_bytes(_COUNTER_BYTES, "big") + bytes([is_last])


def _cipher(key: bytes, header: bytes, context: bytes) -> AESGCM:
    derived = HKDF(SHA256(), KEY_BYTES, salt=header[len(_FIXED) :], info=b"luciole vault " + context)
    return AESGCM(derived.derive(key))
