"""Reads settings of protection and sharing: Lockdown Mode, Find My, Screen Time, keyboards, trusted computers."""

from __future__ import annotations

from collections.abc import Iterator

from luciole.apps import plist
from luciole.apps.plist import Value
from luciole.devices.parsers.ios.info import shortened_digest
from luciole.devices.parsers.rows import NAMED, Account, Row
from luciole.intel.apple_ids import SYSTEM, plain_id

_MOST = 2_000
_GLOBAL = {"LDMGlobalEnabled": "lockdown-mode", "MultiplePathwaysEnabled": "accessibility-shortcut"}
_FIND_MY = {
    "FMFAllowed": "find-my-sharing-allowed",
    "shareLocation": "find-my-sharing",
    "ShareMyLocation": "find-my-sharing",
    "hideLocation": "find-my-hidden",
    "MyDeviceLocatingEnabled": "find-my-device",
    "followersCount": "find-my-followers",
}
_SCREEN_TIME = {
    "ScreenTimeEnabled": "screen-time",
    "STScreenTimeEnabled": "screen-time",
    "isSharingEnabled": "screen-time-shared",
    "ShareAcrossDevices": "screen-time-shared",
    "passcodeIsSet": "screen-time-code",
    "FamilySharingEnabled": "family-sharing",
    "isManagedByFamily": "screen-time-managed-by-family",
    "managedByFamily": "screen-time-managed-by-family",
}


def parse_global(value: Value, account: Account) -> Iterator[Row]:
    """.GlobalPreferences.plist: keyboards that are switched on, and Lockdown Mode."""
    if isinstance(value, dict):
        account.anchor()
    keyboards = plist.items(value, "AppleKeyboards")
    for number, name in enumerate(keyboards[:_MOST], 1):
        package = plain_id(name.partition("@")[0]) if isinstance(name, str) else ""
        if package and not package.startswith(SYSTEM):
            yield Row("keyboard", package, number, package, 0, {"state": "enabled"})
    yield from _settings(value, _GLOBAL, "global")


def parse_find_my(value: Value, account: Account) -> Iterator[Row]:
    """com.apple.findmy.plist and its kin: whether the place is shared; with whom is not read."""
    if isinstance(value, dict):
        account.anchor()
    yield from _settings(value, _FIND_MY, "find-my")


def parse_screen_time(value: Value, account: Account) -> Iterator[Row]:
    """com.apple.ScreenTimeAgent.plist: whether use is recorded and shared with a family."""
    if isinstance(value, dict):
        account.anchor()
    yield from _settings(value, _SCREEN_TIME, "screen-time")


def _settings(value: Value, wanted: dict[str, str], namespace: str) -> Iterator[Row]:
    for key, name in wanted.items():
        found = plist.at(value, key)
        if isinstance(found, bool | int | float):
            yield Row("setting", name, attributes={"value": str(int(found)), "namespace": namespace})


def parse_notifications(value: Value, account: Account) -> Iterator[Row]:
    """VersionedSectionInfo.plist: apps that have a place in the notifications; the ids are its keys."""
    sections = plist.mapping(value, "sectionInfo") or plist.mapping(value)
    if sections:
        account.anchor()
    for number, name in enumerate(list(sections)[: 10 * _MOST], 1):
        package = plain_id(name)
        if package and not package.startswith(SYSTEM):
            yield Row(NAMED, "", number, package)


def parse_pairing(value: Value, account: Account) -> Iterator[Row]:
    """A record of a trusted computer, by its `HostID`; nothing of its keys is read."""
    host = plist.text(value, "HostID") or plist.text(value, "SystemBUID")
    if host:
        account.anchor()
        yield Row("trusted_computer", shortened_digest(host), when=plist.when(value, "PairingDate"))


def parse_lockdown(value: Value, account: Account) -> Iterator[Row]:
    """data_ark.plist: whether computers may reach the device over Wi-Fi, and which were attached."""
    if not isinstance(value, dict):
        return
    account.anchor()
    for key, found in value.items():
        lower = key.lower()
        if lower.endswith("enablewificonnections") and isinstance(found, bool | int):
            yield Row("setting", "computer-over-wifi", attributes={"value": str(int(found)), "namespace": "lockdown"})
        elif lower.endswith(("hostid", "lastitunesbackuphost", "pairedhost")) and isinstance(found, str) and found:
            yield Row("trusted_computer", shortened_digest(found))
    for number, name in enumerate(plist.mapping(value, "PairRecords"), 1):
        yield Row("trusted_computer", shortened_digest(name), number)
