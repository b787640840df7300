"""One way to turn a document into bytes and bytes into digests, so that the same knowledge is the same bytes."""

from __future__ import annotations

import hashlib
import typing

import msgspec

_encoder = msgspec.json.Encoder(order="sorted", decimal_format="string")


def canonical_json(document: object) -> bytes:
    """Keys sorted, no white space, UTF-8: the bytes that are hashed and signed. `document`: structs, maps, lists."""
    return _encoder.encode(document)


def readable_json(document: object) -> bytes:
    """The same content for people: sorted keys, two spaces, a final newline."""
    return msgspec.json.format(canonical_json(document), indent=2) + b"\n"


def sha256(data: bytes | memoryview) -> str:
    """Lower-case hexadecimal SHA-256 of `data`."""
    return hashlib.sha256(data).hexdigest()


def digest(document: object) -> str:
    """SHA-256 of a document's canonical JSON."""
    return sha256(canonical_json(document))


class FileDigests(typing.NamedTuple):
    """The three digests that the field's indicator lists use, in lower-case hexadecimal."""

    sha256: str
    sha1: str
    md5: str
