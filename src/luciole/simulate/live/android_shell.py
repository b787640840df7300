"""What a simulated Android device answers on its command line, and the files that it lets be read."""

from __future__ import annotations

import hashlib
import itertools
import re
import stat
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

import msgspec

from luciole.simulate.devices import logs, packages, properties
from luciole.simulate.devices.description import App, DeviceDescription
from luciole.simulate.devices.dumpsys import dumpsys
from luciole.simulate.devices.files import files_json
from luciole.simulate.devices.phone import Phone, parse_time, short
from luciole.simulate.devices.settings import settings_of

_HERE = frozenset({"installed", "disabled", "suspended"})
_GONE = frozenset({"removed-traces"})
_ROLES_SINCE = 11
_OWNERS_SINCE = 12
_FOLDER = stat.S_IFDIR | 0o755
_FILE = stat.S_IFREG | 0o644
_FLAGS = {"owner": 0xC13, "secondary": 0x410, "work-profile": 0x1030, "private-profile": 0x1020, "secure-folder": 0x30,
          "clone": 0x1010, "guest": 0x414}  # fmt: skip
_UNREADABLE = "/data/misc/user/0/cacerts-added"


class Output(NamedTuple):
    """The answer to one command."""

    standard: Iterable[bytes]
    errors: bytes = b""
    exit: int = 0


class Node(NamedTuple):
    """A file or folder. content: of a file; readable: whether it may be listed or read."""

    mode: int
    modified: int
    content: bytes = b""
    readable: bool = True
    size: int = 0


class Shell:
    """The command line of one device. broken: beginning of a command → the answer it gets instead."""

    def __init__(self, description: DeviceDescription, broken: dict[str, Output] | None = None) -> None:
        self.phone = Phone(description)
        self.broken = broken or {}
        self.nodes = dict(_nodes(self.phone))

    def run(self, command: str) -> Output:
        """The answer to a command; what a device does not know ends with exit code 127, as there."""
        for begin, answer in self.broken.items():
            if command.startswith(begin):
                return answer
        words = command.split()
        for name, answer_of in _ANSWERS.items():
            if words[: len(name.split())] == name.split():
                return answer_of(self, words[len(name.split()) :])
        return Output([], f"/system/bin/sh: {words[0] if words else ''}: inaccessible or not found\n".encode(), 127)

    # ------------------------------------------------------------------ apps

    def listed(self, user: int, *, gone: bool) -> list[App]:
        """The apps that a user has; gone: also those that the device still knows."""
        known = [app for app in self.phone.at("packages.json") if app.state not in _GONE]
        here = [app for app in known if app.state in _HERE and user in app.users]
        return known if gone else here

    def line(self, app: App, user: int, options: set[str]) -> str:
        """One line of `pm list packages`."""
        here = app.state in _HERE
        path = f"{self.phone.apk_path(app) if here else 'null'}=" if "-f" in options else ""
        installer = f"  installer={app.installer or 'null'}" if "-i" in options else ""
        uid = f" uid:{self.phone.uid(app, user)}" if "-U" in options else ""
        return f"package:{path}{app.package}{installer}{uid}\n"

    def find(self, package: str, user: int) -> App | None:
        """An installed app of a user."""
        return next((app for app in self.listed(user, gone=False) if app.package == package), None)


def _texts(lines: Iterable[str]) -> Output:
    return Output(line.encode("utf-8", "surrogateescape") for line in lines)


def _option(words: list[str], name: str) -> tuple[str, list[str]]:
    """The value after an option, and the other words."""
    if name not in words:
        return "0", words
    at = words.index(name)
    return (words[at + 1] if at + 1 < len(words) else "0"), words[:at] + words[at + 2 :]


def _list_packages(shell: Shell, words: list[str]) -> Output:
    user, rest = _option(words, "--user")
    if not any(str(each.id) == user for each in shell.phone.users):
        return Output([], f"Security exception: no such user {user}\n".encode(), 255)
    options = set(rest)
    apps = shell.listed(int(user), gone="-u" in options)
    if "-s" in options:
        apps = [app for app in apps if app.system]
    if "-d" in options:
        apps = [app for app in apps if app.state == "disabled"]
    return _texts(shell.line(app, int(user), options) for app in apps)


def _path(shell: Shell, words: list[str]) -> Output:
    user, rest = _option(words, "--user")
    app = shell.find(rest[0], int(user)) if rest else None
    if app is None:
        return Output([], b"", 1)
    splits = [f"{shell.phone.code_path(app)}/split_config.en.apk"] if app.package.endswith(".split") else []
    return _texts(f"package:{path}\n" for path in (shell.phone.apk_path(app), *splits))


def _users(shell: Shell, _: list[str]) -> Output:
    lines = (
        f"\tUserInfo{{{each.id}:{each.name}:{_FLAGS[each.kind]:x}}}{' running' if each.running else ''}\n"
        for each in shell.phone.users
    )
    return _texts(itertools.chain(["Users:\n"], lines))


def _settings(shell: Shell, words: list[str]) -> Output:
    user, rest = _option(words, "--user")
    namespace = rest[0] if rest else ""
    rows = settings_of(shell.phone, 0 if namespace == "global" else int(user))
    return _texts(f"{row.key}={row.value}\n" for row in rows if row.namespace == namespace)


def _role(shell: Shell, words: list[str]) -> Output:
    if not shell.phone.since(_ROLES_SINCE):
        return Output([], b"cmd: Can't find service: role\n", 20)
    user, rest = _option(words, "--user")
    wanted = rest[0].removeprefix("android.app.role.") if rest else ""
    holders = [
        app.package for app in shell.listed(int(user), gone=False) if wanted in app.roles or rest[0] in app.roles
    ]
    return _texts([";".join(holders) + "\n"])


def _operation(shell: Shell, words: list[str]) -> Output:
    user, rest = _option(words, "--user")
    wanted = rest[0] if rest else ""
    found = [
        app.package
        for app in shell.listed(int(user), gone=False)
        if wanted in app.appops and app.appops[wanted].mode == "allow"
    ]
    return _texts(f"{name}\n" for name in found) if found else _texts(["No operations.\n"])


def _owners(shell: Shell, _: list[str]) -> Output:
    if not shell.phone.since(_OWNERS_SINCE):
        return Output([], b"Error: unknown command 'list-owners'\n", 1)
    lines = []
    for app in shell.phone.at("dumpsys device_policy admin"):
        if app.admin is None or not app.admin.owner:
            continue
        user = app.users[0]
        kind = "DeviceOwner" if app.admin.owner == "device" else f"ManagedProfileOwner(parentUserId={0})"
        lines.append(f"User {user:>2}: admin={short(app, app.admin.receiver)},{kind}\n")
    if not lines:
        return _texts(["no owners\n"])
    return _texts([f"{len(lines)} owner{'' if len(lines) == 1 else 's'}:\n", *lines])


def _keyboards(shell: Shell, words: list[str]) -> Output:
    user, _ = _option(words, "--user")
    boards = (app for app in shell.listed(int(user), gone=False) if app.keyboard and app.keyboard.state != "installed")
    return _texts(f"{short(app, app.keyboard.service)}\n" for app in boards if app.keyboard)


def _digest(shell: Shell, words: list[str]) -> Output:
    node = shell.nodes.get(words[0].encode()) if words else None
    if node is None or not stat.S_ISREG(node.mode):
        return Output([], b"sha256sum: No such file or directory\n", 1)
    return _texts([f"{hashlib.sha256(node.content).hexdigest()}  {words[0]}\n"])


def _which(shell: Shell, _: list[str]) -> Output:
    found = shell.phone.description.root.binaries
    return Output([f"{path}\n".encode() for path in found], b"", 0 if found else 1)


def _enforced(shell: Shell, _: list[str]) -> Output:
    return _texts(["Permissive\n" if shell.phone.description.root.permissive else "Enforcing\n"])


_ANSWERS: dict[str, Callable[[Shell, list[str]], Output]] = {
    "getprop": lambda shell, _: _texts(properties.getprop(shell.phone)),
    "getenforce": _enforced,
    "env": lambda shell, _: _texts(["ANDROID_ROOT=/system\n", f"HOSTNAME={shell.phone.description.model}\n"]),
    "service list": lambda shell, _: _texts(properties.services(shell.phone)),
    "ps -A": lambda shell, _: _texts(properties.processes_text(shell.phone)),
    "mount": lambda shell, _: _texts(f"{line}\n" for line in properties.mounts(shell.phone)),
    "which": _which,
    "dumpsys": lambda shell, _: _texts(dumpsys(shell.phone)),
    "logcat": lambda shell, _: _texts(logs.logcat(shell.phone)),
    "pm list users": _users,
    "pm list packages": _list_packages,
    "pm path": _path,
    "settings list": _settings,
    "cmd role get-role-holders": _role,
    "cmd appops query-op": _operation,
    "dpm list-owners": _owners,
    "ime list": _keyboards,
    "sha256sum": _digest,
    "echo": lambda _, words: _texts([" ".join(words) + "\n"]),
}  # fmt: skip


class _Listed(msgspec.Struct):
    path: str
    size: int
    modified_time: int


def _nodes(phone: Phone) -> Iterator[tuple[bytes, Node]]:
    """Every file of the description and of its apps, and the folders above them."""
    files: dict[str, Node] = {}
    now = int(parse_time(phone.description.taken).timestamp())
    plain = msgspec.structs.replace(phone.description, files_shape="list", damage={})
    for one in msgspec.json.decode("".join(files_json(Phone(plain))), type=list[_Listed]):
        files[one.path] = Node(_FILE, one.modified_time, size=one.size)
    for app in phone.apps:
        if app.state in _HERE:
            content = packages.apk_bytes(app)
            files[phone.apk_path(app)] = Node(_FILE, now, content, size=len(content))
            if app.package.endswith(".split"):
                files[f"{phone.code_path(app)}/split_config.en.apk"] = Node(_FILE, now, content, size=len(content))
    folders = {
        "/".join(parts[:size])
        for parts in (
            path.split("/") for path in [*files, f"{_UNREADABLE}/x", "/data/local/tmp/x", "/sdcard/Download/x"]
        )
        for size in range(1, len(parts))
    }
    for path, node in files.items():
        if path not in folders:
            yield path.encode(), node
    for path in folders:
        yield path.encode() or b"/", Node(_FOLDER, now, readable=not path.startswith(_UNREADABLE))


def splits_of(command: str) -> re.Match[str] | None:
    """The command inside what a client sends where the device tells no exit code: it adds words that print one."""
    return re.fullmatch(r"(.*?); r=\$\?; echo; echo end:\$r", command, re.DOTALL)
