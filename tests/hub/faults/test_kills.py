"""Whatever was acknowledged survives `kill -9`, and a start sweeps what was not. The long run: `fault_kills.py 500`."""

from __future__ import annotations

import os
import secrets
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from fault_kills import killed

KILLS = 25


def a_database() -> str:
    """The address of a new database where the suite runs on PostgreSQL; empty for SQLite."""
    server = os.environ.get("LUCIOLE_DATABASE", "")
    if not server:
        return ""
    import psycopg

    name = f"kills_{secrets.token_hex(4)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"create database {name}")  # type: ignore[arg-type] # a name of our own
    return server.rsplit("/", 1)[0] + "/" + name


def test_nothing_acknowledged_is_lost_when_the_server_is_killed_and_a_start_sweeps_the_rest(tmp_path: Path) -> None:
    outcome = killed(tmp_path, KILLS, a_database())
    assert outcome.after.is_whole, outcome
    assert (outcome.after.orphans, outcome.after.drafts) == (0, 0), outcome
    assert outcome.acknowledged >= KILLS
    assert sum(outcome.swept[:2]) > 0, "no kill fell into a hand-in: the test shows nothing"
    assert outcome.unforeseen == 0, outcome


def test_the_check_can_fail(tmp_path: Path) -> None:
    """A file that is taken away, changed or unknown is counted."""
    from fault_checking import Row, check_folder
    from fault_server import Server, make_hub

    hub = make_hub(tmp_path / "hub")
    server = Server(hub)
    try:
        (_, one), (_, two), (_, three) = (
            server.ask("POST", "/hand-in", bytes([number]) * 70_000) for number in range(3)
        )
    finally:
        server.stop()
    acknowledged = {digest.decode(): 70_000 for digest in (one, two, three)}
    from fault_checking import sqlite_rows

    rows: dict[str, Row] = sqlite_rows(hub.folder / "hub.db")[0]
    assert check_folder(hub.folder, acknowledged, rows).is_whole
    first, second = (hub.folder / "blobs" / rows[one.decode()].name[:2] / rows[one.decode()].name for one in (one, two))
    first.unlink()
    second.write_bytes(second.read_bytes()[:-1] + b"?")
    found = check_folder(hub.folder, acknowledged | {"ff" * 32: 1}, rows)
    assert (found.lost, found.corrupt, found.rows_without_blob) == (1, 2, 1)
