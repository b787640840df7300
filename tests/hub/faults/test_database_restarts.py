"""A PostgreSQL that is stopped hard and started again under load costs answers, and nothing that was acknowledged."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from fault_checking import check_folder, postgresql_rows
from fault_server import Server, Uploaders, make_hub

RESTARTS = 5
BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
pytestmark = pytest.mark.skipif(not BINARIES, reason="Debian's package postgresql is not installed")


class Database:
    """A PostgreSQL of its own, on a socket in its folder, with every commit on disk."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.data.mkdir(parents=True)
        folder.chmod(0o777)
        if os.geteuid() == 0:
            shutil.chown(self.data, "postgres")
        self.data.chmod(0o700)
        self._run("initdb", "-A", "trust", "-U", "hub", "-D", str(self.data))
        self.address = f"postgresql://hub@{quote(str(folder), safe='')}/postgres"

    def start(self) -> None:
        options = f"-k {self.folder} -c listen_addresses='' -c shared_buffers=16MB"
        self._run("pg_ctl", "-D", str(self.data), "-o", options, "-l", str(self.data / "log"), "-w", "start")

    def stop(self) -> None:
        """As a crash: no checkpoint, every connection cut."""
        self._run("pg_ctl", "-D", str(self.data), "-m", "immediate", "-w", "stop")

    def _run(self, name: str, *arguments: str) -> None:
        user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        subprocess.run([*user, str(BINARIES[-1] / name), *arguments], check=True, capture_output=True)


@pytest.fixture
def database() -> Iterator[Database]:
    """Not below pytest's own folder, which no other user may enter."""
    with tempfile.TemporaryDirectory(prefix="hub-") as folder:
        Path(folder).chmod(0o755)
        made = Database(Path(folder, "postgresql"))
        made.start()
        try:
            yield made
        finally:
            made.stop()


def wait_for_some(clients: Uploaders, seconds: float = 60) -> float:
    """Until something more is acknowledged; how long that took."""
    before, began = len(clients.acknowledged), time.monotonic()
    while len(clients.acknowledged) == before:
        assert time.monotonic() - began < seconds, "the hub did not come back without a restart"
        time.sleep(0.01)
    return time.monotonic() - began


def test_nothing_acknowledged_is_lost_and_the_hub_comes_back_by_itself(tmp_path: Path, database: Database) -> None:
    hub = make_hub(tmp_path / "hub", database.address)
    server = Server(hub)
    try:
        with Uploaders(server.port, 4, (1_000, 50_000, 400_000)) as clients:
            for _ in range(RESTARTS):
                wait_for_some(clients)
                database.stop()
                database.start()
            wait_for_some(clients)
        assert server.process.poll() is None
    finally:
        server.stop()
    assert set(clients.statuses) <= {201, 503}, clients.statuses
    assert clients.statuses[503] > 0, "no hand-in met the database while it was away"
    server = Server(hub)
    server.stop()
    found = check_folder(hub.folder, clients.acknowledged, *postgresql_rows(database.address))
    assert found.is_whole, found
    assert (found.orphans, found.drafts) == (0, 0)
