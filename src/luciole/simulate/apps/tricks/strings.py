"""Tricks with the manifest's string pool: garbled names, and counts, offsets and lengths that lie."""

from __future__ import annotations

import struct

from luciole.simulate.apps.attributes import ANDROID
from luciole.simulate.apps.string_pool import UTF8_FLAG, write_pool
from luciole.simulate.apps.tricks.chunks import Document
from luciole.simulate.apps.tricks.xml import on_manifest

_COUNT, _STYLES, _START, _STYLES_START = 8, 12, 20, 24
_OFFSETS = 28


def pool_texts(pool: bytes) -> list[str]:
    """The texts of a pool that this package has written."""
    count, _, flags, start = struct.unpack_from("<IIII", pool, _COUNT)
    offsets = struct.unpack_from(f"<{count}I", pool, _OFFSETS)
    return [_text(pool, start + offset, utf8=bool(flags & UTF8_FLAG)) for offset in offsets]


def _text(pool: bytes, at: int, *, utf8: bool) -> str:
    if not utf8:
        units = struct.unpack_from("<H", pool, at)[0]
        return pool[at + 2 : at + 2 + 2 * units].decode("utf-16-le", "surrogatepass")
    at += 2 if pool[at] & 0x80 else 1
    length, at = (pool[at], at + 1) if pool[at] < 0x80 else ((pool[at] & 0x7F) << 8 | pool[at + 1], at + 2)  # noqa: PLR2004 - the number is the format's
    return pool[at : at + length].decode("utf-8", "surrogatepass")


def _with_texts(document: Document, texts: list[str]) -> Document:
    utf8 = bool(struct.unpack_from("<I", document.pool, 16)[0] & UTF8_FLAG)
    return document._replace(pool=write_pool(texts, utf8=utf8))


def _with_field(document: Document, offset: int, value: int) -> Document:
    pool = bytearray(document.pool)
    struct.pack_into("<I", pool, offset, value)
    return document._replace(pool=bytes(pool))


@on_manifest("xml.attribute-names")
def attribute_names(document: Document) -> Document:
    """The names of all attributes that have an id are empty; the ids count."""
    texts = pool_texts(document.pool)
    known = (len(document.resource_map) - 8) // 4
    return _with_texts(document, [""] * known + texts[known:])


@on_manifest("xml.attribute-names-swapped")
def attribute_names_swapped(document: Document) -> Document:
    """The names of attributes that have an id are exchanged; the ids count."""
    texts = pool_texts(document.pool)
    known = (len(document.resource_map) - 8) // 4
    return _with_texts(document, texts[known - 1 :: -1] + texts[known:] if known else texts)


@on_manifest("xml.namespace")
def namespace(document: Document) -> Document:
    """The namespace's address holds control characters; the ids count."""
    texts = [f"\x01\x02{text}\x1f" if text == ANDROID else text for text in pool_texts(document.pool)]
    return _with_texts(document, texts)


@on_manifest("strings.count")
def string_count(document: Document) -> Document:
    """The string pool claims far more strings than it has room for; Android refuses."""
    return _with_field(document, _COUNT, 0x0FFFFFFF)


@on_manifest("strings.styles")
def styles(document: Document) -> Document:
    """The string pool claims styles outside of it; Android refuses."""
    return _with_field(_with_field(document, _STYLES, 9), _STYLES_START, 0x00FFFFFF)


@on_manifest("strings.start")
def strings_start(document: Document) -> Document:
    """The strings would begin outside the pool; Android refuses."""
    return _with_field(document, _START, len(document.pool) + 64)


@on_manifest("strings.offset")
def string_offset(document: Document) -> Document:
    """The last string's place lies outside the pool; only this string is lost."""
    count = struct.unpack_from("<I", document.pool, _COUNT)[0]
    return _with_field(document, _OFFSETS + 4 * (count - 1), 0x00FFFFF0)


@on_manifest("strings.length")
def string_length(document: Document) -> Document:
    """The last string's length and its end disagree."""
    count, _, flags, start = struct.unpack_from("<IIII", document.pool, _COUNT)
    at = start + struct.unpack_from("<I", document.pool, _OFFSETS + 4 * (count - 1))[0]
    pool = bytearray(document.pool)
    if flags & UTF8_FLAG:
        pool[at + 1] = 0x7F
    else:
        struct.pack_into("<H", pool, at, 0x7FFF)
    return document._replace(pool=bytes(pool))


@on_manifest("strings.unterminated")
def unterminated(document: Document) -> Document:
    """The last string has no end; Android refuses."""
    pool = bytearray(document.pool)
    pool[-4:] = b"AAAA"
    return document._replace(pool=bytes(pool))
