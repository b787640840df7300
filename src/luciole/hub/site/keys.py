"""The keys of the hub: versioned master keys that wrap every other key, and the one that signs audit checkpoints."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple, Self

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from luciole.hub.site.durable import make_folder, write_new
from luciole.kernel.errors import LucioleError

FOLDER = "keys"
AUDIT_FILE = "audit"
KEY_BYTES = 32
NONCE_BYTES = 12
MOST_KEYS = 9999
_OTHERS = 0o077
_PREFIX = "hub-"


class KeyProblem(LucioleError):
    """A key of the hub is missing, damaged, readable by others, or not the one something was encrypted with."""


class _Keys(NamedTuple):
    """What the folder held. masters: by id; changed: of the folder, so that other processes' rotations are noticed."""

    masters: Mapping[str, bytes]
    audit: bytes
    changed: int

    @property
    def current(self) -> str:
        return max(self.masters)


class HubKeys:
    """The keys of one hub. Safe to share between threads; sees what other processes add or retire.

    A master key's id is its number and four bytes of its digest, such as `0001-9f3c21aa`, so that the key of another
    hub is never taken for ours. Wrapping is AES-256-GCM (NIST SP 800-38D) with a random nonce and the id as associated
    data.
    """

    def __init__(self, folder: Path, keys: _Keys) -> None:
        self._folder = folder
        self._keys = keys

    @classmethod
    def make(cls, folder: Path) -> Self:
        """Makes what is missing of the keys in the data folder `folder`, and loads them. Raises OSError, KeyProblem."""
        keys = folder / FOLDER
        make_folder(keys)
        if not _master_files(keys):
            _write_master(keys, 1)
        if not (keys / AUDIT_FILE).exists():
            write_new(keys / AUDIT_FILE, secrets.token_bytes(KEY_BYTES).hex().encode() + b"\n")
        return cls.load(folder)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """The keys in the data folder `folder`. Raises KeyProblem: one is missing, damaged or readable by others."""
        return cls(folder / FOLDER, _read(folder / FOLDER))

    @property
    def current(self) -> str:
        """The id of the master key that wraps from now on."""
        return self._fresh().current

    @property
    def ids(self) -> frozenset[str]:
        """The ids of all master keys that can still unwrap."""
        return frozenset(self._fresh().masters)

    def wrap(self, key: bytes) -> tuple[bytes, str]:
        """A key encrypted with the current master key, and the id of that one."""
        keys = self._fresh()
        nonce = secrets.token_bytes(NONCE_BYTES)
        master = AESGCM(keys.masters[keys.current])
        return nonce + master.encrypt(nonce, key, keys.current.encode()), keys.current

    def unwrap(self, wrapped: bytes, key_id: str) -> bytes:
        """The key that `wrap` encrypted. Raises KeyProblem: the master key is not here, or the bytes were changed."""
        master = self._fresh().masters.get(key_id)
        if master is None:
            raise KeyProblem(
                f"The hub key {key_id} is not in {self._folder}.", remedy="Put back the keys that belong to this data."
            )
        try:
            return AESGCM(master).decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], key_id.encode())
        except (InvalidTag, ValueError):
            raise KeyProblem(f"A key that was wrapped with the hub key {key_id} was changed since.") from None

    def rotate(self) -> str:
        """Makes a new master key, on disk when this returns, and returns its id. Older ones still unwrap.

        Raises OSError where it cannot be written; then the keys are as before.
        """
        number = int(self._fresh().current.split("-")[0]) + 1
        if number > MOST_KEYS:
            raise KeyProblem("There are as many hub keys as there can be.")
        _write_master(self._folder, number)
        self._keys = _read(self._folder)
        return self._keys.current

    def made_at(self, key_id: str) -> dt.datetime:
        """When a master key was made, or put back. Raises OSError where there is no such key."""
        return dt.datetime.fromtimestamp((self._folder / (_PREFIX + key_id)).stat().st_mtime, dt.UTC)

    def retire(self, key_id: str) -> None:
        """Removes an old master key for good: what it alone can unwrap is lost, in backups too. Raises KeyProblem."""
        if key_id not in self.ids or key_id == self.current:
            raise KeyProblem(f"{key_id} is not an old hub key.")
        (self._folder / (_PREFIX + key_id)).unlink()
        self._keys = _read(self._folder)

    def sign(self, message: bytes) -> bytes:
        """The Ed25519 signature (RFC 8032, 64 bytes) of the hub over a checkpoint of the audit."""
        return Ed25519PrivateKey.from_private_bytes(self._keys.audit).sign(message)

    def is_ours(self, signature: bytes, message: bytes) -> bool:
        """Whether this hub signed `message`."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)
        except InvalidSignature:
            return False
        return True

    @property
    def public(self) -> bytes:
        """The public half of the key that signs checkpoints: 32 bytes, for whoever checks them elsewhere."""
        private = Ed25519PrivateKey.from_private_bytes(self._keys.audit)
        return private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    def _fresh(self) -> _Keys:
        try:
            if self._folder.stat().st_mtime_ns != self._keys.changed:
                self._keys = _read(self._folder)
        except OSError as error:
            raise KeyProblem(f"{self._folder} cannot be read: {error.strerror}") from None
        return self._keys


def _id(number: int, key: bytes) -> str:
    return f"{number:04d}-{hashlib.sha256(b'luciole hub key ' + key).hexdigest()[:8]}"


def _master_files(folder: Path) -> list[Path]:
    return sorted(folder.glob(_PREFIX + "*"))


def _write_master(folder: Path, number: int) -> None:
    key = secrets.token_bytes(KEY_BYTES)
    write_new(folder / (_PREFIX + _id(number, key)), key.hex().encode() + b"\n")


def _read(folder: Path) -> _Keys:
    try:
        changed = folder.stat().st_mtime_ns
        masters = {path.name.removeprefix(_PREFIX): _key(path) for path in _master_files(folder)}
        audit = _key(folder / AUDIT_FILE)
    except OSError as error:
        raise KeyProblem(
            f"{error.filename} cannot be read: {error.strerror}", remedy="Make keys with `luciole hub init`."
        ) from None
    if not masters:
        raise KeyProblem(f"{folder} holds no hub key.", remedy="Make keys with `luciole hub init`.")
    for key_id, key in masters.items():
        _check_id(folder, key_id, key)
    return _Keys(MappingProxyType(masters), audit, changed)


def _check_id(folder: Path, key_id: str, key: bytes) -> None:
    number = key_id.split("-", maxsplit=1)[0]
    if not (number.isascii() and number.isdigit()) or key_id != _id(int(number), key):
        raise KeyProblem(f"{folder / (_PREFIX + key_id)} is damaged.", remedy="Put it back from a backup.")


def _key(path: Path) -> bytes:
    if path.stat().st_mode & _OTHERS:
        raise KeyProblem(f"{path} can be read by others.", remedy=f"chmod 600 {path}")
    try:
        key = bytes.fromhex(path.read_text("ascii"))
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise KeyProblem(f"{path} is damaged.", remedy="Put it back from a backup.")
    return key
