"""Cabinets and packages of macOS are opened as other tools open them; damage, bombs and a missing library are told."""

import base64
import hashlib
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fuzz_target import target
from installer_tools import HOOK, NOISE, PROGRAM, TEXT, digests, lines, never_silent, run, told, unpacked, values
from luciole.apps.installers.pkg import certificates
from luciole.apps.isolation import Worker
from luciole.apps.read import read_app
from luciole.kernel.facts import FactSet
from luciole.kernel.outcome import Reason, State
from luciole.simulate.apps.keys import signer
from luciole.simulate.programs.apple import build_macho
from luciole.simulate.programs.bundle import app_files
from luciole.simulate.programs.demonstration import APPLE_FORMS, BUNDLE_FORMS
from luciole.simulate.programs.installers import (
    MacPackage,
    Setup,
    build_cabinet,
    build_cpio,
    build_mac_package,
    build_nsis,
    build_xar,
)
from luciole.simulate.programs.package import Package, build_package

FILES = {"host.exe": PROGRAM, "docs/readme.txt": TEXT, "noise.bin": NOISE}
TOOL = build_macho(APPLE_FORMS[0])
APP = {f"./Applications/{name}": content for name, content in app_files(BUNDLE_FORMS[1]).items()}
PAYLOAD = {**APP, "./usr/local/bin/tool": TOOL, "./Library/LaunchDaemons/org.example.plist": b"<plist/>"}
PACKAGE = MacPackage(PAYLOAD, scripts={"postinstall": b"#!/bin/sh\n"})
TAP = "CoreGraphics.CGEventTapCreate"
PACKINGS = ["gzip", "chunks", "none"]
WIX = """<?xml version="1.0"?><Wix xmlns="http://schemas.microsoft.com/wix/2006/wi">
<Product Id="12345678-1234-1234-1234-123456789012" Name="Inert" Version="1.0.0" Manufacturer="Inert Makers"
 Language="1033" UpgradeCode="12345678-1234-1234-1234-123456789013">
<Package InstallerVersion="200" Compressed="yes"/><Media Id="1" Cabinet="in.cab" EmbedCab="yes"/>
<Directory Id="TARGETDIR" Name="SourceDir"><Component Id="C1" Guid="12345678-1234-1234-1234-123456789014">
<File Id="F1" Name="host.exe" Source="host.exe" KeyPath="yes"/></Component></Directory>
<Feature Id="All" Level="1"><ComponentRef Id="C1"/></Feature></Product></Wix>"""


def read(data: bytes, name: str = "a") -> FactSet:
    return read_app(data, name).subjects[0]


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.mark.tools
def test_a_cabinet_that_gcab_wrote_holds_what_was_packed(tmp_path: Path) -> None:
    for name, content in (("host.exe", PROGRAM), ("noise.bin", NOISE)):
        (tmp_path / name).write_bytes(content)
    run("gcab", "-c", "-z", "-n", "made.cab", "host.exe", "noise.bin", folder=tmp_path)
    facts = read((tmp_path / "made.cab").read_bytes())
    assert digests(facts) == {"host.exe": digest(PROGRAM)}
    assert values(facts, "program.installs") == set(unpacked(tmp_path / "made.cab", tmp_path / "out"))
    assert HOOK in values(facts, "program.api")
    assert not told(facts)


@pytest.mark.tools
@pytest.mark.parametrize("packed", [True, False])
def test_cabextract_takes_the_same_files_out_of_a_cabinet_of_ours(tmp_path: Path, *, packed: bool) -> None:
    path = tmp_path / "own.cab"
    path.write_bytes(build_cabinet(FILES, packed=packed))
    run("cabextract", "-q", "-d", "out", "own.cab", folder=tmp_path)
    others = {one: (tmp_path / "out" / one).read_bytes() for one in FILES}
    assert others == FILES
    facts = read(path.read_bytes())
    assert values(facts, "program.installs") == set(FILES)
    assert digests(facts) == {"host.exe": digest(PROGRAM)}


@pytest.mark.tools
def test_programs_in_the_cabinet_of_a_package_that_wixl_wrote_are_read(tmp_path: Path) -> None:
    (tmp_path / "host.exe").write_bytes(PROGRAM)
    (tmp_path / "a.wxs").write_text(WIX)
    run("wixl", "-o", "a.msi", "a.wxs", folder=tmp_path)
    facts = read((tmp_path / "a.msi").read_bytes(), "a.msi")
    assert (facts.subject.identity, values(facts, "program.installs")) == ("Inert", {"host.exe"})
    assert digests(facts) == {"in.cab!F1": digest(PROGRAM)}
    assert HOOK in values(facts, "program.api")
    assert not told(facts)


@pytest.mark.tools
def test_a_package_whose_archives_bsdtar_and_cpio_wrote_gives_the_app_and_the_programs_beside_it(
    tmp_path: Path,
) -> None:
    for name, content in PAYLOAD.items():
        path = tmp_path / "root" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    run("cpio", "-o", "-H", "odc", "--quiet", "-O", "../Payload", folder=tmp_path / "root", given="\n".join(PAYLOAD))
    run("gzip", "Payload", folder=tmp_path)
    (tmp_path / "Payload.gz").rename(tmp_path / "Payload")
    run("bsdtar", "--format", "xar", "-cf", "made.pkg", "Payload", folder=tmp_path)
    facts = read((tmp_path / "made.pkg").read_bytes())
    assert (facts.subject.identity, facts.subject.platform) == ("org.example.inert", "macos")
    assert digests(facts)["Payload!usr/local/bin/tool"] == digest(TOOL)
    assert digests(facts)["Applications/Inert.app/Contents/MacOS/Inert"] == digest(TOOL)
    assert TAP in values(facts, "program.api")
    kinds = {str(one.value): one.attributes["kind"] for one in facts.facts if one.name == "program.installs"}
    assert set(kinds) == {name.removeprefix("./") for name in PAYLOAD}
    assert kinds["Library/LaunchDaemons/org.example.plist"] == "autostart"
    assert not told(facts)


@pytest.mark.tools
def test_7zip_and_cpio_read_the_archives_of_ours(tmp_path: Path) -> None:
    (tmp_path / "own.pkg").write_bytes(build_xar({"PackageInfo": b"<pkg-info/>", "Payload": NOISE}))
    (tmp_path / "own.cpio").write_bytes(build_cpio({"docs/readme.txt": TEXT}))
    assert unpacked(tmp_path / "own.pkg", tmp_path / "out")["Payload"] == digest(NOISE)
    run("cpio", "-id", "--quiet", "-I", "own.cpio", folder=tmp_path)
    assert (tmp_path / "docs" / "readme.txt").read_bytes() == TEXT


@pytest.mark.parametrize("packing", PACKINGS)
def test_a_payload_in_each_packing_gives_the_same_facts(packing: str) -> None:
    facts = read(build_mac_package(msgspec.structs.replace(PACKAGE, packing=packing)))
    assert facts.subject.identity == "org.example.inert"
    assert TAP in values(facts, "program.api")
    assert "postinstall" in values(facts, "program.installs")
    assert not told(facts)


def test_a_package_without_an_app_is_called_by_its_own_name() -> None:
    facts = read(build_mac_package(MacPackage({"./usr/local/bin/tool": TOOL}, identifier="org.example.tool")))
    assert facts.subject.identity == "org.example.tool"
    assert values(facts, "app.version_name") == {"1.0"}
    assert TAP in values(facts, "program.api")


def test_the_signer_of_a_package_is_named_and_not_called_verified() -> None:
    own = signer("own").certificate
    data = build_mac_package(MacPackage({"./readme.txt": TEXT}, certificates=(base64.b64encode(own).decode(),)))
    assert [one.sha256 for one in certificates(data)] == [digest(own)]
    facts = read(data)
    found = next(one for one in facts.facts if one.name == "signature.certificate")
    assert (found.value, found.attributes["verified"]) == (digest(own), False)
    states = {one.attributes["state"] for one in facts.facts if one.name == "signature.scheme" and not one.place.member}
    assert states == {"not-compared"}


@pytest.mark.parametrize("packed", [True, False])
def test_a_cabinet_damaged_at_each_percent_never_loses_its_program_silently(*, packed: bool) -> None:
    never_silent(build_cabinet({"noise": NOISE[:3000], **FILES}, packed=packed), "a.cab")


@pytest.mark.parametrize("packing", PACKINGS)
def test_a_package_damaged_at_each_percent_never_loses_its_program_silently(packing: str) -> None:
    whole = build_mac_package(MacPackage({"./noise": NOISE[:3000], "./host.exe": PROGRAM}, packing))
    never_silent(whole, "a.pkg")


def test_windows_programs_beside_an_app_are_read_and_too_many_programs_are_told_by_name() -> None:
    files = {"./Applications/helper.exe": PROGRAM, **APP, **{f"./bin/{one}": TOOL for one in range(400)}}
    facts = read(build_mac_package(MacPackage(files)))
    assert facts.subject.identity == "org.example.inert"
    assert {HOOK, TAP} <= values(facts, "program.api")
    assert 100 < len(digests(facts)) < 300
    assert {line.reason for line in lines(facts)} == {Reason.LIMIT}


@pytest.mark.tools
@pytest.mark.parametrize("kind", ["7z", "zip"])
def test_archives_of_7zip_inside_an_installer_are_opened(tmp_path: Path, kind: str) -> None:
    (tmp_path / "host.exe").write_bytes(PROGRAM)
    (tmp_path / "noise.bin").write_bytes(NOISE)
    run("7zz", "a", f"-t{kind}", f"made.{kind}", "host.exe", "noise.bin", folder=tmp_path)
    content = (tmp_path / f"made.{kind}").read_bytes()
    facts = read(build_nsis(Setup({"$PLUGINSDIR/app": content})))
    assert digests(facts) == {"$PLUGINSDIR/app!host.exe": digest(PROGRAM)}
    assert HOOK in values(facts, "program.api")
    assert not told(facts)
    for percent in range(1, 100):
        place = len(content) * percent // 100
        for damaged in (content[:place], content[:place] + b"\xff" * 16 + content[place + 16 :]):
            facts = read(build_nsis(Setup({"$PLUGINSDIR/app": damaged})))
            assert told(facts) or HOOK in values(facts, "program.api"), percent


def test_an_archive_that_cannot_be_opened_inside_an_installer_is_told() -> None:
    facts = read(build_nsis(Setup({"$INSTDIR/a.rar": b"Rar!\x1a\x07\x01\0" + NOISE})))
    assert {line.reason for line in lines(facts)} == {Reason.UNKNOWN_FORMAT}


def judged(request: bytes) -> bytes:
    """What a child with the usual limits says of a file."""
    return msgspec.json.encode([line.reason.value for line in lines(read(request))])


@pytest.mark.parametrize(
    "build",
    [
        lambda zeros: build_cabinet({"zeros": zeros}),
        lambda zeros: build_mac_package(MacPackage({"./zeros": zeros})),
        lambda zeros: build_mac_package(MacPackage({"./zeros": zeros}, "chunks")),
        lambda zeros: build_package(Package(streams={"in.cab": build_cabinet({"zeros": zeros})})),
    ],
    ids=["cabinet", "package", "chunks", "cabinet-in-package"],
)
def test_a_bomb_does_not_go_off_and_is_told(build: Callable[[bytes], bytes]) -> None:
    data = build(bytes(24 << 20))
    with Worker(judged) as worker:
        assert msgspec.json.decode(worker.ask(data, len(data))) == ["limit-reached"] * 2


def test_archives_inside_archives_are_followed_to_the_limit_and_no_further() -> None:
    inner = build_cabinet({"host.exe": PROGRAM})
    assert HOOK in values(read(build_nsis(Setup({"$INSTDIR/in.cab": inner}))), "program.api")
    for _ in range(5):
        inner = build_cabinet({"in.cab": inner})
    facts = read(inner)
    assert HOOK not in values(facts, "program.api")
    assert {line.reason for line in lines(facts)} == {Reason.LIMIT}


@pytest.mark.parametrize("data", [build_cabinet(FILES), build_mac_package(PACKAGE)], ids=["cabinet", "package"])
def test_without_the_library_nothing_is_called_examined_and_the_way_to_add_it_is_told(
    tmp_path: Path, data: bytes
) -> None:
    path = tmp_path / "file"
    path.write_bytes(data)
    code = (
        "import sys; from pathlib import Path; from luciole.apps.read import read_app\n"
        "for line in read_app(Path(sys.argv[1]).read_bytes(), 'a').subjects[0].coverage:\n"
        "    print(line.area, line.state.value, line.detail)"
    )
    environment = {**os.environ, "LIBARCHIVE": "/nowhere/libarchive.so"}
    ended = subprocess.run(
        [sys.executable, "-c", code, str(path)], env=environment, capture_output=True, text=True, check=True
    )
    said = dict(line.split(" ", 1) for line in ended.stdout.splitlines())
    for area in ("code", "native", "manifest"):
        assert said[area].startswith(State.NOT_LOOKED_AT.value)
        assert "luciole[installers]" in said[area]


def test_a_payload_of_an_unknown_kind_is_told() -> None:
    facts = read(build_xar({"PackageInfo": b"<pkg-info/>", "Payload": b"AA01" + NOISE}))
    assert {line.reason for line in lines(facts)} == {Reason.UNKNOWN_FORMAT}


@settings(max_examples=100)
@given(st.binary(max_size=200), st.integers(0, 3000), st.sampled_from(PACKINGS))
def test_any_bytes_anywhere_in_a_package_give_facts_or_a_parse_error(data: bytes, place: int, packing: str) -> None:
    whole = build_mac_package(msgspec.structs.replace(PACKAGE, packing=packing))
    target("installer")(whole[:place] + data + whole[place + len(data) :])


@settings(max_examples=100)
@given(st.binary(max_size=200), st.integers(0, 1500))
def test_any_bytes_anywhere_in_a_cabinet_give_facts_or_a_parse_error(data: bytes, place: int) -> None:
    whole = build_cabinet(FILES)
    target("installer")(whole[:place] + data + whole[place + len(data) :])
