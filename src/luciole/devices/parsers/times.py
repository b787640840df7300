"""Times as Android prints them, to ISO 8601, as exact as they were read and never more."""

from __future__ import annotations

import datetime as dt
import functools
import re

_ZONED = re.compile(r"(\d{4})-(\d\d)-(\d\d)[ T](\d\d):(\d\d):(\d\d)(\.\d{1,9})?(?: ?(Z|[+-]\d\d:?\d\d))?", re.ASCII)
_DASHED = re.compile(r"(\d{4})-(\d\d)-(\d\d)-(\d\d)-(\d\d)-(\d\d)", re.ASCII)
_AGO = re.compile(r"[+-]?(?:(\d{1,6})d)?(?:(\d{1,3})h)?(?:(\d{1,3})m(?!s))?(?:(\d{1,3})s)?(?:(\d{1,4})ms)?", re.ASCII)
_LONGEST = 64
LATEST = 253_402_300_799
"""The last second of the year 9999."""


def iso(text: str) -> str:
    """`2023-05-04 10:11:12.123` with or without zone, or `2023-05-04-10-11-12`, to ISO 8601; empty for others."""
    return _iso(text) if len(text) <= _LONGEST else ""


@functools.lru_cache(maxsize=1 << 12)
def _iso(text: str) -> str:
    text = text.strip().strip('"')
    found = _ZONED.match(text)
    if found is None:
        dashed = _DASHED.match(text)
        return _checked("{}-{}-{}T{}:{}:{}".format(*dashed.groups()), "") if dashed else ""
    year, month, day, hour, minute, second, _, zone = found.groups()
    return _checked(f"{year}-{month}-{day}T{hour}:{minute}:{second}", zone or "")


def _checked(text: str, zone: str) -> str:
    zone = zone if len(zone) < 5 or ":" in zone else f"{zone[:3]}:{zone[3:]}"  # noqa: PLR2004 - +0200
    try:
        year = dt.datetime.fromisoformat(text + zone).year
    except ValueError:
        return ""
    return "" if year <= 1970 else text + zone  # noqa: PLR2004 - Android prints the epoch for "never"


def with_year(text: str, taken: str) -> str:
    """The time at the beginning of a line of a log to ISO 8601; empty where it is none.

    Logs leave the year out: then it is the last such day up to `taken` (ISO 8601), and nothing where that is not known.
    """
    if text[4:5] == "-":
        return iso(text)
    year = taken[:4]
    if not (year.isascii() and year.isdigit()):
        return ""
    found = iso(f"{year}-{text}")
    return iso(f"{int(year) - 1}-{text}") if found[:10] > taken[:10] else found


def from_seconds(seconds: float) -> str:
    """Unix seconds to ISO 8601 in UTC; empty for nothing, negative or absurd values."""
    if not 0 < seconds <= LATEST:
        return ""
    return dt.datetime.fromtimestamp(int(seconds), dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def from_milliseconds(milliseconds: float) -> str:
    """Unix milliseconds to ISO 8601 in UTC, to the second."""
    return from_seconds(milliseconds // 1000)


def seconds_of(text: str) -> int | None:
    """`+3d4h5m6s789ms`, as Android prints durations, to whole seconds; None for anything else."""
    found = _AGO.fullmatch(text.strip())
    if found is None or not any(found.groups()):
        return None
    days, hours, minutes, seconds, _ = (int(part or 0) for part in found.groups())
    return ((days * 24 + hours) * 60 + minutes) * 60 + seconds


def clock_seconds(text: str) -> int:
    """`1:02:03` or `02:03` as usagestats prints totals, to seconds; 0 for anything else."""
    total = 0
    for part in text.strip('"').split(":")[:4]:
        if not (part.isascii() and part.isdigit() and len(part) <= 6):  # noqa: PLR2004 - more is no duration
            return 0
        total = total * 60 + int(part)
    return total


def before(taken: str, text: str) -> str:
    """The time `text` (such as `+3d4h ago`) before `taken` (ISO 8601); empty where either is unknown."""
    ago = seconds_of(text.strip().removesuffix("ago"))
    if ago is None or not taken:
        return ""
    try:
        return (dt.datetime.fromisoformat(taken) - dt.timedelta(seconds=ago)).isoformat(timespec="seconds")
    except (ValueError, OverflowError):
        return ""


def utc(text: str, zone: dt.tzinfo | None) -> str:
    """An ISO 8601 time, or a period `a/b`, in UTC with Z. zone: of times that name none; None leaves those as they are.

    Dates alone, and texts that are no times, stay as they are too.
    """
    return "/".join(_utc(part, zone) for part in text.split("/")) if text else ""


@functools.lru_cache(maxsize=1 << 12)
def _utc(text: str, zone: dt.tzinfo | None) -> str:
    try:
        moment = dt.datetime.fromisoformat(text) if "T" in text else None
        if moment is None or (moment.tzinfo is None and zone is None):
            return text
        moment = moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)
        return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (ValueError, OverflowError):
        return text


def days_between(earlier: str, later: str) -> int | None:
    """Whole days from one ISO 8601 date or time to another; None where one is no date."""
    try:
        first = dt.date.fromisoformat(earlier[:10])
        return (dt.date.fromisoformat(later[:10]) - first).days
    except ValueError:
        return None
