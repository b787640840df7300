"""The one list of what may be asked of a connected Android device. Nothing that is not on it is ever sent."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from luciole.devices.live import problems

Each = Literal["once", "user", "role", "operation", "app", "file"]
"""How often a command is asked: once, for each user, for each user and role or operation, app of a user, or file."""

_VALUES = {
    "user": re.compile(r"[0-9]{1,5}", re.ASCII),
    "role": re.compile(r"android\.app\.role\.[A-Z_]{1,60}", re.ASCII),
    "operation": re.compile(r"[A-Z_]{1,60}", re.ASCII),
    "package": re.compile(r"[A-Za-z][A-Za-z0-9_]*(?:\.[A-Za-z0-9_]+)*", re.ASCII),
    "file": re.compile(r"/[A-Za-z0-9_./=~+@,-]{1,500}", re.ASCII),
}
"""What a place in a command may hold: no blank, no quote, nothing that a shell reads as more than a word."""
_LONGEST = 600
_PLACE = re.compile(r"\{([a-z]+)\}")


class Command(NamedTuple):
    """One command. text: with {places}; member: where the answer lies in the acquisition; empty: in another's file.

    areas: what it says something about; leaves: what may stay behind on the device, or be seen there.
    ordinary: exit codes that are no failure; least: bytes of an answer that says something at all; most:
    bytes after which it is cut off.
    """

    name: str
    text: str
    about: str
    areas: tuple[str, ...]
    member: str
    each: Each = "once"
    leaves: str = ""
    ordinary: tuple[int, ...] = (0,)
    least: int = 1
    most: int = 8 << 20


ROLES = tuple(
    f"android.app.role.{name}"
    for name in (
        "SMS", "DIALER", "ASSISTANT", "HOME", "BROWSER", "CALL_SCREENING", "CALL_REDIRECTION", "EMERGENCY", "NOTES",
    )
)  # fmt: skip
OPERATIONS = (
    "REQUEST_INSTALL_PACKAGES", "SYSTEM_ALERT_WINDOW", "GET_USAGE_STATS", "MANAGE_EXTERNAL_STORAGE",
    "ACCESS_RESTRICTED_SETTINGS",
)  # fmt: skip
_ROOT_TOOLS = (
    "su busybox supersu Superuser.apk KingoUser.apk SuperSu.apk magisk magiskhide magiskinit magiskpolicy ksud apd"
)
_STREAMED, _FEW = 1 << 30, 64 << 10
"""Bytes: of answers that are never held in memory, and of those that say one thing."""
_DUMP = (
    "device.packages", "device.resolvers", "device.appops", "device.accessibility", "device.admin",
    "device.notifications", "device.roles", "device.keyboards", "device.battery", "device.network-policy",
    "device.usage", "device.jobs", "device.removed", "device.adb", "device.users",
)  # fmt: skip

COMMANDS: tuple[Command, ...] = (
    Command(
        "getprop", "getprop", "model, Android version, patch level, state of the start", ("device.properties",),
        "getprop.txt",
    ),
    Command(
        "selinux", "getenforce", "whether the system's own protection is enforced", ("device.root",), "selinux.txt",
    ),
    Command("environment", "env", "the environment of the shell", (), "env.txt"),
    Command("users", "pm list users", "users and profiles of the device", ("device.users",), "users.txt"),
    Command("owners", "dpm list-owners", "apps that own the device or a profile", ("device.admin",), "owners.txt"),
    Command("services", "service list", "services that run in the system", (), "services.txt"),
    Command("processes", "ps -A", "running processes", ("device.processes",), "processes.txt", least=200),
    Command("mounts", "mount", "what is mounted, for traces of root access", ("device.root",), "mounts.txt"),
    Command(
        "root-tools", f"which -a {_ROOT_TOOLS}", "tools for root access in the search path", ("device.root",),
        "root_binaries.txt", ordinary=(0, 1), least=0,
    ),
    Command(
        "settings-global", "settings list global", "settings for the whole device", ("device.settings",),
        "settings_global.txt",
    ),
    Command(
        "dumpsys", "dumpsys", "what every service of the system tells of itself", _DUMP, "dumpsys.txt",
        most=_STREAMED,
    ),
    Command("log", "logcat -d -b all", "the log of the system", ("device.logs",), "logcat.txt", most=_STREAMED),
    Command(
        "installed", "pm list packages --user {user}", "apps that are installed for a user", ("device.packages",),
        "users/{user}/installed.txt", "user",
    ),
    Command(
        "packages", "pm list packages -f -i -U -u --user {user}",
        "all apps that the device knows for a user: file, installer, number", ("device.packages",),
        "users/{user}/packages.txt", "user",
    ),
    Command(
        "system-apps", "pm list packages -s --user {user}", "which of them belong to the system",
        ("device.packages",), "users/{user}/system.txt", "user", least=0,
    ),
    Command(
        "disabled-apps", "pm list packages -d --user {user}", "which of them are switched off", ("device.packages",),
        "users/{user}/disabled.txt", "user", least=0,
    ),
    Command(
        "settings-secure", "settings list --user {user} secure", "settings of a user", ("device.settings",),
        "users/{user}/settings_secure.txt", "user",
    ),
    Command(
        "settings-system", "settings list --user {user} system", "further settings of a user", ("device.settings",),
        "users/{user}/settings_system.txt", "user",
    ),
    Command(
        "keyboards", "ime list -s --user {user}", "keyboards that a user may use", ("device.keyboards",),
        "users/{user}/keyboards.txt", "user", least=0,
    ),
    Command(
        "role", "cmd role get-role-holders --user {user} {role}", "the app that a user has chosen for a role",
        ("device.roles",), "users/{user}/roles/{role}.txt", "role", least=0,
    ),
    Command(
        "operation", "cmd appops query-op --user {user} {operation} allow",
        "apps that were allowed something special", (), "users/{user}/operations/{operation}.txt", "operation",
        least=0,
    ),
    Command(
        "app-files", "pm path --user {user} {package}", "the files of an app", (), "users/{user}/paths.txt", "app",
        most=_FEW,
    ),
    Command(
        "digests", "sha256sum {file}", "the digest of an app's file, so that it need not be copied", (),
        "digests.txt", "file", most=_FEW,
    ),
)  # fmt: skip
"""Every command, in the order in which they are asked."""

BY_NAME = {command.name: command for command in COMMANDS}

SERVER_REQUESTS = ("host:version", "host:devices-l", "host:transport:{serial}", "host-serial:{serial}:features")
"""Requests to the adb server itself. They stay on this computer."""
SYNC_REQUESTS = {
    "STAT, LST2": "what a file or folder is",
    "LIST, LIS2": "the names in a folder",
    "RECV": "the bytes of a file",
    "QUIT": "the end of the talk",
}
"""Requests of the sync service; those that write (SEND, SND2) do not exist here."""
FOLDERS = (
    "/data/local/tmp/",
    "/sdcard/Android/data/",
    "/sdcard/Android/media/",
    "/sdcard/Android/obb/",
    "/sdcard/Download/",
    "/system/app/",
    "/system/priv-app/",
    "/product/app/",
    "/product/priv-app/",
    "/data/misc/user/0/cacerts-added/",
)
"""Folders whose names of files are listed: where apps lie and leave things, and no photographs or documents."""
APP_FOLDERS = (
    "/data/app/",
    "/system/",
    "/product/",
    "/vendor/",
    "/apex/",
    "/system_ext/",
    "/odm/",
    "/mnt/expand/",
)
"""Where app files lie; nothing else is copied."""


def fill(command: Command, **values: str) -> str:
    """The command with its places filled. Raises NotListed where a value is not of the form that its place allows."""
    for name, value in values.items():
        if _VALUES[name].fullmatch(value) is None or "/../" in value:
            raise problems.NotListed(f"{value!r} cannot stand for {{{name}}} in the command {command.name}")
    return command.text.format(**values)


def member_of(command: Command, **values: str) -> str:
    """Where the answer lies in the acquisition; the values were checked by `fill`."""
    return command.member.format(**values)


def _pattern(text: str) -> re.Pattern[str]:
    parts = _PLACE.split(text)
    made = "".join(_VALUES[part].pattern if index % 2 else re.escape(part) for index, part in enumerate(parts))
    return re.compile(made, re.ASCII)


_LISTED = tuple(_pattern(command.text) for command in COMMANDS)


def is_listed(text: str) -> bool:
    """Whether `text` is, word for word, a command of the list with places filled as they may be."""
    return len(text) <= _LONGEST and "/../" not in text and any(each.fullmatch(text) for each in _LISTED)


def may_copy(path: str) -> bool:
    """Whether a path that the device names is one of an app file that may be copied."""
    return (
        path.endswith(".apk")
        and path.startswith(APP_FOLDERS)
        and "/../" not in path
        and _VALUES["file"].fullmatch(path) is not None
    )
