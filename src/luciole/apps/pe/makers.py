"""What a Windows program was made, packed or bundled with, by its sections and by the first bytes behind them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from luciole.apps.apk.end_record import Buffer
from luciole.apps.pe.layout import Layout

PACKERS = {
    "UPX0": "UPX", "UPX1": "UPX", "UPX!": "UPX", ".themida": "Themida", ".winlice": "WinLicense", ".vmp0": "VMProtect",
    ".vmp1": "VMProtect", ".vmp2": "VMProtect", ".aspack": "ASPack", ".MPRESS1": "MPRESS", ".MPRESS2": "MPRESS",
    ".petite": "Petite", ".enigma1": "Enigma Protector", ".enigma2": "Enigma Protector", "PEC2": "PECompact",
    "PEC2MO": "PECompact", ".nsp0": "NsPack", ".nsp1": "NsPack", ".boom": "Boomerang", ".svmp": "SVM Protector",
    ".yP": "Y0da Protector", "FSG!": "FSG", ".MEW": "MEW", "Themida": "Themida",
}  # fmt: skip
"""Names of sections that packers leave."""
_PYINSTALLER = b"MEI\014\013\012\013\016"
_COOKIE = 8192
_START = 1024
_AUTOIT = b"AU3!EA0"
_INNO = b"Inno Setup Setup Data"
_NSIS = b"\xef\xbe\xad\xdeNullsoftInst"
_STARTS = {
    b"7z\xbc\xaf\x27\x1c": "sevenzip",
    b"Rar!\x1a\x07": "rar",
    b"InstallShield\0": "installshield",
    b"MSCF": "cabinet",
}
_INSTALLERS = frozenset({"nsis", "inno", "installshield"})


class Maker(NamedTuple):
    """What a program was made with. carries: it holds other files that were not opened."""

    name: str
    offset: int
    carries: bool


def packers(layout: Layout) -> Iterator[tuple[str, int]]:
    """Packers whose sections are there, with the offset of the section."""
    seen: set[str] = set()
    for section in layout.sections:
        name = PACKERS.get(section.name)
        if name and name not in seen:
            seen.add(name)
            yield name, section.start


def makers(data: Buffer, layout: Layout, behind: tuple[int, int]) -> Iterator[Maker]:
    """What made the program. behind: offset and size of what stands behind the sections and is no signature."""
    start, size = behind
    first = bytes(data[start : start + min(size, _START)])
    found = first.find(_NSIS)
    if found >= 0:
        yield Maker("nsis", start + found, carries=True)
    for magic, name in _STARTS.items():
        if first.startswith(magic):
            yield Maker(name, start, carries=True)
    last = max(start, start + size - _COOKIE)
    found = bytes(data[last : start + size]).find(_PYINSTALLER)
    if found >= 0:
        yield Maker("pyinstaller", last + found, carries=True)
    yield from _in_sections(data, layout, behind)


def _in_sections(data: Buffer, layout: Layout, behind: tuple[int, int]) -> Iterator[Maker]:
    """AutoIt keeps its script in a resource or behind the sections; Inno Setup names itself in both."""
    parts = [(one.start, one.size) for one in layout.sections if one.name == ".rsrc"]
    for name, magic in (("autoit", _AUTOIT), ("inno", _INNO)):
        for start, size in (*parts, behind):
            place = data.find(magic, start, start + size)
            if place >= 0:
                yield Maker(name, place, carries=True)
                break


def is_installer(names: frozenset[str]) -> str:
    """The kind of file that an installer made with these is; empty for a plain program."""
    return next(iter(sorted(names & _INSTALLERS)), "")
