"""Reads the files of an androidqf acquisition, each with its parser; whatever has no parser is searched for names."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator

from luciole.devices import dumpsys
from luciole.devices.collect import Collector, Origin
from luciole.devices.opened import Opened
from luciole.devices.parsers import (
    acquisition,
    files_json,
    intrusion,
    packages_json,
    processes,
    properties,
    root,
    settings,
)
from luciole.devices.parsers.rows import Account, Line, Row
from luciole.devices.parsers.times import from_seconds
from luciole.kernel.errors import ParseError
from luciole.kernel.facts import Value
from luciole.kernel.outcome import Reason, State

Read = Callable[[Opened, str, Collector], None]
_DOCUMENT = 64 << 20
_RECORD = 1 << 20
_HASHES = "hashes.csv"
_ABOUT = "acquisition.json"
_NAMESPACES = ("global", "secure", "system")


def _document(parse: Callable[[bytes, Account], Iterator[Row]], areas: tuple[str, ...]) -> Read:
    def read(opened: Opened, name: str, collector: Collector) -> None:
        try:
            data = collector.whole(opened, name, _DOCUMENT)
        except ParseError as error:
            for area in areas:
                collector.damaged(area, error, name)
            collector.unreadable(collector.origin(opened, name), "damaged")
            return
        collector.document(opened, name, data, parse, areas)

    return read


def _text(parse: Callable[[Iterable[Line], Account], Iterator[Row]], areas: tuple[str, ...]) -> Read:
    def read(opened: Opened, name: str, collector: Collector) -> None:
        collector.text(opened, name, parse, areas)

    return read


def _packages(data: bytes, account: Account) -> Iterator[Row]:
    account.note("the list does not say which permissions were granted, nor about other users")
    return packages_json.parse(data, account)


def read_files(opened: Opened, name: str, collector: Collector, note: str = "") -> None:
    """files.json: paths that name apps, digests of the indicators, traces of root access. note: what it lacks."""
    origin, account = collector.origin(opened, name), Account(collector.taken)
    if note:
        account.note(note, "device.files")
    seen: dict[tuple[str, int | None], float] = {}
    count = certificates = 0
    try:
        for batch in files_json.batches(collector.chunks(opened, name), account):
            count += len(batch.entries)
            rows = list(files_json.rows(batch, seen))
            certificates += sum(row.name == "user_certificate" for row in rows)
            collector.take(rows, origin)
            _search_batch(batch, origin, collector)
        _tell(seen, origin, collector)
    except ParseError as error:
        _tell(seen, origin, collector)
        for area in ("device.files", *(["device.certificates"] if certificates else [])):
            collector.damaged(area, error, f"{origin.label} after {count} files")
        collector.unreadable(origin, "damaged")
        return
    collector.finish(("device.files",), origin, account, count)
    if certificates:  # most devices let nobody list that folder: without any the list says nothing about it
        collector.finish(("device.certificates",), origin, account, certificates)


def _tell(seen: dict[tuple[str, int | None], float], origin: Origin, collector: Collector) -> None:
    """The newest file of each app says when it was last there, at least."""
    for (package, _), modified in seen.items():
        collector.tell(origin.label, package, from_seconds(modified))


def _search_batch(batch: files_json.Batch, origin: Origin, collector: Collector) -> None:
    """Names in paths and errors, then digests, each with the path of its file."""
    texts = "\n".join([f"{entry.path} {entry.error}" if entry.error else entry.path for entry in batch.entries])
    if collector.names.touches(texts.encode("utf-8", "replace")):
        collector.names.scan(batch.raw, origin.label, "", batch.first)
    digests = {value.lower() for entry in batch.entries for value in (entry.sha256, entry.sha1, entry.md5) if value}
    known = collector.names.known("digest", digests) if digests else set()
    for index, entry in enumerate(batch.entries) if known else ():
        for value in {entry.sha256.lower(), entry.sha1.lower(), entry.md5.lower()} & known:
            attributes: dict[str, Value] = {"path": entry.path, "kind": "digest"}
            collector.add(Row("named.digest", value, batch.line_of(index), attributes=attributes), origin)


def read_intrusion(opened: Opened, name: str, collector: Collector) -> None:
    """Intrusion logs: contacts with hosts of the indicators become facts, all others are not kept."""
    origin, account = collector.origin(opened, name), Account(collector.taken)
    count = 0
    try:
        contacts: list[intrusion.Contact] = []
        for found in intrusion.parse(collector.lines(opened, name, account), account):
            count += 1
            if isinstance(found, intrusion.AddedCertificate):
                row = Row(
                    "user_certificate",
                    found.subject,
                    found.line,
                    attributes={"subject": found.subject},
                    when=found.when,
                )
                collector.add(row, origin)
                detail = f"{origin.label}: only certificates added while the log was kept"
                collector.mark("device.certificates", State.PARTIAL, Reason.NOT_IN_THIS_EVIDENCE, 1, detail)
                continue
            contacts.append(found)
            if len(contacts) >= 2_000:  # noqa: PLR2004 - asked together
                _contacts(contacts, origin.label, collector, opened, name)
                contacts = []
        _contacts(contacts, origin.label, collector, opened, name)
    except ParseError as error:
        collector.damaged("device.logs", error, origin.label)
        return
    if account.anchors or account.lost or account.skipped:
        collector.finish(("device.logs",), origin, account, count)
    else:
        collector.missing("device.logs", f"{origin.label} is empty")


def _contacts(contacts: list[intrusion.Contact], label: str, collector: Collector, opened: Opened, name: str) -> None:
    known = collector.names.known("host", {contact.host for contact in contacts})
    apps = collector.names.known("package", {contact.package for contact in contacts})
    origin = collector.origin(opened, name)
    for contact in contacts:
        if contact.package in apps:
            collector.tell(origin.label, contact.package, contact.when)
        if contact.host in known:
            attributes = {"package": contact.package, "source": f"{label} {contact.kind}"}
            collector.add(Row("contacted.host", contact.host, contact.line, "", None, attributes, contact.when), origin)


def read_log(opened: Opened, name: str, collector: Collector) -> None:
    """A log text: searched for names. It says little about contacts with hosts, so the area is partly looked at."""
    if collector.search(opened, name):
        dumpsys.no_contacts(collector, name)


def read_environment(opened: Opened, name: str, collector: Collector) -> None:
    """selinux.txt: the one word of getenforce."""
    collector.text(opened, name, _enforcement, ("device.root",))


def _enforcement(lines: Iterable[Line], account: Account) -> Iterator[Row]:
    account.note("whether rules are enforced does not show every trace")
    for line, text in lines:
        if text.strip().lower() in {"enforcing", "permissive", "disabled"}:
            account.anchor()
            yield Row("device.selinux", text.strip().lower(), line)


FILES: dict[str, Read] = {
    "getprop.txt": _text(properties.parse, properties.AREAS),
    "packages.json": _document(_packages, packages_json.AREAS),
    **{
        f"settings_{each}.txt": _text(functools.partial(settings.parse_file, namespace=each), settings.AREAS)
        for each in _NAMESPACES
    },
    "processes.json": _document(processes.parse_json, processes.AREAS),
    "processes.txt": _text(processes.parse_ps, processes.AREAS),
    "ps.txt": _text(processes.parse_ps, processes.AREAS),
    "services.txt": _text(processes.parse_services, ()),
    "files.json": read_files,
    "root_binaries.json": _document(root.parse_binaries, root.AREAS),
    "mounts.json": _document(root.parse_mounts, root.AREAS),
    "selinux.txt": read_environment,
    "logcat.txt": read_log,
    "logcat_old.txt": read_log,
}
"""What reads each file of the top level."""

EXPECTED: dict[str, str] = {
    "getprop.txt": "device.properties",
    "packages.json": "device.packages",
    "files.json": "device.files",
    "root_binaries.json": "device.root",
    "mounts.json": "device.root",
    "processes.json": "device.processes",
    "logcat.txt": "device.logs",
    "backup.ab": "device.backup",
    **{f"settings_{each}.txt": "device.settings" for each in _NAMESPACES},
}
"""Files of a complete acquisition, and the area that lacks something without them."""
_NEEDS_ALL = frozenset({"device.root"})
"""Areas of which each file says something that no other place says."""


def prefix(names: list[str]) -> str:
    """The folder inside an archive that holds the acquisition: empty, or `uuid/`."""
    roots = {
        name.rpartition("/")[0]
        for name in names
        if name.rpartition("/")[2] in {"acquisition.json", "packages.json", "getprop.txt", "files.json"}
    }
    shortest = min(roots, key=lambda root: (root.count("/"), len(root)), default="")
    return shortest + "/" if shortest else ""


def about(opened: Opened, name: str, collector: Collector) -> None:
    """acquisition.json: when and how it was made."""
    try:
        found = acquisition.parse(collector.whole(opened, name, _RECORD))
    except ParseError as error:
        collector.unreadable(collector.origin(opened, name), error.message)
        return
    collector.taken = found.taken
    collector.details |= found.details()


def compare_hashes(opened: Opened, start: str, collector: Collector) -> None:
    """Compares what was read with hashes.csv, where there is one; a file that differs was changed afterwards."""
    if opened.tree is None or start + _HASHES not in opened.tree.names():
        return
    account = Account()
    try:
        stated = dict(acquisition.parse_hashes(collector.lines(opened, start + _HASHES, account), account))
    except ParseError as error:
        collector.unreadable(collector.origin(opened, start + _HASHES), error.message)
        return
    base = next((path.removesuffix(_ABOUT) for path in stated if path.endswith("/" + _ABOUT)), "")
    said_of = {path.removeprefix(base): digest for path, digest in stated.items()}
    checked = 0
    for name, digest in collector.digests.items():
        relative = name.removeprefix(start)
        said = said_of.get(relative, "")
        checked += bool(said)
        if said and said != digest:
            collector.unreadable(collector.origin(opened, name), "differs from hashes.csv: it was changed or cut off")
            collector.details["hashes_differ"] = ", ".join(
                filter(None, (collector.details.get("hashes_differ"), relative))
            )
    collector.details["hashes_checked"] = str(checked)


def missing(names: set[str], start: str, collector: Collector) -> None:
    """Says which files of a complete acquisition are not there."""
    for name, area in EXPECTED.items():
        if start + name in names:
            continue
        detail = f"{name} is not in the acquisition"
        if area in _NEEDS_ALL and any(mark.state is not State.NOT_LOOKED_AT for mark in collector.marks.get(area, ())):
            collector.mark(area, State.PARTIAL, Reason.MISSING, detail=detail)
        else:
            collector.missing(area, detail)
    if start + "dumpsys.txt" not in names and start + "bugreport.zip" not in names:
        for area in dumpsys.AREAS:
            collector.missing(area, "neither dumpsys.txt nor bugreport.zip is in the acquisition")
