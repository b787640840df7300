"""Reads what names apps in a diagnosis archive: installations, processes, crashes, power use, restarts."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator

import msgspec

from luciole.apps import plist
from luciole.apps.plist import Value
from luciole.devices.parsers.ios import jailbreak
from luciole.devices.parsers.rows import LOOK, NAMED, Account, Line, Row
from luciole.devices.parsers.sqlite_tables import Cell, Database
from luciole.devices.parsers.times import from_seconds, iso
from luciole.intel.apple_ids import SYSTEM, plain_id

_STAMP = re.compile(r"[A-Z][a-z]{2} ([A-Z][a-z]{2}) +(\d{1,2}) (\d\d:\d\d:\d\d) (\d{4})", re.ASCII)
_MONTHS = {name: at for at, name in enumerate("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), 1)}  # noqa: SIM905 - a list of words
_INSTALLED = re.compile(r"Install(?:ing|ed|ation of)\b.{0,200}?\bI[Dd]=([\w.-]{3,255})", re.ASCII)
_SUCCESS = re.compile(r"Install Successful for \((?:\w{1,40}:)?([\w.-]{3,255})", re.ASCII)
_LIVE = re.compile(r"Made container live for ([\w.-]{3,255})", re.ASCII)
_REMOVED = re.compile(r"Uninstalling (?:identifier )?\[?([\w.-]{3,255})", re.ASCII)
_EVENTS = ((_INSTALLED, "installed"), (_SUCCESS, "installed"), (_LIVE, "installed"), (_REMOVED, "removed"))
_WORD = re.compile(r"[A-Za-z][\w-]{0,62}(?:\.[\w-]{1,62}){2,10}", re.ASCII)
_SIGTERM = re.compile(r"SIGTERM: \[(\d{9,11})\]", re.ASCII)
_COLUMNS = (
    "bundle_id",
    "bundleID",
    "bundleIdentifier",
    "AppBundleId",
    "BundleId",
    "BundleID",
    "client_id",
    "ZBUNDLEID",
)
_REMOVED_COLUMNS = ("AppDeletedDate",)
_MOST_NAMED = 20_000
_LONGEST_LINE = 4_096
_HEAD = msgspec.json.Decoder(dict[str, msgspec.Raw])
_TEXT = msgspec.json.Decoder(str)
_SHOWN = {"ProductVersion": "os_version", "ProductBuildVersion": "build", "ProductName": "product"}


def system_version(value: Value, account: Account) -> Iterator[Row]:
    """SystemVersion.plist."""
    for key, shown in _SHOWN.items():
        if found := plist.text(value, key):
            account.anchor()
            yield Row("device.property", found, attributes={"key": shown})
    yield Row("device.property", "Apple", attributes={"key": "manufacturer"})


def remote_state(lines: Iterable[Line], account: Account) -> Iterator[Row]:
    """remotectl_dumpstate.txt: `Key => value`; only model and version."""
    shown = {"ProductType": "model", "OSVersion": "os_version"}
    for number, line in lines:
        key, found, value = line.partition("=>")
        if found:
            account.anchor()
            name = shown.get(key.strip())
            if name and value.strip():
                yield Row("device.property", value.strip()[:100], number, attributes={"key": name})


def installation_log(lines: Iterable[Line], account: Account) -> Iterator[Row]:
    """mobile_installation.log: what was installed and removed, with times in the zone of the device."""
    seen: dict[tuple[str, str], None] = {}
    for number, line in lines:
        when = _when(line)
        if when or "<notice>" in line or "<err>" in line:
            account.anchor()
        short = line[:_LONGEST_LINE]
        for pattern, kind in _EVENTS:
            found = pattern.search(short)
            package = plain_id(found[1]) if found else ""
            if package and len(seen) < _MOST_NAMED and (package, kind + when) not in seen:
                seen[package, kind + when] = None
                yield from _event(package, kind, number, when)


def _event(package: str, kind: str, number: int, when: str) -> Iterator[Row]:
    if kind == "removed":
        yield Row("removal", when or "unknown", number, package, 0, {}, when)
    else:
        yield Row(NAMED, "", number, package, 0, {}, when)


def _when(line: str) -> str:
    """`Thu Mar 20 09:00:00 2025` at the beginning of a line to ISO 8601; empty for others."""
    found = _STAMP.match(line)
    if found is None or found[1] not in _MONTHS:
        return ""
    text = f"{found[4]}-{_MONTHS[found[1]]:02d}-{int(found[2]):02d}T{found[3]}"
    try:
        dt.datetime.fromisoformat(text)
    except ValueError:
        return ""
    return text


def naming_log(lines: Iterable[Line], account: Account) -> Iterator[Row]:
    """Logs of the service for folders of apps: every id of an app of others that a line names, once."""
    seen: set[str] = set()
    for number, line in lines:
        account.anchor()
        for word in _WORD.findall(line[:_LONGEST_LINE]):
            package = plain_id(word)
            if (
                package
                and package not in seen
                and len(seen) < _MOST_NAMED
                and not package.startswith((SYSTEM, "group."))
            ):
                seen.add(package)
                yield Row(LOOK, package, number)


def processes(lines: Iterable[Line], account: Account) -> Iterator[Row]:
    """ps.txt: the command is the last column; programs of a jailbreak become traces, all are searched for names."""
    column = -1
    for number, line in lines:
        if column < 0:
            column = line.find("COMMAND")
            if column >= 0:
                account.anchor()
            continue
        command = line[column:].strip() if len(line) > column else ""
        if command:
            yield Row(LOOK, command[:_LONGEST_LINE], number)
            yield from jailbreak.of_process(command[:_LONGEST_LINE], number)


def tasks(lines: Iterable[Line], account: Account) -> Iterator[Row]:
    """taskinfo.txt: `process: "name" [pid]`."""
    for number, line in lines:
        if line.startswith("process: "):
            account.anchor()
            yield from jailbreak.of_process(line.partition('"')[2].partition('"')[0], number)


def shutdown(lines: Iterable[Line], account: Account) -> Iterator[Row]:
    """shutdown.log: each shutdown with the time and how many programs were still there."""
    clients = 0
    for number, line in lines:
        if "remaining client pid:" in line:
            clients += 1
            account.anchor()
            yield from jailbreak.of_process(line.partition("(")[2].partition(")")[0], number)
            yield Row(LOOK, line[:_LONGEST_LINE], number)
        found = _SIGTERM.search(line)
        if found:
            account.anchor()
            when = from_seconds(int(found[1]))
            if when:
                yield Row("device.restart", when, number, attributes={"clients": clients}, when=when)
            clients = 0


def crash(lines: Iterable[Line], account: Account) -> Iterator[Row]:
    """A report of a crash or of much use (.ips): the first line is a JSON map that names the program."""
    for number, line in lines:
        try:
            head = _HEAD.decode(line.encode("utf-8", "replace"))
        except (msgspec.DecodeError, RecursionError):
            account.anchor()
            account.lose(number)
            return
        account.anchor()
        account.note("each report tells of one program", "ios.logs")
        package = plain_id(_field(head, "bundleID") or _field(head, "app_bundle_id"))
        when = iso(_field(head, "timestamp"))
        if package and not package.startswith(SYSTEM):
            kind = "crash" if _field(head, "bug_type") in {"309", "109"} else "resources"
            yield Row("app.crash", _field(head, "app_name")[:100] or package, number, package, 0, {"kind": kind}, when)
        return


def _field(head: dict[str, msgspec.Raw], key: str) -> str:
    try:
        return _TEXT.decode(head[key]) if key in head else ""
    except msgspec.DecodeError:
        return ""


def databases(database: Database, account: Account) -> Iterator[Row]:
    """Lists of installations, downloads and power use: every table with a column for ids of apps."""
    for table in database.tables.values():
        column = next((each for each in _COLUMNS if each in table.columns), "")
        if not column:
            continue
        account.anchor()
        removed = next((each for each in _REMOVED_COLUMNS if each in table.columns), "")
        seen: set[str] = set()
        for record in database.rows(table.name, column, *([removed] if removed else [])):
            package = plain_id(record.values[0]) if isinstance(record.values[0], str) else ""
            if package and package not in seen and len(seen) < _MOST_NAMED:
                seen.add(package)
                yield _listed(package, record.values[1] if removed else None, record.number, record.offset)


def _listed(package: str, deleted: Cell, number: int, offset: int) -> Row:
    when = from_seconds(deleted) if isinstance(deleted, int | float) else ""
    if when:
        return Row("removal", when, number, package, 0, {}, when, offset=offset)
    return Row(NAMED, "", number, package, 0, offset=offset)
