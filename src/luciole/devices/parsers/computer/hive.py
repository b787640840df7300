"""Registry hives of Windows → the values of the keys that matter, through regipy; loops, depth and size are bounded."""

from __future__ import annotations

import functools
import io
import logging
import struct
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from luciole.devices.parsers.computer.registry import Data, Value
from luciole.devices.parsers.rows import Account
from luciole.kernel.errors import ParseError

if TYPE_CHECKING:
    from regipy.registry import Cell, NKRecord

MAGIC = b"regf"
_HEADER = 4096
_ROOT_AT = 36
_MOST_KEYS = 60_000
_MOST_VALUES = 200_000
_MOST_OF_ONE = 5_000
_MOST_BYTES = 32 << 20
"""Of all values that are taken, together."""
_LONGEST = 32_768
_LARGEST_VALUE = 1 << 20
_INLINE = 0x80000000
"""Sizes from here on mark values that stand in the place of their offset."""
_RECORD = 76
"""Bytes of the record of a key before its name."""
_NOWHERE = 0xFFFFFFFF
"""The offset of a list that has no entries."""
_HINTED = (b"lf", b"lh")
_PLAIN = frozenset(map(chr, range(32, 256))) - frozenset("ßµ")
"""Letters that Windows and Python turn into the same large letter."""
_DEEPEST_LIST = 1
"""Lists of lists hold no further lists of lists."""
_STEPS = 400_000
"""Keys that are looked at on the way to others; a list that leads back to itself ends here."""


class Wanted(NamedTuple):
    """Keys to read. depth: levels of keys below."""

    path: str
    depth: int = 0


_CURRENT = "Microsoft\\Windows\\CurrentVersion\\"
_NT = "Microsoft\\Windows NT\\CurrentVersion\\"
_OF_EACH: tuple[Wanted, ...] = (
    *(
        Wanted(_CURRENT + name)
        for name in ("Run", "RunOnce", "RunServices", "Policies\\Explorer\\Run", "Internet Settings")
    ),
    Wanted(_CURRENT + "Uninstall", 1),
    Wanted(_NT + "Windows"),
    Wanted(_NT + "Winlogon"),
    *(
        Wanted(f"Policies\\{name}\\ExtensionInstallForcelist")
        for name in ("Google\\Chrome", "Microsoft\\Edge", "BraveSoftware\\Brave", "Chromium")
    ),
    Wanted("Google\\Chrome\\Extensions", 1),
    Wanted("Microsoft\\SystemCertificates\\ROOT\\Certificates", 1),
)
_SOFTWARE: tuple[Wanted, ...] = (
    *_OF_EACH,
    *(
        Wanted("WOW6432Node\\" + _CURRENT + name, depth)
        for name, depth in (("Run", 0), ("RunOnce", 0), ("Uninstall", 1))
    ),
    Wanted(_NT + "Image File Execution Options", 1),
    Wanted(_NT + "SilentProcessExit", 1),
    Wanted(_NT + "Winlogon\\SpecialAccounts\\UserList"),
    Wanted(_NT.rstrip("\\")),
    Wanted("Microsoft\\Active Setup\\Installed Components", 1),
    Wanted("Microsoft\\Windows Defender\\Exclusions", 1),
    Wanted("Policies\\Microsoft\\Windows Defender\\Exclusions", 1),
    Wanted("Microsoft\\Windows Defender\\Real-Time Protection"),
    Wanted("Policies\\Microsoft\\Windows Defender", 1),
    Wanted("Microsoft\\Enrollments", 1),
)
_SYSTEM: tuple[Wanted, ...] = (
    Wanted("Services", 2),
    Wanted("Services\\Tcpip\\Parameters\\Interfaces", 1),
    Wanted("Control\\Lsa"),
    Wanted("Control\\Terminal Server"),
    Wanted("Control\\Class\\{4d36e96b-e325-11ce-bfc1-08002be10318}"),
    Wanted("Control\\Class\\{4d36e96f-e325-11ce-bfc1-08002be10318}"),
    Wanted("Control\\CloudDomainJoin\\JoinInfo", 1),
)


def values(data: bytes, account: Account) -> Iterator[Value]:
    """Every value of the wanted keys, with the offset of its key. Raises ParseError; what is damaged is counted.

    Format: the public description of the hive format (regf 1.3–1.6) as regipy reads it. The hive's own content says
    whether it is SOFTWARE, SYSTEM or one person's NTUSER.DAT.
    """
    if data[:4] != MAGIC or len(data) < _HEADER + 64:
        raise ParseError("no registry hive", offset=0)
    first, second = struct.unpack_from("<II", data, 4)
    if first != second:
        account.note("newer changes may stand in the logs beside the hive")
    walker = _Walker(data, account)
    root = walker.root()
    yield from walker.read(root)


@functools.cache
def _library() -> tuple[type[Cell], type[NKRecord]]:
    """The library's parts, loaded when a hive is there. What it would write to a log is counted here instead."""
    from regipy.registry import Cell, NKRecord  # noqa: PLC0415 - heavy, and hives are rare

    logging.getLogger("regipy").addHandler(logging.NullHandler())
    logging.getLogger("regipy").propagate = False
    return Cell, NKRecord


class _Key(NamedTuple):
    """One key. offset: of its record in the hive."""

    name: str
    record: NKRecord
    offset: int


class _Walker:
    def __init__(self, data: bytes, account: Account) -> None:
        self._data = data
        self._stream = io.BytesIO(data)
        self._account = account
        self._steps = 0
        self._keys = 0
        self._taken = 0
        self._bytes = 0
        self._known: dict[int, dict[str, _Key]] = {}

    def root(self) -> _Key:
        (at,) = struct.unpack_from("<I", self._data, _ROOT_AT)
        start = _HEADER + at + 4
        if start + _RECORD > len(self._data) or self._data[start : start + 2] != b"nk":
            raise ParseError("the first key lies outside the hive", offset=_ROOT_AT)
        cell, record = _library()
        try:
            return _Key("", record(cell(offset=start + 2, cell_type="nk", size=0), self._stream), start)
        except Exception as error:  # noqa: BLE001 - regipy's parts raise many kinds of errors of their own
            raise ParseError(f"a key that cannot be read ({type(error).__name__})", offset=start) from None

    def read(self, root: _Key) -> Iterator[Value]:
        """Finds out which hive it is by its first keys, then reads what is wanted of it."""
        names = self._named(root)
        if "microsoft" in names or "policies" in names:
            yield from self._all(root, "HKLM\\Software", _SOFTWARE)
        elif any(name.startswith("controlset") for name in names):
            yield from self._all(self._current(names), "HKLM\\SYSTEM\\CurrentControlSet", _SYSTEM)
        elif "software" in names:
            yield from self._all(names["software"], "HKCU\\Software", _OF_EACH)
        else:
            raise ParseError("a hive of another kind than SOFTWARE, SYSTEM and NTUSER.DAT", offset=_HEADER)
        self._account.anchor()

    def _current(self, names: dict[str, _Key]) -> _Key:
        number = 1
        if "select" in names:
            for value in self._values(names["select"], "Select"):
                if value.name.lower() == "current" and isinstance(value.data, int):
                    number = value.data
        first = next(key for name, key in names.items() if name.startswith("controlset"))
        return names.get(f"controlset{number:03d}", first)

    def _all(self, top: _Key, shown: str, wanted: tuple[Wanted, ...]) -> Iterator[Value]:
        for each in wanted:
            key: _Key | None = top
            for part in each.path.lower().split("\\"):
                key = self._named(key).get(part) if key is not None else None
            if key is not None:
                yield from self._tree(key, f"{shown}\\{each.path}", each.depth, frozenset())

    def _named(self, key: _Key) -> dict[str, _Key]:
        """The keys below one by their names in small letters; on the way to wanted ones each is listed once."""
        if key.offset not in self._known:
            self._known[key.offset] = {below.name.lower(): below for below in self._below(key)}
        return self._known[key.offset]

    def _tree(self, key: _Key, shown: str, depth: int, above: frozenset[int]) -> Iterator[Value]:
        self._keys += 1
        _limit(self._keys > _MOST_KEYS, "keys")
        yield from self._values(key, shown)
        place = int(key.record.header.subkeys_list_offset)
        if not depth or place in above:
            return
        for below in list(self._below(key)):
            yield from self._tree(below, f"{shown}\\{below.name}", depth - 1, above | {place})

    def _below(self, key: _Key) -> Iterator[_Key]:
        """The keys below one; how many there should be is compared with how many could be read."""
        stated = int(key.record.subkey_count)
        place = int(key.record.header.subkeys_list_offset)
        if not stated and place != _NOWHERE:
            self._account.lose(self._steps + 1)
        found, hints = 0, dict(self._hints(place, 0)) if stated else {}
        try:
            for below in key.record.iter_subkeys() if stated else ():  # type: ignore[no-untyped-call]
                self._steps += 1
                _limit(self._steps > _STEPS or found > _MOST_KEYS, "keys")
                found += 1
                # the library has just read the name, with which a record ends
                each = _Key(str(below.name), below, self._stream.tell() - int(below.header.key_name_size) - _RECORD)
                if not self._fits(each, key, hints):
                    self._account.lose(self._steps)
                yield each
        except ParseError:
            raise
        except Exception:  # noqa: BLE001 - regipy's parts raise many kinds of errors of their own
            self._account.lose(self._steps + 1)
            return
        if found < stated:
            self._account.lose(self._steps + 1)

    def _fits(self, key: _Key, above: _Key, hints: dict[int, tuple[bytes, bytes]]) -> bool:
        """Whether a key is in use, says that it stands below `above`, and has the name that its list hints at."""
        if key.offset < _HEADER + 4 or struct.unpack_from("<i", self._data, key.offset - 4)[0] >= 0:
            return False
        if int(key.record.header.parent_key_offset) != above.offset - 4 - _HEADER or not key.name:
            return False
        kind, hint = hints.get(key.offset - 4 - _HEADER, (b"", b""))
        if not key.name.isprintable() or "\ufffd" in key.name:
            return False
        return not kind or not _PLAIN.issuperset(key.name) or hint == _hint(kind, key.name, hint)

    def _hints(self, place: int, depth: int) -> Iterator[tuple[int, tuple[bytes, bytes]]]:
        """Offset of a key → kind and content of the hint at its name, of every list that begins at `place`."""
        start = _HEADER + 4 + place
        kind = self._data[start : start + 2]
        if start + 4 > len(self._data) or kind not in {*_HINTED, b"ri"} or depth > _DEEPEST_LIST:
            return
        (count,) = struct.unpack_from("<H", self._data, start + 2)
        step = 4 if kind == b"ri" else 8
        for at in range(start + 4, min(start + 4 + count * step, len(self._data) - step + 1), step):
            (offset,) = struct.unpack_from("<I", self._data, at)
            if kind == b"ri":
                yield from self._hints(offset, depth + 1)
            else:
                yield offset, (kind, self._data[at + 4 : at + 8])

    def _values(self, key: _Key, shown: str) -> Iterator[Value]:
        stated = min(int(key.record.values_count), _MOST_OF_ONE)
        found = 0
        if not stated and int(key.record.header.values_list_offset) != _NOWHERE:
            self._account.lose(self._taken + 1)
        if self._holds_too_large(key.record, stated):
            self._account.skip(self._taken + 1)
            return
        try:
            for each in key.record.iter_values(trim_values=False) if stated else ():  # type: ignore[no-untyped-call]
                found += 1
                self._taken += 1
                _limit(self._taken > _MOST_VALUES or found > _MOST_OF_ONE, "values")
                yield Value(shown, _name(each.name), self._plain(each.value), offset=key.offset)
        except ParseError:
            raise
        except Exception:  # noqa: BLE001 - regipy's parts raise many kinds of errors of their own
            self._account.lose(self._taken + 1)
            return
        if found < stated:
            self._account.lose(self._taken + 1)

    def _holds_too_large(self, record: NKRecord, stated: int) -> bool:
        """Whether a value of the key claims to be larger than any that matters: the library would build it whole."""
        place = _HEADER + 4 + int(record.header.values_list_offset)
        for at in range(place, min(place + 4 * stated, len(self._data) - 4), 4):
            (value,) = struct.unpack_from("<I", self._data, at)
            start = _HEADER + 4 + value
            if start + 8 <= len(self._data):
                (size,) = struct.unpack_from("<I", self._data, start + 4)
                if _LARGEST_VALUE < size < _INLINE:
                    return True
        return False

    def _plain(self, value: object) -> Data:
        if isinstance(value, bytes):
            self._spend(len(value))
            return value[:_LONGEST]
        if isinstance(value, int):
            return value
        if isinstance(value, list):
            texts = [str(each) for each in value[:_MOST_OF_ONE]]
            self._spend(sum(map(len, texts)))
            return [text[:_LONGEST].rstrip("\0") for text in texts]
        text = str(value)
        self._spend(len(text))
        return text[:_LONGEST].rstrip("\0")

    def _spend(self, size: int) -> None:
        self._bytes += size
        _limit(self._bytes > _MOST_BYTES, "bytes of values")


def _hint(kind: bytes, name: str, kept: bytes) -> bytes:
    """What a list keeps of a name: its first four letters, large or small, or a number of 32 bits made of all."""
    if kind == b"lf":
        start = name[:4].encode("latin-1").ljust(4, b"\0")
        return kept if kept.lower() == start.lower() else start
    number = 0
    for letter in name.upper():
        number = (number * 37 + ord(letter)) & 0xFFFFFFFF
    return struct.pack("<I", number)


def _limit(reached: bool, what: str) -> None:  # noqa: FBT001 - the only thing asked
    if reached:
        raise ParseError(f"more {what} than the limit", limit=True)


def _name(name: object) -> str:
    return "" if name == "(default)" else str(name)[:_LONGEST]
