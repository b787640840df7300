"""Writes the string pool that binary XML and resource tables share (AOSP ResourceTypes.h, ResStringPool_header)."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence

UTF8_FLAG = 1 << 8
_HEADER = 28


class Strings:
    """Collects texts for one pool; each text is kept once and named by its index."""

    def __init__(self, first: Iterable[str] = ()) -> None:
        self.texts: list[str] = list(first)
        self._index = {text: index for index, text in enumerate(self.texts)}

    def index(self, text: str) -> int:
        """The index of `text`, added when it is new."""
        found = self._index.get(text)
        if found is None:
            found = self._index[text] = len(self.texts)
            self.texts.append(text)
        return found


def write_pool(texts: Sequence[str], *, utf8: bool) -> bytes:
    """A pool of `texts` in their order, without styles; utf8: UTF-8 strings, else UTF-16."""
    encode = _utf8 if utf8 else _utf16
    items = [encode(text) for text in texts]
    offsets = [0] * len(items)
    position = 0
    for index, item in enumerate(items):
        offsets[index] = position
        position += len(item)
    padding = b"\0" * (-position % 4)
    start = _HEADER + 4 * len(items)
    size = start + position + len(padding)
    header = struct.pack("<HHIIIIII", 1, _HEADER, size, len(items), 0, UTF8_FLAG if utf8 else 0, start, 0)
    return b"".join((header, struct.pack(f"<{len(items)}I", *offsets), *items, padding))


def _utf8(text: str) -> bytes:
    data = text.encode("utf-8", "surrogatepass")
    units = len(text.encode("utf-16-le", "surrogatepass")) // 2
    return _length8(units) + _length8(len(data)) + data + b"\0"


def _length8(count: int) -> bytes:
    count = min(count, 0x7FFF)
    return bytes((count,)) if count < 0x80 else bytes((0x80 | count >> 8, count & 0xFF))  # noqa: PLR2004 - the number is the format's


def _utf16(text: str) -> bytes:
    data = text.encode("utf-16-le", "surrogatepass")
    return _length16(len(data) // 2) + data + b"\0\0"


def _length16(count: int) -> bytes:
    if count < 0x8000:  # noqa: PLR2004 - the number is the format's
        return struct.pack("<H", count)
    return struct.pack("<HH", 0x8000 | count >> 16, count & 0xFFFF)
