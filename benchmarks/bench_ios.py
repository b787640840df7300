"""Backups of an iPhone: a plain one of 100,000 files, and what decryption costs beside AES and key derivation alone."""

from __future__ import annotations

import hashlib
import tempfile
import time
from pathlib import Path

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

import processes
from luciole.devices.evidence import read_evidence, recognise
from luciole.devices.names import Watch
from luciole.simulate.devices.ios import write
from luciole.simulate.devices.ios.description import App, Grant, IosDescription

FILES, LOCKED_FILES = 100_000, 50_000
ROUNDS = 1_000_000
PASSWORD = "benchmark"  # noqa: S105 - of a simulated backup
APPS = tuple(App(f"org.example.app{number}", grants=(Grant("kTCCServiceMicrophone"),)) for number in range(200))
NOW = "2025-03-21T00:00:00Z"


def measure(watch: Watch | None = None) -> dict[str, float]:
    """Processor seconds and megabytes of reading both backups, and the floor of what decryption needs.

    The floor of the encrypted one: the plain reading of the same files, the key derivation, and AES over the list of
    files, each done by the same libraries and nothing else.
    """
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        plain = write.write_backup(IosDescription(apps=APPS, filler=FILES), folder / "plain")
        ours = processes.call(lambda: _read(plain, watch))
        small = IosDescription(apps=APPS, filler=LOCKED_FILES)
        same = write.write_backup(small, folder / "same")
        unlocked = processes.call(lambda: _read(same, watch))
        secret = IosDescription(apps=APPS, filler=LOCKED_FILES, password=PASSWORD, rounds=ROUNDS)
        locked = write.write_backup(secret, folder / "locked")
        encrypted = processes.call(lambda: _read(locked, watch, PASSWORD))
        floor = unlocked.cpu + _floor((locked / "Manifest.db").read_bytes())
    return {
        "files": FILES,
        "cpu_seconds": ours.cpu,
        "peak_mb": ours.peak_mb,
        "encrypted_cpu_seconds": encrypted.cpu,
        "encrypted_floor_seconds": floor,
        "encrypted_ratio": encrypted.cpu / floor,
        "encrypted_peak_mb": encrypted.peak_mb,
    }


def _read(folder: Path, watch: Watch | None, password: str | None = None) -> None:
    recognise(folder)
    reading = read_evidence(folder, watch=watch, now=NOW, password=password)
    if reading.problem or len(reading.subjects) <= len(APPS):
        raise SystemExit(f"the backup was not read: {reading.problem}")


def _floor(content: bytes) -> float:
    """Seconds of the two rounds of key derivation and of AES over the list of files."""
    start = time.process_time()
    first = hashlib.pbkdf2_hmac("sha256", PASSWORD.encode(), b"salt" * 5, ROUNDS, 32)
    key = hashlib.pbkdf2_hmac("sha1", first, b"salt" * 5, ROUNDS, 32)
    Cipher(algorithms.AES(key), modes.CBC(bytes(16))).decryptor().update(content)
    return time.process_time() - start
