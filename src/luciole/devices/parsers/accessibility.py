"""Reads the accessibility section of dumpsys: services that are installed, enabled, bound or crashed, for each user."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

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
    reader.end_user()
    yield from reader.bound()


class _User(NamedTuple):
    """What one user's state says of bound services, where their components are not printed."""

    user: int
    labels: list[tuple[int, str]]
    enabled: list[tuple[int, Component]]


class _Reader:
    """State, label and user between lines; a list may run over several lines until its braces close."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.user = 0
        self.state: str | None = None
        self.open = 0
        self.begun = 0
        self.listed = self.filled = False
        self.enabled: list[tuple[int, Component]] = []
        self.labels: list[tuple[int, str]] = []
        self.bound_named: set[str] = set()
        self.users: list[_User] = []
        self.known: dict[str, set[Component]] = {}

    def line(self, at: int, text: str) -> Iterator[Row]:
        lowered = text.strip().lower()
        if lowered.startswith("user state["):
            self.end_user()
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
                self.listed = self.filled = False
                return
        self.state = None

    def _listed(self, at: int, text: str) -> Iterator[Row]:
        state = self.state or ""
        labels, named = _labels(text), components(text)
        if state == "bound":
            self.labels += [(at, label) for label in labels]
        if len(labels) == len(named) == 1:
            self.known.setdefault(labels[0], set()).add(named[0])
        self.listed = self.listed or bool(named or labels)
        inside = text.partition("{")[2] if at == self.begun else text
        self.filled = self.filled or bool(inside.strip(" \t{}]"))
        for found in named:
            if state:
                yield self._row(state, at, found)
            if state == "enabled":
                self.enabled.append((at, found))
            self.bound_named |= {found.name} if state == "bound" else set()
        self.open += text.count("{") - text.count("}")
        if self.open <= 0:
            self._end()

    def _end(self) -> None:
        """Only a list of what is enabled or bound, be it empty, shows that the section was understood."""
        if self.state in {"enabled", "bound"} and (self.listed or not self.filled):
            self.account.anchor()
        elif self.state:
            self.account.heading()
        self.state = None

    def _row(self, state: str, at: int, found: Component, label: str = "") -> Row:
        attributes: dict[str, Value] = {"state": state, "label": label} if label else {"state": state}
        return Row("accessibility.state", found.name, at, found.package, self.user, attributes)

    def end_user(self) -> None:
        """The state of one user ends here. A label alone, beside the only enabled service, is the label of that."""
        if self.labels and not self.bound_named:
            self.users.append(_User(self.user, self.labels, self.enabled))
            if len(self.labels) == len(self.enabled) == 1:
                self.known.setdefault(self.labels[0][1], set()).add(self.enabled[0][1])
        self.labels, self.enabled, self.bound_named = [], [], set()

    def bound(self) -> Iterator[Row]:
        """Bound services are printed by label only.

        They are told apart when as many are bound as are enabled, or when each label is known to be that of one
        enabled service, because another list or user has it beside the only service it can belong to.
        """
        for user, labels, enabled in self.users:
            self.user = user
            found = [(at, label, self._only(label, enabled)) for at, label in labels]
            if len(labels) == len(enabled):
                for at, each in enabled:
                    yield self._row("bound", labels[0][0] or at, each, labels[0][1] if len(labels) == 1 else "")
            elif all(each is not None for _, _, each in found):
                yield from (self._row("bound", at, each, label) for at, label, each in found if each is not None)
            else:
                names = ", ".join(label for _, label in labels[:20])
                self.account.remark("bound accessibility services are printed by label only: " + names)

    def _only(self, label: str, enabled: list[tuple[int, Component]]) -> Component | None:
        """The one enabled service with a known label."""
        known = self.known.get(label, set())
        found = {each for _, each in enabled if each in known}
        return found.pop() if len(found) == len(known) == 1 else None


def _labels(text: str) -> list[str]:
    return [part.partition(",")[0].partition("]")[0].strip() for part in text.split("Service[label=")[1:]]
