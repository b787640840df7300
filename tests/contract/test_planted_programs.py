"""Known ids, hosts, certificates and digests are found wherever a program or an installer can hold them."""

import base64
import hashlib
import io
import plistlib
import zipfile
from collections.abc import Callable, Mapping

import msgspec
import pytest

from luciole.apps.read import read_app
from luciole.intel.index import Index
from luciole.intel.match import Match, match
from luciole.intel.model import Family, Indicator, Knowledge, Role, ValueType, canonical
from luciole.kernel.outcome import State
from luciole.kernel.reading import Reading
from luciole.simulate.apps.keys import signer
from luciole.simulate.programs.apple import AppleProgram, build_fat, build_macho
from luciole.simulate.programs.bundle import AppleApp, Profile, app_files, build_app_zip, build_ipa
from luciole.simulate.programs.installers import MacPackage, Setup, build_cabinet, build_mac_package, build_nsis
from luciole.simulate.programs.package import Package, build_package
from luciole.simulate.programs.windows import WindowsProgram, build_program

NAME, HOST = "org.planted.watcher", "collect.plantedwatcher.com"
ADDRESS = f"https://{HOST}/v1"
DER = signer("other").certificate
RIGHT = "com.apple.developer.associated-domains"
GROUPS, KEYCHAIN = "com.apple.security.application-groups", "keychain-access-groups"
CLOUD, OWN = "com.apple.developer.icloud-container-identifiers", "application-identifier"
TEAM = "A1B2C3D4E5"
TABLES = {"Property": (("ProductName", "Inert"),)}
STUB = '<assemblyIdentity name="Nullsoft.NSIS.exehead"/>'


def index(*digests: str) -> Index:
    values: list[tuple[ValueType, str, Role]] = [
        ("package", NAME, "package"), ("ios-bundle", NAME, "ios-bundle"), ("host", HOST, "command-and-control"),
        ("sha1", hashlib.sha1(DER, usedforsecurity=False).hexdigest(), "certificate"),
        *(("sha256", each, "file-hash") for each in digests),
    ]  # fmt: skip
    held = tuple(Indicator(kind, value, role, ("spy",), ("list",)) for kind, value, role in values)
    return Index.open(Index.build(canonical(Knowledge(1, "", (Family("spy", "Spy", "stalkerware"),), held)), ()))


INDEX = index()


def matches(reading: Reading, held: Index = INDEX) -> list[Match]:
    return [each for one in reading.subjects for each in match(one, held)]


# ---------------------------------------------------------------------- programs


def pe(**more: object) -> bytes:
    return build_program(msgspec.structs.replace(WindowsProgram(), **more))


def macho(**more: object) -> bytes:
    return build_macho(msgspec.structs.replace(AppleProgram(signer="own"), **more))


IN_A_PROGRAM: dict[str, tuple[Role, Callable[[], bytes]]] = {
    "pe, address": ("command-and-control", lambda: pe(strings=(ADDRESS,))),
    "pe, host": ("command-and-control", lambda: pe(strings=(HOST,))),
    "pe, narrow": ("command-and-control", lambda: pe(strings=(HOST,), narrow=True)),
    "pe, address in UTF-16": ("command-and-control", lambda: pe(wide=(ADDRESS,))),
    "pe, host in UTF-16": ("command-and-control", lambda: pe(wide=(HOST,))),
    "pe, UTF-16 at an odd place": (
        "command-and-control",
        lambda: pe(dotnet=True, filler=b"\1" + ADDRESS.encode("utf-16-le")),
    ),
    "pe, description": ("command-and-control", lambda: pe(version={"Comments": HOST})),
    "pe, manifest": ("command-and-control", lambda: pe(manifest=f"<a>{ADDRESS}</a>")),
    "pe, data": ("command-and-control", lambda: pe(filler=bytes(99) + HOST.encode() + bytes(9))),
    "pe, behind the sections": ("command-and-control", lambda: pe(behind=bytes(33) + HOST.encode() + bytes(9))),
    "pe, signer": ("certificate", lambda: pe(signer="other")),
    "mach-o, address": ("command-and-control", lambda: macho(strings=(ADDRESS,))),
    "mach-o, host": ("command-and-control", lambda: macho(strings=(HOST,))),
    "mach-o, data": ("command-and-control", lambda: macho(filler=bytes(64) + HOST.encode() + bytes(8))),
    "mach-o, right": ("command-and-control", lambda: macho(rights={RIGHT: [f"applinks:{HOST}"]})),
    "mach-o, identifier of the signature": ("ios-bundle", lambda: macho(identifier=NAME)),
    "mach-o, shared folder": ("ios-bundle", lambda: macho(rights={GROUPS: [f"group.{NAME}.shared"]})),
    "mach-o, shared passwords": ("ios-bundle", lambda: macho(rights={KEYCHAIN: [f"{TEAM}.{NAME}"]})),
    "mach-o, own id in its rights": ("ios-bundle", lambda: macho(rights={OWN: f"{TEAM}.{NAME}"})),
    "mach-o, signer": ("certificate", lambda: macho(signer="other")),
    "mach-o, second program of two": (
        "command-and-control",
        lambda: build_fat({"arm64": macho(), "x86-64": macho(processor="x86-64", strings=(HOST,))}),
    ),
}


@pytest.mark.parametrize("place", IN_A_PROGRAM)
def test_a_known_value_is_found_wherever_it_stands_in_a_program(place: str) -> None:
    role, build = IN_A_PROGRAM[place]
    assert role in {each.role for each in matches(read_app(build(), "a"))}


# ---------------------------------------------------------------------- apps of Apple

BUILDERS = {"ios": build_ipa, "macos": build_app_zip}
PLATFORMS = sorted(BUILDERS)


def apple(platform: str, program: Mapping[str, object], **more: object) -> AppleApp:
    inside = msgspec.structs.replace(AppleProgram(platform=platform, signer="own"), **program)
    return msgspec.structs.replace(AppleApp(platform=platform, program=inside), **more)


POINT = {"NSExtension": {"NSExtensionPointIdentifier": "com.apple.keyboard-service"}}
IN_AN_APP: dict[str, tuple[Role, dict[str, object], dict[str, object]]] = {
    "id": ("ios-bundle", {}, {"identifier": NAME}),
    "id of an extension": ("ios-bundle", {}, {"extensions": {"Keys": {"CFBundleIdentifier": NAME, **POINT}}}),
    "id of a part without a place": ("ios-bundle", {}, {"extensions": {"Keys": {"CFBundleIdentifier": NAME}}}),
    "beginning of the id of a part": (
        "ios-bundle", {}, {"extensions": {"Keys": {"CFBundleIdentifier": f"{NAME}.keys", **POINT}}},
    ),
    "shared folder": ("ios-bundle", {"rights": {GROUPS: [f"group.{NAME}"]}}, {}),
    "shared folder with a team": ("ios-bundle", {"rights": {GROUPS: [f"{TEAM}.{NAME}"]}}, {}),
    "shared folder below the id": ("ios-bundle", {"rights": {GROUPS: [f"group.{NAME}.shared"]}}, {}),
    "shared passwords": ("ios-bundle", {"rights": {KEYCHAIN: [f"{TEAM}.org.example.inert", f"{TEAM}.{NAME}"]}}, {}),
    "folder in the cloud": ("ios-bundle", {"rights": {CLOUD: [f"iCloud.{NAME}"]}}, {}),
    "shared folder in the profile alone": (
        "ios-bundle", {"rights": {GROUPS: ["group.org.example.inert"]}},
        {"profile": Profile(rights={GROUPS: [f"group.{NAME}"]})},
    ),
    "own id in the profile": ("ios-bundle", {}, {"profile": Profile(rights={OWN: f"{TEAM}.{NAME}"})}),
    "program": ("command-and-control", {"strings": (HOST,)}, {}),
    "signer": ("certificate", {"signer": "other"}, {}),
    "right": ("command-and-control", {"rights": {RIGHT: [f"webcredentials:{HOST}?mode=developer"]}}, {}),
    "right of the profile": ("command-and-control", {}, {"profile": Profile(rights={RIGHT: [HOST]})}),
    "exception of transport": (
        "command-and-control", {}, {"info": {"NSAppTransportSecurity": {"NSExceptionDomains": {HOST: {}}}}},
    ),
    "own key of its list": ("command-and-control", {}, {"info": {"Server": {"Address": ADDRESS}}}),
    "list of an extension": ("command-and-control", {}, {"extensions": {"Keys": {"Server": HOST, **POINT}}}),
    "translated name": ("command-and-control", {}, {"labels": {"fr": HOST}}),
}  # fmt: skip


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize("place", IN_AN_APP)
def test_a_known_value_is_found_wherever_it_stands_in_an_app_of_apple(place: str, platform: str) -> None:
    role, program, more = IN_AN_APP[place]
    reading = read_app(BUILDERS[platform](apple(platform, program, **more)), "a")
    assert role in {each.role for each in matches(reading)}


PARTS = {
    "Frameworks/Spy.framework": "framework", "Watch/Spy.app": "helper", "XPCServices/Spy.xpc": "helper",
    "Resources/Spy.bundle": "library",
}  # fmt: skip


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize("part", PARTS)
def test_the_known_id_of_a_bundle_inside_an_app_of_apple_is_found(part: str, platform: str) -> None:
    info = plistlib.dumps({"CFBundleIdentifier": NAME})
    inside = f"{part}/Contents/Info.plist" if platform == "macos" and "framework" not in part else f"{part}/Info.plist"
    found = matches(read_app(with_file(platform, inside, info), "a"))
    assert {
        (each.fact.name, each.strength, each.fact.attributes["kind"]) for each in found if each.role == "ios-bundle"
    } == {("program.bundle", "strong", PARTS[part])}


@pytest.mark.parametrize("name", ["Frameworks/Spy.framework/Spy", "Frameworks/spy.dylib"])
def test_the_known_identifier_of_a_program_inside_an_app_of_apple_is_found(name: str) -> None:
    found = matches(read_app(with_file("ios", name, macho(kind="library", identifier=NAME)), "a"))
    assert {("ios-bundle", "strong")} == {(each.role, each.strength) for each in found if each.role == "ios-bundle"}


IDS_THAT_ARE_NONE = {
    "another id with the same beginning": {GROUPS: [f"group.{NAME}er"]},
    "id without a mark": {"com.apple.security.temporary-exception.mach-lookup.global-name": [NAME]},
    "id behind another": {GROUPS: [f"group.org.example.{NAME}"]},
}


@pytest.mark.parametrize("form", IDS_THAT_ARE_NONE)
def test_what_only_looks_like_a_shared_id_is_not_met(form: str) -> None:
    assert matches(read_app(macho(rights=IDS_THAT_ARE_NONE[form]), "a")) == []


def test_what_an_app_shares_supports_and_does_not_decide() -> None:
    """A folder may be shared by every app of one maker."""
    [first, *_] = found = matches(read_app(macho(rights={GROUPS: [f"group.{NAME}"]}), "a"))
    assert {each.strength for each in found} == {"supporting"}
    assert "may share with other apps" in first.why.text


FILES: dict[str, Callable[[], bytes]] = {
    "main.jsbundle": f'fetch("{ADDRESS}")'.encode,
    "www/config.json": f'{{"host":"{HOST}"}}'.encode,
    "wide.txt": lambda: b"\xff\xfe" + f"server = {HOST}".encode("utf-16-le"),
    "Settings.plist": lambda: plistlib.dumps({"DATABASE": {"URL": ADDRESS}}, fmt=plistlib.FMT_BINARY),
    "Other.plist": lambda: plistlib.dumps({"DATABASE": HOST}),
    "en.lproj/Localizable.strings": f'"a" = "{ADDRESS}";'.encode,
    "Frameworks/Spy.framework/Spy": lambda: macho(kind="library", strings=(HOST,)),
    "Frameworks/spy.dylib": lambda: macho(kind="library", strings=(HOST,)),
}


def with_file(platform: str, name: str, content: bytes) -> bytes:
    files = app_files(apple(platform, {}))
    root = min((each for each in files if each.endswith("Info.plist")), key=len).rpartition("/")[0]
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for each, data in {**files, f"{root}/{name}": content}.items():
            archive.writestr(f"Payload/{each}" if platform == "ios" else each, data)
    return stream.getvalue()


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize("name", FILES)
def test_a_known_host_is_found_in_each_kind_of_file_of_an_app_of_apple(name: str, platform: str) -> None:
    found = matches(read_app(with_file(platform, name, FILES[name]()), "a"))
    assert {(each.role, each.fact.place.member.endswith(name)) for each in found} == {("command-and-control", True)}


def test_a_list_that_is_damaged_is_told() -> None:
    reading = read_app(with_file("ios", "Settings.plist", b"bplist00" + bytes(40)), "a")
    line = next(each for each in reading.subjects[0].coverage if each.area == "resources")
    assert line.state is State.PARTIAL
    assert "Settings.plist" in line.detail


# ---------------------------------------------------------------------- installers

CARRIERS: dict[str, Callable[[str, bytes], bytes]] = {
    "nsis": lambda name, data: build_nsis(Setup({f"$INSTDIR/{name}": data})),
    "nsis, apart": lambda name, data: build_nsis(Setup({f"$INSTDIR/{name}": data}, method="deflate", solid=False)),
    "cabinet": lambda name, data: build_cabinet({name: data}),
    "msi, in its cabinet": lambda _, data: build_package(Package(TABLES, {"in.cab": build_cabinet({"F1": data})})),
    "msi, openly": lambda _, data: build_package(Package(TABLES, {"Binary.x": data})),
    "pkg": lambda name, data: build_mac_package(MacPackage({f"./{name}": data}, "chunks")),
    "cabinet inside nsis": lambda name, data: build_nsis(Setup({"$INSTDIR/in.cab": build_cabinet({name: data})})),
}
CARRIED: dict[str, tuple[Role, str, Callable[[], bytes]]] = {
    "host": ("command-and-control", "host.exe", lambda: pe(strings=(HOST,))),
    "host in UTF-16": ("command-and-control", "host.exe", lambda: pe(wide=(HOST,))),
    "signer": ("certificate", "host.exe", lambda: pe(signer="other")),
    "digest": ("file-hash", "host.exe", lambda: pe(strings=("known",))),
    "host in a script": ("command-and-control", "start.txt", f"start {ADDRESS}\r\n".encode),
}


@pytest.mark.parametrize("carrier", CARRIERS)
@pytest.mark.parametrize("what", CARRIED)
def test_a_known_value_is_found_in_what_an_installer_carries(what: str, carrier: str) -> None:
    role, name, build = CARRIED[what]
    data = build()
    known = index(hashlib.sha256(data).hexdigest())
    assert role in {each.role for each in matches(read_app(CARRIERS[carrier](name, data), "a"), known)}


@pytest.mark.parametrize("carrier", CARRIERS)
def test_the_digest_of_an_installer_itself_is_found(carrier: str) -> None:
    whole = CARRIERS[carrier]("host.exe", pe())
    found = matches(read_app(whole, "a"), index(hashlib.sha256(whole).hexdigest()))
    assert [(each.role, each.strength) for each in found] == [("file-hash", "strong")]


SCRIPT = f"#!/bin/sh\ncurl {ADDRESS}\n".encode()
AGENT = plistlib.dumps({"ProgramArguments": ["curl", ADDRESS]})
SIGNERS = (base64.b64encode(DER).decode(),)
FILES_OF_SETUP = {"$INSTDIR/a": b"x"}
CALLED: Role = "command-and-control"


def msi(**tables: tuple[tuple[str, ...], ...]) -> bytes:
    return build_package(Package({**TABLES, **tables}))


def nsis(**more: object) -> bytes:
    return build_nsis(msgspec.structs.replace(Setup(FILES_OF_SETUP), **more))


def pkg(**more: object) -> bytes:
    return build_mac_package(msgspec.structs.replace(MacPackage({"./a": b"x"}), **more))


IN_AN_INSTALLER: dict[str, tuple[Role, Callable[[], bytes]]] = {
    "msi, property": (CALLED, lambda: msi(Property=(("ProductName", "x"), ("SERVER", HOST)))),
    "msi, registry": (CALLED, lambda: msi(Registry=(("r", "Software\\x", "s", ADDRESS),))),
    "msi, action": (CALLED, lambda: msi(CustomAction=(("a", f"cmd /c start {ADDRESS}"),))),
    "nsis, registry": (CALLED, lambda: nsis(values=(("Software\\x", "s", HOST),))),
    "nsis, signer": ("certificate", lambda: nsis(program=WindowsProgram(signer="other", manifest=STUB))),
    "pkg, id": ("package", lambda: pkg(identifier=NAME)),
    "pkg, signer": ("certificate", lambda: pkg(certificates=SIGNERS)),
    "pkg, script": (CALLED, lambda: pkg(scripts={"./postinstall": SCRIPT})),
    "pkg, what starts by itself": (CALLED, lambda: pkg(files={"./Library/LaunchDaemons/a.plist": AGENT})),
    "pkg, id of its app": ("ios-bundle", lambda: in_a_package(identifier=NAME)),
    "pkg, program of its app": (CALLED, lambda: in_a_package({"strings": (HOST,)})),
}


def in_a_package(program: Mapping[str, object] | None = None, **more: object) -> bytes:
    files = app_files(apple("macos", program or {}, **more))
    return build_mac_package(MacPackage({f"./Applications/{name}": data for name, data in files.items()}))


@pytest.mark.parametrize("place", IN_AN_INSTALLER)
def test_a_known_value_is_found_wherever_it_stands_in_an_installer(place: str) -> None:
    role, build = IN_AN_INSTALLER[place]
    assert role in {each.role for each in matches(read_app(build(), "a"))}


def test_without_them_nothing_is_found() -> None:
    for data in (pe(), macho(), build_ipa(apple("ios", {})), CARRIERS["nsis"]("a.txt", b"text"), in_a_package()):
        assert matches(read_app(data, "a")) == []
