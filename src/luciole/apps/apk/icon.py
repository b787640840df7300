"""The app's icon: which file it is, its bytes, and whether it shows anything."""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import Collection
from typing import Literal

import msgspec

from luciole.apps.apk.anomaly import Anomaly
from luciole.apps.apk.binary_xml import TYPE_STRING, BinaryXml
from luciole.apps.apk.resources import Table
from luciole.apps.apk.xml_resources import Read
from luciole.kernel.errors import ParseError
from luciole.kernel.limits import MIB

Kind = Literal["png", "webp", "jpeg", "gif", "adaptive", "xml", "other", "transparent", "blank"]

_LARGEST_DATA = 32 * 1024
_LARGEST_FILE = 4 * MIB
_LARGEST_PIXELS = 1 * MIB
_PREFERRED_DENSITY = 480
_ALWAYS_DECODED = 4096
_BLANK_RATIO = 50
"""An image of one colour deflates far below this; a drawn icon never does."""
_PNG = b"\x89PNG\r\n\x1a\n"
_HEADER = struct.Struct(">IIBBBBB").unpack_from
_CHUNK = struct.Struct(">I4s").unpack_from
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_WITH_ALPHA = {4: 2, 6: 4}
_PALETTE = 3
_SLOW_FILTERS = frozenset({3, 4})


class Icon(msgspec.Struct, frozen=True):
    """path: name in the archive; kind: what it is, or that it shows nothing; data: its bytes when at most 32 kB."""

    path: str
    kind: Kind
    size: int
    sha256: str
    data: bytes = b""


def read_icon(resource: int, table: Table, read: Read, names: Collection[bytes]) -> Icon | None:
    """The icon that a resource id stands for: a bitmap where there is one, else XML; None where no file is there.

    Raises ParseError when the entry cannot be read.
    """
    path = _choose(resource, table, names)
    if not path:
        return None
    data = read(path.encode("utf-8", "surrogatepass"))
    if len(data) > _LARGEST_FILE:
        raise ParseError(f"icon of {len(data)} bytes", file=path, limit=True)
    digest = hashlib.sha256(data).hexdigest()
    return Icon(path, _kind(data, path), len(data), digest, data if len(data) <= _LARGEST_DATA else b"")


def _choose(resource: int, table: Table, names: Collection[bytes]) -> str:
    """The path to show: bitmaps before XML, no language, the density nearest to that of a common phone."""
    best, best_rank = "", (True, True, 1 << 16)
    for found in table.resolve(resource):
        if found.kind != TYPE_STRING:
            continue
        path = table.pool.text(found.data)
        if path.encode("utf-8", "surrogatepass") not in names:
            continue
        configuration = found.configuration
        distance = abs(configuration.density - _PREFERRED_DENSITY)
        rank = (path.endswith(".xml") or configuration.any_density, configuration.locale != "", distance)
        if not best or rank < best_rank:
            best, best_rank = path, rank
    return best


def _kind(data: bytes, path: str) -> Kind:
    if data.startswith(_PNG):
        return _look_at_png(data)
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "webp"
    if data.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if data.startswith(b"GIF8"):
        return "gif"
    return _kind_of_xml(data, path)


def _kind_of_xml(data: bytes, path: str) -> Kind:
    anomalies: list[Anomaly] = []
    try:
        root = next(BinaryXml(data, anomalies, path).elements(), None)
    except ParseError:
        return "other"
    return "adaptive" if root is not None and root.tag == "adaptive-icon" else "xml"


def _look_at_png(data: bytes) -> Kind:
    """PNG (W3C Portable Network Graphics): "transparent", "blank" for one colour all over, else "png"."""
    if len(data) < 33 or data[12:16] != b"IHDR":  # noqa: PLR2004 - signature and first chunk
        return "png"
    width, height, depth, color, _, _, interlace = _HEADER(data, 16)
    channels = _CHANNELS.get(color, 0)
    row = width * channels + 1
    if depth != 8 or not channels or interlace or not width or not height or row * height > _LARGEST_PIXELS:  # noqa: PLR2004 - the number is the format's
        return "png"
    deflated, transparency = _image_data(data)
    if _ALWAYS_DECODED < row * height <= _BLANK_RATIO * len(deflated):
        return "png"
    try:
        raw = zlib.decompressobj().decompress(deflated, row * height)
    except zlib.error:
        return "png"
    if len(raw) < row * height:
        return "png"
    pixels = _unfilter(raw, row, channels)
    return _judge(pixels, color, channels, transparency) if pixels is not None else "png"


def _image_data(data: bytes) -> tuple[bytes, bytes]:
    """The joined IDAT chunks and the tRNS chunk."""
    parts, transparency, place = [], b"", len(_PNG)
    while place + 12 <= len(data):
        size, name = _CHUNK(data, place)
        if name == b"IDAT":
            parts.append(data[place + 8 : place + 8 + size])
        elif name == b"tRNS":
            transparency = data[place + 8 : place + 8 + size]
        elif name == b"IEND":
            break
        place += 12 + size
    return b"".join(parts), transparency


def _unfilter(raw: bytes, row: int, channels: int) -> list[bytes] | None:
    """The rows without their filters; None where a filter is used that images of one colour do not need."""
    rows: list[bytes] = []
    previous = bytes(row - 1)
    for start in range(0, len(raw), row):
        kind, line = raw[start], raw[start + 1 : start + row]
        if kind in _SLOW_FILTERS:
            return None
        if kind == 1:
            line = _sub(line, channels)
        elif kind and any(line):
            line = bytes((above + value) & 0xFF for above, value in zip(previous, line, strict=True))
        elif kind:
            line = previous
        rows.append(line)
        previous = line
    return rows


def _sub(line: bytes, channels: int) -> bytes:
    if not any(line[channels:]):
        return line[:channels] * (len(line) // channels)
    values = bytearray(line)
    for place in range(channels, len(values)):
        values[place] = (values[place] + values[place - channels]) & 0xFF
    return bytes(values)


def _judge(rows: list[bytes], color: int, channels: int, transparency: bytes) -> Kind:
    alpha = _WITH_ALPHA.get(color)
    if alpha and not any(any(line[alpha - 1 :: alpha]) for line in rows):
        return "transparent"
    if color == _PALETTE:
        used = set().union(*rows)
        if all(index < len(transparency) and transparency[index] == 0 for index in used):
            return "transparent"
    first = rows[0][:channels] * (len(rows[0]) // channels)
    return "blank" if all(line == first for line in rows) else "png"
