"""Encrypts a simulated backup as iOS does: key bag, two rounds of PBKDF2, AES key wrap, AES-256-CBC for each file.

Source: Apple Platform Security, Keybags for Data Protection; RFC 8018; RFC 3394.
"""

from __future__ import annotations

import hashlib

from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.keywrap import aes_key_wrap

_BLOCK = 16
_KEY = 32
_CLASSES = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)
_FILE_CLASS = 3


class Lock:
    """The keys of one simulated backup; all are invented from the seed."""

    def __init__(self, seed: str, password: str, rounds: int) -> None:
        self._seed = seed
        salt, second = self._made("salt", 20), self._made("second salt", 20)
        first = hashlib.pbkdf2_hmac("sha256", password.encode(), second, rounds, _KEY)
        self._password_key = hashlib.pbkdf2_hmac("sha1", first, salt, rounds, _KEY)
        self._head = (
            ("VERS", _number(5)),
            ("TYPE", _number(1)),
            ("UUID", self._made("bag", 16)),
            ("HMCK", self._made("check", 40)),
            ("WRAP", _number(0)),
            ("SALT", salt),
            ("ITER", _number(rounds)),
            ("DPWT", _number(0)),
            ("DPIC", _number(rounds)),
            ("DPSL", second),
        )

    def key_bag(self) -> bytes:
        """BackupKeyBag of Manifest.plist."""
        parts = [_tagged(tag, value) for tag, value in self._head]
        for number in _CLASSES:
            wrapped = aes_key_wrap(self._password_key, self._class_key(number))
            parts.append(_tagged("UUID", self._made(f"class {number} id", 16)))
            parts.append(_tagged("CLAS", _number(number)))
            parts.append(_tagged("WRAP", _number(2)))
            parts.append(_tagged("KTYP", _number(0)))
            parts.append(_tagged("WPKY", wrapped))
        return b"".join(parts)

    def wrapped(self, name: str) -> bytes:
        """The wrapped key of a file, with its class in front as iOS stores it."""
        return _FILE_CLASS.to_bytes(4, "little") + aes_key_wrap(self._class_key(_FILE_CLASS), self._file_key(name))

    def encrypted(self, name: str, content: bytes) -> bytes:
        """The content of a file, padded and encrypted with its own key."""
        padder = padding.PKCS7(_BLOCK * 8).padder()
        encryptor = Cipher(algorithms.AES(self._file_key(name)), modes.CBC(bytes(_BLOCK))).encryptor()
        return encryptor.update(padder.update(content) + padder.finalize()) + encryptor.finalize()

    def _class_key(self, number: int) -> bytes:
        return self._made(f"class {number}", _KEY)

    def _file_key(self, name: str) -> bytes:
        return self._made(f"file {name}", _KEY)

    def _made(self, name: str, size: int) -> bytes:
        return hashlib.shake_256(f"{self._seed}:{name}".encode()).digest(size)


PROTECTION_CLASS = _FILE_CLASS


def _number(value: int) -> bytes:
    return value.to_bytes(4, "big")


def _tagged(tag: str, value: bytes) -> bytes:
    return tag.encode() + len(value).to_bytes(4, "big") + value
