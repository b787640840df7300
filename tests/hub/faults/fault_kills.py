"""Kills the server with SIGKILL again and again while four clients hand in; a long run: python fault_kills.py KILLS."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parent))

from fault_checking import Found, check_folder, postgresql_rows, sqlite_rows
from fault_server import Server, Uploaders, make_hub

SIZES = (1_000, 50_000, 400_000, 2_000_000)


class Outcome(NamedTuple):
    """What came of it.

    refused: answered with 503 or 507; unforeseen: with anything else but 201; after: what lies there in the end; swept:
    drafts, orphans and uploads that starts removed.
    """

    kills: int
    acknowledged: int
    broken_off: int
    refused: int
    unforeseen: int
    after: Found
    swept: tuple[int, int, int]
    restart_seconds: float


def killed(folder: Path, kills: int, database: str = "", sizes: tuple[int, ...] = SIZES) -> Outcome:
    """Kills, starts again, and looks. database: a PostgreSQL's address, else SQLite."""
    hub = make_hub(folder / "hub", database)
    chance, restarts = random.Random(99), []  # noqa: S311 - chance of a test
    server = Server(hub)
    try:
        with Uploaders(server.port, 4, sizes) as clients:
            for _ in range(kills):
                _wait_for_some(clients)
                time.sleep(chance.uniform(0, 0.4))
                server.stop()
                began = time.monotonic()
                server = Server(hub, port=server.port)
                restarts.append(time.monotonic() - began)
            clients.halt()
            server.stop()
        server = Server(hub, port=server.port)
    finally:
        server.stop()
    rows, integrity = postgresql_rows(database) if database else sqlite_rows(hub.folder / "hub.db")
    found = check_folder(hub.folder, clients.acknowledged, rows, integrity)
    swept = [tuple(map(int, line.split())) for line in (hub.folder / "swept").read_text().splitlines()]
    totals = tuple(sum(column) for column in zip(*swept, strict=True))
    refused = clients.statuses[503] + clients.statuses[507]
    unforeseen = clients.statuses.total() - clients.statuses[201] - refused
    middle = sorted(restarts)[len(restarts) // 2]
    return Outcome(kills, len(clients.acknowledged), clients.broken_off, refused, unforeseen, found, totals, middle)


def _wait_for_some(clients: Uploaders) -> None:
    """Until something more is acknowledged, so that a busy computer makes the run longer and not emptier."""
    before, until = len(clients.acknowledged), time.monotonic() + 60
    while len(clients.acknowledged) == before and time.monotonic() < until:
        time.sleep(0.005)


def main(kills: int) -> int:
    with tempfile.TemporaryDirectory() as folder:
        began = time.monotonic()
        outcome = killed(Path(folder), kills)
        subprocess.run(["tail", "-n", "5", f"{folder}/server.log"], check=False)
    shown = outcome._asdict() | {"after": outcome.after._asdict(), "seconds": round(time.monotonic() - began)}
    print(json.dumps(shown))  # noqa: T201 - the figures
    return 0 if outcome.after.is_whole else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 25))
