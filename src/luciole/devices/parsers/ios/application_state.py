"""Reads applicationState.db: every app that the home screen keeps something about, also of apps that are gone."""

from __future__ import annotations

from collections.abc import Iterator

from luciole.devices.parsers.rows import NAMED, Account, Row
from luciole.devices.parsers.sqlite_tables import Database
from luciole.intel.apple_ids import plain_id

_TABLE = "application_identifier_tab"


def parse(database: Database, account: Account) -> Iterator[Row]:
    """Rows of `application_identifier_tab`; which of them are installed, other lists say."""
    if database.has(_TABLE, "application_identifier"):
        account.anchor()
    for record in database.rows(_TABLE, "application_identifier"):
        name = record.values[0]
        package = plain_id(name) if isinstance(name, str) else ""
        if package:
            yield Row(NAMED, "", record.number, package, 0, offset=record.offset)
