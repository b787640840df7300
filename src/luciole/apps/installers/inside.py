"""Reads what lies inside an installer: programs to facts, other carriers of code by name and digest, within bounds."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator

from luciole.apps.apk.carried import kind_of
from luciole.apps.installers.kinds import recognise_installer
from luciole.apps.macho.layout import is_macho
from luciole.apps.pe.layout import is_program
from luciole.apps.programs.gathered import Gathered
from luciole.apps.programs.plain_texts import add_text_file
from luciole.kernel.errors import NotThisKind, ParseError
from luciole.kernel.limits import MIB
from luciole.kernel.outcome import Reason

LARGEST_FILE = 32 * MIB
"""One file that is unpacked into memory."""
_LEAST_PROGRAM = 32 << 10
"""A program that is smaller takes as long to read as one of this size."""
_START = 16
_ARCHIVES = {b"7z\xbc\xaf\x27\x1c": "7z", b"Rar!\x1a\x07": "rar"}
_PROGRAM_ENDINGS = (".exe", ".dll", ".scr", ".ocx", ".cpl")
_AREAS = ("code", "native")


def path_of(member: str, name: str) -> str:
    """The path of a file inside something that lies itself at `member` of what was handed in."""
    return f"{member}!{name}" if member else name


def lost(gathered: Gathered, error: ParseError, member: str) -> None:
    """Says that files inside were not seen."""
    for area in _AREAS:
        gathered.lost_to(area, error, member)


def closed(gathered: Gathered, member: str, why: str) -> None:
    """Says that nothing of an installer was looked at; of one inside another, that its programs were not."""
    if member:
        not_opened(gathered, member, why)
        return
    for area in ("manifest", "resources", "signing", *_AREAS):
        gathered.not_looked_at(area, Reason.UNKNOWN_FORMAT, why)


def not_opened(gathered: Gathered, member: str, why: str) -> None:
    """Says that an installer was recognised and not opened, and why."""
    for area in _AREAS:
        gathered.lost(area, Reason.UNKNOWN_FORMAT, f"{member or gathered.file}: {why}")


@contextlib.contextmanager
def level(gathered: Gathered, member: str) -> Iterator[bool]:
    """Goes one installer deeper; false where the limit of levels is reached, which is then told."""
    allowed = gathered.allowance.levels > 0
    if not allowed:
        lost(gathered, ParseError("installers are nested more deeply than allowed", limit=True), member)
    gathered.allowance.levels -= 1
    try:
        yield allowed
    finally:
        gathered.allowance.levels += 1


def admit(gathered: Gathered, size: int, name: str) -> int:
    """Counts one more file of at least `size` bytes; the most bytes it may have.

    Raises ParseError when no more may be unpacked.
    """
    allowance = gathered.allowance
    allowance.files -= 1
    if allowance.files < 0:
        raise ParseError("more files inside than the limit", file=name, limit=True)
    if size > allowance.bytes:
        raise ParseError("what lies inside is larger than the limit", file=name, limit=True)
    return min(LARGEST_FILE, allowance.bytes)


def cost_of(size: int) -> int:
    """What reading a program of `size` bytes takes of `Allowance.programs`."""
    return max(_LEAST_PROGRAM, size)


def spend(gathered: Gathered, size: int, name: str) -> None:
    """Takes the cost of one program. Raises ParseError when there is no time for it."""
    cost = cost_of(size)
    if cost > gathered.allowance.programs:
        raise ParseError("not read: more programs inside than there is time for", file=name, limit=True)
    gathered.allowance.programs -= cost


def too_large(gathered: Gathered, name: str, size: int) -> None:
    """Says that one file was passed over."""
    lost(gathered, ParseError(f"{size} bytes, the limit is {LARGEST_FILE}", file=name, limit=True), name)


def add_file(content: bytes, path: str, gathered: Gathered) -> None:
    """Adds what one unpacked file says; path: see `path_of`."""
    gathered.allowance.bytes -= len(content)
    try:
        if is_program(content) or is_macho(content[:8]):
            _program(content, path, gathered)
        elif recognise_installer(content) is not None:
            _installer(content, path, gathered)
        else:
            _carried(content, path, gathered)
    except ParseError as error:
        lost(gathered, error, path)
    except NotThisKind:
        # another compound file that only begins like a package
        return


def _program(content: bytes, path: str, gathered: Gathered) -> None:
    spend(gathered, len(content), path)
    if is_macho(content[:8]):
        from luciole.apps.macho.read import read_macho  # noqa: PLC0415 - only what is there is loaded

        read_macho(content, gathered, path, "helper")
    else:
        from luciole.apps.pe.read import read_program  # noqa: PLC0415 - as above

        read_program(content, gathered, path, "helper")


def _installer(content: bytes, path: str, gathered: Gathered) -> None:
    from luciole.apps.installers.read import read_installer  # noqa: PLC0415 - it reads files with this module

    found = recognise_installer(content)
    if found is not None:
        read_installer(content, found, gathered, path)


def _carried(content: bytes, path: str, gathered: Gathered) -> None:
    """An app of Android, code of another system or an archive is named with its digest; plain archives are opened."""
    start = content[:_START]
    kind = next((name for magic, name in _ARCHIVES.items() if start.startswith(magic)), "") or kind_of(start)
    if kind not in {"zip", "dex", "elf", *_ARCHIVES.values()}:
        if content.startswith(b"MZ") or (content and path.lower().endswith(_PROGRAM_ENDINGS)):
            lost(gathered, ParseError("a program of Windows whose header cannot be read", offset=0), path)
        add_text_file(gathered, content, path)
        return
    if kind == "zip" and b"AndroidManifest.xml" in content:
        kind = "apk"
    digest = hashlib.sha256(content).hexdigest()
    gathered.add("carried.file", path, {"kind": kind, "size": len(content), "sha256": digest}, member=path)
    if kind in {"zip", "7z"}:
        from luciole.apps.installers.read import read_archive  # noqa: PLC0415 - it reads files with this module

        read_archive(content, kind, gathered, path)
    elif kind != "elf":
        not_opened(gathered, path, f"a file of kind {kind} inside an installer was named, not opened")
