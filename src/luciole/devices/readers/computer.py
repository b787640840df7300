"""Reads what the collector took from a computer, and copied artefacts."""

from __future__ import annotations

from collections.abc import Iterable

from luciole.devices.collect import Collector, Origin
from luciole.devices.computer_files import (
    ARTEFACTS,
    CERTIFICATES,
    EXTENSIONS,
    GRANTS,
    HIVE,
    HOOKS,
    MANAGED,
    NET,
    PROGRAMS,
    PROTECTION,
    REMOTE,
    SERVICES,
    SIGNERS,
    SOFTWARE,
    START,
    SYSTEM,
    Artefact,
)
from luciole.devices.opened import Opened
from luciole.devices.parsers import sqlite_tables
from luciole.devices.parsers.computer import collected, macos
from luciole.devices.parsers.computer.records import Parse, Record
from luciole.devices.parsers.rows import LOOK, Account, Row
from luciole.devices.programs import Placed, Programs
from luciole.devices.sources.computer import AREAS, HEAD, MOST_RECORD, RECORD, system_of
from luciole.devices.tree import Tree
from luciole.kernel.errors import ParseError
from luciole.kernel.outcome import Reason, State
from luciole.kernel.vocabulary import Platform

_LOG = "-wal"
_OWN = {"programs.jsonl", "startup-folders.jsonl", "browser-extensions.jsonl"}
"""Files that the collector alone writes."""
_LARGEST = 128 << 20
_LARGEST_HIVE = 256 << 20
_PLATFORMS: dict[str, Platform] = {"windows": "windows", "macos": "macos", "linux": "linux"}
_PRIVATE: dict[str, tuple[str, ...]] = {
    "messages": ("/chat.db",),
    "contacts": (".abcddb",),
    "photos": ("/photos.sqlite",),
    "browsing": (
        "/history", "/archived history", "/history.db", "/browserstate.db", "/places.sqlite", "/cookies",
        "/cookies.sqlite", "/formhistory.sqlite", "/visited links", "/top sites", "/favicons", "/favicons.sqlite",
        "/webcachev01.dat",
    ),
}  # fmt: skip
"""What is only searched when a person asks for it, and the ends of its paths."""
_BESIDE = ("-wal", "-shm", "-journal")
_PIECE = 1 << 20
_OVERLAP = 1 << 11
"""Bytes looked at twice, so that a name across two pieces is whole in one."""
_MOST_PATTERNS = 1_000


def read(opened: Opened, collector: Collector) -> None:
    """Reads every known file, then joins what belongs to one program; everything else is searched for names."""
    if opened.tree is None:
        return
    system = system_of(opened.tree)
    collector.platform = _PLATFORMS[system]
    collector.areas = ("device.names", *(area for area in AREAS if area in _spoken_of(system)))
    record = _record(opened, collector)
    found: list[Placed] = []
    for name in opened.tree.names():
        if name == RECORD:
            continue
        artefact = _artefact(opened.tree, name, system)
        if artefact is not None:
            found += _read(opened, name, artefact, collector)
        elif (private := _private(name)) and private not in collector.request.include:
            detail = f"{private}: not searched, because nobody asked for it"
            collector.mark("device.names", State.PARTIAL, Reason.NOT_ASKED, detail=detail)
        else:
            collector.search(opened, name)
    collector.search_names(opened)
    if record is not None:
        _looked(record, system, collector)
        _not_read(record, system, collector)
        _compare(opened, record, collector)
    whole = _whole(collector)
    for row, origin in Programs(system, found, whole=whole).rows():
        collector.add(row, origin)


def _private(name: str) -> str:
    """Which private thing a file holds, by its name; empty for none."""
    low = "/" + name.lower()
    plain = next((low.removesuffix(end) for end in _BESIDE if low.endswith(end)), low)
    return next((word for word, ends in _PRIVATE.items() if plain.endswith(ends)), "")


def _spoken_of(system: str) -> set[str]:
    """The areas that some artefact of this system tells something about."""
    return {area for each in ARTEFACTS if each.system in {"any", system} for area in each.areas}


def _record(opened: Opened, collector: Collector) -> collected.Collection | None:
    if opened.tree is None or RECORD not in opened.tree.names():
        for area in collector.areas if opened.tree is not None and _OWN & set(opened.tree.names()) else ():
            collector.mark(area, State.PARTIAL, Reason.MISSING, detail="the record of the collection is not there")
        return None
    origin = collector.origin(opened, RECORD)
    try:
        data = collector.whole(opened, RECORD, MOST_RECORD)
        found = collected.record(data)
    except ParseError as error:
        for area in AREAS:
            collector.damaged(area, error, origin.label)
        return None
    collector.names.scan(data, origin.label)
    collector.taken = found.taken
    collector.details["system"] = found.release[:200]
    collector.details["administrator"] = "yes" if found.administrator else "no"
    collector.details["commands"] = str(len(found.commands))
    return found


def _artefact(tree: Tree, name: str, system: str) -> Artefact | None:
    low = "/" + name.lower()
    for each in ARTEFACTS:
        if each.system in {"any", system} and each.fits(low) and (each.begins is None or _begins(tree, name, each)):
            return each
    return None


def _begins(tree: Tree, name: str, artefact: Artefact) -> bool:
    """Whether the first bytes fit; a damaged file counts as fitting, so that its damage is told and not passed over."""
    if artefact.begins is None:
        return True
    try:
        start = next(iter(tree.chunks(name)), b"")[:HEAD]
    except ParseError:
        return True
    return artefact.begins(start) or artefact.endings != ("",)


def _read(opened: Opened, name: str, artefact: Artefact, collector: Collector) -> Iterable[Placed]:
    """One file: its records with their origin; what went wrong becomes coverage."""
    origin = collector.origin(opened, name, name.rpartition("/")[2])
    origin = origin._replace(section=name.rpartition("/")[2])
    account = Account(collector.taken)
    found: list[Placed] = []
    try:
        data = collector.whole(opened, name, _LARGEST_HIVE if artefact.areas in {SOFTWARE, SYSTEM} else _LARGEST)
        _search(data, origin, collector)
        for record in _parser(opened, name, artefact, collector)(data, account):
            _take(record, origin, found, collector)
    except ParseError as error:
        for area in artefact.areas:
            collector.damaged(area, error, origin.label)
        collector.damaged("device.names", error, origin.label)
        collector.unreadable(origin, "limit reached" if error.limit else "damaged")
        return found
    collector.finish(artefact.areas, origin, account, len(found))
    return found


def _parser(opened: Opened, name: str, artefact: Artefact, collector: Collector) -> Parse:
    """The parser of a file; the list of rights of macOS is read together with its log."""
    if artefact.begins is not sqlite_tables.looks_like or opened.tree is None:
        return artefact.parser(name)
    log = collector.whole(opened, name + _LOG, _LARGEST) if name + _LOG in opened.tree.names() else b""
    return macos.grants(log, sure=RECORD in opened.tree.names())


def _search(data: bytes, origin: Origin, collector: Collector) -> None:
    """Searches a file as it stands, and texts of two bytes a letter without their zero bytes."""
    collector.names.scan(data, origin.source, origin.section)
    if b"\0" in data[:HEAD]:
        for at in range(0, len(data), _PIECE):
            plain = data[max(0, at - _OVERLAP) : at + _PIECE].replace(b"\0", b"")
            collector.names.scan(plain, origin.source, origin.section)


def _take(record: Record, origin: Origin, found: list[Placed], collector: Collector) -> None:
    """Keeps a record, or searches a text. Raises ParseError at the limit."""
    if len(found) >= collector.limits.facts:
        raise ParseError("more rows than the limit", limit=True)
    if isinstance(record, Row) and record.name == LOOK:
        collector.names.scan(str(record.value).encode("utf-8", "replace"), origin.source, origin.section, record.line)
    else:
        found.append((record, origin))


def _whole(collector: Collector) -> bool:
    """Whether the list of installed programs was read, and nothing of it was lost."""
    marks = collector.marks.get(PROGRAMS, [])
    return bool(marks) and all(mark.state is State.EXAMINED for mark in marks)


def _looked(record: collected.Collection, system: str, collector: Collector) -> None:
    """Places where the collector looked and found no file: nothing there is an answer too."""
    for pattern in record.looked[:_MOST_PATTERNS]:
        for area in _areas_of(pattern, system):
            collector.examined(area, 0)


def _not_read(record: collected.Collection, system: str, collector: Collector) -> None:
    """What the collector itself could not read, for the areas that it would have spoken of.

    A command that the computer does not have is no gap.

    """
    for each in record.not_read[:2_000]:
        if each.why.startswith("there is no "):
            continue
        for area in _areas_of(each.what, system):
            collector.mark(area, State.NOT_LOOKED_AT, Reason.PERMISSION, detail=f"{each.what[:120]}: {each.why[:80]}")


_REGISTRY_AREAS = (
    ("\\run", (START,)),
    ("uninstall", (PROGRAMS,)),
    ("services", (SERVICES,)),
    ("defender", (PROTECTION,)),
    ("winlogon", (HOOKS,)),
    ("image file", (HOOKS,)),
    ("certificates", (CERTIFICATES,)),
    ("terminal server", (REMOTE,)),
    ("class\\", (HOOKS,)),
    ("internet settings", (NET,)),
    ("enrollments", (MANAGED,)),
    ("extension", (EXTENSIONS,)),
)
_OTHER_PLACES = (
    ("authorized_keys", (REMOTE,)),
    ("/etc/passwd", (REMOTE, GRANTS)),
    ("/systemd/", (SERVICES,)),
    ("/launchdaemons", (SERVICES,)),
    ("/launchagents", (START,)),
    ("systemextensions", (SERVICES,)),
    ("xpc.launchd", (REMOTE,)),
    ("managed preferences", (MANAGED, EXTENSIONS)),
    ("remotedesktop", (REMOTE,)),
    ("xrdp", (REMOTE,)),
    ("firefox", (EXTENSIONS,)),
    ("extensions", (EXTENSIONS,)),
    ("startup", (START,)),
    ("wmi-", (HOOKS,)),
)
"""Places that no parser reads by their name, by a part of their path; anything else is a program that starts."""
_STEPS = {
    "take_registry": HIVE,
    "take_files": AREAS,
    "take_folders": (START,),
    "take_shell_lines": (START, HOOKS),
    "take_extensions": (EXTENSIONS,),
    "take_accounts": (REMOTE, GRANTS),
    "take_programs": (SIGNERS,),
    "programs": (SIGNERS,),
    "signatures": (SIGNERS,),
}


def _areas_of(what: str, system: str) -> tuple[str, ...]:
    """The areas that something which could not be read would have spoken of."""
    if what in _STEPS:
        return _STEPS[what]
    low = what.lower().replace("*", "x")
    if low.startswith(("hklm", "hkcu", "hku")):
        return next((areas for part, areas in _REGISTRY_AREAS if part in low), HIVE)
    if low.startswith("command "):
        name = low.removeprefix("command ")
        if name.startswith(("signature", "owners")):
            return (SIGNERS,)
        low = "/commands/" + name
    low = "/" + low.replace("\\", "/").replace(":", "").lstrip("/")
    of_system = [each for each in ARTEFACTS if each.system in {"any", system}]
    fitting = next((each for each in of_system if each.fits(low)), None)
    if fitting is None and what.endswith("*"):
        fitting = next((each for each in of_system if any(part in low for part in each.parts)), None)
    if fitting is not None:
        return fitting.areas
    return next((areas for part, areas in _OTHER_PLACES if part in low), (SIGNERS,))


def _compare(opened: Opened, record: collected.Collection, collector: Collector) -> None:
    """Members that are missing or differ from the digests in the record: somebody or something changed the zip."""
    names = set(opened.tree.names()) if opened.tree is not None else set()
    for each in [*record.files, *record.commands]:
        if not each.member:
            continue
        areas = _areas_of_member(each.member, collector.platform)
        if each.member not in names:
            for area in areas:
                detail = f"{each.member[:120]}: named by the record and not there"
                collector.mark(area, State.PARTIAL, Reason.MISSING, detail=detail)
        elif each.digest and collector.digests.get(each.member, each.digest) != each.digest:
            for area in (*areas, "device.names"):
                detail = f"{each.member[:120]}: differs from the digest in the record"
                collector.mark(area, State.PARTIAL, Reason.DAMAGED, detail=detail)


def _areas_of_member(member: str, system: str) -> tuple[str, ...]:
    low = "/" + member.lower()
    return next((each.areas for each in ARTEFACTS if each.system in {"any", system} and each.fits(low)), ())
