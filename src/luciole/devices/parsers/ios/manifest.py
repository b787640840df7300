"""Reads the list of files of a backup (Manifest.db): which are there, under which names, and how each is locked."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import NamedTuple

from luciole.apps import plist
from luciole.devices.parsers.sqlite_tables import Database
from luciole.kernel.errors import ParseError

_ID = 40
_LARGEST_RECORD = 1 << 16
_HEXADECIMAL = frozenset("0123456789abcdef")


class Entry(NamedTuple):
    """One line of the list. file_id: forty hexadecimal digits; record: keyed archive about the file."""

    file_id: str
    domain: str
    path: str
    record: bytes
    offset: int


class Locked(NamedTuple):
    """How a file is locked. size: bytes of its content, None where it is not said."""

    protection_class: int
    key: bytes
    size: int | None


def file_id(domain: str, path: str) -> str:
    """The name of a file in a backup: SHA-1 of domain and path."""
    return hashlib.sha1(f"{domain}-{path}".encode("utf-8", "replace"), usedforsecurity=False).hexdigest()


def entries(database: Database) -> Iterator[Entry | None]:
    """Every file of the list; None for a line of another shape. Raises ParseError at a limit."""
    if not database.has("Files", "fileID", "domain", "relativePath"):
        raise ParseError("the list of files has another shape", offset=0)
    for record in database.rows("Files", "fileID", "domain", "relativePath", "file"):
        name, domain, path, about = record.values
        if (
            isinstance(name, str)
            and len(name) == _ID
            and isinstance(domain, str)
            and isinstance(path, str)
            and _HEXADECIMAL.issuperset(name)
        ):
            yield Entry(name, domain, path, about if isinstance(about, bytes) else b"", record.offset)
        else:
            yield None


def size_of(record: bytes) -> int | None:
    """Bytes of the content of a file, as its record says; None where it does not or cannot be read."""
    try:
        return plist.number(plist.unwrap(plist.load(record)), "Size") if len(record) <= _LARGEST_RECORD else None
    except ParseError:
        return None


def locked(record: bytes) -> Locked:
    """Protection class, wrapped key and size of a file of an encrypted backup. Raises ParseError."""
    if len(record) > _LARGEST_RECORD:
        raise ParseError("a record of a file that is too long", limit=True)
    about = plist.unwrap(plist.load(record))
    key = plist.data(about, "EncryptionKey")
    protection = plist.number(about, "ProtectionClass")
    if not key or protection is None:
        raise ParseError("a record of a file without its key")
    return Locked(protection, key, plist.number(about, "Size"))
