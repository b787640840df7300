"""Opens one installer or image by its kind and adds what lies inside; what cannot be opened is said."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from luciole.apps.apk.archive import Archive, Entry, show
from luciole.apps.apk.end_record import Buffer
from luciole.apps.installers import archives
from luciole.apps.installers.inside import (
    LARGEST_FILE,
    add_file,
    admit,
    closed,
    level,
    lost,
    not_opened,
    path_of,
    too_large,
)
from luciole.apps.installers.kinds import Installer
from luciole.apps.installers.nsis import Part, open_installer
from luciole.apps.programs.gathered import Gathered
from luciole.apps.programs.plain_texts import add_text
from luciole.kernel.errors import ParseError
from luciole.kernel.facts import Value
from luciole.kernel.outcome import Reason

_AUTOSTART = "software\\microsoft\\windows\\currentversion\\run"
_TEMPORARY = "$PLUGINSDIR/"


def read_installer(data: Buffer, found: Installer, gathered: Gathered, member: str = "") -> None:
    """Adds one installer; member: its path inside what was handed in. Raises ParseError, NotThisKind as `read_msi`."""
    with level(gathered, member) as allowed:
        if member:
            digest = hashlib.sha256(data).hexdigest()
            held: dict[str, Value] = {"kind": found.kind, "size": len(data), "sha256": digest}
            gathered.add("carried.file", member, held, member=member)
        if not allowed:
            return
        if found.kind == "msi":
            from luciole.apps.installers.msi import read_msi  # noqa: PLC0415 - its library is only needed here

            read_msi(data, gathered, member)
            return
        gathered.add("program.made_with", found.kind, {"detail": found.title}, member=member)
        if found.kind == "cab":
            read_cabinet(data, gathered, member)
        elif found.kind == "pkg":
            from luciole.apps.installers.pkg import read_package  # noqa: PLC0415 - as above

            read_package(data, gathered, member)
        else:
            closed(gathered, member, f"{found.title}: the files inside were not opened")


def read_cabinet(data: Buffer, gathered: Gathered, member: str = "") -> None:
    """Adds the files of a cabinet of Windows."""
    if not archives.is_available():
        closed(gathered, member, archives.MISSING)
        return
    _whole(gathered, member)
    try:
        for entry in archives.entries(archives.Bytes(data), "cab"):
            take_entry(entry, gathered, member, entry.name.replace("\\", "/"))
    except ParseError as error:
        lost(gathered, error, member)


def read_archive(data: bytes, kind: str, gathered: Gathered, member: str) -> None:
    """Adds the files of an ordinary archive inside an installer. kind: zip or 7z."""
    if kind == "7z" and not archives.is_available():
        closed(gathered, member, archives.MISSING)
        return
    with level(gathered, member) as allowed:
        if not allowed:
            return
        try:
            for entry in _zip(data, gathered) if kind == "zip" else archives.entries(archives.Bytes(data), "7zip"):
                take_entry(entry, gathered, member, entry.name.replace("\\", "/"))
        except ParseError as error:
            lost(gathered, error, member)


def _zip(data: bytes, gathered: Gathered) -> Iterator[archives.Entry]:
    archive = Archive.open(data, gathered.limits)
    for entry in archive.entries.values():
        if not entry.name.endswith(b"/"):
            yield archives.Entry(show(entry.name), entry.size, _Lazy(archive, entry))


class _Lazy:
    """The content of one entry, inflated when it is asked for."""

    def __init__(self, archive: Archive, entry: Entry) -> None:
        self._archive, self._entry = archive, entry
        self._source: archives.Bytes | None = None

    def read(self, size: int, /) -> bytes:
        """The next bytes. Raises ParseError where the entry is damaged."""
        if self._source is None:
            self._source = archives.Bytes(self._archive.read_entry(self._entry, LARGEST_FILE))
        return self._source.read(size)


def take_entry(entry: archives.Entry, gathered: Gathered, member: str, name: str) -> None:
    """Unpacks one file of an archive and adds it. Raises ParseError where the archive ends or the limit is reached."""
    path = path_of(member, name)
    most = admit(gathered, entry.size, path)
    gathered.examined("archive")
    if not member:
        # inside another installer, that one's own list says where the files go
        gathered.add("program.installs", name, {"kind": "file"}, member=path)
    if entry.size > most:
        gathered.allowance.bytes -= entry.size
        too_large(gathered, path, entry.size)
        return
    content = archives.take(entry.source, most)
    if len(content) > most:
        raise ParseError("larger than the archive says", file=path)
    add_file(content, path, gathered)
    if len(content) < entry.size:
        raise ParseError("the archive ends within this file", file=path)


def _whole(gathered: Gathered, member: str) -> None:
    """What stands in no file of its own: an archive has no description and is not signed as a program is."""
    gathered.examined("archive", 0)
    for area in ("code", "native"):
        gathered.examined(area, 0)
    if not member:
        for area in ("manifest", "resources", "signing"):
            gathered.not_looked_at(area, Reason.NOT_IN_THIS_EVIDENCE, "an archive without a description of its own")


def read_nsis(data: Buffer, start: int, gathered: Gathered, member: str = "") -> None:
    """Adds the files of an installer made with NSIS whose first header stands at `start` of a program."""
    with level(gathered, member) as allowed:
        if not allowed:
            return
        try:
            _nsis(data, start, gathered, member)
        except ParseError as error:
            lost(gathered, error, member)


def _nsis(data: Buffer, start: int, gathered: Gathered, member: str) -> None:
    found = open_installer(data, start)
    if found.method == "bzip2":
        not_opened(gathered, member, "made with nsis and packed with its own kind of bzip2; the files were not opened")
        return
    if found.cut:
        lost(gathered, ParseError(f"{found.cut} bytes of the installer lack", offset=len(data)), member)
    if not found.intact:
        lost(gathered, ParseError("the checksum of the installer does not fit: it was changed or is damaged"), member)
    if not found.script.complete:
        gathered.lost("manifest", Reason.DAMAGED, f"{member or gathered.file}: the installer's script ends early")
    add_text(gathered, found.script.texts, path_of(member, "script"))
    for value in found.script.values:
        if value.key.lower().startswith(_AUTOSTART):
            held: dict[str, Value] = {"kind": "autostart", "detail": value.text}
            gathered.add("program.installs", f"{value.key}\\{value.name}", held, member=member, section="script")
    for part in found.parts:
        _part(part, found.script.names.get(part.place, ()), gathered, member)


def _part(part: Part, names: tuple[str, ...], gathered: Gathered, member: str) -> None:
    path = path_of(member, names[0] if names else f"data at {part.place}")
    for name in names:
        if not name.startswith(_TEMPORARY):
            gathered.add("program.installs", name, {"kind": "file"}, member=path_of(member, name), section="script")
    most = admit(gathered, max(0, part.size), path)
    gathered.examined("archive")
    if part.size > most:
        gathered.allowance.bytes -= part.stream.skip(part.size)
        too_large(gathered, path, part.size)
        return
    try:
        content = part.stream.take(part.size if part.size >= 0 else most + 1)
    except ParseError as error:
        if not part.packed:
            raise
        # a file packed by itself is damaged alone
        lost(gathered, error, path)
        return
    if len(content) > most:
        gathered.allowance.bytes -= len(content)
        too_large(gathered, path, len(content))
        return
    add_file(content, path, gathered)
    if len(content) < part.size:
        raise ParseError("the data of the installer ends within this file", file=path)
