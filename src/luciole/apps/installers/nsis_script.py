"""Reads the script of an NSIS installer: which files it puts where, and what it sets to start by itself.

Source: the NSIS project's exehead/fileform.h and its string codes (Source/exehead/util.c). Entries whose number means
something else in a build of somebody's own give no names; the files themselves are found without them.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from luciole.kernel.errors import ParseError

MOST_ENTRIES = 400_000
LONGEST_TEXT = 1024
MOST_TEXT = 2_000_000
"""Characters of all texts that are asked for."""
MOST_NAMES = 16
"""Paths of the same content."""
_BLOCKS, _ENTRIES, _STRINGS = 8, 2, 3
_FOLDER, _FILE, _REGISTRY = 11, 20, 51
_ENTRY = struct.Struct("<7I")
_VARIABLES = (
    "CMDLINE", "INSTDIR", "OUTDIR", "EXEDIR", "LANGUAGE", "TEMP", "PLUGINSDIR", "EXEPATH", "EXEFILE", "HWNDPARENT",
    "_CLICK", "_OUTDIR",
)  # fmt: skip
_FIRST_NAMED = 20
_LANGUAGE, _SHELL, _VARIABLE, _SKIP = 1, 2, 3, 4
_OLD = {252: _SKIP, 253: _VARIABLE, 254: _SHELL, 255: _LANGUAGE}
_PARK = {0xE000: _SKIP, 0xE001: _VARIABLE, 0xE002: _SHELL, 0xE003: _LANGUAGE}
_NEW = {code: code for code in (_LANGUAGE, _SHELL, _VARIABLE, _SKIP)}
_OUT = "$OUTDIR"


class Value(NamedTuple):
    """A value of the registry that the installer sets."""

    key: str
    name: str
    text: str


class Script(NamedTuple):
    """names: place among the data → paths of the file; values: of the registry; complete: every entry was read; texts:
    all that it holds, one a line."""  # noqa: D205, D209 - a list of fields

    names: Mapping[int, tuple[str, ...]] = MappingProxyType({})
    values: tuple[Value, ...] = ()
    complete: bool = True
    texts: bytes = b""


class _Texts:
    """The texts of a script, decoded when they are asked for. left: characters that may still be decoded."""

    def __init__(self, pool: bytes) -> None:
        self._wide = pool[:2] == b"\0\0"
        self._pool = pool
        self._known: dict[int, str] = {}
        self.left = MOST_TEXT
        if self._wide:
            # a changed build for Unicode has its codes where no letters are
            self._codes = _PARK if b"\xe0" in pool[1::2] else _NEW
        else:
            old = sum(pool.count(code) for code in _OLD)
            self._codes = _OLD if old > sum(pool.count(code) for code in _NEW) else _NEW

    def text(self, place: int) -> str:
        """The text at this place, counted in characters; variables are written as $NAME. Empty beyond the bound."""
        known = self._known.get(place)
        if known is None and self.left > 0:
            known = self._known[place] = "".join(self._spelled(self._units(place)))
            self.left -= len(known) + 1
        return known or ""

    def lines(self) -> bytes:
        """Every text on a line of its own."""
        text = self._pool.decode("utf-16-le" if self._wide else "cp1252", "replace")
        return text.replace("\0", "\n").encode("utf-8", "replace")

    def _units(self, place: int) -> Sequence[int]:
        if self._wide:
            raw = self._pool[2 * place : 2 * (place + LONGEST_TEXT)]
            units: Sequence[int] = struct.unpack(f"<{len(raw) // 2}H", raw[: len(raw) & ~1])
        else:
            units = self._pool[place : place + LONGEST_TEXT]
        return units[: units.index(0)] if 0 in units else units

    def _spelled(self, units: Sequence[int]) -> Iterator[str]:
        at = 0
        while at < len(units):
            code = self._codes.get(units[at])
            if code is None:
                yield chr(units[at]) if self._wide else bytes((units[at],)).decode("cp1252", "replace")
                at += 1
                continue
            step = 2 if self._wide or code == _SKIP else 3
            following = units[at + 1 : at + step]
            yield "".join(map(chr, following)) if code == _SKIP else _special(code, following)
            at += step


def _special(code: int, units: Sequence[int]) -> str:
    if not units:
        return ""
    number = (units[0] & 0x7F) | (units[1] & 0x7F) << 7 if len(units) > 1 else units[0]
    if len(units) == 1:
        number = (number & 0x7F) | (number >> 8 & 0x7F) << 7
    if code == _SHELL:
        return "$SHELL"
    if code == _LANGUAGE:
        return "$LANGUAGE_TEXT"
    if number < _FIRST_NAMED:
        return f"${number}" if number < 10 else f"$R{number - 10}"  # noqa: PLR2004 - ten of each kind
    number -= _FIRST_NAMED
    return f"${_VARIABLES[number]}" if number < len(_VARIABLES) else f"$VARIABLE_{number}"


def read_script(data: bytes) -> Script:
    """What a script says of files and start. Raises ParseError when it is too short to hold its blocks."""
    blocks = _blocks(data)
    start, count = blocks[_ENTRIES]
    pool = _Texts(data[blocks[_STRINGS][0] : max((one for one, _ in blocks[_STRINGS + 1 :]), default=0) or len(data)])
    complete = start + count * _ENTRY.size <= len(data) and count <= MOST_ENTRIES
    last = min(len(data), start + min(count, MOST_ENTRIES) * _ENTRY.size)
    names: dict[int, tuple[str, ...]] = {}
    values: list[Value] = []
    folder = "$INSTDIR"
    for at in range(start, last - _ENTRY.size + 1, _ENTRY.size):
        kind, *given = _ENTRY.unpack_from(data, at)
        if kind == _FOLDER and given[1]:
            folder = _placed(pool.text(given[0]), folder)
        elif kind == _FILE:
            known = names.get(given[2], ())
            names[given[2]] = (*known, _placed(pool.text(given[1]), folder)) if len(known) < MOST_NAMES else known
        elif kind == _REGISTRY:
            values.append(Value(*(pool.text(one) for one in given[1:4])))
    return Script(names, tuple(values), complete and pool.left > 0, pool.lines())


def _blocks(data: bytes) -> list[tuple[int, int]]:
    """Offset and count of each block; the offsets of installers for 64 bits are twice as wide."""
    wide = len(data) >= 4 + 12 * _BLOCKS and all(
        data[8 + 12 * one : 12 + 12 * one] == bytes(4) for one in range(_BLOCKS)
    )
    form = struct.Struct("<QI" if wide else "<II")
    if 4 + form.size * _BLOCKS > len(data):
        raise ParseError("the script of the installer is too short")
    return [form.unpack_from(data, 4 + form.size * one) for one in range(_BLOCKS)]


def _placed(path: str, folder: str) -> str:
    """A path as the installer would make it, with "/"; one that begins with a variable or a drive stands alone."""
    path = path.replace("\\", "/")
    if path.startswith(_OUT):
        return folder + path[len(_OUT) :]
    if path.startswith("$") or path[1:2] == ":":
        return path
    return f"{folder}/{path.lstrip('/')}"
