"""Reads the usagestats section of dumpsys: when each app was last in the foreground, and for how long."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from luciole.devices.parsers.rows import Account, Line, Row, between, is_package, number
from luciole.devices.parsers.times import clock_seconds, iso

SERVICE = "usagestats"
AREAS = ("device.usage",)
_TOTALS = ("totalTimeUsed=", "totalTime=")
_LAST = ("lastTimeUsed=", "lastTime=")
_FRONT_EVENTS = ("type=ACTIVITY_RESUMED", "type=MOVE_TO_FOREGROUND")


def parse(lines: Iterable[Line], account: Account) -> Iterator[Row]:
    """One row `usage.last_used` for each app and user: the latest time and the longest total of all tables.

    An app that is listed without any use is only named. Both spellings of the keys (Android 8 to 16) are read.
    """
    user = 0
    found: dict[tuple[str, int], tuple[int, str, int]] = {}
    for at, text in lines:
        stripped = text.strip()
        lowered = stripped.lower()
        if lowered.startswith(("user=", "user id : ", "user id: ")):
            named = number(stripped.replace("=", " ").split()[-1])
            user = user if named is None else named
            account.heading()
        elif "package=" in stripped:
            _add(found, at, user, stripped, account)
    for (package, of), (at, last, seconds) in found.items():
        if last or seconds:
            yield Row("usage.last_used", last, at, package, of, {"total_seconds": seconds})
        else:
            yield Row("app.named", "", at, package, of)


def _add(found: dict[tuple[str, int], tuple[int, str, int]], at: int, user: int, text: str, account: Account) -> None:
    package = between(text, "package=")
    if not is_package(package):
        account.lose(at)
        return
    last, seconds = _use(text)
    if last or any(key in text for key in (*_TOTALS, *_LAST)):
        account.anchor()
    first, newest, most = found.get((package, user), (at, "", 0))
    found[package, user] = (at if last > newest else first, max(newest, last), max(most, seconds))


def _use(text: str) -> tuple[str, int]:
    """Time of the last use in the foreground and the total; a table row with a total of nothing is no use."""
    if any(kind in text for kind in _FRONT_EVENTS):
        return iso(between(text, 'time="', '"')), 0
    total = next((key for key in _TOTALS if key in text), "")
    last = next((key for key in _LAST if key in text), "")
    seconds = clock_seconds(between(text, total)) if total else 0
    return (iso(between(text, f'{last}"', '"')) if last and seconds else ""), seconds
