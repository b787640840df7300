"""Reads a diagnosis archive of an iPhone or iPad."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator

from isal import isal_zlib

from luciole.devices import ios_files
from luciole.devices.collect import Collector, Origin
from luciole.devices.ios_files import FileReader, of_database, of_plist
from luciole.devices.opened import Opened
from luciole.devices.parsers import tar
from luciole.devices.parsers.ios import diagnosis, network
from luciole.devices.parsers.rows import Account, Line, Row
from luciole.devices.sources.sysdiagnose import AREAS, WINDOW, place_of
from luciole.devices.tree import inflate
from luciole.kernel.errors import ParseError
from luciole.kernel.limits import Limits
from luciole.kernel.outcome import Reason, State

_LARGEST_SEARCHED = 8 << 20
_SEARCHED = (".txt", ".log", ".plist", ".ips", ".json", ".csv")
_SELDOM = "only what this archive keeps"


def _of_text(
    parse: Callable[[Iterable[Line], Account], Iterator[Row]], *areas: str, of_lines: bool = True
) -> FileReader:
    """of_lines: the system writes whole lines, so that a text whose last line has no end was cut off."""

    def rows(data: bytes, _log: bytes, account: Account, texts: ios_files.Texts) -> Iterator[Row]:
        found = data.decode("utf-8", "replace").split("\n")
        texts.add(found)
        yield from parse(enumerate(found, 1), account)
        if (of_lines and found[-1]) or not data:
            account.anchor()
            account.lose(len(found))

    return FileReader(areas, "", rows)


_STARTS: dict[str, FileReader] = {
    "logs/SystemVersion/SystemVersion.plist": of_plist(diagnosis.system_version, "ios.device"),
    "remotectl_dumpstate.txt": _of_text(diagnosis.remote_state, "ios.device", of_lines=False),
    "logs/MobileInstallation/mobile_installation.log": _of_text(diagnosis.installation_log, "ios.apps", "ios.removed"),
    "logs/MobileContainerManager/containermanagerd.log": _of_text(diagnosis.naming_log),
    "logs/appinstallation/": of_database(diagnosis.databases, "ios.apps", section="apps"),
    "logs/itunesstored/": of_database(diagnosis.databases, section="downloads"),
    "logs/powerlogs/": of_database(diagnosis.databases, "ios.logs", section="apps"),
    "WiFi/": of_plist(network.parse_wifi),
    "ps.txt": _of_text(diagnosis.processes, "ios.processes", "ios.jailbreak"),
    "ps_thread.txt": _of_text(diagnosis.processes, "ios.processes"),
    "taskinfo.txt": _of_text(diagnosis.tasks, "ios.processes"),
    "system_logs.logarchive/Extra/shutdown": _of_text(diagnosis.shutdown, "ios.logs"),
    "crashes_and_spins/": _of_text(diagnosis.crash, "ios.logs", of_lines=False),
}
"""Beginning of a path → reader."""
_ENDS = {
    "logs/appinstallation/": (".sqlitedb",),
    "logs/itunesstored/": (".sqlitedb",),
    "logs/powerlogs/": (".PLSQL", ".plsql", ".gz"),
    "WiFi/": (".plist",),
    "crashes_and_spins/": (".ips",),
}
_BY_NAME = ("logs/MCState/Shared/", "logs/Accessibility/", "logs/Networking/")


def read(opened: Opened, collector: Collector) -> None:
    """Reads the archive as a stream, or the files of the folder; links and all that no reader knows are passed over."""
    ios_files.begin(collector)
    try:
        if opened.tree is not None:
            _folder(opened, collector)
        else:
            _archive(opened, collector)
    except ParseError as error:
        for area in AREAS:
            collector.damaged(area, error, opened.name)
        collector.unreadable(Origin(opened.name, opened.member, "", opened.name, opened.name), error.message)
    ios_files.finish(collector)
    detail = "only texts, settings and lists were searched"
    collector.mark("device.names", State.PARTIAL, Reason.NOT_ASKED, detail=detail)
    for area in ("ios.apps", "ios.removed", "ios.jailbreak"):
        collector.mark(area, State.PARTIAL, Reason.MISSING, detail=_SELDOM)


def _archive(opened: Opened, collector: Collector) -> None:
    names: list[str] = []
    chunks = inflate(opened.chunks(), isal_zlib.decompressobj(WINDOW), collector.limits, opened.name)
    for member, data in tar.files(_bounded(chunks, collector.limits), _wanted):
        if member.kind not in {"0", "7"}:
            continue
        path = _inside(member.name)
        if len(names) < collector.limits.archive_entries:
            names.append(path.replace("\n", " "))
        where = Origin(opened.name, member.name, "", path.rpartition("/")[2] or path, path)
        _member(collector, where, path, data, member.size)
    collector.files["file names"] = (opened.name, opened.member)
    collector.names.scan("\n".join(names).encode("utf-8", "replace"), "file names")
    collector.details["files"] = str(len(names))


def _bounded(chunks: Iterator[bytes], limits: Limits) -> Iterator[bytes]:
    total = 0
    for chunk in chunks:
        total += len(chunk)
        if total > limits.archive_total:
            raise ParseError("inflates to more than the limit", limit=True)
        yield chunk


def _inside(name: str) -> str:
    """The path inside the folder of the archive."""
    name = name.removeprefix("./")
    return name.partition("/")[2] if name.startswith("sysdiagnose_") else name


def _wanted(member: tar.Member) -> int:
    if member.kind not in {"0", "7"}:
        return 0
    path = _inside(member.name)
    if reader_of(path) is not None:
        return ios_files.LARGEST
    return _LARGEST_SEARCHED if path.endswith(_SEARCHED) else 0


def _folder(opened: Opened, collector: Collector) -> None:
    assert opened.tree is not None  # noqa: S101 - for the type checker: the caller asked
    names = opened.tree.names()
    start = place_of(names) or ""
    for name in names:
        path = name.removeprefix(start)
        size = opened.tree.size(name)
        most = _wanted(tar.Member(name, size, "0"))
        if not most:
            continue
        file, member = opened.where(name)
        where = Origin(file, member, "", path.rpartition("/")[2], path)
        try:
            data = _beginning(opened.tree.chunks(name), most)
        except ParseError as error:
            _broken(collector, where, path, error)
            continue
        _member(collector, where, path, data, size)
    collector.search_names(opened)
    collector.details["files"] = str(len(names))


def _beginning(chunks: Iterator[bytes], most: int) -> bytes:
    parts, total = [], 0
    for chunk in chunks:
        parts.append(chunk)
        total += len(chunk)
        if total >= most:
            break
    return b"".join(parts)[:most]


def _broken(collector: Collector, where: Origin, path: str, error: ParseError) -> None:
    reader = reader_of(path)
    for area in (*(reader.areas if reader else ()), "device.names"):
        collector.damaged(area, error, where.label)
    collector.unreadable(where, error.message)


def reader_of(path: str) -> FileReader | None:
    """The reader of a file of the archive, by its path inside it."""
    for start, reader in _STARTS.items():
        if path.startswith(start) and path.endswith(_ENDS.get(start, ("",))):
            return reader
    return ios_files.reader_of(path) if path.startswith(_BY_NAME) else None


def _member(collector: Collector, where: Origin, path: str, data: bytes, size: int) -> None:
    reader = reader_of(path)
    if reader is None:
        if data:
            _search(collector, where, data, size)
        return
    if len(data) < size:
        _broken(collector, where, path, ParseError("longer than is read", limit=True))
        return
    try:
        content = _unzipped(data) if path.endswith(".gz") else data
    except ParseError as error:
        _broken(collector, where, path, error)
        return
    section = f"{path} {reader.section}".strip()
    ios_files.take(collector, where._replace(section=section), reader, content)


def _unzipped(data: bytes) -> bytes:
    """A file that is compressed once more."""
    inflater = zlib.decompressobj(WINDOW)
    try:
        found = inflater.decompress(data, ios_files.LARGEST)
    except zlib.error as error:
        raise ParseError("a compressed file that is damaged") from error
    if not inflater.eof:
        raise ParseError("a compressed file that is cut off or too long", limit=len(found) >= ios_files.LARGEST)
    return found


def _search(collector: Collector, where: Origin, data: bytes, size: int) -> None:
    """A file without a reader: searched for names, the settings among them by their texts."""
    collector.files.setdefault(where.source, (where.file, where.member))
    collector.names.scan(data, where.source)
    if len(data) < size:
        collector.mark("device.names", State.PARTIAL, Reason.LIMIT, detail=f"{where.label}: only the beginning")
