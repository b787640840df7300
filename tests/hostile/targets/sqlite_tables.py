"""Fuzz target: any bytes as a SQLite file, with and without a write-ahead log."""

from luciole.devices.parsers.sqlite_schema import table_of
from luciole.devices.parsers.sqlite_tables import MAGIC, Database
from luciole.kernel.errors import ParseError


def target(data: bytes) -> None:
    """Reads every row of every table; `data` also stands for a description of a table, and for a log."""
    table_of("t", 2, data.decode("utf-8", "replace"))
    for whole, log in ((data, b""), (data, data[len(data) // 2 :]), (MAGIC + data[16:], b"")):
        try:
            database = Database(whole, log)
            for table in database.tables.values():
                for record in database.rows(table.name, *table.columns):
                    assert len(record.values) == len(table.columns)
        except ParseError:
            continue
