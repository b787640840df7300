"""Reads the accessibility section of dumpsys: services that are installed, enabled, bound or crashed, for each user."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from luciole.devices.parsers.rows import Account, Component, Line, Row, between, components, number
from luciole.kernel.facts import Value

SERVICE = "accessibility"
AREAS = ("device.accessibility",)
_LISTS = {
    "installed services:": "installed",
    "enabled services:": "enabled",
    "bound services:": "bound",
    "crashed services:": "crashed",
    "binding services:": "",
    "services:{": "bound",
}
_MOST_LINES = 2_000


def parse(lines: Iterable[Line], account: Account) -> Iterator[Row]:
    """Rows `accessibility.state`.

    Shapes: Android 8 to 10 (`services:{Service[label=…`), 11 and later (`Enabled services:{{package/class}}`), and
    makers that list `installed services: {` with `0 : package/class`.
    """
    reader = _Reader(account)
    for at, text in lines:
        yield from reader.line(at, text)
    yield from reader.bound()


class _Reader:
    """State, label and user between lines; a list may run over several lines until its braces close."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.user = 0
        self.state: str | None = None
        self.open = 0
        self.begun = 0
        self.listed = False
        self.enabled: list[tuple[int, Component]] = []
        self.labels: list[tuple[int, str]] = []
        self.bound_named: set[str] = set()

    def line(self, at: int, text: str) -> Iterator[Row]:
        lowered = text.strip().lower()
        if lowered.startswith("user state["):
            yield from self.bound()
        user = number(between(between(text, "{id=", "}"), "", ","))
        self.user = self.user if user is None else user
        if self.state is None or at - self.begun > _MOST_LINES:
            self._begin(at, lowered)
        if self.state is not None:
            yield from self._listed(at, text)

    def _begin(self, at: int, lowered: str) -> None:
        for mark, state in _LISTS.items():
            if lowered.startswith(mark):
                self.state, self.open, self.begun = state, 0, at
                self.listed = False
                return
        self.state = None

    def _listed(self, at: int, text: str) -> Iterator[Row]:
        state = self.state or ""
        if state == "bound":
            self.labels += [(at, label) for label in _labels(text)]
        for found in components(text):
            if state:
                yield self._row(state, at, found)
            if state == "enabled":
                self.enabled.append((at, found))
            self.bound_named |= {found.name} if state == "bound" else set()
        self.listed = self.listed or bool(components(text)) or "Service[label=" in text
        self.open += text.count("{") - text.count("}")
        if self.open <= 0:
            self._end(text)

    def _end(self, text: str) -> None:
        """Only a list of what is enabled or bound shows that the section was understood; nothing in its braces is fine."""
        if self.state in {"enabled", "bound"} and (self.listed or not text.rpartition("{")[2].strip(" \t}]")):
            self.account.anchor()
        elif self.state:
            self.account.heading()
        self.state = None

    def _row(self, state: str, at: int, found: Component, label: str = "") -> Row:
        attributes: dict[str, Value] = {"state": state, "label": label} if label else {"state": state}
        return Row("accessibility.state", found.name, at, found.package, self.user, attributes)

    def bound(self) -> Iterator[Row]:
        """Bound services are printed by label only; they are told apart when as many are bound as are enabled."""
        labels, enabled = self.labels, self.enabled
        if labels and not self.bound_named:
            if len(labels) == len(enabled):
                for at, found in enabled:
                    yield self._row("bound", labels[0][0] or at, found, labels[0][1] if len(labels) == 1 else "")
            else:
                self.account.remark(
                    "bound accessibility services are printed by label only: "
                    + ", ".join(label for _, label in labels[:20])
                )
        self.labels, self.enabled, self.bound_named = [], [], set()


def _labels(text: str) -> list[str]:
    return [part.partition(",")[0].partition("]")[0].strip() for part in text.split("Service[label=")[1:]]
