"""Reads lists of processes (collector JSON or `ps` text) and of services."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from luciole.devices.parsers.json_list import entries, with_lines
from luciole.devices.parsers.rows import Account, Line, Row, is_package, number, packages, uid_number
from luciole.kernel.facts import Value

AREAS = ("device.processes",)
_PER_USER = 100_000


class Process(msgspec.Struct, gc=False):
    """One entry of processes.json; the fields that are read."""

    pid: int = 0
    uid: int = -1
    filename: str = ""
    command_line: list[str] | str | None = None


_one = msgspec.json.Decoder(Process)


def parse_json(data: bytes, account: Account) -> Iterator[Row]:
    """Rows `process` from the collector's list; an entry of another shape is lost alone. Raises ParseError."""
    found = entries(data, "processes")
    account.anchor()
    for line, raw in with_lines(found, data):
        try:
            entry = _one.decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            account.lose(line)
            continue
        yield from _process(line, entry)


def _process(line: int, entry: Process) -> Iterator[Row]:
    command = entry.command_line if isinstance(entry.command_line, str) else " ".join(entry.command_line or ())
    user = entry.uid // _PER_USER if entry.uid >= 0 else None
    owner = str(entry.uid) if entry.uid >= 0 else ""
    first = command.replace("\0", " ").split(" ", 1)[0]
    name = first if is_package(first.partition(":")[0]) else entry.filename.strip("()")
    if is_package(name.partition(":")[0]):
        attributes: dict[str, Value] = {"pid": entry.pid, "user": owner}
        yield Row("process", name, line, name.partition(":")[0], user, attributes, uid=entry.uid)


def parse_ps(lines: Iterable[Line], account: Account) -> Iterator[Row]:
    """Rows `process` from `ps -A` text: USER PID … NAME; columns are found by the header."""
    pid_column, width = 1, 0
    for at, text in lines:
        words = text.split()
        if "PID" in words and ("NAME" in words or "CMD" in words):
            account.heading()
            pid_column, width = words.index("PID"), len(words)
            continue
        if not words or not width:
            continue
        pid = number(words[pid_column]) if len(words) > pid_column else None
        if pid is None:
            account.lose(at)
            continue
        account.anchor()
        name = words[-1]
        package = name.partition(":")[0]
        uid = uid_number(words[0].replace("_", ""))
        if is_package(package):
            user = None if uid is None else uid // _PER_USER
            attributes: dict[str, Value] = {"pid": pid, "user": words[0]}
            yield Row("process", name, at, package, user, attributes, uid=-1 if uid is None else uid)


def parse_services(lines: Iterable[Line], account: Account) -> Iterator[Row]:
    """Names of apps in `service list`: number, tab, `name: [interface]`."""
    for at, text in lines:
        if text.startswith("Found ") or ": [" in text:
            account.anchor()
            name = text.partition("[")[0].split("\t")[-1].strip().rstrip(":")
            yield from (Row("app.named", "", at, each) for each in packages(name))
        elif text.strip():
            account.lose(at)
