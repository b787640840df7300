"""The files of a simulated backup: the lists, Manifest.db, and every file under the digest of its name."""

from __future__ import annotations

import hashlib
import plistlib
import sqlite3
from collections.abc import Iterator

from luciole.simulate.devices.ios import content
from luciole.simulate.devices.ios.description import IosDescription
from luciole.simulate.devices.ios.locking import PROTECTION_CLASS, Lock

Named = tuple[str, bytes]
_FILLER_APPS = 200
_FILES = "CREATE TABLE Files (fileID TEXT PRIMARY KEY, domain TEXT, relativePath TEXT, flags INTEGER, file BLOB);"
_OTHERS = "CREATE TABLE Properties (key TEXT PRIMARY KEY, value BLOB); CREATE INDEX FilesDomainIdx ON Files(domain);"


def name_of(domain: str, path: str) -> str:
    """The name of a file in a backup."""
    return hashlib.sha1(f"{domain}-{path}".encode(), usedforsecurity=False).hexdigest()


def members(description: IosDescription) -> Iterator[Named]:
    """Every file of the backup with its name inside the folder; filler files are empty."""
    lock = Lock(description.seed, description.password, description.rounds) if description.password else None
    listed: list[tuple[str, str, int, bytes | None]] = []
    for domain, path, data in content.files(description):
        name = name_of(domain, path)
        listed.append((domain, path, len(data), lock.wrapped(name) if lock else None))
        yield f"{name[:2]}/{name}", lock.encrypted(name, data) if lock else data
    for domain, path in filler(description.filler):
        name = name_of(domain, path)
        listed.append((domain, path, 0, lock.wrapped(name) if lock else None))
        yield f"{name[:2]}/{name}", b""
    manifest = manifest_database(listed)
    yield "Manifest.db", lock.encrypted("Manifest.db", manifest) if lock else manifest
    bag, key = (lock.key_bag(), lock.wrapped("Manifest.db")) if lock else (b"", b"")
    beside = (
        ("Info.plist", content.info(description)),
        ("Manifest.plist", content.manifest_list(description, bag, key)),
        ("Status.plist", content.status(description)),
    )
    yield from (each for each in beside if each[0] not in description.absent)


def filler(count: int) -> Iterator[tuple[str, str]]:
    """Domains and paths of ordinary files of ordinary apps."""
    for number in range(count):
        app = f"org.example.ordinary{number % _FILLER_APPS}"
        yield f"AppDomain-{app}", f"Documents/folder{number % 37}/picture-{number:07d}.dat"


def manifest_database(listed: list[tuple[str, str, int, bytes | None]]) -> bytes:
    """Manifest.db. listed: domain, path, size, and the wrapped key of encrypted files."""
    connection = sqlite3.connect(":memory:")
    try:
        connection.executescript(_FILES + _OTHERS)
        start, stop = _record_around()
        connection.executemany(
            "INSERT INTO Files VALUES (?, ?, ?, 1, ?)",
            (
                (
                    name_of(domain, path),
                    domain,
                    path,
                    record(path, size, key) if key or size else start + path[:40].encode() + stop,
                )
                for domain, path, size, key in listed
            ),
        )
        connection.commit()
        return bytes(connection.serialize())
    finally:
        connection.close()


def record(path: str, size: int, key: bytes | None) -> bytes:
    """The keyed archive about one file (MBFile)."""
    about: dict[str, object] = {
        "$class": plistlib.UID(3),
        "Size": size,
        "Mode": 33188,
        "Birth": 1_700_000_000,
        "LastModified": 1_700_000_000,
        "ProtectionClass": PROTECTION_CLASS,
        "RelativePath": plistlib.UID(2),
        "InodeNumber": 1,
        "UserID": 501,
        "GroupID": 501,
        "Flags": 0,
    }
    objects: list[object] = ["$null", about, path, {"$classname": "MBFile", "$classes": ["MBFile", "NSObject"]}]
    if key is not None:
        about["EncryptionKey"] = plistlib.UID(4)
        objects.append({"$class": plistlib.UID(5), "NS.data": key})
        objects.append({"$classname": "NSMutableData", "$classes": ["NSMutableData", "NSData", "NSObject"]})
    top = {"$version": 100_000, "$archiver": "NSKeyedArchiver", "$top": {"root": plistlib.UID(1)}, "$objects": objects}
    return plistlib.dumps(top, fmt=plistlib.FMT_BINARY)


def _record_around() -> tuple[bytes, bytes]:
    """A record cut in two at its path, so that a hundred thousand cost little; of the size that true ones have."""
    whole = record("x" * 40, 0, None)
    at = whole.index(b"x" * 40)
    return whole[:at], whole[at + 40 :]
