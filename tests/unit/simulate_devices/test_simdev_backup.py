"""Simulated backups are read back by code of its own, after the description of Android's backup format."""

import hashlib
import io
import json
import tarfile
import zlib

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from luciole.simulate.devices.backup import backup
from luciole.simulate.devices.description import App, DeviceDescription
from luciole.simulate.devices.phone import Phone

DESCRIPTION = DeviceDescription(apps=(App("org.example.kept"),))


def unpadded(data: bytes) -> bytes:
    count = data[-1]
    assert data[-count:] == bytes([count]) * count
    return data[:-count]


def decrypted(key: bytes, vector: bytes, data: bytes) -> bytes:
    cipher = Cipher(algorithms.AES(key), modes.CBC(vector)).decryptor()
    return unpadded(cipher.update(data) + cipher.finalize())


def java_characters(key: bytes) -> bytes:
    """Each byte as a signed Java byte cast to char, then encoded as UTF-8."""
    text = bytearray()
    for byte in key:
        if byte < 128:
            text.append(byte)
        else:
            unit = 0xFF00 + byte
            text += bytes([0xE0 | unit >> 12, 0x80 | unit >> 6 & 0x3F, 0x80 | unit & 0x3F])
    return bytes(text)


def opened(data: bytes, password: str) -> bytes:
    """The compressed content of an encrypted backup. Raises ValueError where the checksum of the key is wrong."""
    lines = data.split(b"\n", 9)
    assert [line.decode() for line in lines[:4]] == ["ANDROID BACKUP", "5", "1", "AES-256"]
    user_salt, check_salt = bytes.fromhex(lines[4].decode()), bytes.fromhex(lines[5].decode())
    rounds, vector = int(lines[6]), bytes.fromhex(lines[7].decode())
    user_key = hashlib.pbkdf2_hmac("sha1", password.encode(), user_salt, rounds, 32)
    blob = io.BytesIO(decrypted(user_key, vector, bytes.fromhex(lines[8].decode())))
    parts = [blob.read(blob.read(1)[0]) for _ in range(3)]
    if parts[2] != hashlib.pbkdf2_hmac("sha1", java_characters(parts[1]), check_salt, rounds, 32):
        raise ValueError("checksum")
    return decrypted(parts[1], parts[0], lines[9])


def contents(compressed: bytes) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(zlib.decompress(compressed))) as archive:
        return {entry.name: archive.extractfile(entry).read() for entry in archive}  # type: ignore[union-attr] # checked at run time


@pytest.mark.parametrize("password", ["", "correct horse", "mot de passe é"])
def test_a_backup_holds_the_apps_and_the_messages(password: str) -> None:
    data = backup(Phone(DESCRIPTION), password)
    compressed = opened(data, password) if password else data.removeprefix(b"ANDROID BACKUP\n5\n1\nnone\n")
    held = contents(compressed)
    assert held["apps/org.example.kept/_manifest"].split(b"\n")[:2] == [b"1", b"org.example.kept"]
    messages = json.loads(zlib.decompress(held["apps/com.android.providers.telephony/d_f/000000_sms_backup"]))
    assert messages[0]["body"] == "See you at ten."


def test_another_password_does_not_open_it() -> None:
    with pytest.raises((ValueError, AssertionError, IndexError)):
        opened(backup(Phone(DESCRIPTION), "one"), "two")


def test_the_same_seed_gives_the_same_backup() -> None:
    assert backup(Phone(DESCRIPTION), "one") == backup(Phone(DESCRIPTION), "one")
