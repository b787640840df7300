"""Reads the adb section of dumpsys: computers that the device trusts for debugging."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator

from luciole.devices.parsers.rows import Account, Line, Row, between, number
from luciole.devices.parsers.times import from_milliseconds

SERVICE = "adb"
AREAS = ("device.adb",)
_SHORTEST_KEY = 340
_LONGEST_KEY = 4_096
"""Characters of an adb key: the base64 of a public key of 1024 to 16384 bits."""
_NOT_WRITTEN = str.maketrans("\"'<>,;{}[]", " " * 10)


def parse(lines: Iterable[Line], account: Account) -> Iterator[Row]:
    """Rows `adb.trusted_key` (MD5 fingerprint as Android shows it, host) and `adb.enabled` for wireless debugging."""
    seen: set[str] = set()
    for at, text in lines:
        stripped = text.strip()
        if stripped.startswith(("ADB MANAGER STATE", "USB MANAGER STATE", "debugging_manager")):
            account.heading()
        elif stripped.startswith(("user_keys=", "keystore=")):
            account.anchor()
        if len(stripped) >= _SHORTEST_KEY:
            yield from _keys(at, stripped, seen, account)
        elif "adb_wifi" in stripped and "enabled=true" in stripped:
            yield Row("adb.enabled", value=True, line=at, attributes={"wireless": True})


def _keys(at: int, text: str, seen: set[str], account: Account) -> Iterator[Row]:
    words = text.replace("user_keys=", " ").replace("key=", " ").translate(_NOT_WRITTEN).replace("\\n", " ").split()
    connected = number(between(text, 'lastConnection="', '"'))
    for index, word in enumerate(words):
        if len(word) < _SHORTEST_KEY:
            continue
        fingerprint = _fingerprint(word)
        if not fingerprint:
            account.lose(at)
        elif fingerprint not in seen:
            seen.add(fingerprint)
            host = words[index + 1] if index + 1 < len(words) and "@" in words[index + 1] else ""
            yield Row(
                "adb.trusted_key", fingerprint, at, attributes={"host": host}, when=from_milliseconds(connected or 0)
            )


def _fingerprint(word: str) -> str:
    if len(word) > _LONGEST_KEY:
        return ""
    try:
        key = base64.b64decode(word, validate=True)
    except ValueError:  # binascii.Error, or characters beyond ASCII
        return ""
    return hashlib.md5(key, usedforsecurity=False).digest().hex(":").upper()
