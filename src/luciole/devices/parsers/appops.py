"""Reads the appops section of dumpsys: which operations apps were allowed, and when they used them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from luciole.devices.parsers.rows import Account, Line, Row, indent, is_package, uid_number
from luciole.devices.parsers.times import before, iso, seconds_of
from luciole.kernel.facts import Value

SERVICE = "appops"
AREAS = ("device.appops",)
_MODES = {"0": "allow", "1": "ignore", "2": "deny", "3": "default", "4": "foreground"}
_FRONT = ("[top", "[fg")
_PER_USER = 100_000


def parse(lines: Iterable[Line], account: Account) -> Iterator[Row]:
    """Rows `appop`.

    Shapes: Android 9 and earlier (`OP: mode=0; time=+1h ago; duration=+3s`), 10 and later (`OP (allow):` with
    `Access: [fg-s] date` lines). Relative times need the time of the dump.
    """
    reader = _Reader(account)
    for at, text in lines:
        yield from reader.line(at, text)
    yield from reader.close()


class _Reader:
    """User, app and operation between lines."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.user: int | None = None
        self.package = ""
        self.package_depth = 0
        self.operation = ""
        self.at = 0
        self.attributes: dict[str, Value] = {}

    def line(self, at: int, text: str) -> Iterator[Row]:
        stripped = text.strip()
        if stripped.startswith("Uid ") and stripped.endswith(":"):
            yield from self.close()
            uid = uid_number(stripped[4:-1])
            self.user, self.package = None if uid is None else uid // _PER_USER, ""
            if uid is None:
                self.account.lose(at)
        elif stripped.startswith("Package ") and stripped.endswith(":"):
            yield from self.close()
            self._package(at, stripped[8:-1], indent(text))
        elif self.package and stripped:
            yield from self._inside(at, text, stripped)

    def _package(self, at: int, name: str, depth: int) -> None:
        self.package, self.package_depth = name, depth
        self.account.heading()
        if not is_package(name):
            self.account.lose(at)
            self.package = ""

    def _inside(self, at: int, text: str, stripped: str) -> Iterator[Row]:
        if indent(text) <= self.package_depth:
            yield from self.close()
            self.package = ""
            return
        name = stripped.partition(" ")[0].rstrip(":")
        if name.isupper() and name.replace("_", "").isalnum() and ("(" in stripped or "mode=" in stripped):
            yield from self.close()
            self.operation, self.at = name, at
            self._mode(stripped)
        elif self.operation:
            self._use(stripped)

    def _mode(self, text: str) -> None:
        if "mode=" not in text:
            self.attributes["mode"] = text.partition("(")[2].partition(")")[0].partition(" ")[0]
            return
        for part in text.partition(":")[2].split(";"):
            key, _, value = part.strip().partition("=")
            if key == "mode":
                self.attributes["mode"] = _MODES.get(value, value)
            elif key in {"time", "rejectTime"}:
                self._note("last_background" if key == "time" else "last_rejected", before(self.account.taken, value))
            elif key == "duration":
                self._duration(value)

    def _use(self, text: str) -> None:
        kind, _, rest = text.partition(":")
        if kind not in {"Access", "Reject", "Running start at"}:
            return
        state, _, when = rest.strip().partition("]")
        front = state.startswith(_FRONT)
        key = "last_rejected" if kind == "Reject" else ("last_foreground" if front else "last_background")
        self._note(key, iso(when if state.startswith("[") else rest))
        _, found, duration = when.partition("duration=")
        if found:
            self._duration(duration.partition(",")[0].partition(")")[0])

    def _note(self, key: str, when: str) -> None:
        """The latest time wins; ISO 8601 texts of one zone compare as times do."""
        if when > str(self.attributes.get(key, "")):
            self.attributes[key] = when

    def _duration(self, text: str) -> None:
        seconds = seconds_of(text)
        if seconds is not None:
            self.attributes["duration"] = f"PT{seconds}S"

    def close(self) -> Iterator[Row]:
        """The operation that ends here."""
        if self.operation and self.package:
            self.account.anchor()
            yield Row("appop", self.operation, self.at, self.package, self.user, self.attributes)
        self.operation, self.attributes = "", {}
