"""Reads the package section of dumpsys: apps of every user, permissions, installers, shared users, install sessions."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator

from luciole.devices.parsers import package_resolvers
from luciole.devices.parsers.package_block import PackageBlock
from luciole.devices.parsers.rows import LOOK, NAMED, Account, Line, Row, between, indent, is_package, number
from luciole.devices.parsers.times import from_milliseconds

SERVICE = "package"
AREAS = ("device.packages", "device.resolvers")
_TABLES = {
    "Activity Resolver Table:": "activity",
    "Receiver Resolver Table:": "receiver",
    "Service Resolver Table:": "service",
    "Provider Resolver Table:": "provider",
}
_BLOCKS = {"Packages:": "packages", "Hidden system packages:": "hidden", "Shared users:": "shared"}
_MOST_MEMBERS = 40
"""Members of a shared user id that get its permissions listed one by one."""
_FIRST_APP = 10_000
_LONGEST_SESSION = 1_000
"""Lines of one install session."""
_SESSION_APPS = ("installerPackageName=", "installInitiatingPackageName=", "installOriginatingPackageName=")


def parse(lines: Iterable[Line], account: Account) -> Iterator[Row]:
    """Rows for every app the section names.

    lines: the section; format: PackageManagerService.dumpInternal and Settings.dumpPackageLPr of Android 8 to 16.
    """
    reader = _Reader(account)
    for number_, text in lines:
        yield from reader.line(number_, text)
    yield from reader.end()


class _Reader:
    """The state between lines: which block and which package the reader is in."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.part = ""
        self.block: PackageBlock | None = None
        self.resolvers = package_resolvers.Resolvers(account)
        self.shared: dict[str, PackageBlock] = {}
        self.members: dict[str, list[str]] = {}
        self.session: list[str] = []
        self.session_line = 0
        self.session_depth = -1
        self.packages = 0

    def line(self, at: int, text: str) -> Iterator[Row]:
        if text and not text[0].isspace():
            yield from self._heading(at, text.strip())
        elif self.part in {"packages", "hidden", "shared"}:
            yield from self._in_block(at, text)
        elif self.part in _TABLES.values():
            yield from self.resolvers.line(self.part, at, text)
        elif self.part == "sessions":
            yield from self._session(at, text)

    def _heading(self, at: int, text: str) -> Iterator[Row]:
        if text.startswith("Package ["):
            yield from self._in_block(at, "  " + text)
            return
        yield from self._close()
        yield from self._close_session()
        self.part = _TABLES.get(text) or _BLOCKS.get(text, "")
        if "install sessions" in text.lower():
            self.part = "sessions"
        if self.part:
            self.account.heading()

    def _in_block(self, at: int, text: str) -> Iterator[Row]:
        stripped = text.strip()
        if stripped.startswith(("Package [", "SharedUser [")) and indent(text) <= 4:  # noqa: PLR2004 - depth of a block
            yield from self._close()
            name = between(stripped, "[", "]")
            if self.part != "shared" and not is_package(name):
                self.account.lose(at)
                return
            self.account.anchor()
            self.block = PackageBlock(sys.intern(name), at, self.account)
        elif self.block is not None and stripped:
            self.block.line(at, indent(text), stripped)

    def _close(self) -> Iterator[Row]:
        """Hands on the block that ends here."""
        block, self.block = self.block, None
        if block is None:
            return
        if self.part == "shared":
            self.shared[block.name] = block
        elif self.part == "hidden":
            yield Row(NAMED, "", block.start, block.name)
        else:
            self.packages += 1
            if block.shared_user:
                self.members.setdefault(block.shared_user, []).append(block.name)
            yield from block.rows()
            self.resolvers.package(block)

    def _session(self, at: int, text: str) -> Iterator[Row]:
        """Sessions are wrapped at 120 columns, in the middle of a name too: their lines are joined before reading."""
        if text.lstrip().startswith("Session "):
            yield from self._close_session()
            self.session_line, self.session_depth = at, -1
        elif text and self.session_line and len(self.session) < _LONGEST_SESSION:
            self.session_depth = indent(text) if self.session_depth < 0 else self.session_depth
            self.session.append(text[min(self.session_depth, indent(text)) :])

    def _close_session(self) -> Iterator[Row]:
        text = "".join(self.session)
        self.session = []
        line, self.session_line = self.session_line, 0
        if not text:
            return
        at, user = line, number(between(text, "userId="))
        made = number(between(text, "committedMillis=")) or number(between(text, "createdMillis=")) or 0
        when = from_milliseconds(made)
        yield Row(LOOK, text, at)
        for name in _SESSION_APPS:
            other = between(text, name).strip()
            if is_package(other) and other != "android":
                yield Row(NAMED, "", at, other, user, when=when)
        package = between(text, "appPackageName=").strip()
        if is_package(package):
            self.account.anchor()
            yield Row(NAMED, "", at, package, user, when=when)
        elif package != "null":
            self.account.lose(at)

    def end(self) -> Iterator[Row]:
        """What is known only after the last line: shared permissions and icons."""
        yield from self._close()
        yield from self._close_session()
        for name, block in self.shared.items():
            members = self.members.get(name, [])
            if block.uid < _FIRST_APP:
                continue
            if len(members) > _MOST_MEMBERS:
                self.account.skip(block.start)
                continue
            for member in members:
                yield from (row._replace(package=member) for row in block.permission_rows())
        yield from self.resolvers.end()
        if self.packages == 0 and self.account.understood:
            self.account.note("no list of packages in the section", "device.packages")
