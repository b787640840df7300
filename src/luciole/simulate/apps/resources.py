"""Writes resource tables (resources.arsc) in every layout that Android reads (AOSP ResourceTypes.h)."""

from __future__ import annotations

import re
import struct
from collections.abc import Sequence
from typing import Literal, NamedTuple

from luciole.kernel.errors import ContentError
from luciole.simulate.apps.string_pool import Strings, write_pool

TABLE, PACKAGE, TYPE, TYPE_SPEC = 0x0002, 0x0200, 0x0201, 0x0202
PACKAGE_ID = 0x7F
NO_ENTRY = 0xFFFFFFFF
NO_ENTRY_16 = 0xFFFF
ENTRY_COMPLEX, ENTRY_COMPACT = 0x0001, 0x0008
TYPE_SPARSE, TYPE_OFFSET16 = 0x01, 0x02
CONFIG_LOCALE, CONFIG_DENSITY, CONFIG_VERSION = 0x0004, 0x0100, 0x0400
_PACKAGE_HEADER = 288
_CONFIGURATION = 64
_TYPE_HEADER = 20 + _CONFIGURATION
_THREE_LETTERS = 3
_LOCALE = re.compile(r"([A-Za-z]{2,3})(?:-([A-Za-z]{4}))?(?:-([A-Za-z]{2}|[0-9]{3}))?")

Layout = Literal["plain", "sparse", "compact", "offset16"]


class Configuration(NamedTuple):
    """When a value applies. locale: BCP 47, such as "fr" or "pt-BR"; density: dots per inch; sdk: from this level."""

    locale: str = ""
    density: int = 0
    sdk: int = 0


class Plain(NamedTuple):
    """A value without text. kind: data type of Res_value (0x01 reference, 0x10 integer, 0x12 boolean, 0x1c colour)."""

    kind: int
    data: int


class Style(NamedTuple):
    """A style: its parent's id and its attributes by id."""

    parent: int
    items: tuple[tuple[int, Plain], ...]


Value = str | Plain | Style
DEFAULT = Configuration()


class Table:
    """Collects the resources of one package; ids are given in the order in which types and keys come."""

    def __init__(self, package: str) -> None:
        self.package = package
        self._types: dict[str, dict[str, dict[Configuration, Value]]] = {}

    def __bool__(self) -> bool:
        return bool(self._types)

    def add(self, kind: str, key: str, value: Value, configuration: Configuration = DEFAULT) -> int:
        """Adds a value for one configuration and gives the id of its resource."""
        keys = self._types.setdefault(kind, {})
        keys.setdefault(key, {})[configuration] = value
        return PACKAGE_ID << 24 | (list(self._types).index(kind) + 1) << 16 | list(keys).index(key)

    def write(self, layout: Layout = "plain") -> bytes:
        """The bytes of the table; `layout` says how the entries lie in it."""
        writer = _Writer(layout)
        chunks = [
            chunk
            for number, keys in enumerate(self._types.values(), 1)
            for chunk in writer.type_chunks(number, keys)
        ]  # fmt: skip
        package = self._package(b"".join(chunks), writer.keys)
        values = write_pool(writer.values.texts, utf8=True)
        return struct.pack("<HHII", TABLE, 12, 12 + len(values) + len(package), 1) + values + package

    def _package(self, chunks: bytes, keys: Strings) -> bytes:
        type_pool = write_pool(list(self._types), utf8=True)
        key_pool = write_pool(keys.texts, utf8=True)
        size = _PACKAGE_HEADER + len(type_pool) + len(key_pool) + len(chunks)
        name = self.package.encode("utf-16-le")[:254].ljust(256, b"\0")
        after_types = _PACKAGE_HEADER + len(type_pool)
        header = struct.pack("<HHII", PACKAGE, _PACKAGE_HEADER, size, PACKAGE_ID) + name
        pools = struct.pack("<IIIII", _PACKAGE_HEADER, len(self._types), after_types, len(keys.texts), 0)
        return header + pools + type_pool + key_pool + chunks


class _Writer:
    """Writes the chunks of all types; collects the texts of the two pools on the way."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.values = Strings()
        self.keys = Strings()

    def type_chunks(self, number: int, keys: dict[str, dict[Configuration, Value]]) -> list[bytes]:
        """The specification of type `number`, then one chunk for each configuration."""
        configurations = sorted({found for values in keys.values() for found in values})
        flags = [_spec_flags(list(values)) for values in keys.values()]
        count = len(keys)
        spec = struct.pack(f"<HHIBBHI{count}I", TYPE_SPEC, 16, 16 + 4 * count, number, 0, 0, count, *flags)
        return [spec, *(self._type_chunk(number, keys, configuration) for configuration in configurations)]

    def _type_chunk(
        self, number: int, keys: dict[str, dict[Configuration, Value]], configuration: Configuration
    ) -> bytes:
        entries = [
            (index, self._entry(key, values[configuration]))
            for index, (key, values) in enumerate(keys.items())
            if configuration in values
        ]
        flags, count, offsets = _offsets(self.layout, len(keys), entries)
        body = b"".join(entry for _, entry in entries)
        start = _TYPE_HEADER + len(offsets)
        header = struct.pack("<HHIBBHII", TYPE, _TYPE_HEADER, start + len(body), number, flags, 0, count, start)
        return header + write_configuration(configuration) + offsets + body

    def _entry(self, key: str, value: Value) -> bytes:
        name = self.keys.index(key)
        match value:
            case Style(parent=parent, items=items):
                head = struct.pack("<HHIII", 16, ENTRY_COMPLEX, name, parent, len(items))
                return head + b"".join(struct.pack("<IHBBI", at, 8, 0, item.kind, item.data) for at, item in items)
            case Plain(kind=kind, data=data):
                return self._simple(name, kind, data)
            case text:
                return self._simple(name, 0x03, self.values.index(text))

    def _simple(self, name: int, kind: int, data: int) -> bytes:
        if self.layout == "compact":
            return struct.pack("<HHI", name, kind << 8 | ENTRY_COMPACT, data)
        return struct.pack("<HHIHBBI", 8, 0, name, 8, 0, kind, data)


def _offsets(layout: Layout, count: int, entries: Sequence[tuple[int, bytes]]) -> tuple[int, int, bytes]:
    """Type flags, number of offsets and the offset table of a chunk with `count` possible entries."""
    positions: list[tuple[int, int]] = []
    position = 0
    for index, entry in entries:
        positions.append((index, position))
        position += len(entry)
    if layout == "sparse":
        pairs = b"".join(struct.pack("<HH", index, at // 4) for index, at in positions)
        return TYPE_SPARSE, len(positions), pairs
    table = [NO_ENTRY] * count
    for index, at in positions:
        table[index] = at
    if layout == "offset16":
        short = [NO_ENTRY_16 if at == NO_ENTRY else at // 4 for at in table]
        return TYPE_OFFSET16, count, struct.pack(f"<{count}H", *short) + b"\0\0" * (count % 2)
    return 0, count, struct.pack(f"<{count}I", *table)


def _spec_flags(configurations: Sequence[Configuration]) -> int:
    """What the values of a resource differ by (the configuration bits of its specification)."""
    flags = 0
    flags |= CONFIG_LOCALE if len({found.locale for found in configurations}) > 1 else 0
    flags |= CONFIG_DENSITY if len({found.density for found in configurations}) > 1 else 0
    return flags | (CONFIG_VERSION if len({found.sdk for found in configurations}) > 1 else 0)


def write_configuration(configuration: Configuration) -> bytes:
    """The 64 bytes of a ResTable_config."""
    language, script, region = split_locale(configuration.locale)
    data = bytearray(_CONFIGURATION)
    struct.pack_into("<I", data, 0, _CONFIGURATION)
    data[8:10] = pack_letters(language, "a")
    data[10:12] = pack_letters(region, "0")
    struct.pack_into("<H", data, 14, configuration.density)
    struct.pack_into("<H", data, 24, configuration.sdk)
    data[36:40] = script.encode("ascii").ljust(4, b"\0")
    return bytes(data)


def split_locale(locale: str) -> tuple[str, str, str]:
    """Language, script and region of a BCP 47 tag, empty where it names none; raises ContentError for other text."""
    if not locale:
        return "", "", ""
    found = _LOCALE.fullmatch(locale)
    if found is None:
        raise ContentError([f"{locale!r} is no locale; write one such as fr, pt-BR or zh-Hant-TW"])
    language, script, region = found.groups(default="")
    return language.lower(), script.title(), region.upper()


def pack_letters(text: str, base: str) -> bytes:
    """Two letters as they are, three letters in five bits each with the high bit set, base "a" or "0"."""
    if len(text) != _THREE_LETTERS:
        return text.encode("ascii")[:2].ljust(2, b"\0")
    first, second, third = ((ord(letter) - ord(base)) & 0x1F for letter in text)
    return bytes((0x80 | third << 2 | second >> 3, (second << 5 | first) & 0xFF))
