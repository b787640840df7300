"""Reads the deviceidle section of dumpsys: apps that are exempt from battery saving."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from luciole.devices.parsers.rows import Account, Line, Row, indent, is_package, uid_number

SERVICE = "deviceidle"
AREAS = ("device.battery",)
_LISTS = {
    "Whitelist (except idle) system apps:": "system",
    "Whitelist system apps:": "system",
    "Whitelist user apps:": "user",
    "Allowlist (except idle) system apps:": "system",
    "Allowlist system apps:": "system",
    "Allowlist user apps:": "user",
    "Temp whitelist schedule:": "temporary",
    "Temp allowlist schedule:": "temporary",
}


def parse(lines: Iterable[Line], account: Account) -> Iterator[Row]:
    """Rows `battery.exempt` with the kind of exemption: user, system or temporary."""
    kind, depth = "", 0
    for at, text in lines:
        stripped = text.strip()
        if stripped in _LISTS:
            kind, depth = _LISTS[stripped], indent(text)
            account.heading()
        elif "Whitelist" in stripped or "Allowlist" in stripped or stripped.startswith("Settings:"):
            account.heading()
            kind = ""
        elif kind and indent(text) <= depth:
            kind = ""
        elif kind and is_package(stripped):
            account.anchor()
            yield Row("battery.exempt", kind, at, stripped)
        elif kind and stripped.startswith("UID="):
            uid = uid_number(stripped[4:].partition(":")[0])
            if uid is not None:
                account.anchor()
                yield Row("battery.exempt", kind, at, uid=uid)
        elif kind:
            account.lose(at)
