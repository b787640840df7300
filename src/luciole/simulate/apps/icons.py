"""Small pictures for inert apps: two that show nothing and a plain square (PNG specification)."""

from __future__ import annotations

import struct
import zlib
from functools import cache

_SIDE = 48
_MARGIN = 8
_NOTHING, _EDGE, _FIELD = b"\0\0\0\0", b"\x14\x3c\x36\xff", b"\x2e\x7d\x6b\xff"
_COLOURS = {"transparent": (_NOTHING, _NOTHING), "blank": (_FIELD, _FIELD), "plain": (_EDGE, _FIELD)}
"""Colour of the margin and of the square inside, as red, green, blue and opacity."""


@cache
def icon(kind: str) -> bytes:
    """A PNG of 48 by 48 pixels; kind: transparent, blank (one colour all over) or plain (a square with a margin)."""
    edge, field = _COLOURS[kind]
    inner = _SIDE - 2 * _MARGIN
    outside = b"\0" + edge * _SIDE
    inside = b"\0" + edge * _MARGIN + field * inner + edge * _MARGIN
    rows = outside * _MARGIN + inside * inner + outside * _MARGIN
    header = struct.pack(">IIBBBBB", _SIDE, _SIDE, 8, 6, 0, 0, 0)
    chunks = (_chunk(b"IHDR", header), _chunk(b"IDAT", zlib.compress(rows)), _chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
