"""Android backups (backup.ab): plain, or encrypted with a password as Android's own backup does it.

Source: AOSP BackupPasswordManager and PasswordUtils; format version 5, AES-256-CBC, PBKDF2 with SHA-1.
"""

from __future__ import annotations

import hashlib
import io
import tarfile
import zlib

import msgspec
from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from luciole.simulate.devices.phone import Phone

ROUNDS = 10_000
_BLOCK = 16
_KEY = 32
_TELEPHONY = "apps/com.android.providers.telephony"


def backup(phone: Phone, password: str = "") -> bytes:
    """A backup with the manifests of the device's apps and two text messages; encrypted where a password is given."""
    content = zlib.compress(_archive(phone))
    if not password:
        return b"ANDROID BACKUP\n5\n1\nnone\n" + content
    header, key, vector = _key_lines(phone, password)
    return header + _encrypt(key, vector, content)


def _archive(phone: Phone) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for app in phone.at("backup"):
            if not app.system:
                _add(archive, phone, f"apps/{app.package}/_manifest", _manifest(app.package, app.version_code))
                _add(archive, phone, f"apps/{app.package}/sp/settings.xml", b"<map />\n")
        _add(archive, phone, f"{_TELEPHONY}/_manifest", _manifest("com.android.providers.telephony", 34))
        _add(archive, phone, f"{_TELEPHONY}/d_f/000000_sms_backup", zlib.compress(_messages(phone)))
    return stream.getvalue()


def _add(archive: tarfile.TarFile, phone: Phone, name: str, data: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size = len(data)
    entry.mtime = int(phone.now.timestamp())
    entry.mode = 0o600
    archive.addfile(entry, io.BytesIO(data))


def _manifest(package: str, version: int) -> bytes:
    return f"1\n{package}\n{version}\n34\n\n0\n0\n".encode()


def _messages(phone: Phone) -> bytes:
    hosts = phone.planted("host", "backup")
    texts = ["See you at ten.", *(f"https://{host}/a" for host in hosts)]
    when = phone.epoch_ms(phone.description.taken)
    rows = [
        {"self_phone": "", "address": "+15550100", "body": text, "date": str(when + index), "type": "1", "status": "-1"}
        for index, text in enumerate(texts)
    ]
    return msgspec.json.encode(rows)


def _key_lines(phone: Phone, password: str) -> tuple[bytes, bytes, bytes]:
    """The header, the key of the content and its initial vector; both are invented from the seed."""
    user_salt, check_salt = _made(phone, "user salt", 64), _made(phone, "check salt", 64)
    user_vector, vector = _made(phone, "user vector", _BLOCK), _made(phone, "vector", _BLOCK)
    key = _made(phone, "key", _KEY)
    user_key = hashlib.pbkdf2_hmac("sha1", password.encode(), user_salt, ROUNDS, _KEY)
    check = hashlib.pbkdf2_hmac("sha1", key_text(key), check_salt, ROUNDS, _KEY)
    blob = b"".join(bytes([len(part)]) + part for part in (vector, key, check))
    lines = [
        "ANDROID BACKUP", "5", "1", "AES-256", user_salt.hex().upper(), check_salt.hex().upper(), str(ROUNDS),
        user_vector.hex().upper(), _encrypt(user_key, user_vector, blob).hex().upper(),
    ]  # fmt: skip
    return "".join(line + "\n" for line in lines).encode(), key, vector


def key_text(key: bytes) -> bytes:
    """The key as Java turns bytes into characters, sign and all, and these into UTF-8, before it is checked."""
    return "".join(chr(byte | 0xFF00 if byte & 0x80 else byte) for byte in key).encode()


def _made(phone: Phone, name: str, size: int) -> bytes:
    return bytes(phone.number(f"backup {name} {index}", 256) for index in range(size))


def _encrypt(key: bytes, vector: bytes, data: bytes) -> bytes:
    padder = padding.PKCS7(_BLOCK * 8).padder()
    encryptor = Cipher(algorithms.AES(key), modes.CBC(vector)).encryptor()
    return encryptor.update(padder.update(data) + padder.finalize()) + encryptor.finalize()
