"""Plants one app, host, digest or certificate into one named place, so that a test can walk through all places."""

from __future__ import annotations

import msgspec

from luciole.kernel.errors import UsageError
from luciole.simulate.devices.description import (
    Accessibility,
    Admin,
    App,
    AppOp,
    DeviceDescription,
    Keyboard,
    Listener,
    Planted,
    Usage,
)
from luciole.simulate.devices.places import PLACES, Kind, Place

_CARRIERS = {
    "dumpsys package installer": "installer",
    "dumpsys package initiator": "initiator",
    "dumpsys package code-path": "code_path",
}
"""Places where an app is named only in the entry of another app."""


def plant(description: DeviceDescription, kind: Kind, value: str, place: str) -> DeviceDescription:
    """The device with `value` in `place` and nowhere else. place: a name of `places.PLACES` for this kind.

    Raises UsageError for a place that this kind cannot be named in.
    """
    row = next((row for row in PLACES if row.name == place and row.kind == kind), None)
    if row is None:
        raise UsageError(f"a {kind} cannot be planted in {place!r}", remedy="see luciole.simulate.devices.places")
    if row.shape:
        description = msgspec.structs.replace(description, shape=row.shape)
    if place == "backup" and description.backup_password is None:
        description = msgspec.structs.replace(description, backup_password="")
    if kind == "package":
        return msgspec.structs.replace(description, apps=(*description.apps, _planted_app(description, value, place)))
    return msgspec.structs.replace(description, planted=(*description.planted, Planted(kind, value, place)))


def places(kind: Kind) -> tuple[Place, ...]:
    """The places where something of this kind can be planted."""
    return tuple(place for place in PLACES if place.kind == kind)


def _planted_app(description: DeviceDescription, package: str, place: str) -> App:
    if place in _CARRIERS:
        attribute = _CARRIERS[place]
        value = f"/data/app/{package}-1" if attribute == "code_path" else package
        carrier = App("org.example.carrier", only_in=("dumpsys package packages",), installer="com.android.vending")
        return msgspec.structs.replace(carrier, **{attribute: value})
    owner = {"dumpsys device_policy device-owner": "device", "dumpsys device_policy profile-owner": "profile"}
    return App(
        package=package,
        only_in=(place,),
        shared_user="org.example.shared" if place == "dumpsys package shared" else "",
        updated_system=place == "dumpsys package hidden",
        appops={"RECORD_AUDIO": AppOp(), "FINE_LOCATION": AppOp(), "CAMERA": AppOp()},
        broadcasts=("android.provider.Telephony.SMS_RECEIVED",),
        accessibility=(Accessibility(state="enabled"),),
        admin=Admin(owner=owner.get(place, "")),  # type: ignore[arg-type] # checked at run time
        listener=Listener(),
        keyboard=Keyboard(state="default"),
        roles=("SMS", "DIALER", "ASSISTANT"),
        autofill=True,
        battery_exempt=True,
        background_data=True,
        vpn="always-on",
        usage=Usage(description.taken, 60, 1),
        jobs=(".SyncJob",),
        alarms=("org.example.WAKE",),
        accounts=True,
        databases=("store.db",),
        process=True,
    )
