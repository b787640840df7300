"""Read-only questions to the database without the ORM: few connections for many threads, on SQLite and PostgreSQL."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any, Protocol
from urllib.parse import quote

from django.db import connections

_CACHE_KIB = 8192
"""Pages that a connection to SQLite keeps; the operating system has the rest."""
_WAIT = 5.0
_KEPT = 4
"""Connections that a process keeps; look-ups are so short that hardly ever more are used at once."""
Row = tuple[Any, ...]


class Unavailable(Exception):
    """The database did not answer; the next question tries anew."""


class Reader(Protocol):
    """Asks the database. Parameters stand where the ORM puts them: as %s."""

    def rows(self, question: str, parameters: Sequence[object]) -> list[Row]:
        """The rows that answer. Raises Unavailable."""

    def close(self) -> None:
        """Ends the connections that nobody uses now; the next question makes a new one."""


class _Connections:
    """Connections that wait for the next question. Each is used by one thread at a time, whichever it is."""

    def __init__(self) -> None:
        self._idle: list[Any] = []

    def take(self) -> Any | None:
        try:
            return self._idle.pop()
        except IndexError:
            return None

    def put(self, connection: Any) -> None:
        if len(self._idle) < _KEPT:
            self._idle.append(connection)
        else:
            _end(connection)

    def close(self) -> None:
        while (connection := self.take()) is not None:
            _end(connection)


class SqliteReader:
    """Asks SQLite in one file, which these connections cannot change."""

    def __init__(self, path: str) -> None:
        self._address = f"file:{quote(path)}?mode=ro"
        self._connections = _Connections()

    def rows(self, question: str, parameters: Sequence[object]) -> list[Row]:
        """As `Reader.rows`."""
        connection = self._connections.take()
        try:
            connection = connection or self._open()
            found: list[Row] = connection.execute(question.replace("%s", "?"), parameters).fetchall()
        except sqlite3.Error as error:
            _end(connection)
            raise Unavailable from error
        self._connections.put(connection)
        return found

    def close(self) -> None:
        """As `Reader.close`."""
        self._connections.close()

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self._address, uri=True, isolation_level=None, timeout=_WAIT, check_same_thread=False
        )  # fmt: skip
        connection.executescript(
            f"PRAGMA query_only=ON; PRAGMA trusted_schema=OFF; PRAGMA mmap_size=0; PRAGMA cache_size=-{_CACHE_KIB};"
        )
        return connection


class PostgresqlReader:
    """Asks PostgreSQL, in transactions that cannot write."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        names = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
        self._parameters = {name: settings[known] for name, known in names.items() if settings[known]}
        self._connections = _Connections()

    def rows(self, question: str, parameters: Sequence[object]) -> list[Row]:
        """As `Reader.rows`. A connection that broke since the last question is made anew, once."""
        import psycopg  # noqa: PLC0415 - not everybody has PostgreSQL

        connection = self._connections.take()
        for _ in range(1 if connection is None else 2):
            try:
                connection = connection or self._open()
                found: list[Row] = connection.execute(question, parameters).fetchall()
            except psycopg.Error as error:
                _end(connection)
                self.close()  # the others broke in the same moment
                connection, failed = None, error
            else:
                self._connections.put(connection)
                return found
        raise Unavailable from failed

    def close(self) -> None:
        """As `Reader.close`."""
        self._connections.close()

    def _open(self) -> Any:
        import psycopg  # noqa: PLC0415 - as above

        options = f"-c default_transaction_read_only=on -c TimeZone=UTC -c statement_timeout={int(_WAIT * 1000)}"
        return psycopg.connect(
            **self._parameters, autocommit=True, prepare_threshold=1, connect_timeout=int(_WAIT), options=options
        )


def _end(connection: Any | None) -> None:
    if connection is not None:
        with contextlib.suppress(Exception):  # a broken connection may fail in any way when it is closed
            connection.close()


def reader() -> Reader:
    """A reader of the database that Django uses."""
    connection = connections["default"]
    if connection.vendor == "postgresql":
        return PostgresqlReader(connection.settings_dict)
    return SqliteReader(str(connection.settings_dict["NAME"]))
