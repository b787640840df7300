"""Opens the keys of an encrypted backup with its password. The password is used once and kept nowhere."""

from __future__ import annotations

import hashlib
from typing import NamedTuple

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap

from luciole.kernel.errors import ParseError

_MOST_ROUNDS = 20_000_000
"""iOS uses ten million for the first round; a key bag could ask for days."""
_MOST_CLASSES = 64
_LARGEST = 1 << 16
_KEY = 32
_WRAPPED = 40
_BY_PASSWORD = 2
_CLASS_TAGS = frozenset({b"CLAS", b"WRAP", b"KTYP", b"WPKY"})
_BLOCK = 16


class WrongPassword(ParseError):
    """The password is missing or does not fit."""


class _Bag(NamedTuple):
    head: dict[bytes, bytes]
    classes: list[dict[bytes, bytes]]


class Keys:
    """The class keys of an opened key bag."""

    def __init__(self, classes: dict[int, bytes]) -> None:
        self._classes = classes

    def file_key(self, protection_class: int, wrapped: bytes) -> bytes:
        """The key of one file (RFC 3394). Raises ParseError where the class has none or the key is damaged."""
        class_key = self._classes.get(protection_class)
        if class_key is None:
            raise ParseError(f"no key for protection class {protection_class}")
        if len(wrapped) < _WRAPPED:
            raise ParseError("a key that is cut off")
        try:
            return aes_key_unwrap(class_key, wrapped[-_WRAPPED:])
        except (InvalidUnwrap, ValueError) as error:
            raise ParseError("a key that is damaged") from error

    def manifest_key(self, blob: bytes) -> bytes:
        """The key of Manifest.db: four bytes of its class, little end first, then the wrapped key."""
        return self.file_key(int.from_bytes(blob[:4], "little"), blob[4:])


def unlock(data: bytes, password: str | None) -> Keys:
    """The class keys that a password opens. Raises WrongPassword, or ParseError for a damaged key bag.

    Format: Apple Platform Security, "Keybags for Data Protection"; key derivation of iOS 10.2 and later in two rounds
    (PBKDF2 with SHA-256, then with SHA-1), of earlier ones in one.
    """
    bag = _parse(data)
    if not password:
        raise WrongPassword("encrypted, and no password was given")
    secret = password.encode()
    if b"DPSL" in bag.head:
        secret = hashlib.pbkdf2_hmac("sha256", secret, bag.head[b"DPSL"], _rounds(bag, b"DPIC"), _KEY)
    key = hashlib.pbkdf2_hmac("sha1", secret, bag.head[b"SALT"], _rounds(bag, b"ITER"), _KEY)
    opened: dict[int, bytes] = {}
    for each in bag.classes:
        if _number(each.get(b"WRAP", b"")) & _BY_PASSWORD and len(each.get(b"WPKY", b"")) == _WRAPPED:
            try:
                opened[_number(each[b"CLAS"])] = aes_key_unwrap(key, each[b"WPKY"])
            except InvalidUnwrap:
                raise WrongPassword("the password does not fit") from None
    if not opened:
        raise ParseError("the key bag holds no key that a password opens")
    return Keys(opened)


def _rounds(bag: _Bag, tag: bytes) -> int:
    rounds = _number(bag.head.get(tag, b""))
    if not 0 < rounds <= _MOST_ROUNDS:
        raise ParseError(f"{rounds} rounds of key derivation exceed the limit", limit=True)
    return rounds


def _parse(data: bytes) -> _Bag:
    """Tags of four letters, four bytes of length, content; each `UUID` after the first begins a class."""
    if len(data) > _LARGEST:
        raise ParseError("a key bag that is too long", limit=True)
    head: dict[bytes, bytes] = {}
    classes: list[dict[bytes, bytes]] = []
    at = 0
    while at + 8 <= len(data):
        tag, size = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "big")
        content = data[at + 8 : at + 8 + size]
        if len(content) < size:
            raise ParseError("the key bag is cut off", offset=at)
        at += 8 + size
        if tag == b"UUID" and b"UUID" in head:
            classes.append({})
            if len(classes) > _MOST_CLASSES:
                raise ParseError("more classes than the limit", limit=True)
        elif tag in _CLASS_TAGS and classes:
            classes[-1][tag] = content
        else:
            head.setdefault(tag, content)
    if b"SALT" not in head or any(b"CLAS" not in each for each in classes):
        raise ParseError("a key bag without what it needs", offset=0)
    return _Bag(head, classes)


def _number(data: bytes) -> int:
    return int.from_bytes(data, "big") if len(data) <= 8 else 0  # noqa: PLR2004 - 64 bits


class Decryptor:
    """AES-256-CBC with an empty vector, chunk by chunk; what is decrypted is as long as what was given."""

    def __init__(self, key: bytes) -> None:
        self._context = Cipher(algorithms.AES(key), modes.CBC(bytes(_BLOCK))).decryptor()
        self._rest = b""

    def update(self, chunk: bytes) -> bytes:
        """Decrypts what fills whole blocks."""
        chunk = self._rest + chunk if self._rest else chunk
        whole = len(chunk) - len(chunk) % _BLOCK
        self._rest = chunk[whole:]
        return self._context.update(chunk[:whole])

    @property
    def whole(self) -> bool:
        """Whether everything given filled whole blocks, as encrypted files do."""
        return not self._rest


def unpadded(data: bytearray, size: int | None) -> bytes:
    """The content without its padding: cut at the size that the list of files gives, else as PKCS #7 says."""
    if size is not None and 0 <= size <= len(data) <= size + _BLOCK:
        return bytes(data[:size])
    padding = data[-1] if data else 0
    if 0 < padding <= _BLOCK and data[-padding:] == bytes([padding]) * padding:
        return bytes(data[:-padding])
    return bytes(data)
