"""The reference page of what may be asked of a connected device, made from the lists in the code."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from luciole.devices.live import commands, ios
from luciole.devices.live.commands import Command
from luciole.kernel.vocabulary import AREAS

Table = Callable[[tuple[str, ...], Iterable[tuple[str, ...]]], str]
_INTRO = """# What is asked of a connected device

`luciole collect android` sends what stands in the first three tables, and nothing else. The list is data
(`luciole/devices/live/commands.py`). A text that is not on it, word for word, is refused before it is sent. Every
command that is sent stands in `commands.json` of the acquisition, with its times, exit code, size and SHA-256.

## Commands on an Android device

A place in braces is filled with a number of a user, a name of an app, a role, an operation or the path of an app file,
of letters, digits and a few signs. Where a device tells no exit code, `; r=$?; echo; echo end:$r` is added.
None of these commands writes anything. What they may leave behind: the system's log may note that they ran, and
`logcat` and `dumpsys` may note when they were last asked. The log is short and forgets.

"""
_SYNC = """
## Requests of the sync service

For files, in the protocol's own form. Requests that write do not exist in the code.

"""
_FOLDERS = """
Names of files are listed in these folders only:

"""
_COPIES = """
App files are copied when asked for (`--apks`), from these folders only:

"""
_SERVER = """
## Requests to the adb server

They stay on this computer.

"""
_IOS = """
## What is asked of an iPhone or iPad

Through the library pymobiledevice3. Only these keys of the device's own values are kept: {device}.

"""
_FILES = """
## Files of an acquisition beside those of androidqf

"""
_MEMBERS = (
    ("commands.json", "everything that was asked, with times, exit code, size, SHA-256, and what went wrong"),
    ("users.txt", "users and profiles, as `pm list users` prints them"),
    ("owners.txt", "owners, as `dpm list-owners` prints them"),
    ("mounts.txt, root_binaries.txt", "the raw answers behind mounts.json and root_binaries.json"),
    ("users/N/…", "the raw answers for user N: apps, settings, keyboards, roles, operations, paths"),
    ("users/N/packages.json", "the apps of user N in the form of packages.json, which holds those of user 0"),
    ("digests.txt", "digests of app files that the device made itself"),
)
_IOS_MEMBERS = (
    ("device.plist", "lockdown: values of the device", "ios.device"),
    ("settings.plist", "lockdown: single values of other domains", "ios.settings"),
    ("apps.plist", "installation_proxy: Browse", "ios.apps"),
    ("provisioning/NNNN.mobileprovision", "misagent: CopyAll", "ios.apps"),
    ("profiles.plist", "MCInstall: GetProfileList", "ios.profiles"),
    ("cloud_configuration.plist", "MCInstall: GetCloudConfiguration", "ios.management"),
    ("commands.json", "everything that was asked, as for Android", ""),
)


def page(table: Table) -> str:
    """The whole page. table: makes one of a heading and rows."""
    asked = [_row(command) for command in commands.COMMANDS]
    reads = [(f"`{name}`", about) for name, about in commands.SYNC_REQUESTS.items()]
    server = [(f"`{request}`",) for request in commands.SERVER_REQUESTS]
    values = [(f"`{domain}`", f"`{key}`") for domain, key, _ in ios.DOMAINS]
    members = [(f"`{name}`", source, _title(area)) for name, source, area in _IOS_MEMBERS]
    return "".join((
        _INTRO, table(("command", "what for", "asked for each", "says something about"), asked),
        _SYNC, table(("request", "what it asks for"), reads),
        _FOLDERS, "".join(f"- `{folder}`\n" for folder in commands.FOLDERS),
        _COPIES, "".join(f"- `{folder}`\n" for folder in commands.APP_FOLDERS),
        _SERVER, table(("request",), server),
        _IOS.format(device=", ".join(f"`{key}`" for key in ios.DEVICE_KEYS)),
        table(("file", "where from", "says something about"), members),
        "\nSingle values:\n\n", table(("domain", "key"), values),
        "\nFor each app: " + ", ".join(f"`{key}`" for key in ios.APP_KEYS) + ".\n",
        _FILES, table(("file", "what"), [(f"`{name}`", about) for name, about in _MEMBERS]),
    ))  # fmt: skip


def _row(command: Command) -> tuple[str, ...]:
    areas = "; ".join(_title(area) for area in command.areas)
    return f"`{command.text}`", command.about, command.each, areas


def _title(area: str) -> str:
    return AREAS[area].title if area else ""
