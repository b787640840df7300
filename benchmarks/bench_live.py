"""Copying an app file from a device: our client of the adb server beside Debian's own, from one simulated server."""

from __future__ import annotations

import multiprocessing
import subprocess
import tempfile
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

import msgspec

from luciole.devices.live import adb
from luciole.simulate.devices.demonstration import demonstration
from luciole.simulate.devices.description import Filler
from luciole.simulate.live.adb_server import AdbServer, SimulatedDevice
from luciole.simulate.live.android_shell import Node

SIZE = 64 << 20
PATH = "/data/app/large/base.apk"
ROUNDS = 3


def serve(to: Connection) -> None:
    """A process of its own with one device that has a large file; ends when the other side hangs up."""
    phone = msgspec.structs.replace(demonstration(), filler=Filler(files=5, system_packages=3, log_lines=5))
    device = SimulatedDevice("ONE", phone)
    device.shell.nodes[PATH.encode()] = Node(0o100644, 0, bytes(SIZE), size=SIZE)
    with AdbServer(device) as server:
        to.send(server.port)
        to.poll(None)


def best(run: Callable[[], None]) -> float:
    """The shortest of some rounds, in seconds."""
    times = []
    for _ in range(ROUNDS):
        begin = time.perf_counter()
        run()
        times.append(time.perf_counter() - begin)
    return min(times)


def measure() -> dict[str, float]:
    """Seconds for 64 MiB by our client and by adb, and their ratio."""
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=serve, args=(there,))
    process.start()
    port = here.recv()
    try:
        with tempfile.TemporaryDirectory() as folder:
            ours = best(lambda: _ours(port, Path(folder) / "ours"))
            command = ["adb", "-P", str(port), "pull", PATH, str(Path(folder) / "theirs")]
            theirs = best(lambda: subprocess.run(command, check=True, capture_output=True).check_returncode())
            if (Path(folder) / "ours").read_bytes() != (Path(folder) / "theirs").read_bytes():
                raise SystemExit("the two copies differ")
    finally:
        here.close()
        there.close()
        process.kill()
        process.join()
    return {"ours_seconds": ours, "adb_seconds": theirs, "ratio": ours / theirs}


def _ours(port: int, target: Path) -> None:
    device = adb.Server(adb.address(f"127.0.0.1:{port}")).device()
    with target.open("wb") as file:
        file.writelines(device.pull(PATH))


if __name__ == "__main__":
    for name, value in measure().items():
        print(f"{name:<14} {value:.3f}")
