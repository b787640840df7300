"""Reads messages, calls, contacts, photos or visited pages, only for the one that a person asked for, and keeps little.

Nothing of their content becomes a row: only addresses and app ids are handed on, to be compared with the indicators.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from luciole.devices.parsers.rows import LOOK, Account, Row
from luciole.devices.parsers.sqlite_tables import Cell, Database
from luciole.intel.apple_ids import plain_id

WORDS = frozenset({"messages", "calls", "contacts", "photos", "browsing"})
"""What can be asked for, beside everything else."""
_NAMES = re.compile(r"[A-Za-z0-9_-]{1,63}(?:\.[A-Za-z0-9_-]{1,63}){1,10}", re.ASCII)
_LONGEST = 1 << 20
_TEXTS: dict[str, tuple[tuple[str, tuple[str, ...]], ...]] = {
    "messages": (("message", ("text", "attributedBody")),),
    "calls": (("ZCALLRECORD", ("ZSERVICE_PROVIDER",)),),
    "contacts": (("ABMultiValue", ("value",)),),
    "browsing": (
        ("history_items", ("url",)),
        ("urls", ("url",)),
        ("history", ("url",)),
        ("tabs", ("url",)),
        ("moz_places", ("url",)),
    ),
}
_CREATORS = (("ZADDITIONALASSETATTRIBUTES", ("ZIMPORTEDBYBUNDLEIDENTIFIER", "ZCREATORBUNDLEID")),)


def parse(word: str, database: Database, account: Account) -> Iterator[Row]:
    """Rows to be searched for names, from the tables that belong to `word`."""
    if word == "photos":
        account.remark("only which apps saved photos, and how many")
        yield from _photos(database, account)
        return
    account.remark("only addresses and ids of apps were looked at, to compare them with the indicators")
    for table, columns in _TEXTS[word]:
        if table not in database.tables or not any(database.has(table, column) for column in columns):
            continue
        account.anchor()
        for record in database.rows(table, *columns):
            names = sorted({name for value in record.values for name in _dotted(value)})
            if names:
                yield Row(LOOK, " ".join(names), record.number)


def _dotted(value: Cell) -> Iterator[str]:
    if isinstance(value, bytes):
        value = value[:_LONGEST].decode("latin-1")
    if isinstance(value, str):
        yield from _NAMES.findall(value[:_LONGEST])


def _photos(database: Database, account: Account) -> Iterator[Row]:
    """How many photos each app saved; the photos themselves are not opened."""
    counts: dict[str, int] = {}
    for table, columns in _CREATORS:
        if table in database.tables:
            account.anchor()
        for record in database.rows(table, *columns):
            found = next((each for value in record.values if isinstance(value, str) and (each := plain_id(value))), "")
            if found and (found in counts or len(counts) < 1_000):  # noqa: PLR2004 - apps of one device
                counts[found] = counts.get(found, 0) + 1
    for package, count in sorted(counts.items()):
        yield Row("photos.made_with", package, attributes={"count": count})
        yield Row(LOOK, package)
