"""Traces of a jailbreak: apps and files that ordinary iPhones do not have."""

from __future__ import annotations

from collections.abc import Iterator

from luciole.devices.parsers.rows import Row

APPS: dict[str, str] = {
    "com.saurik.Cydia": "Cydia",
    "org.coolstar.SileoStore": "Sileo",
    "xyz.willy.Zebra": "Zebra",
    "me.apptapp.installer": "Installer",
    "com.tigisoftware.Filza": "Filza",
    "com.tigisoftware.FilzaFree": "Filza",
    "science.xnu.undecimus": "unc0ver",
    "org.coolstar.odyssey": "Odyssey",
    "org.coolstar.taurine": "Taurine",
    "org.coolstar.electra1141": "Electra",
    "com.opa334.Dopamine": "Dopamine",
    "in.palera.loader": "palera1n",
    "com.samiiau.loader": "palera1n",
    "live.cclerc.geranium": "Geranium",
    "kjc.loader": "checkra1n",
    "org.coolstar.chimera": "Chimera",
}
"""Apps that come with a jailbreak or manage one, by id."""
_PATHS = (
    "Library/Cydia/", "Library/MobileSubstrate/", "var/jb/", "Library/Sileo/", "etc/apt/", "lib/cydia", "lib/dpkg",
    "TweakInject", "Substitute/", "com.saurik.Cydia", "com.ex.substitute", "org.coolstar.Sileo", "libhooker",
    "ElleKit", "Library/PreferenceLoader", "private/preboot/jb-", "usr/sbin/sshd", "usr/libexec/sftp-server",
    "bin/bash", "com.openssh.sshd", "frida-server", "usr/bin/cycript", "cores/binpack", "iosbinpack",
    *(f"Library/Preferences/{name}.plist" for name in APPS),
)  # fmt: skip
_PROCESSES = frozenset(
    {"cydia", "sileo", "zebra", "substrated", "frida-server", "checkra1nd", "jailbreakd", "launchd_jb", "filza"}
)


def of_app(package: str) -> Iterator[Row]:
    """A trace where the app is one of those that come with a jailbreak."""
    if package in APPS:
        yield Row("root.trace", package, attributes={"kind": "package"})


def is_trace(path: str) -> bool:
    """Whether a path lies where only a jailbreak puts files."""
    return any(mark in path for mark in _PATHS)


def of_path(path: str, offset: int = -1) -> Row:
    """The trace that a path is."""
    return Row("root.trace", path[:300], attributes={"kind": "file"}, offset=offset)


def of_process(command: str, line: int) -> Iterator[Row]:
    """A trace where a running program is one of a jailbreak."""
    programs = {part.rpartition("/")[2].lower() for part in (command, command.partition(" ")[0])}
    if programs & _PROCESSES or is_trace(command):
        yield Row("root.trace", command[:300], line, attributes={"kind": "process"})
