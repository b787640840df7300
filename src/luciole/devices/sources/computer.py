"""Evidence: what the collector took from a computer, and copied artefacts of Windows, macOS and Linux."""

from __future__ import annotations

from collections.abc import Callable

from luciole.apps import plist
from luciole.devices.collect import Collector
from luciole.devices.opened import Opened
from luciole.devices.parsers import sqlite_tables
from luciole.devices.parsers.computer import collected, tasks
from luciole.devices.tree import Tree, head
from luciole.devices.tree import read as read_file
from luciole.kernel.errors import ParseError
from luciole.kernel.vocabulary import AREAS as ALL_AREAS

KIND = "computer"
TITLE = "collections of a computer (zip), and copied settings of Windows, macOS or Linux (folder or zip)"
ORDER = 60
AREAS = ("device.names", *(area for area in ALL_AREAS if area.startswith("computer.")))
RECORD = "collection.json"
MOST_RECORD = 16 << 20
HEAD = 2_048
HIVE = b"regf"
"""First bytes of a registry hive."""


def _is_unit(start: bytes) -> bool:
    return b"[Unit]" in start or b"[Service]" in start


_TELLING: tuple[tuple[str, tuple[str, ...], tuple[str, ...], Callable[[bytes], bool]], ...] = (
    ("windows", (), ("/ntuser.dat", "/software", "/system"), lambda start: start.startswith(HIVE)),
    ("windows", ("/tasks/",), ("",), tasks.looks_like),
    ("macos", ("/launchagents/", "/launchdaemons/"), (".plist",), plist.looks_like),
    ("macos", ("com.apple.tcc/",), ("/tcc.db",), sqlite_tables.looks_like),
    (
        "linux",
        ("/etc/systemd/", "/lib/systemd/", "/.config/systemd/", "/systemd/system/"),
        (".service",),
        _is_unit,
    ),
    ("linux", ("/.config/autostart/", "/xdg/autostart/"), (".desktop",), lambda start: b"[Desktop Entry]" in start),
)
"""What tells a system: of copied files these alone, each by name and beginning."""
_MOST_TRIED = 400


def recognise(opened: Opened) -> bool:
    """The record of a collection, or copied files that only one of the three systems has."""
    return opened.tree is not None and system_of(opened.tree) != ""


def system_of(tree: Tree) -> str:
    """windows, macos or linux; empty where nothing tells."""
    names = tree.names()
    if RECORD in names:
        try:
            return collected.record(read_file(tree, RECORD, MOST_RECORD)).system
        except ParseError:
            pass
    if "Manifest.db" in names or "AndroidManifest.xml" in names:
        return ""
    tried = 0
    for name in names:
        low = "/" + name.lower()
        if ".app/" in low:
            continue  # the files of one program tell nothing about a computer
        for system, parts, endings, begins in _TELLING:
            if low.endswith(endings) and (not parts or any(part in low for part in parts)):
                tried += 1
                if begins(head(tree, name, HEAD)):
                    return system
        if tried > _MOST_TRIED:
            return ""
    return ""


def read(opened: Opened, collector: Collector) -> None:
    """Reads every known file, then joins what belongs to one program; everything else is searched for names."""
    from luciole.devices.readers import computer  # noqa: PLC0415 - loaded only where there is such evidence

    computer.read(opened, collector)
