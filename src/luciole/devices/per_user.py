"""Reads what an acquisition made here has beside the files of androidqf: lists of every user, and its own record."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator

from luciole.devices import acquisition
from luciole.devices.collect import Collector, Parser
from luciole.devices.opened import Opened
from luciole.devices.parsers import command_log, packages_json, pm_lists, settings, user
from luciole.devices.parsers.rows import Account, Row
from luciole.devices.tree import read as read_file
from luciole.kernel.errors import ParseError
from luciole.kernel.outcome import Reason, State

_RECORD = "commands.json"
_FILES = "files.json"
_DUMPSYS = "dumpsys.txt"
_MOST_RECORD = 32 << 20
_MOST_LIST = 8 << 20
_MOST_USERS = 64
_FOLDER = re.compile(r"users/([0-9]{1,5})/(.+)", re.ASCII)
_PACKAGES = ("device.packages",)


def is_ours(names: set[str], start: str) -> bool:
    """Whether the acquisition has a part that only ours has."""
    return any(start + name in names for name in (_RECORD, "users.txt", "owners.txt")) or any(
        name.startswith(start + "users/") for name in names
    )


def read(opened: Opened, start: str, names: list[str], collector: Collector) -> set[str]:
    """Reads them all; returns the names that were read, and those that no other reader need look at."""
    reader = _Reader(opened, start, names, collector)
    return reader.read() if is_ours(set(names), start) else set()


class _Reader:
    """The lists of all users are read together: what is installed for nobody was removed."""

    def __init__(self, opened: Opened, start: str, names: list[str], collector: Collector) -> None:
        self._opened = opened
        self._start = start
        self._names = [name.removeprefix(start) for name in names if name.startswith(start)]
        self._collector = collector
        self._failed: set[str] = set()
        self._notes: dict[str, str] = {}
        self._useless: set[str] = set()
        self._record_read = True

    def read(self) -> set[str]:
        read = self._record()
        numbers: dict[str, None] = {}
        for name in self._names:
            if found := _FOLDER.fullmatch(name):
                numbers.setdefault(found[1])
        users = list(numbers)[:_MOST_USERS]
        if len(numbers) > _MOST_USERS:
            self._collector.mark(
                "device.users", State.PARTIAL, Reason.LIMIT, detail=f"more than {_MOST_USERS} users in the acquisition"
            )
        self._not_asked()
        installed = {number: self._installed(number) for number in users}
        known = [each for each in installed.values() if each is not None]
        everywhere = set().union(*known) if known and len(known) == len(installed) else None
        for name in self._names:
            if self._one(name, installed, everywhere):
                read.add(self._start + name)
        return read

    # ------------------------------------------------------------------ the record

    def _record(self) -> set[str]:
        """What was not answered. Without the record nobody can tell an answer that broke off from a whole one."""
        if _RECORD not in self._names:
            self._doubt(Reason.MISSING, f"{_RECORD} is not in the acquisition: answers may have broken off unseen")
            return set()
        name = self._start + _RECORD
        try:
            data = self._collector.whole(self._opened, name, _MOST_RECORD)
            record = command_log.parse(data)
        except ParseError as error:
            self._collector.unreadable(self._collector.origin(self._opened, name), error.message)
            self._doubt(Reason.LIMIT if error.limit else Reason.DAMAGED, f"{_RECORD}: {error.message}")
            return {name}
        self._collector.names.scan(data, _RECORD)
        for gap in command_log.gaps(record):
            self._collector.mark(gap.area, gap.state, gap.reason, detail=gap.detail)
        self._notes = {one.member: one.note for one in record.commands if one.note}
        self._failed = {one.member for one in record.commands if one.problem and one.member}
        self._useless = {one.member for one in record.commands if one.kind in command_log.NOTHING and not one.shared}
        self._collector.details["commands_asked"] = str(len(record.commands))
        self._collector.details["commands_failed"] = str(sum(bool(one.problem) for one in record.commands))
        return {name}

    def _doubt(self, reason: Reason, detail: str) -> None:
        self._record_read = False
        for area in ("device.packages", "device.users", "device.settings", "device.names"):
            self._collector.mark(area, State.PARTIAL, reason, detail=detail)

    def _not_asked(self) -> None:
        """What a person did not ask to be taken is not missing."""
        never = {"device.backup": "a backup is never taken here"}
        if not any(name.startswith("apks/") for name in self._names):
            never["device.apks"] = "no copies of apps were asked for"
        if "logcat.txt" not in self._names:
            never["device.logs"] = "the log was not asked for"
        for area, detail in never.items() if self._record_read else ():
            self._collector.mark(area, State.NOT_LOOKED_AT, Reason.NOT_ASKED, detail=detail)

    # ------------------------------------------------------------------ the lists

    def _installed(self, number: str) -> set[str] | None:
        """The apps of one user; None where the list is not there, broke off, or holds a line that is no app."""
        name = f"users/{number}/installed.txt"
        if name not in self._names or name in self._failed or not self._record_read or self._opened.tree is None:
            return None
        account = Account()
        try:
            text = read_file(self._opened.tree, self._start + name, _MOST_LIST).decode("utf-8", "replace")
        except ParseError:
            return None
        found = {one.package for _, one in pm_lists.read(enumerate(text.splitlines(), 1), account)}
        return found if found and not account.lost else None

    def _one(self, name: str, installed: dict[str, set[str] | None], everywhere: set[str] | None) -> bool:
        """Reads one file; False where it is none of ours."""
        collector, opened, whole = self._collector, self._opened, self._start + name
        if name in self._useless and name != _DUMPSYS:
            collector.search(opened, whole)
            return True
        if name == _FILES:
            acquisition.read_files(opened, whole, collector, self._notes.get(name, ""))
            return True
        if name in {"users.txt", "owners.txt"}:
            parse, areas = _TOP[name]
            collector.text(opened, whole, parse, areas)
            return True
        found = _FOLDER.fullmatch(name)
        if found is None or found[1] not in installed:
            return False
        number, rest = int(found[1]), found[2]
        if rest == "packages.txt":
            self._packages(whole, number, installed[found[1]], everywhere)
        elif rest == "packages.json":
            _document(opened, whole, collector, number)
        elif (chosen := _parser(rest, number)) is not None:
            collector.text(opened, whole, *chosen)
        else:
            return False
        return True

    def _packages(self, name: str, number: int, installed: set[str] | None, everywhere: set[str] | None) -> None:
        """An app is said to be removed only where the lists of all users came whole."""
        elsewhere = everywhere if everywhere is not None else _Everything()
        parse = functools.partial(
            pm_lists.parse_packages, user=number, installed=installed, elsewhere=elsewhere
        )  # fmt: skip
        self._collector.text(self._opened, name, parse, _PACKAGES)
        if installed is None:
            detail = f"which of the apps are installed for user {number} was not read"
            self._collector.mark("device.packages", State.PARTIAL, Reason.MISSING, detail=detail)


class _Everything(set[str]):
    """Stands for a list that did not come: any app may be on it."""

    def __contains__(self, item: object) -> bool:
        return True


_TOP: dict[str, tuple[Parser, tuple[str, ...]]] = {
    "users.txt": (user.parse, user.AREAS),
    "owners.txt": (pm_lists.parse_owners, ("device.admin",)),
}


def _parser(rest: str, number: int) -> tuple[Parser, tuple[str, ...]] | None:
    """What reads a file of a user's folder, and the areas it speaks of."""
    folder, slash, last = rest.rpartition("/")
    value = last.removesuffix(".txt")
    make: dict[str, tuple[Callable[..., Iterator[Row]], dict[str, object], tuple[str, ...]]] = {
        "installed.txt": (_only_named, {}, ()),
        "system.txt": (pm_lists.parse_marked, {"user": number, "mark": "system"}, ()),
        "disabled.txt": (pm_lists.parse_marked, {"user": number, "mark": "disabled"}, ()),
        "keyboards.txt": (pm_lists.parse_keyboards, {"user": number}, ("device.keyboards",)),
        "settings_secure.txt": (settings.parse_file, {"namespace": "secure", "user": number}, settings.AREAS),
        "settings_system.txt": (settings.parse_file, {"namespace": "system", "user": number}, settings.AREAS),
        "roles/": (pm_lists.parse_role, {"user": number, "role": value}, ("device.roles",)),
        "operations/": (pm_lists.parse_operation, {"user": number, "operation": value}, ()),
    }
    found = make.get(folder + slash if slash else rest)
    if found is None:
        return None
    parse, filled, areas = found
    return functools.partial(parse, **filled), areas


def _only_named(lines: object, account: Account) -> Iterator[Row]:
    """The list of installed apps was read before the others; here each of its lines is an address."""
    for at, one in pm_lists.read(lines, account):  # type: ignore[arg-type] # lines of the collector
        yield Row("app.named", "", at, one.package)


def _document(opened: Opened, name: str, collector: Collector, number: int) -> None:
    """packages.json of a user, in the form of androidqf."""
    origin = collector.origin(opened, name)
    try:
        data = collector.whole(opened, name, _MOST_LIST)
    except ParseError as error:
        collector.damaged("device.packages", error, name)
        collector.unreadable(origin, "damaged")
        return

    def parse(document: bytes, account: Account) -> Iterator[Row]:
        account.note("the list does not say which permissions were granted")
        return packages_json.parse(document, account, number)

    collector.document(opened, name, data, parse, _PACKAGES)
