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
_SECTOR = 512
_SIGNATURE_AT = 4
_MOST_SIGNATURES = 1000
_NSIS_NAME = b'name="Nullsoft.NSIS.exehead"'
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
    """What made the program. behind: offset and size of what stands behind the sections and is no signature.

    The offset is -1 where the files that it should carry are not there.
    """
    start, size = behind
    first = bytes(data[start : start + min(size, _START)])
    found = _nsis(data)
    if found < 0 and _NSIS in first:
        found = start + first.find(_NSIS)
    if found >= 0 or _is_nsis_program(data, layout):
        yield Maker("nsis", found, carries=True)
    for magic, name in _STARTS.items():
        if first.startswith(magic):
            yield Maker(name, start, carries=True)
    last = max(start, start + size - _COOKIE)
    found = bytes(data[last : start + size]).find(_PYINSTALLER)
    if found >= 0:
        yield Maker("pyinstaller", last + found, carries=True)
    yield from _in_sections(data, layout, behind)


def _nsis(data: Buffer) -> int:
    """Where the signature of NSIS stands, -1 for nowhere; its program looks for it at every 512th byte of the file."""
    found = data.find(_NSIS)
    for _ in range(_MOST_SIGNATURES):
        if found < 0 or found % _SECTOR == _SIGNATURE_AT:
            return found
        found = data.find(_NSIS, found + 1)
    return -1


def _is_nsis_program(data: Buffer, layout: Layout) -> bool:
    """Whether the program's manifest bears the name that NSIS gives its own, so that a missing signature is told."""
    return any(
        data.find(_NSIS_NAME, one.start, one.start + one.size) >= 0 for one in layout.sections if one.name == ".rsrc"
    )


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
