"""Reads the role section of dumpsys: which apps hold the default roles such as messages, calls or assistant."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from luciole.devices.parsers.rows import Account, Line, Row, is_package, number

SERVICE = "role"
AREAS = ("device.roles",)
_PREFIX = "android.app.role."
_SHORT = {
    "SMS": "sms",
    "DIALER": "dialer",
    "ASSISTANT": "assistant",
    "HOME": "home",
    "BROWSER": "browser",
    "CALL_SCREENING": "call-screening",
    "CALL_REDIRECTION": "call-redirection",
}


def parse(lines: Iterable[Line], account: Account) -> Iterator[Row]:
    """Rows `role.holder` from `name=android.app.role.X` followed by `holders=a` or a list in brackets."""
    user, role, listing = 0, "", False
    for at, text in lines:
        stripped = text.strip().rstrip(",")
        key, equals, value = stripped.partition("=")
        if equals and key in {"user_id", "name", "holders"}:
            account.anchor() if key == "holders" else account.heading()
        if key == "user_id":
            found = number(value)
            user = user if found is None else found
        elif key == "name" and value.startswith(_PREFIX):
            role = _SHORT.get(value.removeprefix(_PREFIX), value)
        elif key == "holders" or listing:
            held = value if key == "holders" else stripped
            listing = "]" not in held and (listing or held.startswith("["))
            for name in held.strip("[]").replace(",", " ").split():
                if is_package(name) and role:
                    yield Row("role.holder", role, at, name, user)
                elif name != "null":
                    account.lose(at)
        elif stripped in {"}", "]"}:
            listing = False
