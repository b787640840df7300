"""Joins what was read about programs: lists, places that start them, rights and signatures become one program each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from luciole.devices.collect import Origin
from luciole.devices.parsers.computer import linux, paths, tables
from luciole.devices.parsers.computer.records import Listed, Of, Record
from luciole.devices.parsers.rows import Row

Placed = tuple[Record, Origin]
STARTS = frozenset({"autostart.entry", "autostart.service", "autostart.task", "autostart.hook"})
OWNER = "owner"
"""Name of a row that is no fact: the package of a list to which a path belongs."""
_SHORTEST_FOLDER = 6
_LONGEST_KEY = 400
_SHARED = frozenset(
    {
        "/applications",
        "c:\\program files",
        "c:\\program files (x86)",
        "c:\\program files\\common files",
        "c:\\programdata",
        "c:\\users",
        "c:\\windows",
        "c:\\windows\\system32",
        "c:\\windows\\syswow64",
    }
)
_LONGEST_ID = 100
_MAKER = 2
"""Parts of a bundle id that name its maker."""
_MOST_PATHS = 20
_MOST_EXCLUSIONS = 500


def _maker_of(identity: str) -> tuple[str, ...]:
    return tuple(identity.lower().split(".")[:_MAKER])


class _Known(NamedTuple):
    """One program: its key and the path that was seen."""

    key: str
    path: str


class Programs:
    """Built from every record; `rows` hands out rows with the program's key, which are facts but for places.

    system: windows, macos or linux; whole: the list of installed programs was read completely, so that a program which
    it does not name can be said to stand in no list.
    """

    def __init__(self, system: str, records: Iterable[Placed], *, whole: bool) -> None:
        self._system = system
        self._whole = whole
        self._records = list(records)
        self._folders: dict[str, str] = {}
        self._listed: dict[str, str] = {}
        self._owners: dict[str, str] = {}
        self._found: dict[tuple[str, str], _Known] = {}
        self._labels: dict[str, str] = {}
        self._excluded: list[tuple[str, Row, Origin]] = []
        for record, origin in self._records:
            if isinstance(record, Row) and record.name == "protection.exclusion":
                self._excluded.append((str(record.value).lower().rstrip("\\*"), record, origin))
            if isinstance(record, Listed):
                self._list(record)
        for record, _ in self._records:
            if isinstance(record, Of) and record.row.name == OWNER:
                self._owners[self._plain(record.program)] = self._listed.get(
                    str(record.row.value).lower(), str(record.row.value)
                )
        self._makers = {_maker_of(each) for each in self._listed}

    def _plain(self, path: str) -> str:
        return path.lower() if self._system == "windows" else path

    def _list(self, record: Listed) -> None:
        self._listed.setdefault(record.key.lower(), record.key)
        self._labels.setdefault(record.key, record.label)
        for folder in record.folders:
            plain = self._plain(folder).rstrip("/\\").strip('"')
            if len(plain) >= _SHORTEST_FOLDER and not self._shared(plain):
                self._folders.setdefault(plain, record.key)

    def _shared(self, folder: str) -> bool:
        """Folders in which many programs lie say nothing about one."""
        return folder.rstrip("\\/").lower() in _SHARED

    def rows(self) -> Iterator[tuple[Row, Origin]]:
        """Every row with its program, then what follows for each program from all of them together."""
        seen: dict[str, list[tuple[Row, Origin, str]]] = {}
        for record, origin in self._records:
            if isinstance(record, Row):
                yield record, origin
            elif isinstance(record, Listed):
                for row in self._of_list(record):
                    seen.setdefault(row.package, []).append((row, origin, ""))
                    yield row, origin
            elif record.row.name != OWNER:
                known = self._known(record)
                row = self._placed(record.row, known)
                seen.setdefault(known.key, []).append((row, origin, known.path))
                yield row, origin
        for key, found in seen.items():
            yield from self._concluded(key, found)

    def _placed(self, row: Row, known: _Known) -> Row:
        if row.name in STARTS:
            return row._replace(
                package=known.key,
                attributes={
                    **row.attributes,
                    "from": paths.where(known.path, self._system) if known.path else "unknown",
                },
            )
        return row._replace(package=known.key)

    def _of_list(self, record: Listed) -> Iterator[Row]:
        key = record.key
        yield Row("app.state", "installed", record.line, key)
        for name, value in (
            ("app.label", record.label),
            ("app.version_name", record.version),
            ("app.first_installed", record.when),
        ):
            if value:
                yield Row(name, value, record.line, key)
        if record.publisher:
            yield Row("program.publisher", record.publisher, record.line, key)
        if record.folders:
            yield Row("app.code_path", record.folders[0], record.line, key)
        if record.hidden:
            yield Row("program.hidden", "list-entry-hidden", record.line, key, attributes={"path": record.label})
        for row in record.rows:
            yield row._replace(package=key)

    def _known(self, record: Of) -> _Known:
        asked = (record.by, record.program)
        if asked not in self._found:
            self._found[asked] = self._resolved(record)
        return self._found[asked]

    def _resolved(self, record: Of) -> _Known:
        if record.by == "id":
            return _Known(self._listed.get(record.program.lower(), record.program)[:_LONGEST_KEY], "")
        path = paths.program_of(record.program, self._system) if record.by == "command" else record.program
        path = paths.program_of(f'"{path}"', "windows") if self._system == "windows" and record.by == "path" else path
        plain = self._plain(path)
        key = self._owners.get(plain) or self._by_folder(plain)
        if not key and self._system == "macos":
            key = paths.bundle_of(path)
        name = plain.rpartition("/")[2] if self._system == "linux" else ""
        return _Known((key or self._listed.get(name, "") or plain or "(no name)")[:_LONGEST_KEY], path)

    def _by_folder(self, path: str) -> str:
        """The listed program in whose folder a path lies, the deepest first."""
        separator = "\\" if self._system == "windows" else "/"
        at = len(path)
        while at > 0:
            found = self._folders.get(path[:at])
            if found is not None:
                return found
            at = path.rfind(separator, 0, at)
        return ""

    # ------------------------------------------------------------------ what follows

    def _concluded(self, key: str, found: list[tuple[Row, Origin, str]]) -> Iterator[tuple[Row, Origin]]:
        first, origin, _ = found[0]
        listed = any(row.name == "app.state" for row, _, _ in found)
        starts = [row for row, _, _ in found if row.name in STARTS]
        seen = list(dict.fromkeys(path for _, _, path in found if path))
        lies = {paths.where(path, self._system) for path in seen}
        for path in seen[:_MOST_PATHS]:
            where = next(((row, source) for row, source, each in found if each == path), (first, origin))
            yield (
                Row("program.path", path, where[0].line, key, attributes={"from": paths.where(path, self._system)}),
                where[1],
            )
            hides = paths.hiding(path, self._system)
            if hides:
                yield Row("program.hidden", hides, where[0].line, key, attributes={"path": path}), where[1]
        for row, source, path in found:
            if row.name == "autostart.task" and row.attributes.get("hidden") is True and lies != {"system"}:
                yield (
                    Row("program.hidden", "hidden-task", row.line, key, attributes={"path": path or str(row.value)}),
                    source,
                )
        extension = any(row.name in {"extension.place", "extension.forced"} for row, _, _ in found)
        if not listed:
            yield Row("app.state", "present", first.line, key), origin
            outside = bool(lies) and "system" not in lies
            if starts and self._whole and not extension and (outside or self._stands_alone(key, starts)):
                yield Row("program.unlisted", value=True, line=first.line, package=key), origin
        yield from self._signed(key, found)
        yield from self._left_out(key, seen)
        yield from self._system_part(key, found, lies)
        yield from self._remote(key, found, seen)

    def _stands_alone(self, key: str, starts: list[Row]) -> bool:
        """Whether it is a part inside the system, without a file, that no other program explains.

        On macOS no listed program is of its maker; on Linux it was built outside the kernel and few computers have it.

        """
        kinds = {str(row.attributes.get("kind")) for row in starts}
        if kinds <= {"kernel-extension", "system-extension"}:
            return _maker_of(key) not in self._makers
        loaded = [row for row in starts if row.attributes.get("trigger") == linux.OUTSIDE]
        return any(str(row.value).lower().replace("-", "_") not in tables.OUTSIDE_MODULES for row in loaded)

    def _signed(self, key: str, found: list[tuple[Row, Origin, str]]) -> Iterator[tuple[Row, Origin]]:
        """Whether nobody's signature holds for one of the files of the program."""
        signers = [(row, origin) for row, origin, _ in found if row.name == "program.signer"]
        if signers:
            broken = next((each for each in signers if each[0].attributes.get("state") != "valid"), None)
            row, origin = broken or signers[0]
            yield Row("program.unsigned", broken is not None, row.line, key), origin

    def _left_out(self, key: str, seen: list[str]) -> Iterator[tuple[Row, Origin]]:
        """The exclusion of the protection that covers a path of the program: its folder, its file or its name."""
        for path in seen[:_MOST_PATHS]:
            plain = path.lower()
            for excluded, row, origin in self._excluded[:_MOST_EXCLUSIONS]:
                inside = plain == excluded or plain.startswith(excluded + "\\") or plain.rpartition("\\")[2] == excluded
                if excluded and inside and row.attributes.get("kind") in {"path", "process"}:
                    yield Row("program.excluded", str(row.value), row.line, key, offset=row.offset), origin
                    return

    def _system_part(
        self, key: str, found: list[tuple[Row, Origin, str]], lies: set[str]
    ) -> Iterator[tuple[Row, Origin]]:
        """A part of the system: it lies in the system's folders and bears the signature of the system's maker."""
        signers = [row for row, _, _ in found if row.name == "program.signer"]
        trusted = all(
            row.attributes.get("state") == "valid" and _is_maker(str(row.value), self._system) for row in signers
        )
        if lies == {"system"} and signers and trusted:
            first, origin, _ = found[0]
            yield Row("app.system", value=True, line=first.line, package=key), origin

    def _remote(self, key: str, found: list[tuple[Row, Origin, str]], seen: list[str]) -> Iterator[tuple[Row, Origin]]:
        first, origin, _ = found[0]
        names = [path.replace("\\", "/").rpartition("/")[2] for path in seen]
        tool, kind = paths.remote_tool(
            key if len(key) < _LONGEST_ID and "\\" not in key else "", self._labels.get(key, ""), *names
        )
        if not tool:
            return
        yield Row("program.remote_tool", tool, first.line, key, attributes={"kind": kind}), origin
        for row, source, _ in found:
            if row.name in {"autostart.service", "autostart.task"} and row.attributes.get("enabled") is not False:
                yield Row("program.remote_unattended", str(row.value), row.line, key), source


_MAKERS = {
    "windows": ("microsoft windows",),
    "macos": ("software signing", "apple mac os application signing"),
    "linux": (),
}
"""Names with which the makers sign parts of the system itself."""


def _is_maker(signer: str, system: str) -> bool:
    return any(name in signer.lower() for name in _MAKERS[system])
