"""A simulated power cut: only what had reached the disk survives. Long run: python fault_cuts.py CUTS [safe|unsafe].

An ext4 file system lies on an image in memory. The server is frozen while clients hand in, the image is copied (that
copy is the disk after the cut), mounted (its journal is replayed), and everything acknowledged is looked for in it.
`unsafe` leaves out fsync and must lose something, which shows that the test can fail. Needs Linux, root, loop devices.
The kernel may still write for about 0.1 s while the image is copied, so a copy can only be more complete than a real
disk: some hundred cuts are needed before claiming anything. Writes are not reordered within the device, nor torn.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parent))

from fault_checking import Found, check_folder, sqlite_rows
from fault_server import Hub, Server, Uploaders, make_hub

IMAGE_SIZE = 192 << 20
SIZES = (1_000, 50_000, 300_000)
EACH = 20
"""Files that are acknowledged before the power is cut, at least."""
MEMORY = Path("/dev/shm")  # noqa: S108 - where the image lies, so that the real disk is not what is measured


class Cuts(NamedTuple):
    """What came of all cuts together. bad: databases that SQLite finds broken."""

    cuts: int
    acknowledged: int
    lost: int
    corrupt: int
    rows_without_blob: int
    bad: int

    @property
    def broken(self) -> int:
        return self.lost + self.corrupt + self.rows_without_blob + self.bad


def cannot_cut() -> str:
    """Why power cuts cannot be simulated here; empty where they can."""
    if os.geteuid() != 0:
        return "mounting needs root"
    if not shutil.which("mkfs.ext4"):
        return "mkfs.ext4 is not installed"
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        image = Path(folder, "image")
        _make_image(image, 8 << 20)
        mounted = subprocess.run(["mount", "-o", "loop", image, folder], check=False, capture_output=True, text=True)
        if mounted.returncode == 0:
            subprocess.run(["umount", folder], check=True)
        return mounted.stderr.strip()


def cut_many(folder: Path, cuts: int, mode: str) -> Cuts:
    """Cuts the power so many times, each on a new file system. folder: in memory."""
    template = make_hub(folder / "template" / "hub")
    total = Cuts(0, 0, 0, 0, 0, 0)
    for number in range(cuts):
        acknowledged, found = _cut(folder, template, number, mode)
        total = Cuts(
            total.cuts + 1,
            total.acknowledged + acknowledged,
            total.lost + found.lost,
            total.corrupt + found.corrupt,
            total.rows_without_blob + found.rows_without_blob,
            total.bad + (found.integrity != "ok"),
        )
    return total


def _cut(folder: Path, template: Hub, number: int, mode: str) -> tuple[int, Found]:
    image, copy = folder / "image", folder / "copy"
    _make_image(image, IMAGE_SIZE)
    with _mounted(image, folder / "live", "loop,commit=600") as live:
        shutil.copytree(template.folder, live / "hub")
        os.sync()
        hub = Hub(live / "hub", template.environment | {"LUCIOLE_HUB": str(live / "hub")})
        server = Server(hub, mode=mode)
        try:
            with Uploaders(server.port, 4, SIZES, seed=number * 10) as clients:
                _wait_for(clients, EACH)
                time.sleep(random.Random(number).uniform(0, 0.5))  # noqa: S311 - chance of a test
                server.stop(signal.SIGSTOP)
                clients.halt()
                acknowledged = dict(clients.acknowledged)
                shutil.copyfile(image, copy)
                server.stop()
        finally:
            server.stop()
    with _mounted(copy, folder / "after", "loop") as after:
        rows, integrity = sqlite_rows(after / "hub" / "hub.db")
        found = check_folder(after / "hub", acknowledged, rows, integrity)
    copy.unlink()
    image.unlink()
    return len(acknowledged), found


def _wait_for(clients: Uploaders, count: int) -> None:
    """Until so many files are acknowledged, so that a busy computer makes the run longer and not emptier."""
    until = time.monotonic() + 60
    while len(clients.acknowledged) < count and time.monotonic() < until:
        time.sleep(0.005)


def _make_image(image: Path, size: int) -> None:
    with image.open("wb") as file:
        file.truncate(size)
    subprocess.run(["mkfs.ext4", "-q", "-F", image], check=True, capture_output=True)


@contextmanager
def _mounted(image: Path, where: Path, options: str) -> Iterator[Path]:
    where.mkdir(exist_ok=True)
    subprocess.run(["mount", "-o", options, image, where], check=True, capture_output=True)
    try:
        yield where
    finally:
        for _ in range(200):  # the killed server's files are let go of a moment after it
            if subprocess.run(["umount", where], check=False, capture_output=True).returncode == 0:
                break
            time.sleep(0.02)
        else:
            subprocess.run(["umount", "-l", where], check=True)


def main(cuts: int, mode: str) -> int:
    began = time.monotonic()
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        total = cut_many(Path(folder), cuts, mode)
    print(mode, json.dumps(total._asdict()), round(time.monotonic() - began), "s")  # noqa: T201 - the figures
    return int((total.broken > 0) == (mode == "safe"))


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 10, sys.argv[2] if len(sys.argv) > 2 else "safe"))
