"""Writes inert packages of Windows Installer: a compound file ([MS-CFB]) with tables, which installs nothing."""

from __future__ import annotations

import struct
from collections.abc import Mapping

import msgspec

_SECTOR, _SMALL, _CUTOFF = 512, 64, 4096
_FREE, _END, _FAT, _NONE = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD, 0xFFFFFFFF
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz._"
_CLASS = bytes.fromhex("84100c0000000000c000000000000046")
_COLUMNS = {
    "Property": ("Property", "Value"),
    "File": ("File", "FileName"),
    "Registry": ("Registry", "Key", "Name", "Value"),
    "ServiceInstall": ("ServiceInstall", "Name", "DisplayName"),
    "CustomAction": ("Action", "Target"),
}
_KEY, _TEXT = 0x2D48, 0x1D00


class Package(msgspec.Struct, frozen=True):
    """One inert package. tables: name (of Property, File, Registry, ServiceInstall, CustomAction) → rows of texts;
    streams: what it carries besides."""  # noqa: D205, D209 - a list of fields follows the sentence

    tables: Mapping[str, tuple[tuple[str, ...], ...]] = {}
    streams: Mapping[str, bytes] = {}


def build_package(package: Package) -> bytes:
    """The file; the same description gives the same bytes."""
    texts: dict[str, int] = {}

    def number(text: str) -> int:
        return texts.setdefault(text, len(texts) + 1) if text else 0

    columns: list[tuple[int, int, int, int]] = []
    tables = {}
    for name, rows in package.tables.items():
        for place, column in enumerate(_COLUMNS[name]):
            columns.append((number(name), 0x8001 + place, number(column), 0x8000 ^ (_TEXT if place else _KEY)))
        tables[name] = b"".join(struct.pack("<H", number(row[at])) for at in range(len(_COLUMNS[name])) for row in rows)
    streams = {_encoded(name, table=True): data for name, data in tables.items()}
    streams[_encoded("_Tables", table=True)] = b"".join(struct.pack("<H", texts[name]) for name in package.tables)
    streams[_encoded("_Columns", table=True)] = b"".join(
        struct.pack("<H", row[at]) for at in range(4) for row in columns
    )
    encoded = [text.encode() for text in texts]
    streams[_encoded("_StringPool", table=True)] = struct.pack("<HH", 65001, 0) + b"".join(
        struct.pack("<HH", len(text), 1) for text in encoded
    )
    streams[_encoded("_StringData", table=True)] = b"".join(encoded)
    streams |= {_encoded(name, table=False): data for name, data in package.streams.items()}
    return write_compound(streams)


def _encoded(name: str, *, table: bool) -> str:
    """The name of a stream as packages write it: two characters in one."""
    if not all(character in _ALPHABET for character in name):
        return name
    made = "\u4840" if table else ""
    for place in range(0, len(name), 2):
        pair = [_ALPHABET.index(character) for character in name[place : place + 2]]
        made += chr(0x3800 + pair[0] + (pair[1] << 6)) if len(pair) > 1 else chr(0x4800 + pair[0])
    return made


def write_compound(streams: Mapping[str, bytes]) -> bytes:
    """A compound file with these streams below its root."""
    ordered = sorted(streams.items(), key=lambda one: (len(one[0]), one[0].upper()))
    small = {name: data for name, data in ordered if len(data) < _CUTOFF}
    mini = b""
    mini_table: list[int] = []
    starts: dict[str, int] = {}
    for name, data in small.items():
        starts[name] = len(mini) // _SMALL if data else _END
        mini += data + bytes(-len(data) % _SMALL)
        mini_table += _chain(len(mini_table), -(-len(data) // _SMALL))
    entries = 1 + len(ordered)
    parts = [bytes(-(-entries * 128 // _SECTOR) * _SECTOR), _numbers(mini_table), mini]
    parts += [data for name, data in ordered if name not in small]
    table: list[int] = []
    places = []
    for data in parts:
        count = -(-len(data) // _SECTOR)
        places.append(len(table) if count else _END)
        table += _chain(len(table), count)
    big = iter(places[3:])
    for name, _ in ordered:
        if name not in small:
            starts[name] = next(big)
    parts[0] = _directory(ordered, starts, places[2], len(mini))
    return _whole(parts, table, places[1], -(-len(parts[1]) // _SECTOR))


def _chain(start: int, count: int) -> list[int]:
    return [*range(start + 1, start + count), _END] if count else []


def _numbers(numbers: list[int]) -> bytes:
    data = b"".join(struct.pack("<I", one) for one in numbers)
    return data + b"\xff" * (-len(data) % _SECTOR)


def _directory(ordered: list[tuple[str, bytes]], starts: Mapping[str, int], mini: int, size: int) -> bytes:
    rows = [_entry("Root Entry", 5, 1 if ordered else _NONE, _NONE, mini, size)]
    for number, (name, data) in enumerate(ordered, start=1):
        following = number + 1 if number < len(ordered) else _NONE
        rows.append(_entry(name, 2, _NONE, following, starts[name], len(data)))
    data = b"".join(rows)
    return data + bytes(-len(data) % _SECTOR)


def _entry(name: str, kind: int, child: int, right: int, start: int, size: int) -> bytes:
    encoded = (name + "\0").encode("utf-16-le")
    identity = _CLASS if kind == 5 else bytes(16)  # noqa: PLR2004 - the root
    tail = struct.pack("<IQQIQ", 0, 0, 0, start, size)
    return (
        encoded.ljust(64, b"\0") + struct.pack("<HBBIII", len(encoded), kind, 1, _NONE, right, child) + identity + tail
    )


def _whole(parts: list[bytes], table: list[int], mini_table: int, mini_sectors: int) -> bytes:
    count = 1
    while (len(table) + count) > count * (_SECTOR // 4):
        count += 1
    first = len(table)
    table = [*table, *[_FAT] * count]
    header = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(16)
    header += struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    header += struct.pack("<IIIIIIIII", 0, count, 0, 0, _CUTOFF, mini_table, mini_sectors, _END, 0)
    header += b"".join(struct.pack("<I", first + one) for one in range(count)) + b"\xff" * (4 * (109 - count))
    body = b"".join(data + bytes(-len(data) % _SECTOR) for data in parts)
    return header + body + _numbers(table)
