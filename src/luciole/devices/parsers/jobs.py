"""Reads the jobscheduler and alarm sections of dumpsys: what apps let run by themselves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from luciole.devices.parsers.rows import Account, Component, Line, Row, between, components, is_package, uid_number

SERVICES = ("jobscheduler", "alarm")
AREAS = ("device.jobs",)
_PER_USER = 100_000
_MOST = 20_000
_OPENINGS = ("Registered ", "Current Alarm Manager state", "Pending alarm", "Job history:", "Started users:")

_EMPTY = frozenset({"Registered 0 jobs:", "Pending alarm batches: 0", "Pending alarms: 0"})
"""How the two sections say that there is nothing."""


def parse(lines: Iterable[Line], account: Account) -> Iterator[Row]:
    """Rows `job`, each component of an app once for each user.

    Shapes: `JOB #u0a123/1: abc package/.Class`, `Alarm{abc type 0 when 1 package}` with a `tag=*walarm*:name` line.
    """
    seen: set[tuple[str, int | None, str]] = set()
    for at, text in lines:
        stripped = text.strip()
        if stripped.startswith(_OPENINGS):
            account.anchor() if stripped in _EMPTY else account.heading()
        if stripped.startswith("JOB #"):
            for row in _job(at, stripped):
                account.anchor()
                yield from _once(row, seen, account)
        elif "Alarm{" in stripped:
            package = between(stripped, "Alarm{", "}").split()[-1:]
            if package and is_package(package[0]):
                account.anchor()
                row = Row("job", package[0], at, package[0], attributes={"kind": "alarm"})
                yield from _once(row, seen, account)
        elif "tag=*" in stripped or stripped.startswith("*walarm*"):
            for found in components(stripped.replace(":", " ")):
                yield from _once(_alarm(at, found), seen, account)


def _job(at: int, text: str) -> Iterator[Row]:
    uid = uid_number(between(text, "JOB #", "/"))
    user = None if uid is None else uid // _PER_USER
    kind = "sync" if "SyncJobService" in text else "job"
    for found in components(text.partition(":")[2]):
        yield Row("job", found.name, at, found.package, user, {"kind": kind})


def _alarm(at: int, found: Component) -> Row:
    return Row("job", found.name, at, found.package, attributes={"kind": "alarm"})


def _once(row: Row, seen: set[tuple[str, int | None, str]], account: Account) -> Iterator[Row]:
    """The row, where this user's app has not had it before."""
    key = (row.package, row.user, str(row.value))
    if key in seen:
        return
    if len(seen) >= _MOST:
        account.skip(row.line)
        return
    seen.add(key)
    yield row
