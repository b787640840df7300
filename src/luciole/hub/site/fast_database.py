"""Read-only questions to the database without the ORM: one connection for each thread, on SQLite and on PostgreSQL."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Mapping, Sequence
from typing import Any, Protocol
from urllib.parse import quote

from django.db import connections

_CACHE_KIB = 8192
"""Pages that a connection to SQLite keeps; the operating system has the rest."""
_WAIT = 5.0
Row = tuple[Any, ...]


class Unavailable(Exception):
    """The database did not answer; the next question tries anew."""


class Reader(Protocol):
    """Asks the database. Parameters stand where the ORM puts them: as %s."""

    def rows(self, question: str, parameters: Sequence[object]) -> list[Row]:
        """The rows that answer. Raises Unavailable."""

    def close(self) -> None:
        """Ends the connection of this thread; the next question makes a new one."""


class SqliteReader:
    """Asks SQLite in one file, which these connections cannot change."""

    def __init__(self, path: str) -> None:
        self._address = f"file:{quote(path)}?mode=ro"
        self._local = threading.local()

    def rows(self, question: str, parameters: Sequence[object]) -> list[Row]:
        """As `Reader.rows`."""
        try:
            connection = getattr(self._local, "connection", None) or self._open()
            found: list[Row] = connection.execute(question.replace("%s", "?"), parameters).fetchall()
        except sqlite3.Error as error:
            self.close()
            raise Unavailable from error
        return found

    def close(self) -> None:
        """As `Reader.close`."""
        _end(self._local)

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._address, uri=True, isolation_level=None, timeout=_WAIT)
        connection.executescript(
            f"PRAGMA query_only=ON; PRAGMA trusted_schema=OFF; PRAGMA mmap_size=0; PRAGMA cache_size=-{_CACHE_KIB};"
        )
        self._local.connection = connection
        return connection


class PostgresqlReader:
    """Asks PostgreSQL, in transactions that cannot write."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        names = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
        self._parameters = {name: settings[known] for name, known in names.items() if settings[known]}
        self._local = threading.local()

    def rows(self, question: str, parameters: Sequence[object]) -> list[Row]:
        """As `Reader.rows`. A connection that broke since the last question is made anew, once."""
        import psycopg  # noqa: PLC0415 - not everybody has PostgreSQL

        connection = getattr(self._local, "connection", None)
        for _ in range(1 if connection is None else 2):
            try:
                connection = connection or self._open()
                found: list[Row] = connection.execute(question, parameters).fetchall()
            except psycopg.Error as error:
                self.close()
                connection, failed = None, error
            else:
                return found
        raise Unavailable from failed

    def close(self) -> None:
        """As `Reader.close`."""
        _end(self._local)

    def _open(self) -> Any:
        import psycopg  # noqa: PLC0415 - as above

        options = f"-c default_transaction_read_only=on -c TimeZone=UTC -c statement_timeout={int(_WAIT * 1000)}"
        made = psycopg.connect(
            **self._parameters, autocommit=True, prepare_threshold=1, connect_timeout=int(_WAIT), options=options
        )
        self._local.connection = made
        return made


def _end(local: threading.local) -> None:
    connection = getattr(local, "connection", None)
    local.connection = None
    if connection is not None:
        with contextlib.suppress(Exception):  # a broken connection may fail in any way when it is closed
            connection.close()


def reader() -> Reader:
    """A reader of the database that Django uses."""
    connection = connections["default"]
    if connection.vendor == "postgresql":
        return PostgresqlReader(connection.settings_dict)
    return SqliteReader(str(connection.settings_dict["NAME"]))
