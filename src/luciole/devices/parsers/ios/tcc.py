"""Reads TCC.db: which apps were allowed to use the microphone, the camera, contacts and the like, and when."""

from __future__ import annotations

from collections.abc import Iterator

from luciole.devices.parsers.rows import NAMED, Account, Row
from luciole.devices.parsers.sqlite_tables import Cell, Database
from luciole.devices.parsers.times import from_seconds
from luciole.intel.apple_ids import plain_id

_TABLE = "access"
_ALLOWED, _LIMITED = 2, 3
KEYBOARD_NETWORK = "kTCCServiceKeyboardNetwork"
"""The right of a keyboard to send what is typed: "full access"."""


def parse(database: Database, account: Account) -> Iterator[Row]:
    """Rows of the table `access`: of newer systems with `auth_value`, of older ones with `allowed`.

    What is denied only names the app. client: the id of an app, or a path. Raises ParseError at a limit.
    """
    newer = database.has(_TABLE, "service", "client", "auth_value")
    if newer or database.has(_TABLE, "service", "client", "allowed"):
        account.anchor()
    column = "auth_value" if newer else "allowed"
    for record in database.rows(_TABLE, "service", "client", column, "last_modified", "client_type"):
        service, client, allowed, changed, _ = record.values
        package = plain_id(client.rpartition("/")[2]) if isinstance(client, str) else ""
        if not package or not isinstance(service, str) or not isinstance(allowed, int):
            account.lose(record.number or 1)
            continue
        when = _time(changed)
        limited = newer and allowed == _LIMITED
        if allowed == _ALLOWED or limited or (not newer and allowed == 1):
            flags = {"flags": ["limited"]} if limited else {}
            yield Row("permission.granted", service, record.number, package, 0, flags, when, offset=record.offset)
            if service == KEYBOARD_NETWORK:
                yield Row("keyboard.full_access", True, record.number, package, 0, {}, when, offset=record.offset)
        else:
            yield Row(NAMED, "", record.number, package, 0, {}, when, offset=record.offset)


def _time(changed: Cell) -> str:
    return from_seconds(changed) if isinstance(changed, int | float) else ""
