"""Makes SQLite files in memory with SQLite itself, so that reading them is checked against somebody else's writer."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence

Cell = None | int | float | str | bytes


def database(script: str, rows: Iterable[tuple[str, Sequence[Cell]]] = ()) -> bytes:
    """The bytes of a database. script: what creates its tables; rows: table and its values, in the order of columns."""
    connection = sqlite3.connect(":memory:")
    try:
        connection.executescript(script)
        for table, values in rows:
            marks = ",".join("?" * len(values))
            connection.execute(f'INSERT INTO "{table}" VALUES ({marks})', tuple(values))  # noqa: S608 - our own names
        connection.commit()
        return bytes(connection.serialize())
    finally:
        connection.close()
