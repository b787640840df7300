"""Reads the notification section of dumpsys: which apps may read notifications, and which are connected now."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from luciole.devices.parsers.rows import Account, Line, Row, between, components, indent, number

SERVICE = "notification"
AREAS = ("device.notifications",)
_STATES = {
    "Allowed notification listeners": "allowed",
    "All notification listeners": "allowed",
    "Live notification listeners": "live",
}


def parse(lines: Iterable[Line], account: Account) -> Iterator[Row]:
    """Rows `notification_listener`. Format: ManagedServices.dump, below `Notification listeners:`."""
    inside, depth, state = False, 0, ""
    for at, text in lines:
        stripped = text.strip()
        if stripped in {"Notification listeners:", "Notification Listeners:"}:
            inside, depth, state = True, indent(text), ""
            account.heading()
        elif inside and stripped and indent(text) <= depth:
            inside = False
        elif inside:
            heading = next((value for mark, value in _STATES.items() if stripped.startswith(mark)), None)
            state = heading if heading is not None else _after(state, stripped)
            if heading is not None and "(0)" in stripped:
                account.anchor()
            for row in _listed(at, stripped, state) if state else ():
                account.anchor()
                yield row


def _after(state: str, text: str) -> str:
    """A further heading such as `Snoozed notification listeners` ends a list."""
    return "" if text.endswith(":") and "/" not in text else state


def _listed(at: int, text: str, state: str) -> Iterator[Row]:
    user = number(between(text, "user: ", " ").rstrip(")"))
    user = number(between(text, "(user ", ")")) if user is None else user
    user = number(between(text, "userId: ")) if user is None else user
    for found in components(text.replace(":", " ")):
        yield Row("notification_listener", found.name, at, found.package, user, {"state": state})
