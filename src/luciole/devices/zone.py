"""The time zone of a device, from the name that it prints; its rules come from the system or are not there."""

from __future__ import annotations

import datetime as dt
import re
import zoneinfo
from collections.abc import Iterable

from luciole.devices.parsers.rows import Row

_NAME = re.compile(r"[A-Z][A-Za-z_]{0,30}(?:/[A-Za-z0-9_+-]{1,40}){1,2}|UTC|GMT", re.ASCII)
"""Names of the database of zones; `localtime` and the like would be the zone of this computer."""


def zone_of(rows: Iterable[Row]) -> dt.tzinfo | None:
    """The zone that the properties of the device name; None where none is named or its rules are not on this system."""
    for row in rows:
        if row.name == "device.property" and row.attributes.get("key") == "timezone":
            return _rules(str(row.value))
    return None


def _rules(name: str) -> dt.tzinfo | None:
    if _NAME.fullmatch(name) is None:
        return None
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return None
