"""Reads how much each app sent and received: DataUsage.sqlite, and the daily counts of the analytics service."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from luciole.apps import plist
from luciole.apps.plist import Value
from luciole.devices.parsers.rows import NAMED, Account, Row
from luciole.devices.parsers.sqlite_tables import Cell, Database
from luciole.devices.parsers.times import from_seconds
from luciole.intel.apple_ids import plain_id

_MAC_EPOCH = 978_307_200
_COUNTERS = ("ZWIFIIN", "ZWWANIN", "ZWIFIOUT", "ZWWANOUT")
_FIELDS = 5


def parse(database: Database, account: Account) -> Iterator[Row]:
    """The tables `ZPROCESS` and `ZLIVEUSAGE`: sums for each process that names an app."""
    if database.has("ZPROCESS", "ZBUNDLENAME") or database.has("ZPROCESS", "ZPROCNAME"):
        account.anchor()
    sums: dict[int, list[int]] = {}
    for record in database.rows("ZLIVEUSAGE", "ZHASPROCESS", *_COUNTERS):
        owner, *counts = record.values
        if isinstance(owner, int):
            total = sums.setdefault(owner, [0, 0, 0, 0])
            for at, count in enumerate(counts):
                total[at] += int(count) if isinstance(count, int | float) and 0 <= count < 1 << 60 else 0
    columns = ("Z_PK", "ZBUNDLENAME", "ZPROCNAME", "ZTIMESTAMP")
    for record in database.rows("ZPROCESS", *columns):
        key, bundle, process, seen = record.values
        package = _package(bundle) or _package(process)
        if not package:
            continue
        number = key if isinstance(key, int) else record.number
        yield _row(package, sums.get(number), record.number, record.offset, _time(seen))


def _row(package: str, counts: list[int] | None, line: int, offset: int, when: str) -> Row:
    if not counts:
        return Row(NAMED, "", line, package, 0, {}, when, offset=offset)
    received, sent = counts[0] + counts[1], counts[2] + counts[3]
    about = {"received": received, "sent": sent}
    return Row("app.traffic", received + sent, line, package, 0, about, when, offset=offset)


def _package(name: Cell) -> str:
    """The app of a process: `com.example.app`, or `mDNSResponder/com.example.app`."""
    return plain_id(name.rpartition("/")[2]) if isinstance(name, str) else ""


def _time(seen: Cell) -> str:
    return from_seconds(seen + _MAC_EPOCH) if isinstance(seen, int | float) else ""


def parse_daily(value: Value, account: Account) -> Iterator[Row]:
    """`netUsageBaseline` of com.apple.osanalytics.addaily.plist: process → date and four counters."""
    baseline = plist.at(value, "netUsageBaseline")
    if isinstance(baseline, dict):
        account.anchor()
        for number, (name, counts) in enumerate(baseline.items(), 1):
            package = _package(name)
            fields = list(plist.items(counts))
            if package:
                yield _daily(package, fields, number)


def _daily(package: str, fields: list[Value], line: int) -> Row:
    numbers = [int(each) if isinstance(each, int | float) and 0 <= each < 1 << 60 else 0 for each in fields[1:_FIELDS]]
    first = fields[0] if fields else None
    when = first.strftime("%Y-%m-%dT%H:%M:%SZ") if isinstance(first, dt.datetime) and first.year > 1970 else ""  # noqa: PLR2004 - the epoch
    if len(numbers) < 4:  # noqa: PLR2004 - in and out over two networks
        return Row(NAMED, "", line, package, 0, {}, when)
    received, sent = numbers[0] + numbers[2], numbers[1] + numbers[3]
    return Row("app.traffic", received + sent, line, package, 0, {"received": received, "sent": sent}, when)
