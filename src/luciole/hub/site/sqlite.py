"""Puts a current SQLite in the place of the operating system's, before anything imports the standard one."""

from __future__ import annotations

import sys

OLDEST = (3, 51, 3)
"""Earlier ones can lose data when the write-ahead log is reset (https://sqlite.org/wal.html, "The WAL-reset bug")."""
PRAGMAS = (
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA trusted_schema=OFF; "
    "PRAGMA mmap_size=0;"
)


def use_current() -> None:
    """Makes `import sqlite3` mean pysqlite3 in this process. Must run before Django is imported."""
    import pysqlite3  # noqa: PLC0415 - the point of this function is when it is imported
    import pysqlite3.dbapi2  # noqa: PLC0415 - as above

    sys.modules["sqlite3"] = pysqlite3
    sys.modules["sqlite3.dbapi2"] = pysqlite3.dbapi2


def version() -> tuple[int, ...]:
    """The version of the SQLite that is linked."""
    import sqlite3  # noqa: PLC0415 - after use_current

    return tuple(int(part) for part in sqlite3.sqlite_version.split("."))
