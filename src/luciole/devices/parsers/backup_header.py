"""Reads the header of backup.ab and opens an encrypted one with its password."""

from __future__ import annotations

import binascii
import hmac
from collections.abc import Iterator
from typing import NamedTuple

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

from luciole.kernel.errors import ParseError

MAGIC = b"ANDROID BACKUP\n"
_VERSIONS = range(1, 10)
_MOST_ROUNDS = 200_000
"""Android uses 10,000; a header could ask for hours."""
_KEY = 32
_BLOCK = 16
_LONGEST_LINE = 2_048
_WHOLE_HEADER = 9


class WrongPassword(ParseError):
    """The backup is encrypted and the password is missing or does not fit."""


class Encryption(NamedTuple):
    """The five key lines of an encrypted backup."""

    user_salt: bytes
    check_salt: bytes
    rounds: int
    vector: bytes
    blob: bytes


class Header(NamedTuple):
    """version, compression and encryption; length: bytes of the header."""

    version: int
    compressed: bool
    encryption: Encryption | None
    length: int


def parse(data: bytes) -> Header:
    """The header at the start of `data` (AOSP, BackupManagerService). Raises ParseError."""
    if not data.startswith(MAGIC):
        raise ParseError("no backup of Android", offset=0)
    lines = data.split(b"\n", _WHOLE_HEADER)
    if len(lines) < 5:  # noqa: PLR2004 - four lines and what follows
        raise ParseError("the header is cut off", offset=0)
    version = int(lines[1]) if lines[1].isdigit() and len(lines[1]) <= 2 else 0  # noqa: PLR2004 - two digits
    if version not in _VERSIONS or lines[2] not in {b"0", b"1"}:
        raise ParseError("a version or compression that is not known", offset=len(MAGIC))
    if lines[3] == b"none":
        return Header(version, lines[2] == b"1", None, sum(len(line) + 1 for line in lines[:4]))
    if lines[3] != b"AES-256" or len(lines) <= _WHOLE_HEADER:
        raise ParseError("an encryption that is not known, or a header that is cut off", offset=len(MAGIC))
    encryption = _encryption(lines[4:9])
    return Header(version, lines[2] == b"1", encryption, sum(len(line) + 1 for line in lines[:9]))


def _encryption(lines: list[bytes]) -> Encryption:
    if any(len(line) > _LONGEST_LINE for line in lines) or not lines[2].isdigit() or len(lines[2]) > 9:  # noqa: PLR2004 - the number is the format's
        raise ParseError("a key line is too long or no number")
    rounds = int(lines[2])
    if not 0 < rounds <= _MOST_ROUNDS:
        raise ParseError(f"{rounds} rounds of key derivation exceed the limit", limit=True)
    try:
        user_salt, check_salt, vector, blob = (binascii.unhexlify(lines[at]) for at in (0, 1, 3, 4))
    except (binascii.Error, ValueError) as error:
        raise ParseError("a key line is not hexadecimal") from error
    if len(vector) != _BLOCK or not blob or len(blob) % _BLOCK:
        raise ParseError("a key line has a wrong length")
    return Encryption(user_salt, check_salt, rounds, vector, blob)


def unlock(header: Header, password: str | None) -> tuple[bytes, bytes]:
    """Key and initial vector of the content. Raises WrongPassword; passwords are never tried by guessing."""
    encryption = header.encryption
    if encryption is None:
        raise ParseError("the backup is not encrypted")
    if not password:
        raise WrongPassword("encrypted, and no password was given")
    user_key = _derive(password.encode(), encryption.user_salt, encryption.rounds)
    blob = b"".join(decrypt(iter((encryption.blob,)), user_key, encryption.vector, wrong=WrongPassword))
    parts = []
    for _ in range(3):
        size = blob[0] if blob else 0
        parts.append(blob[1 : 1 + size])
        blob = blob[1 + size :]
    vector, key, check = parts
    if len(vector) != _BLOCK or len(key) != _KEY:
        raise WrongPassword("the password does not fit")
    for text in (_java_text(key), key):
        if hmac.compare_digest(_derive(text, encryption.check_salt, encryption.rounds), check):
            return key, vector
    raise WrongPassword("the password does not fit")


def _derive(secret: bytes, salt: bytes, rounds: int) -> bytes:
    return PBKDF2HMAC(hashes.SHA1(), _KEY, salt, rounds).derive(secret)  # noqa: S303 - Android's choice


def _java_text(key: bytes) -> bytes:
    """The key as Java casts bytes to characters (sign extended) and writes these as UTF-8."""
    return "".join(chr(byte | 0xFF00 if byte & 0x80 else byte) for byte in key).encode()


def decrypt(
    stream: Iterator[bytes], key: bytes, vector: bytes, wrong: type[ParseError] = ParseError
) -> Iterator[bytes]:
    """AES-256-CBC with PKCS #7 padding, in chunks. Raises `wrong` where length or padding are wrong."""
    decryptor = Cipher(algorithms.AES(key), modes.CBC(vector)).decryptor()
    held = b""
    total = 0
    for chunk in stream:
        total += len(chunk)
        clear = held + decryptor.update(chunk)
        held = clear[-_BLOCK:]
        yield clear[:-_BLOCK]
    padding = held[-1] if held else 0
    if total % _BLOCK or not 0 < padding <= _BLOCK or held[-padding:] != bytes([padding]) * padding:
        raise wrong("the content could not be decrypted")
    yield held[:-padding]
