"""Says where an app came from, and what proves it: store records, provisioning profiles, names left by tools."""

from __future__ import annotations

from collections.abc import Iterator

from luciole.apps import plist
from luciole.apps.plist import Value
from luciole.devices.parsers.rows import LOOK, NAMED, Row
from luciole.intel.apple_ids import plain_id, team_behind, without_team
from luciole.kernel.errors import ParseError

SIGNING_TOOLS: dict[str, str] = {
    "com.rileytestut.AltStore": "AltStore",
    "com.SideStore.SideStore": "SideStore",
    "com.opa334.TrollStore": "TrollStore",
    "com.opa334.TrollStorePersistenceHelper": "TrollStore",
    "kh.crysalis.feather": "Feather",
    "io.sideloadly.sideloadly": "Sideloadly",
    "com.esign.ios": "ESign",
    "com.gbox.gbox": "GBox",
    "com.kdt.livecontainer": "LiveContainer",
}
"""Apps that install other apps past the App Store, by id."""
MARKETPLACES: dict[str, str] = {
    "io.altstore.marketplace": "AltStore PAL",
    "com.rileytestut.AltStore.PAL": "AltStore PAL",
    "com.epicgames.storemobile": "Epic Games Store",
    "com.setapp.mobile": "Setapp Mobile",
    "dev.mobivention.marketplace": "Mobivention",
    "com.aptoide.ios": "Aptoide",
}
"""App stores of others that Apple allows in some countries, by id."""
_STORE = frozenset({"com.apple.AppStore", "com.apple.itunesstored", "com.apple.appstored", "com.apple.storekitd"})
_TESTFLIGHT = "com.apple.TestFlight"
_MANAGERS = frozenset(
    {"com.apple.managedclient", "com.apple.mdmclient", "com.apple.dmd", "com.apple.remotemanagementd"}
)
_XML, _XML_END = b"<?xml", b"</plist>"


def by_name(package: str) -> Iterator[Row]:
    """A team behind the id is left by tools that sign at home; no app of the store has one.

    The id from before is handed on to be searched: lists of known apps have that one.
    """
    if team_behind(package):
        yield from _origin(package, 0, "sideload-tool", "the id ends in the number of a team")
        yield Row(LOOK, original_id(package))
    elif package in SIGNING_TOOLS:
        yield from _origin(package, 0, "sideload-tool", f"{SIGNING_TOOLS[package]} installs itself this way")


def original_id(package: str) -> str:
    """The id that an app had before a tool signed it anew; empty where it is the same."""
    plain = without_team(package)
    return plain if plain != package else ""


def by_record(record: Value, package: str, line: int, *, matches: bool) -> Iterator[Row]:
    """What the store's own record proves; one of another app, or without a number of the store, proves nothing."""
    source = plist.text(record, "sourceApp")
    distributor = plist.text(record, "distributorInfo", "distributorID") or plist.text(record, "distributorID")
    item = plist.number(record, "itemId")
    if _TESTFLIGHT in {source, distributor} or plist.at(record, "betaExternalVersionIdentifier"):
        yield from _origin(package, line, "testflight", "the record of the app names TestFlight")
    elif source in _MANAGERS or plist.text(record, "appManagementDeclarationIdentifier"):
        yield from _origin(package, line, "management", "the record of the app names a management server")
        yield Row("app.managed", True, line, package, 0)
    elif distributor and distributor not in _STORE:
        yield from _origin(package, line, "marketplace", f"the record of the app names {distributor[:80]}")
    elif matches and item and (source in _STORE or not source):
        yield from _origin(package, line, "app-store", "the record of the store with its number of the app")


def _origin(package: str, line: int, kind: str, proof: str) -> Iterator[Row]:
    yield Row("app.origin", kind, line, package, 0, {"proof": proof})
    if kind in {"enterprise", "developer", "sideload-tool"}:
        yield Row("app.sideloaded", True, line, package, 0)
    elif kind in {"app-store", "testflight"}:
        yield Row("app.sideloaded", False, line, package, 0)


def provisioning(data: bytes) -> Iterator[Row]:
    """A provisioning profile (`.mobileprovision`): a property list inside a signed message. Raises ParseError.

    Apps of the store need none on the device: who has one was signed by a company for its staff or by a developer.
    """
    start = data.find(_XML)
    stop = data.find(_XML_END, start)
    if start < 0 or stop < 0:
        raise ParseError("no property list in the provisioning profile", offset=0)
    value = plist.load(data[start : stop + len(_XML_END)])
    package = plain_id(plist.text(value, "Entitlements", "application-identifier"))
    if not package:
        return
    if plist.flag(value, "ProvisionsAllDevices"):
        proof = f"a provisioning profile for all devices, of {plist.text(value, 'TeamName')[:80] or 'an unnamed team'}"
        yield from _origin(package, 0, "enterprise", proof)
    elif plist.items(value, "ProvisionedDevices") or plist.flag(value, "LocalProvision"):
        proof = "a provisioning profile for certain devices"
        yield from _origin(package, 0, "developer", proof)
    else:
        yield Row(NAMED, "", 0, package)
