"""Reads the batterystats section of dumpsys: removed apps in the daily statistics, and apps in the history."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from luciole.devices.parsers.rows import (
    NAMED,
    Account,
    Line,
    Row,
    between,
    components,
    first_rows,
    is_package,
    uid_number,
)
from luciole.devices.parsers.times import iso

SERVICE = "batterystats"
AREAS = ("device.removed",)
_PER_USER = 100_000
_NAMED_AT_MOST = 20_000
_LONGEST_KNOWN = 500
_APPS = frozenset({"top", "fg", "proc", "pkginst", "pkgunin", "pkgactive", "pkginactive", "user"})
"""Events of the history whose text is the name of an app or of its process."""


def parse(lines: Iterable[Line], account: Account) -> Iterator[Row]:
    """Rows `removal` (daily `Update package vers=0`, history `+pkgunin=`) and names of apps with a history."""
    period = ""
    first: dict[str, int] = {}
    known: set[str] = set()
    for at, text in lines:
        if '"' in text:
            account.anchor()
            yield from _history(at, text, first, known)
            continue
        stripped = text.strip()
        if stripped.startswith("Daily from "):
            account.anchor()
            begin, _, end = stripped.removeprefix("Daily from ").rstrip(":").partition(" to ")
            period = f"{iso(begin)}/{iso(end)}" if iso(begin) and iso(end) else ""
        elif stripped.startswith("Update ") and " vers=" in stripped:
            yield from _update(at, stripped, period, account)
        elif stripped.startswith(("Battery History", "Daily stats", "Statistics since", "Estimated power use")):
            account.anchor()
    yield from first_rows(first)


def _update(at: int, text: str, period: str, account: Account) -> Iterator[Row]:
    package, _, version = text.removeprefix("Update ").partition(" vers=")
    if not is_package(package):
        account.lose(at)
        return
    removed = version.strip() == "0"
    yield Row("removal", period, at, package) if removed else Row(NAMED, "", at, package)


def _history(at: int, text: str, first: dict[str, int], known: set[str]) -> Iterator[Row]:
    """`+job=u0a123:"package/.Class"` and the like; every quoted name counts once, at its first line."""
    parts = text.split('"')
    for at_part in range(1, len(parts), 2):
        quoted = parts[at_part]
        if quoted in known:
            continue
        name = _app_of(parts[at_part - 1], quoted)
        if name:
            _remember(first, name, at)
            if len(known) < _NAMED_AT_MOST and len(quoted) <= _LONGEST_KNOWN:
                known.add(quoted)
    if "pkgunin=" in text:
        who, _, rest = between(text, "pkgunin=").partition(":")
        name = rest.strip('"')
        uid = uid_number(who)
        if is_package(name):
            yield Row("removal", "", at, name, None if uid is None else uid // _PER_USER)


def _app_of(before: str, text: str) -> str:
    """The app in quotes: a component anywhere, a bare name only where the history means an app by it.

    before: what stands before the quote, such as `+top=u0a123:`.
    """
    found = components(text.rpartition("*/")[2])
    if found:
        return found[0].package
    key = before.rpartition("=")[0].rpartition(" ")[2].lstrip("+-")
    name = text.partition(":")[0]
    return name if key in _APPS and is_package(name) else ""


def _remember(first: dict[str, int], name: str, at: int) -> None:
    if len(first) < _NAMED_AT_MOST:
        first.setdefault(name, at)
