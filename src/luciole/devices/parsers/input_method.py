"""Reads the input_method section of dumpsys: keyboards that are installed, and the one that is in use."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from luciole.devices.parsers.rows import Account, Line, Row, between, component, number

SERVICE = "input_method"
AREAS = ("device.keyboards",)
_DEFAULT = ("mCurMethodId=", "mCurrentMethodId=", "mSelectedMethodId=", "mCurId=", "mCurMethodId:")


def parse(lines: Iterable[Line], account: Account) -> Iterator[Row]:
    """Rows `keyboard` with state installed, enabled or default, each once."""
    seen: set[tuple[str, str, int | None]] = set()
    user: int | None = None
    for at, text in lines:
        stripped = text.strip()
        if stripped.startswith(("Current Input Method Manager state", "Input Methods:", "InputMethod #")):
            account.heading()
        found = number(between(stripped, "mCurrentUserId="))
        user = user if found is None else found
        for value, state in _ids(stripped):
            keyboard = component(value)
            if keyboard is not None and (keyboard.name, state, user) not in seen:
                seen.add((keyboard.name, state, user))
                account.anchor()
                yield Row("keyboard", keyboard.name, at, keyboard.package, user, {"state": state})


def _ids(text: str) -> Iterator[tuple[str, str]]:
    if text.startswith("mId="):
        yield between(text, "mId="), "installed"
    for key in _DEFAULT:
        if key in text:
            yield between(text, key).strip(), "default"
    for key in ("mEnabledInputMethodsStrCache=", "enabledInputMethods="):
        if key in text:
            yield from ((part.partition(";")[0], "enabled") for part in between(text, key).split(":"))
