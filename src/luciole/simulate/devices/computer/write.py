"""Writes simulated computers to disk: a collection by the real collector, or a folder of copied settings."""

from __future__ import annotations

import io
from pathlib import Path

from luciole.devices.collector.computer import collect, collect_into
from luciole.simulate.devices.computer import windows
from luciole.simulate.devices.computer.description import Computer, System
from luciole.simulate.devices.computer.hive import hive, nested
from luciole.simulate.devices.computer.machine import SimulatedMachine

SYSTEMS: tuple[System, ...] = ("windows", "macos", "linux")
_HIVES = {"SOFTWARE": "HKLM\\Software\\", "SYSTEM": "HKLM\\SYSTEM\\CurrentControlSet\\", "NTUSER.DAT": "HKCU\\"}


def write_zip(computer: Computer, target: Path) -> Path:
    """A collection at `target`, made by the collector itself from the simulated machine."""
    collect(SimulatedMachine(computer), str(target))
    return target


def collection(computer: Computer) -> bytes:
    """The bytes of such a collection."""
    made = io.BytesIO()
    collect_into(SimulatedMachine(computer), made)
    return made.getvalue()


def write_folder(computer: Computer, target: Path) -> Path:
    """Copied settings below the folder `target`: the files of the system, on Windows with its registry hives."""
    machine = SimulatedMachine(computer)
    for path, content in machine.content.items():
        plain = path.replace("\\", "/").replace(":", "").lstrip("/")
        place = target / plain
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
    if computer.system == "windows":
        for name, content in hives(computer).items():
            place = (
                target / "C/Windows/System32/config" / name if name != "NTUSER.DAT" else target / "C/Users/home" / name
            )
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)
    return target


def hives(computer: Computer) -> dict[str, bytes]:
    """The registry of a simulated computer with Windows as hives, by file name."""
    registry = windows.registry(computer)
    made = {}
    for name, top in _HIVES.items():
        below = {key[len(top) :]: values for key, values in registry.items() if key.lower().startswith(top.lower())}
        if name == "SYSTEM":
            below = {f"ControlSet001\\{key}": values for key, values in below.items()} | {"Select": {"Current": 1}}
        made[name] = hive(nested(below), name)
    return made
