"""The strings of a script compiled for Hermes (React Native), as one text for searching; nothing else of it is read.

They lie side by side with nothing between them, often one inside the other, so only their table says where each ends.
Source: hermes/BCGen/HBC/BytecodeFileFormat.h, the same from bytecode version 71 to 96 as far as it is read here; where
the parts lie otherwise, the whole file is searched as it is.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

import numpy as np

from luciole.apps.apk.dex import Indexes
from luciole.apps.apk.pool_text import Pieces, PlacedText

MAGIC = bytes.fromhex("c61fbc03c103191f")
_COUNTS = struct.Struct("<6I").unpack_from
_COUNTS_AT = 40
_HEADER_SIZE = 128
_FUNCTION_SIZE = 16
_OVERFLOW = 0xFF
_MOST_STRINGS = 300_000
_MOST_TEXT = 2
"""Text made from overlapping strings may be so many times the bytes they lie in."""
_ASCII_ONLY = bytes(range(0x80)) + bytes(0x80)


def bundle_text(data: bytes) -> PlacedText:
    """The strings with a dot or a colon, each with NUL before and after it, from the whole file or its first part."""
    table = _string_table(data)
    if table is None:
        return PlacedText(data.translate(_ASCII_ONLY))
    texts: list[bytes] = []
    places: list[int] = []
    widths: list[int] = []
    room = _MOST_TEXT * len(data)
    for start, length, width in zip(*(column.tolist() for column in table), strict=True):
        text = data[start : start + length * width : width]
        if b"." in text or b"://" in text:
            room -= len(text) + 1
            if room < 0:
                break
            texts.append(text.translate(_ASCII_ONLY))
            places.append(start)
            widths.append(width)
    sizes = [len(text) + 1 for text in texts]
    first = np.cumsum([0, *sizes], dtype=np.int64)[:-1]
    pieces = Pieces(first, np.array(places, np.int64), np.array(widths, np.int64))
    return PlacedText(b"\0".join(texts), pieces=pieces, cut=room < 0)


class _Strings(NamedTuple):
    """Of each string: where it begins in the file, how many characters it has, and bytes for each of them."""

    starts: Indexes
    lengths: Indexes
    widths: Indexes


def _string_table(data: bytes) -> _Strings | None:
    """The table of strings; None when the parts of the file do not lie as expected."""
    if len(data) < _HEADER_SIZE:
        return None
    functions, kinds, identifiers, count, overflows, storage_size = _COUNTS(data, _COUNTS_AT)
    table = _HEADER_SIZE + functions * _FUNCTION_SIZE + (kinds + identifiers) * 4
    overflow_table = table + count * 4
    storage = overflow_table + overflows * 8
    if not 0 < count <= _MOST_STRINGS or storage > len(data):
        return None
    small = np.frombuffer(data, "<u4", count, table).astype(np.int64)
    starts, lengths, widths = (small >> 1) & 0x7FFFFF, small >> 24, (small & 1) + 1
    long = np.frombuffer(data, "<u4", overflows * 2, overflow_table).astype(np.int64).reshape(-1, 2)
    over = np.flatnonzero(lengths == _OVERFLOW)
    if (starts[over] >= overflows).any():
        return None
    starts[over], lengths[over] = long[starts[over]].T
    if (starts + lengths * widths > storage_size).any():
        return None
    return _Strings(starts + storage, lengths, widths)
