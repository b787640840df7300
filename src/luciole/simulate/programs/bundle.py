"""Writes inert apps of Apple systems: as files of a folder, as a zipped .app, as an IPA with its profile."""

from __future__ import annotations

import datetime as dt
import plistlib
from collections.abc import Mapping

import msgspec

from luciole.simulate.apps.archive import Layout, Member, write_archive
from luciole.simulate.apps.keys import signer
from luciole.simulate.programs.apple import AppleProgram, build_macho
from luciole.simulate.programs.cms import DATA, element, signed_data

_CREATED = dt.datetime(2024, 1, 1, tzinfo=dt.UTC).replace(tzinfo=None)
_EXPIRES = dt.datetime(2025, 1, 1, tzinfo=dt.UTC).replace(tzinfo=None)


class Profile(msgspec.Struct, frozen=True):
    """One provisioning profile. kind: enterprise, ad-hoc, development or store; devices: how many it names."""

    kind: str = "enterprise"
    name: str = "Inert profile"
    team: str = "INERT12345"
    team_name: str = "Inert Makers"
    devices: int = 0
    rights: Mapping[str, object] = {}


class AppleApp(msgspec.Struct, frozen=True):
    """One inert app. info: more keys of its Info.plist; extensions: name → keys of theirs; labels: language → name."""

    name: str = "Inert"
    identifier: str = "org.example.inert"
    platform: str = "ios"
    info: Mapping[str, object] = {}
    program: AppleProgram = AppleProgram(platform="ios")
    extensions: Mapping[str, Mapping[str, object]] = {}
    labels: Mapping[str, str] = {}
    profile: Profile | None = None


def app_files(app: AppleApp) -> dict[str, bytes]:
    """The files of the app, by their names below the folder that holds it."""
    root = f"{app.name}.app/"
    mobile = app.platform == "ios"
    inside = root if mobile else root + "Contents/"
    program = inside + app.name if mobile else f"{inside}MacOS/{app.name}"
    files = {
        inside + "Info.plist": plistlib.dumps(_info(app), fmt=plistlib.FMT_BINARY),
        program: build_macho(app.program),
    }
    for language, label in app.labels.items():
        place = inside if mobile else inside + "Resources/"
        files[f"{place}{language}.lproj/InfoPlist.strings"] = plistlib.dumps({"CFBundleDisplayName": label})
    for name, keys in app.extensions.items():
        part = f"{inside}PlugIns/{name}.appex/" + ("" if mobile else "Contents/")
        own = {"CFBundleIdentifier": f"{app.identifier}.{name}", "CFBundleExecutable": name, **keys}
        files[part + "Info.plist"] = plistlib.dumps(own)
        files[part + (name if mobile else f"MacOS/{name}")] = build_macho(app.program)
    if app.profile is not None:
        ending = "embedded.mobileprovision" if mobile else "embedded.provisionprofile"
        files[inside + ending] = build_profile(app.profile)
    return files


def build_ipa(app: AppleApp) -> bytes:
    """The app as an IPA."""
    return _zip({f"Payload/{name}": data for name, data in app_files(app).items()})


def build_app_zip(app: AppleApp) -> bytes:
    """The app folder in an archive, as people send programs of macOS."""
    return _zip(app_files(app))


def build_profile(profile: Profile) -> bytes:
    """A signed provisioning profile."""
    held: dict[str, object] = {
        "Name": profile.name, "TeamIdentifier": [profile.team], "TeamName": profile.team_name,
        "CreationDate": _CREATED, "ExpirationDate": _EXPIRES,
        "Entitlements": {**profile.rights, "get-task-allow": profile.kind == "development"},
    }  # fmt: skip
    if profile.kind == "enterprise":
        held["ProvisionsAllDevices"] = True
    elif profile.kind != "store":
        held["ProvisionedDevices"] = [f"{number:040x}" for number in range(profile.devices)]
    text = plistlib.dumps(held)
    return signed_data(signer("own"), DATA, text, element(0x04, text))


def _info(app: AppleApp) -> dict[str, object]:
    return {
        "CFBundleIdentifier": app.identifier, "CFBundleName": app.name, "CFBundleDisplayName": app.name,
        "CFBundleExecutable": app.name, "CFBundleShortVersionString": "1.0", "CFBundleVersion": "1", **app.info,
    }  # fmt: skip


def _zip(files: Mapping[str, bytes]) -> bytes:
    return b"".join(write_archive(Layout(tuple(Member(name.encode(), data) for name, data in files.items()))))
