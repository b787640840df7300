"""One acquisition of a connected Android device, in the layout of androidqf, extended for every user.

What is beside the files of androidqf: `users.txt`, `owners.txt`, a folder `users/N/` for every user and profile with
the raw lists of apps, settings, roles, operations and keyboards, `users/N/packages.json` for every user but the first,
and `commands.json` with everything that was asked. docs/guides/helper/collect-android.md tells people of it.
"""

from __future__ import annotations

import datetime as dt
import re
import secrets
import stat
import uuid
from collections.abc import Callable, Generator, Iterable, Iterator
from typing import Literal, NamedTuple

import msgspec

from luciole.devices.live import adb, commands, problems
from luciole.devices.live.asking import Asking
from luciole.devices.live.commands import BY_NAME
from luciole.devices.live.record import MADE_BY, Asked, Clock, Log, Package, readable
from luciole.devices.live.sync import FileState
from luciole.devices.parsers import pm_lists
from luciole.devices.parsers.pm_lists import Listed
from luciole.devices.parsers.rows import Account, plain_lines

Apks = Literal["none", "user", "all"]
FORMAT = 1
_MOST_USERS = 40
_MOST_APPS = 3_000
_MOST_PARTS = 64
_SHA256 = 64
_USER = re.compile(r"UserInfo\{([0-9]{1,5}):", re.ASCII)
_ONLY_THESE = "only the folders where apps lie or leave files were listed"
_CERTIFICATES = "/data/misc/user/0/cacerts-added/"
_FIRST = ("getprop", "selinux", "environment", "owners", "services", "processes", "mounts", "root-tools")
_LISTS = ("installed", "packages", "system-apps", "disabled-apps")


class Options(msgspec.Struct, frozen=True):
    """What is taken. apks: copies of which app files; log: the log of the system too.

    clock: gives the time; said: told before each thing; noted: gets the log.
    """

    apks: Apks = "none"
    log: bool = True
    clock: Clock = lambda: dt.datetime.now(dt.UTC)
    said: Callable[[str], None] = lambda _: None
    noted: Callable[[list[Asked]], None] = lambda _: None


class _App(NamedTuple):
    """An app of one user, and the paths of its files."""

    user: str
    listed: Listed
    system: bool
    disabled: bool
    installed: bool
    paths: tuple[str, ...]


def acquire(device: adb.Device, options: Options = Options()) -> Iterator[bytes]:  # noqa: B008 - frozen
    """The bytes of one acquisition, as they come. Reads only; writes nothing anywhere.

    What fails is noted in the acquisition. Raises LiveError where nothing at all was answered.
    """
    taking = _Taking(device, options)
    try:
        yield from taking.archive()
    finally:
        taking.package.abandon()


class _Taking:
    """One acquisition on its way."""

    def __init__(self, device: adb.Device, options: Options) -> None:
        self._device = device
        self._options = options
        self._log = Log(options.clock)
        self._asking = Asking(device, self._log, options.said)
        self.package = Package(options.clock)
        self._started = self._log.now()
        self._digests: dict[str, str] = {}
        self._local: dict[str, str] = {}

    def archive(self) -> Iterator[bytes]:
        for name in _FIRST:
            yield from self._once(name)
        users = yield from self._users()
        if not self._asking.answered:
            last = self._log.asked[-1]
            raise problems.LiveError(f"nothing was answered: {last.problem}", remedy=problems.TRY_AGAIN)
        yield from self._once("settings-global")
        apps: list[_App] = []
        for user in users:
            apps += yield from self._user(user)
        yield from self._once("dumpsys")
        if self._options.log:
            yield from self._once("log")
        yield from self.package.add("files.json", self._files())
        yield from self._copies(apps)
        yield from self._measured(apps)
        yield from self._package_lists(apps, users)
        yield from self._end()

    # ------------------------------------------------------------------ what is asked once

    def _once(self, name: str) -> Iterator[bytes]:
        command = BY_NAME[name]
        if name in {"mounts", "root-tools"}:
            data = self._asking.output(command)
            lines = data.decode("utf-8", "replace").splitlines()
            yield from self.package.add(command.member, [data])
            if not self._log.asked[-1].problem:
                yield from self.package.add(f"{command.member.removesuffix('.txt')}.json", [readable(lines)])
            return
        yield from self.package.add(command.member, self._asking.stream(command))

    def _users(self) -> Generator[bytes, None, list[str]]:
        """The users; where their list does not come, only the first user is asked, and the list counts as missing."""
        command = BY_NAME["users"]
        data = self._asking.output(command)
        yield from self.package.add(command.member, [data])
        found = list(dict.fromkeys(_USER.findall(data.decode("utf-8", "replace"))))
        problem = ""
        if not found:
            problem = "no list of users: only the first user was asked"
        elif len(found) > _MOST_USERS:
            problem = f"{len(found)} users: only the first {_MOST_USERS} were asked"
        if problem:
            self._log.skip("users", command.text, ("device.users", "device.packages"), "incomplete", problem)
        return sorted(found[:_MOST_USERS], key=int) or ["0"]

    # ------------------------------------------------------------------ what is asked for each user

    def _user(self, user: str) -> Generator[bytes, None, list[_App]]:
        answers: dict[str, bytes] = {}
        for name in _LISTS:
            answers[name] = self._asking.output(BY_NAME[name], user=user)
            yield from self.package.add(commands.member_of(BY_NAME[name], user=user), [answers[name]])
        for name in ("settings-secure", "settings-system", "keyboards"):
            member = commands.member_of(BY_NAME[name], user=user)
            yield from self.package.add(_first_at_top(member, user), self._asking.stream(BY_NAME[name], user=user))
            self._log.asked[-1].member = _first_at_top(member, user)
        for name, place, values in (
            ("role", "role", commands.ROLES),
            ("operation", "operation", commands.OPERATIONS),
        ):
            for value in values:
                filled = {"user": user, place: value}
                data = self._asking.output(BY_NAME[name], **filled)
                yield from self.package.add(commands.member_of(BY_NAME[name], **filled), [data])
        apps = _apps(user, answers)
        return (yield from self._paths(user, apps))

    def _paths(self, user: str, apps: list[_App]) -> Generator[bytes, None, list[_App]]:
        """Asks for all files of the apps that will be copied or measured; the others keep the one that the list has."""
        command, raw, found, asked = BY_NAME["app-files"], bytearray(), [], 0
        for app in apps:
            if not app.installed or (app.system and self._options.apks != "all"):
                found.append(app)
                continue
            asked += 1
            if asked > _MOST_APPS:
                found.append(app)
                continue
            data = b"".join(self._asking.stream(command, at=len(raw), user=user, package=app.listed.package))
            raw += data
            paths = tuple(line[8:].strip() for line in data.decode("utf-8", "replace").splitlines()
                          if line.startswith("package:"))  # fmt: skip
            found.append(app._replace(paths=paths[:_MOST_PARTS] or app.paths))
        if asked > _MOST_APPS:
            problem = f"{asked} apps of user {user}: the files of the first {_MOST_APPS} were asked for"
            self._log.skip("app-files", command.text, ("device.apks",), "incomplete", problem)
        yield from self.package.add(command.member.format(user=user), [bytes(raw)])
        return found

    # ------------------------------------------------------------------ files

    def _files(self) -> Iterator[bytes]:
        first = True
        for root in commands.FOLDERS:
            certificates = root == _CERTIFICATES
            areas = ("device.certificates",) if certificates else ("device.files",)
            for path, state, why in self._asking.folder(root, areas, "" if certificates else _ONLY_THESE):
                yield (b"[\n" if first else b",\n") + _file_entry(path, state, why)
                first = False
        yield b"[]" if first else b"\n]"

    def _copies(self, apps: list[_App]) -> Iterator[bytes]:
        """Copies of app files, each path once, under names made here."""
        wanted = self._options.apks
        for app in apps if wanted != "none" else ():
            if not app.installed or (app.system and wanted == "user"):
                continue
            for path in app.paths:
                if path in self._local:
                    continue
                name = self._free_name(app.listed.package, path)
                self._local[path] = name
                if not commands.may_copy(path):
                    problem = "not a place where app files lie; it was not copied"
                    self._log.skip("copy", f"sync RECV {path}", ("device.apks",), "not-listed", problem)
                    continue
                yield from self.package.add(name, self._asking.pull(path, name))
                if not self._log.asked[-1].problem:
                    self._digests[path] = self.package.digests[name]

    def _free_name(self, package: str, path: str) -> str:
        part = path.rpartition("/")[2].removesuffix(".apk").removeprefix("split_")
        safe = re.sub(r"[^A-Za-z0-9._-]", "-", part)[:80]
        name = f"apks/{package}.apk" if part == "base" else f"apks/{package}_{safe}.apk"
        number = 1
        while name in self.package.digests:
            name = f"apks/{package}_{safe}_{number}.apk"
            number += 1
        return name

    def _measured(self, apps: list[_App]) -> Iterator[bytes]:
        """Digests of the files of apps that a person installed, made by the device itself unless they are copied."""
        command, raw, measured = BY_NAME["digests"], bytearray(), set[str]()
        for app in apps:
            for path in app.paths if app.installed and not app.system else ():
                if path in measured or self._digests.get(path) or len(measured) >= _MOST_APPS:
                    continue
                measured.add(path)
                data = b"".join(self._asking.stream(command, at=len(raw), file=path))
                raw += data
                digest = data[:_SHA256].decode("ascii", "replace").lower()
                if len(digest) == _SHA256 and set(digest) <= set("0123456789abcdef"):
                    self._digests[path] = digest
        if raw:
            yield from self.package.add(command.member, [bytes(raw)])

    # ------------------------------------------------------------------ what is made of it

    def _package_lists(self, apps: list[_App], users: Iterable[str]) -> Iterator[bytes]:
        """The lists as androidqf has them; what is installed for nobody only where every user's list came whole."""
        somewhere = {app.listed.package for app in apps if app.installed}
        failed = {one.member for one in self._log.asked if one.problem}
        whole = not any(member.endswith("/installed.txt") for member in failed) and not self._log_lacks_users()
        for user in users:
            if failed & {f"users/{user}/installed.txt", f"users/{user}/packages.txt"}:
                continue
            rows = [
                self._entry(app)
                for app in apps
                if app.user == user and (app.installed or (whole and app.listed.package not in somewhere))
            ]
            yield from self.package.add(_first_at_top(f"users/{user}/packages.json", user), [readable(rows)])

    def _log_lacks_users(self) -> bool:
        return any(one.kind == "incomplete" for one in self._log.asked)

    def _entry(self, app: _App) -> dict[str, object]:
        """As androidqf writes an app; what was not read stays empty, as it does there."""
        files = [
            {"path": path, "local_name": self._local.get(path, ""), "md5": "", "sha1": "",
             "sha256": self._digests.get(path, ""), "sha512": "", "error": ""}
            for path in app.paths
        ]  # fmt: skip
        return {
            "name": app.listed.package,
            "files": files if app.installed else None,
            "installer": app.listed.installer or "null",
            "uid": app.listed.uid,
            "disabled": app.disabled,
            "system": app.system,
            "third_party": not app.system,
        }

    def _end(self) -> Iterator[bytes]:
        yield from self.package.add("command.log", [self._log.text().encode("utf-8", "replace")])
        record = {
            "format": FORMAT,
            "made_by": MADE_BY,
            "server": "adb",
            "features": sorted(self._device.features),
            "commands": self._log.asked,
        }
        yield from self.package.add("commands.json", [readable(record)])
        yield from self.package.add("acquisition.json", [readable(self._about())])
        self._options.noted(self._log.asked)
        yield from self.package.seal()

    def _about(self) -> dict[str, object]:
        chance = uuid.UUID(bytes=secrets.token_bytes(16), version=4)
        return {
            "uuid": str(chance),
            "androidqf_version": "",
            "made_by": MADE_BY,
            "storage_path": "",
            "started": self._started,
            "completed": self._log.now(),
            "collector": None,
            "tmp_dir": "/data/local/tmp/",
            "sdcard": "/sdcard/",
            "cpu": "",
            "streaming_mode": True,
        }


def _first_at_top(member: str, user: str) -> str:
    """What androidqf has of the first user lies where androidqf has it."""
    name = member.rpartition("/")[2]
    return name if user == "0" and name.startswith(("settings_", "packages.json")) else member


def _apps(user: str, answers: dict[str, bytes]) -> list[_App]:
    """The apps of one user, from its four lists."""
    names = {
        name: {one.package for _, one in pm_lists.read(plain_lines(data.decode("utf-8", "replace")), Account())}
        for name, data in answers.items()
    }
    lines = plain_lines(answers["packages"].decode("utf-8", "replace"))
    return [
        _App(
            user,
            one,
            one.package in names["system-apps"],
            one.package in names["disabled-apps"],
            one.package in names["installed"],
            (one.path,) if one.path else (),
        )
        for _, one in pm_lists.read(lines, Account())
    ]


def _file_entry(path: bytes, state: FileState, why: str) -> bytes:
    entry = {
        "path": path.decode("utf-8", "backslashreplace"),
        "size": state.size,
        "mode": stat.filemode(state.mode & 0xFFFF),
        "user_id": state.uid,
        "group_id": state.gid,
        "modified_time": state.modified,
        "error": why,
    }
    return b"    " + msgspec.json.encode(entry)
