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
_EVENTS = _APPS | {"job", "sync", "wake_lock", "wake_lock_in", "longwake", "alarm", "tmpwhitelist", "screenwake"}


def parse(lines: Iterable[Line], account: Account) -> Iterator[Row]:
    """Rows `removal` (daily `Update package vers=0`, history `+pkgunin=`) and names of apps with a history."""
    period = ""
    first: dict[str, tuple[int, int]] = {}
    known: set[str] = set()
    for at, text in lines:
        if '"' in text:
            yield from _history(at, text, first, known, account)
            continue
        stripped = text.strip()
        if stripped.startswith("Daily from "):
            account.heading()
            begin, _, end = stripped.removeprefix("Daily from ").rstrip(":").partition(" to ")
            period = f"{iso(begin)}/{iso(end)}" if iso(begin) and iso(end) else ""
            account.anchor() if period else account.lose(at)
        elif stripped.startswith("Update ") and " vers=" in stripped:
            yield from _update(at, stripped, period, account)
        elif stripped.startswith(("Battery History", "Daily stats", "Statistics since", "Estimated power use")):
            account.heading()
    yield from (Row(NAMED, "", at, name, uid=uid) for name, (at, uid) in first.items())


def _update(at: int, text: str, period: str, account: Account) -> Iterator[Row]:
    package, _, version = text.removeprefix("Update ").partition(" vers=")
    if not is_package(package):
        account.lose(at)
        return
    account.anchor()
    removed = version.strip() == "0"
    end = period.rpartition("/")[2]
    yield Row("removal", period, at, package) if removed else Row(NAMED, "", at, package, when=end)


def _history(at: int, text: str, first: dict[str, tuple[int, int]], known: set[str], account: Account) -> Iterator[Row]:
    """`+job=u0a123:"package/.Class"` and the like; every quoted name counts once, at its first line."""
    parts = text.split('"')
    for at_part in range(1, len(parts), 2):
        quoted = parts[at_part]
        if quoted in known:
            continue
        name, runner = _app_of(parts[at_part - 1], quoted)
        if name:
            account.anchor() if _event(parts[at_part - 1]) in _EVENTS else account.heading()
            _remember(first, name, at, runner)
            if runner < 0 and len(known) < _NAMED_AT_MOST and len(quoted) <= _LONGEST_KNOWN:
                known.add(quoted)
    if "pkgunin=" in text:
        account.anchor()
        who, _, rest = between(text, "pkgunin=").partition(":")
        name = rest.strip('"')
        uid = uid_number(who)
        if is_package(name):
            yield Row("removal", "", at, name, None if uid is None else uid // _PER_USER)


def _event(before: str) -> str:
    """`job` of `+1m02s (2) 100 +job=u0a123:`, which stands before a quote."""
    return before.rpartition("=")[0].rpartition(" ")[2].lstrip("+-")


def _app_of(before: str, text: str) -> tuple[str, int]:
    """The app in quotes: a component anywhere, a bare name only where the history means an app by it; else empty.

    before: what stands before the quote, such as `+top=u0a123:`. The number is the user id of a process, which may
    have any name; -1 for names that are those of apps.
    """
    found = components(text.rpartition("*/")[2])
    if found:
        return found[0].package, -1
    owner = before.rpartition("=")[2]
    key = _event(before)
    name = text.partition(":")[0]
    if key not in _APPS or not is_package(name):
        return "", -1
    owner_uid = uid_number(owner.rstrip(":")) if key == "proc" else None
    return name, -1 if owner_uid is None else owner_uid


def _remember(first: dict[str, tuple[int, int]], name: str, at: int, uid: int) -> None:
    """The first line; the user id only where nothing but processes has the name."""
    if name in first:
        first[name] = (first[name][0], uid if first[name][1] == uid else -1)
    elif len(first) < _NAMED_AT_MOST:
        first[name] = (at, uid)
