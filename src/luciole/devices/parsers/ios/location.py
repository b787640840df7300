"""Reads clients.plist of the location service: which apps may know the place, how far, and when they last asked."""

from __future__ import annotations

from collections.abc import Iterator

from luciole.apps import plist
from luciole.apps.plist import Value
from luciole.devices.parsers.rows import NAMED, Account, Row
from luciole.devices.parsers.times import from_seconds
from luciole.intel.apple_ids import plain_id

_MAC_EPOCH = 978_307_200
_ACCESS = {0: "asked", 1: "never", 2: "when-in-use", 3: "when-in-use", 4: "always"}
"""What the service keeps, as seen on devices; Apple does not document it, and it is not CLAuthorizationStatus."""
_TIMES = ("LocationTimeStopped", "ReceivingLocationInformationTimeStopped", "FenceTimeStarted", "LocationTimeStarted")
_KEY_MARKS = ("i", "p", ":")


def parse(value: Value, account: Account) -> Iterator[Row]:
    """Rows from a map of clients: the id of an app, or a path of a program, to its state."""
    clients = plist.mapping(value)
    if isinstance(value, dict):
        account.anchor()
    for number, (name, about) in enumerate(clients.items(), 1):
        package = _package(name, about)
        if not package:
            continue
        used = max((each for key in _TIMES if (each := _time(about, key))), default="")
        access = _access(about)
        if access:
            yield Row("location.access", access, number, package, 0, {"last_used": used}, used)
        else:
            yield Row(NAMED, "", number, package, 0, {}, used)


def _package(name: str, about: Value) -> str:
    """The app of a client; newer systems write `icom.example.app:` and keep the id inside."""
    for stated in (plist.text(about, "BundleId"), plist.text(about, "ClientStorageToken")):
        if found := plain_id(stated):
            return found
    if name.endswith(":") and name[:1] in _KEY_MARKS:
        name = name[1:-1]
    return plain_id(name.rpartition("/")[2].removesuffix(".bundle"))


def _access(about: Value) -> str:
    always = plist.number(about, "AuthorizationUpgradeAvailable")
    authorization = plist.number(about, "Authorization")
    if authorization is not None:
        return _ACCESS.get(authorization, "")
    authorized = plist.flag(about, "Authorized")
    if authorized is None:
        return ""
    return ("when-in-use" if always else "always") if authorized else "never"


def _time(about: Value, key: str) -> str:
    found = plist.at(about, key)
    return from_seconds(found + _MAC_EPOCH) if isinstance(found, int | float) and found > 0 else ""
