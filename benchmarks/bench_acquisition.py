"""A full-size acquisition: 300,000 files, 450 apps, 60 MB of service dumps. Processor time and memory."""

from __future__ import annotations

import json
import time
from pathlib import Path

import msgspec

import processes
from luciole.assess.assess import Engine
from luciole.devices.evidence import read_evidence
from luciole.simulate.devices.demonstration import demonstration
from luciole.simulate.devices.description import Filler
from luciole.simulate.devices.write import write_folder

FILES, APPS, DUMPSYS_MB = 300_000, 450, 60


def make(folder: Path) -> Path:
    """Writes the simulated acquisition and returns its folder."""
    filler = Filler(FILES, system_packages=APPS - 100, user_packages=100, dumpsys_megabytes=DUMPSYS_MB)
    return write_folder(msgspec.structs.replace(demonstration(), filler=filler), folder)


def peer(folder: Path) -> None:
    """What loading the list of files whole costs, as tools of the field do it."""
    json.loads((folder / "files.json").read_bytes())


def measure(folder: Path, engine: Engine, now: str) -> dict[str, float]:
    """Costs of reading and assessing the acquisition, of the peer, and of reading the bytes alone."""
    from luciole.assess.assess import assess

    evidence = make(folder)
    size = sum(path.stat().st_size for path in evidence.rglob("*") if path.is_file())

    def everything() -> None:
        assess([read_evidence(evidence, watch=engine.index, now=now)], engine, created=now)

    ours = processes.call(everything)
    whole = processes.call(lambda: peer(evidence))
    start = time.process_time()
    for path in evidence.rglob("*"):
        if path.is_file():
            path.read_bytes()
    floor = time.process_time() - start
    return {
        "megabytes": round(size / 1e6, 1),
        "cpu_seconds": ours.cpu,
        "peak_mb": ours.peak_mb,
        "floor_seconds": floor,
        "json_whole_cpu_seconds": whole.cpu,
        "json_whole_peak_mb": whole.peak_mb,
    }
