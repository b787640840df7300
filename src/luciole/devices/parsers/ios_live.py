"""Reads what the services of a connected iPhone or iPad answered: the device, its apps, profiles and supervision."""

from __future__ import annotations

from collections.abc import Iterator

from luciole.apps import plist
from luciole.apps.plist import Value
from luciole.devices.parsers.ios import info, origin, profiles
from luciole.devices.parsers.rows import Account, Row
from luciole.intel.apple_ids import plain_id
from luciole.kernel.errors import ParseError

_MOST_APPS = 20_000
_MOST_RIGHTS = 200
_LONGEST = 200
_SHOWN = {
    "ProductType": "model",
    "ProductVersion": "os_version",
    "BuildVersion": "build",
    "DeviceClass": "device_class",
    "TimeZone": "timezone",
    "ActivationState": "activation",
}
_MASKED = {"SerialNumber": "serial", "UniqueDeviceID": "device_id"}
_SETTINGS = ("wireless_sync", "find_my")
_SIGNERS = (
    ("Apple iPhone OS Application Signing", "app-store"),
    ("Apple iPhone OS Application", "app-store"),
    ("TestFlight Beta Distribution", "testflight"),
    ("iPhone Distribution:", "enterprise"),
    ("Apple Distribution:", "enterprise"),
    ("iPhone Developer:", "developer"),
    ("Apple Development:", "developer"),
)
"""How the name of a signer begins, and what it says about where the app came from."""
_OUTSIDE = frozenset({"enterprise", "developer"})


def device(value: Value, account: Account) -> Iterator[Row]:
    """Rows `device.property` from the values of lockdown; the numbers of the device are masked."""
    for key, shown in _SHOWN.items():
        if found := plist.text(value, key):
            account.anchor()
            yield Row("device.property", found[:_LONGEST], attributes={"key": shown})
    for key, shown in _MASKED.items():
        if found := plist.text(value, key):
            account.anchor()
            yield Row("device.property", info.masked(found), attributes={"key": shown})
    protected = plist.flag(value, "PasswordProtected")
    if protected is not None:
        yield Row("device.property", "yes" if protected else "no", attributes={"key": "locked_with_code"})


def settings(value: Value, account: Account) -> Iterator[Row]:
    """Rows `developer_options`, `setting` and more from single values. A value that is not there says nothing."""
    if not isinstance(value, dict):
        return
    account.anchor()
    account.note("only what the service tells of settings")
    if (mode := _switch(value, "developer_mode")) is not None:
        yield Row("developer_options", mode)
    if (encrypted := _switch(value, "backup_encrypted")) is not None:
        yield Row("device.property", "yes" if encrypted else "no", attributes={"key": "backup_encrypted"})
    if _switch(value, "chaperoned"):
        yield Row("device.supervised", value=True, attributes={"organization": ""})
    for name in _SETTINGS:
        if (state := _switch(value, name)) is not None:
            yield Row("setting", name, attributes={"value": str(int(state)), "namespace": "lockdown"})


def _switch(value: Value, name: str) -> bool | None:
    found = plist.at(value, name)
    return bool(found) if isinstance(found, bool | int) else None


def apps(value: Value, account: Account) -> Iterator[Row]:
    """Rows about each app of the installation service: name, version, signer, rights. Raises ParseError."""
    if not isinstance(value, list | tuple):
        return
    account.anchor()
    if len(value) > _MOST_APPS:
        raise ParseError("more apps than the limit", limit=True)
    for number, about in enumerate(value, 1):
        package = plain_id(plist.text(about, "CFBundleIdentifier"))
        if package:
            yield from _app(about, package, number, account)
        else:
            account.lose(number)


def _app(about: Value, package: str, number: int, account: Account) -> Iterator[Row]:
    yield Row("app.state", "installed", number, package, 0)
    label = plist.text(about, "CFBundleDisplayName") or plist.text(about, "CFBundleName")
    if label:
        yield Row("app.label", label[:_LONGEST], number, package, 0)
    version = plist.text(about, "CFBundleShortVersionString") or plist.text(about, "CFBundleVersion")
    if version:
        yield Row("app.version_name", version[:_LONGEST], number, package, 0)
    if plist.text(about, "ApplicationType") in {"System", "Internal", "Hidden"}:
        yield Row("app.system", value=True, line=number, package=package, user=0)
        return
    yield from origin.by_name(package)
    yield from _signer(plist.text(about, "SignerIdentity"), package, number)
    yield from _store_record(about, package, number, account)
    yield from _rights(plist.mapping(about, "Entitlements"), package, number)
    for mode in plist.items(about, "UIBackgroundModes"):
        if isinstance(mode, str):
            yield Row("program.background", mode[:_LONGEST], number, package, 0)


def _signer(signer: str, package: str, number: int) -> Iterator[Row]:
    if not signer:
        return
    attributes: dict[str, str | int | float | bool | list[str]] = {
        "subject": signer[:_LONGEST],
        "common_name": signer[:_LONGEST],
        "role": "signer",
    }
    yield Row("signature.certificate", "", number, package, 0, attributes)
    for begin, kind in _SIGNERS:
        if signer.startswith(begin):
            yield Row("app.origin", kind, number, package, 0, {"proof": f"signed by {signer[:_LONGEST]}"})
            yield Row("app.sideloaded", kind in _OUTSIDE, number, package, 0)
            return


def _store_record(about: Value, package: str, number: int, account: Account) -> Iterator[Row]:
    found = plist.at(about, "iTunesMetadata")
    if isinstance(found, bytes):
        try:
            found = plist.load(found)
        except ParseError:
            account.lose(number)
            return
    if isinstance(found, dict):
        yield from info.store_record(found, package, number)


def _rights(rights: dict[str, Value], package: str, number: int) -> Iterator[Row]:
    for key, value in list(rights.items())[:_MOST_RIGHTS]:
        texts = [each for each in value if isinstance(each, str)][:40] if isinstance(value, list | tuple) else []
        setting = "" if texts else str(value)[:80]
        yield Row("program.entitlement", key[:_LONGEST], number, package, 0, {"setting": setting, "values": texts})


def profile_list(value: Value, account: Account) -> Iterator[Row]:
    """Rows `management.profile` from the list of the profile service, which does not tell the parts of a profile."""
    found = plist.at(value, "ProfileMetadata")
    if not isinstance(found, dict):
        return
    account.anchor()
    account.note("the list names profiles and not what is in them")
    for number, (identifier, about) in enumerate(found.items(), 1):
        yield Row(
            "management.profile",
            identifier[:_LONGEST],
            number,
            attributes={
                "organization": plist.text(about, "PayloadOrganization")[:_LONGEST],
                "payloads": [],
                "removal_disallowed": bool(plist.flag(about, "PayloadRemovalDisallowed")),
            },
        )


def supervision(value: Value, account: Account) -> Iterator[Row]:
    """Rows of the configuration by which an organisation prepared the device; an empty one says that there is none."""
    if not isinstance(value, dict):
        return
    account.anchor()
    account.note("whether the device is enrolled is told only as far as it was prepared by an organisation")
    yield from profiles.parse_cloud(value, account)
