"""Writes made captures to disk, of any size."""

from __future__ import annotations

from pathlib import Path

from luciole.simulate.network import containers
from luciole.simulate.network.demonstration import ordinary
from luciole.simulate.network.scene import PHONE, SECOND, Scene

_HOUR = 3_600
_GROWN = 8


def write_capture(scene: Scene, path: Path) -> Path:
    """Writes a scene as the ending of the name says: .pcap, .pcapng, and .gz behind either."""
    plain = path.with_suffix("") if path.suffix == ".gz" else path
    data = containers.pcapng(scene.packets()) if plain.suffix == ".pcapng" else containers.pcap(scene.packets())
    path.write_bytes(containers.compressed(data) if path.suffix == ".gz" else data)
    return path


def write_large(path: Path, megabytes: float, seed: int = 3) -> Path:
    """A pcap file of about so many megabytes: hours of two phones, most of it downloads, as in real captures."""
    with path.open("wb") as file:
        file.write(containers.pcap([]))
        hour = 0
        while file.tell() < megabytes * 1e6:
            file.write(containers.pcap(_hour(seed + hour, hour).packets())[24:])
            hour += 1
    return path


def _hour(seed: int, hour: int) -> Scene:
    scene = Scene(seed)
    scene.later = hour * _HOUR
    for device in (PHONE, SECOND):
        ordinary(scene, device, 60)
        for number in range(_GROWN):
            address = f"198.51.100.{120 + number}"
            scene.lookup(number * 400, device, f"video{number}.cdn{hour}.example", (address,))
            scene.tls(number * 400 + 1, device, address, f"video{number}.cdn{hour}.example", received=400_000)
    return scene
