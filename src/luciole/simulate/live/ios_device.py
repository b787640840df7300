"""What a simulated iPhone is, and what its services answer: descriptions and the property lists made of them."""

from __future__ import annotations

import plistlib
from typing import TypeAlias

import msgspec

Listed: TypeAlias = "dict[str, Listed] | list[Listed] | str | int | float | bool | bytes"
"""What a property list holds."""

LOCKDOWN = "com.apple.mobile.lockdown"
BROWSE_PIECE = 3
"""Apps that one message of the installation service holds, so that there are several."""


PRIVATE: dict[str, Listed] = {
    "PhoneNumber": "+33 6 00 00 00 00",
    "DeviceName": "Somebody's telephone",
    "WiFiAddress": "00:00:5e:00:53:01",
}
"""Values that a careful reader leaves behind."""


class Program(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One app. signer: as the device names it; kind: User or System; rights: entitlements, texts or flags."""

    bundle: str
    label: str = ""
    version: str = "1.0"
    kind: str = "User"
    signer: str = "Apple iPhone OS Application Signing"
    rights: dict[str, str | bool | list[str]] = {}
    background: tuple[str, ...] = ()
    provisioned: str = ""
    """developer or enterprise: a provisioning profile of that kind lies on the device."""


class Profile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One configuration profile as the profile service lists it."""

    identifier: str
    organization: str = ""
    fixed: bool = False


class IosDevice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A simulated iPhone. pairing: what it answers to a computer that it does not know."""

    serial: str = "00008030-001A2B3C4D5E6F70"
    model: str = "iPhone14,5"
    version: str = "17.4.1"
    trusted: bool = True
    pairing: str = "PairingDialogResponsePending"
    developer_mode: bool = False
    supervised_by: str = ""
    server: str = ""
    wireless: bool = False
    programs: tuple[Program, ...] = ()
    profiles: tuple[Profile, ...] = ()


def values(device: IosDevice) -> dict[str, Listed]:
    """The values of lockdown's own domain."""
    return {
        "DeviceClass": "iPhone",
        "ProductType": device.model,
        "ProductVersion": device.version,
        "BuildVersion": "21E236",
        "SerialNumber": "F2LX0EXAMPLE",
        "UniqueDeviceID": device.serial,
        "UniqueChipID": 1,
        "TimeZone": "Europe/Paris",
        "PasswordProtected": True,
        "TrustedHostAttached": device.trusted,
        **PRIVATE,
    }


def domain(device: IosDevice, name: str, key: str) -> Listed | None:
    """One value of another domain; None where there is none."""
    known: dict[tuple[str, str], Listed] = {
        ("com.apple.security.mac.amfi", "DeveloperModeStatus"): device.developer_mode,
        ("com.apple.mobile.wireless_lockdown", "EnableWifiConnections"): device.wireless,
        ("com.apple.fmip", "IsAssociated"): True,
        ("com.apple.mobile.backup", "WillEncrypt"): False,
    }
    return known.get((name, key))


def application(program: Program) -> dict[str, Listed]:
    """One app as the installation service describes it."""
    rights: dict[str, Listed] = {key: list(value) if isinstance(value, list) else value
                                 for key, value in program.rights.items()}  # fmt: skip
    return {
        "CFBundleIdentifier": program.bundle,
        "CFBundleDisplayName": program.label or program.bundle,
        "CFBundleShortVersionString": program.version,
        "ApplicationType": program.kind,
        "SignerIdentity": program.signer,
        "Entitlements": rights,
        "UIBackgroundModes": list(program.background),
        "Container": "/private/var/mobile/Containers/Data/Application/EXAMPLE",
    }


def provisioning(program: Program) -> bytes:
    """A provisioning profile as it lies on a device: a property list inside bytes of a signature."""
    content: dict[str, Listed] = {
        "Name": program.bundle,
        "TeamName": "Example Team",
        "Entitlements": {"application-identifier": f"A1B2C3D4E5.{program.bundle}"},
    }
    if program.provisioned == "enterprise":
        content["ProvisionsAllDevices"] = True
    else:
        content["ProvisionedDevices"] = ["00008030-001A2B3C4D5E6F70"]
    return b"0\x82\x10\x00" + plistlib.dumps(content) + b"\xa0\x82"


def profile_list(device: IosDevice) -> dict[str, Listed]:
    """The answer to GetProfileList."""
    metadata: dict[str, Listed] = {
        each.identifier: {
            "PayloadOrganization": each.organization,
            "PayloadRemovalDisallowed": each.fixed,
            "PayloadUUID": "00000000-0000-0000-0000-000000000000",
            "PayloadVersion": 1,
        }
        for each in device.profiles
    }
    identifiers: list[Listed] = [each.identifier for each in device.profiles]
    return {"Status": "Acknowledged", "OrderedIdentifiers": identifiers, "ProfileMetadata": metadata}


def cloud(device: IosDevice) -> dict[str, Listed]:
    """The answer to GetCloudConfiguration."""
    found: dict[str, Listed] = {"AllowPairing": True}
    if device.supervised_by:
        found |= {"IsSupervised": True, "OrganizationName": device.supervised_by}
    if device.server:
        found["ConfigurationURL"] = device.server
    return {"Status": "Acknowledged", "CloudConfiguration": found}


def demonstration() -> IosDevice:
    """An iPhone with apps of every origin, a profile and supervision; all of it invented."""
    return IosDevice(
        programs=(
            Program("com.apple.mobilesafari", "Safari", kind="System", signer="Software Signing"),
            Program("org.example.bank", "Bank"),
            Program("org.example.beta", "Beta", signer="TestFlight Beta Distribution"),
            Program(
                "org.example.companywatch", "Company Watch", signer="iPhone Distribution: Example Ltd",
                rights={"com.apple.developer.networking.networkextension": ["packet-tunnel-provider"]},
                background=("location", "fetch"), provisioned="enterprise",
            ),
            Program(
                "org.example.homemade", "Home Made", signer="Apple Development: someone (A1B2C3D4E5)",
                rights={"get-task-allow": True}, provisioned="developer",
            ),
        ),
        profiles=(Profile("org.example.profile", "Example Ltd", fixed=True),),
        supervised_by="Example Ltd",
        server="https://mdm.example.invalid/enrol",
        developer_mode=True,
    )  # fmt: skip
