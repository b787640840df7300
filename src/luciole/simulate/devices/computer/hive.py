"""Writes small registry hives (regf 1.5) for simulated computers: keys, values, one block of cells."""

from __future__ import annotations

import struct
from collections.abc import Mapping

Data = str | int | list[str] | bytes
Tree = dict[str, "Tree | Data"]
"""Keys and values by name: a map is a key, anything else a value."""
_BASE = 4096
_NONE = 0xFFFFFFFF
_FILETIME = 133_000_000_000_000_000
_INLINE = 4
_DESCRIPTOR = struct.pack("<BBHIIII", 1, 0, 0x8000, 0, 0, 0, 0)
"""A security descriptor without an owner or rules."""


def hive(tree: Tree, name: str = "SOFTWARE") -> bytes:
    """The bytes of a hive. name: the file name that its header states."""
    return _Writer().write(tree, name)


def nested(values: Mapping[str, Mapping[str, Data]]) -> Tree:
    """A tree from key paths (with backslashes) and their values."""
    tree: Tree = {}
    for path, named in values.items():
        node = tree
        for part in path.split("\\"):
            below = node.setdefault(part, {})
            if not isinstance(below, dict):
                raise TypeError(f"{part} is a key and a value")
            node = below
        node.update(named)
    return tree


class _Writer:
    def __init__(self) -> None:
        self._cells = bytearray(32)
        self._security = _NONE

    def write(self, tree: Tree, name: str) -> bytes:
        root = self._key("ROOT", tree, _NONE, root=True)
        size = -(-len(self._cells) // _BASE) * _BASE
        free = size - len(self._cells)
        if free:
            self._cells += struct.pack("<i", free) + bytes(free - 4)
        self._cells[:32] = struct.pack("<4sIIQQI", b"hbin", 0, size, 0, _FILETIME, 0)
        header = struct.pack("<4sIIQIIIIIII", b"regf", 1, 1, _FILETIME, 1, 5, 0, 1, root, size, 1)
        header += name.encode("utf-16-le")[:64].ljust(64, b"\0") + bytes(396)
        checksum = 0
        for (word,) in struct.iter_unpack("<I", header[:508]):
            checksum ^= word
        return (header + struct.pack("<I", checksum)).ljust(_BASE, b"\0") + bytes(self._cells)

    def _cell(self, content: bytes) -> int:
        """Appends one cell and returns its offset, counted from the first block."""
        at = len(self._cells)
        size = -(-(len(content) + 4) // 8) * 8
        self._cells += struct.pack("<i", -size) + content.ljust(size - 4, b"\0")
        return at

    def _sk(self) -> int:
        at = len(self._cells)
        return self._cell(struct.pack("<2sHIIII", b"sk", 0, at, at, 1, len(_DESCRIPTOR)) + _DESCRIPTOR)

    def _key(self, name: str, tree: Tree, parent: int, *, root: bool = False) -> int:
        below = {key: node for key, node in tree.items() if isinstance(node, dict)}
        values = {key: node for key, node in tree.items() if not isinstance(node, dict)}
        encoded = name.encode("latin-1")
        at = self._cell(bytes(76 + len(encoded)))
        self._security = self._sk() if root else self._security
        keys = [
            (key, self._key(key, node, at)) for key, node in sorted(below.items(), key=lambda each: each[0].upper())
        ]
        listed = self._list(keys) if keys else _NONE
        named = [self._value(key, data) for key, data in values.items()]
        value_list = self._cell(struct.pack(f"<{len(named)}I", *named)) if named else _NONE
        content = struct.pack(
            "<2sHQIIIIIIIIIIIIIIIHH", b"nk", 0x2C if root else 0x20, _FILETIME, 0, parent, len(keys), 0, listed, _NONE,
            len(named), value_list, self._security, _NONE, 2 * max((len(key) for key in below), default=0), 0,
            2 * max((len(key) for key in values), default=0), 65_536, 0, len(encoded), 0,
        ) + encoded  # fmt: skip
        self._cells[at + 4 : at + 4 + len(content)] = content
        return at

    def _list(self, keys: list[tuple[str, int]]) -> int:
        entries = b"".join(struct.pack("<II", at, _number(key)) for key, at in keys)
        return self._cell(struct.pack("<2sH", b"lh", len(keys)) + entries)

    def _value(self, name: str, data: Data) -> int:
        kind, content = _encoded(data)
        if len(content) <= _INLINE:
            size, place = len(content) | 0x80000000, int.from_bytes(content.ljust(4, b"\0"), "little")
        else:
            size, place = len(content), self._cell(content)
        encoded = name.encode("latin-1")
        return self._cell(struct.pack("<2sHIIIHH", b"vk", len(encoded), size, place, kind, 1, 0) + encoded)


def _number(name: str) -> int:
    """The number of 32 bits by which Windows finds a key in a list."""
    number = 0
    for letter in name.upper():
        number = (number * 37 + ord(letter)) & 0xFFFFFFFF
    return number


def _encoded(data: Data) -> tuple[int, bytes]:
    if isinstance(data, bytes):
        return 3, data
    if isinstance(data, int):
        return 4, struct.pack("<I", data)
    if isinstance(data, list):
        return 7, b"".join(each.encode("utf-16-le") + b"\0\0" for each in data) + b"\0\0"
    return 1, data.encode("utf-16-le") + b"\0\0"
