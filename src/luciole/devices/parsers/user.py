"""Reads the user section of dumpsys: the users and profiles of the device."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from luciole.devices.parsers.rows import Account, Line, Row, between, number
from luciole.kernel.facts import Value

SERVICE = "user"
AREAS = ("device.users",)
_TYPES = {
    "android.os.usertype.full.SYSTEM": "owner",
    "android.os.usertype.system.HEADLESS": "owner",
    "android.os.usertype.full.SECONDARY": "secondary",
    "android.os.usertype.full.GUEST": "guest",
    "android.os.usertype.full.RESTRICTED": "restricted",
    "android.os.usertype.profile.MANAGED": "work-profile",
    "android.os.usertype.profile.PRIVATE": "private-profile",
    "android.os.usertype.profile.CLONE": "clone",
}
_FLAGS = ((0x4, "guest"), (0x8, "restricted"), (0x20, "work-profile"))
"""UserInfo.FLAG_GUEST, FLAG_RESTRICTED, FLAG_MANAGED_PROFILE: before Android 11 there is no type."""
_SAMSUNG_SECURE = range(150, 161)
_LONGEST_FLAGS = 8


def parse(lines: Iterable[Line], account: Account) -> Iterator[Row]:
    """One row `device.user` for each `UserInfo{id:name:flags}`, with kind, flags and whether it runs."""
    info: tuple[int, int, dict[str, Value]] | None = None
    for at, text in lines:
        stripped = text.strip()
        if stripped.startswith("UserInfo{"):
            yield from _row(info)
            account.heading()
            info = _begin(at, stripped)
            account.lose(at) if info is None else account.anchor()
        elif info is not None:
            _more(info[1], info[2], stripped)
    yield from _row(info)


def _begin(at: int, text: str) -> tuple[int, int, dict[str, Value]] | None:
    inner = between(text, "UserInfo{", "}")
    identity, _, rest = inner.partition(":")
    name, _, flags = rest.rpartition(":")
    user = number(identity)
    if user is None or len(flags) > _LONGEST_FLAGS:
        return None
    try:
        bits = int(flags, 16)
    except ValueError:
        return None
    kind = "owner" if user == 0 else next((kind for bit, kind in _FLAGS if bits & bit), "secondary")
    kind = "secure-folder" if user in _SAMSUNG_SECURE and kind in {"work-profile", "secondary"} else kind
    attributes: dict[str, Value] = {"kind": kind, "name": name}
    if text.endswith("running"):
        attributes["running"] = True
    return at, user, attributes


def _more(user: int, attributes: dict[str, Value], text: str) -> None:
    key, _, value = text.partition(": ")
    if key == "Type" and value in _TYPES and attributes["kind"] != "secure-folder" and user != 0:
        attributes["kind"] = _TYPES[value]
    elif key == "State":
        attributes["running"] = value.startswith("RUNNING")
    elif key == "Flags":
        attributes["flags"] = between(value, "(", ")").split("|")


def _row(info: tuple[int, int, dict[str, Value]] | None) -> Iterator[Row]:
    if info is not None:
        yield Row("device.user", info[1], info[0], attributes=info[2])
