"""What is planted in programs of macOS and iOS is found, as LIEF reads them too; damage is told."""

import hashlib
import os
import plistlib
import re
import shutil
import subprocess
from pathlib import Path

import lief
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzz_target import target
from luciole.apps.ipa.profile import read_profile
from luciole.apps.macho.layout import is_macho, read_headers
from luciole.apps.plist import load_map
from luciole.apps.read import read_app
from luciole.kernel.errors import NotThisKind, ParseError
from luciole.kernel.facts import Fact, FactSet
from luciole.kernel.outcome import Reason, State
from luciole.simulate.programs.apple import PROCESSORS, AppleProgram, build_fat, build_macho
from luciole.simulate.programs.bundle import AppleApp, Profile, build_app_zip, build_ipa, build_profile
from luciole.simulate.programs.demonstration import APPLE_FORMS, BUNDLE_FORMS

SIGNED = APPLE_FORMS[0]


def read(program: AppleProgram | bytes) -> FactSet:
    data = program if isinstance(program, bytes) else build_macho(program)
    return read_app(data, "program").subjects[0]


def values(facts: FactSet, name: str) -> set[object]:
    return {one.value for one in facts.facts if one.name == name}


def one(facts: FactSet, name: str) -> Fact:
    return next(fact for fact in facts.facts if fact.name == name)


def run(*command: str) -> str:
    if shutil.which(command[0]) is None:
        if os.environ.get("CI") == "true":
            pytest.fail(f"{command[0]} is not installed")
        pytest.skip(f"{command[0]} is not installed")
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout


def test_imports_rights_team_and_texts_are_found() -> None:
    facts = read(SIGNED)
    assert facts.subject.platform == "macos"
    assert facts.subject.identity == "org.example.inert"
    assert {
        "CoreGraphics.CGEventTapCreate",
        "CoreGraphics.CGWindowListCreateImage",
        "Foundation.NSURLSession",
    } <= values(facts, "program.api")
    assert one(facts, "program.team").value == "INERT12345"
    rights = {fact.value: fact.attributes["setting"] for fact in facts.facts if fact.name == "program.entitlement"}
    assert rights == {"com.apple.security.get-task-allow": "true", "com.apple.security.app-sandbox": "false"}
    assert values(facts, "code.host") == {"collect.example.com"}
    assert "library/launchagents" in values(facts, "code.string")
    assert one(facts, "signature.scheme").attributes["state"] == "verified"
    assert one(facts, "signature.certificate").attributes["verified"] is True
    assert {line.area for line in facts.coverage if line.state is not State.EXAMINED} == {"manifest", "resources"}
    assert {line.reason for line in facts.coverage} == {Reason.NONE, Reason.NOT_IN_THIS_EVIDENCE}


@pytest.mark.parametrize("number", range(len(APPLE_FORMS)))
def test_lief_reads_the_same_libraries_names_and_platform(number: int) -> None:
    data = build_macho(APPLE_FORMS[number])
    fat = lief.MachO.parse(data)
    assert fat is not None
    other = fat.at(0)
    assert other is not None
    headers = read_headers(data)
    assert set(headers.libraries) == {str(one.name) for one in other.libraries} - {APPLE_FORMS[number].identifier}
    assert list(headers.imports) == [str(one.name) for one in other.imported_symbols]
    assert headers.platform == str(other.platform).rpartition(".")[2].lower()
    assert bool(headers.signature[0]) == other.has_code_signature


@pytest.mark.tools
def test_llvm_lists_the_same_libraries(tmp_path: Path) -> None:
    path = tmp_path / "program"
    path.write_bytes(build_macho(SIGNED))
    listed = run("llvm-objdump", "--macho", "--private-headers", str(path))
    assert set(re.findall(r"name (\S+) \(offset", listed)) == values(read(path.read_bytes()), "program.library")


def test_both_programs_of_a_file_are_read() -> None:
    second = msgspec.structs.replace(SIGNED, processor="x86-64", imports=("_AXUIElementCopyAttributeValue",))
    facts = read(build_fat({"arm64": build_macho(SIGNED), "x86-64": build_macho(second)}))
    found = [fact.attributes["architecture"] for fact in facts.facts if fact.name == "program.file"]
    assert found == ["arm64", "x86-64"]
    names = values(facts, "program.api")
    assert {"CoreGraphics.CGEventTapCreate", "ApplicationServices.AXUIElementCopyAttributeValue"} <= names


def test_a_java_class_is_no_program_of_macos() -> None:
    assert not is_macho(b"\xca\xfe\xba\xbe\0\0\0\x34")
    assert is_macho(b"\xca\xfe\xba\xbe\0\0\0\x02")


@pytest.mark.parametrize("place", [0x30, 0x2001, 0x2020])
def test_a_changed_program_is_not_what_was_signed(place: int) -> None:
    data = bytearray(build_macho(msgspec.structs.replace(SIGNED, filler=bytes(64))))
    data[place] ^= 1
    try:
        held = one(read(bytes(data)), "signature.scheme").attributes
    except (ParseError, NotThisKind):
        return
    assert held["state"] == "failed"


def test_rights_that_were_exchanged_are_told() -> None:
    data = build_macho(SIGNED).replace(b"get-task-allow", b"get-task-allot")
    held = one(read(data), "signature.scheme").attributes
    assert (held["state"], held["error"]) == ("failed", "the rights are not those that were signed")


def test_signatures_of_nobody_and_none_are_told_apart() -> None:
    assert one(read(APPLE_FORMS[1]), "signature.scheme").attributes["state"] == "ad-hoc"
    assert one(read(APPLE_FORMS[2]), "signature.scheme").attributes["state"] == "absent"


def test_code_that_the_store_encrypted_was_not_read() -> None:
    facts = read(APPLE_FORMS[2])
    code = next(line for line in facts.coverage if line.area == "code")
    assert (code.state, code.reason) == (State.PARTIAL, Reason.ENCRYPTED)


@pytest.mark.parametrize("number", range(len(APPLE_FORMS)))
def test_no_inert_program_holds_code_that_does_more_than_return(number: int) -> None:
    program = APPLE_FORMS[number]
    fat = lief.MachO.parse(build_macho(program))
    assert fat is not None
    parsed = fat.at(0)
    assert parsed is not None
    code = [section for section in parsed.sections if section.name == "__text"]
    assert [bytes(section.content) for section in code] == [PROCESSORS[program.processor][2]]
    assert len(list(parsed.sections)) == 1


@pytest.mark.parametrize("number", range(len(APPLE_FORMS)))
def test_a_program_cut_at_each_percent_is_refused_or_said_to_be_cut(number: int) -> None:
    data = build_macho(APPLE_FORMS[number])
    for percent in range(1, 100):
        try:
            facts = read(data[: len(data) * percent // 100])
        except (ParseError, NotThisKind):
            continue
        assert any(line.state is State.PARTIAL and line.detail for line in facts.coverage), percent


def test_an_ipa_says_what_its_lists_and_its_profile_say() -> None:
    facts = read_app(build_ipa(BUNDLE_FORMS[0]), "a.ipa").subjects[0]
    assert facts.subject.platform == "ios"
    assert (facts.subject.identity, facts.subject.label) == ("org.example.inert", "Inert")
    assert one(facts, "file.kind").value == "ipa"
    assert {"NSLocationAlwaysAndWhenInUseUsageDescription", "NSMicrophoneUsageDescription"} == values(
        facts, "program.usage"
    )
    assert values(facts, "program.background") == {"location", "audio"}
    assert values(facts, "program.url_scheme") == {"inert"}
    assert values(facts, "program.extension") == {"com.apple.keyboard-service"}
    assert {(fact.attributes["locale"], fact.value) for fact in facts.facts if fact.name == "app.label"} == {
        ("", "Inert"), ("fr", "Inerte"),
    }  # fmt: skip
    profile = one(facts, "program.profile")
    assert (profile.attributes["kind"], profile.attributes["expires"]) == ("enterprise", "2025-01-01T00:00:00Z")
    assert "CoreLocation.CLLocationManager" in values(facts, "program.api")
    programs = {fact.value: fact.attributes["kind"] for fact in facts.facts if fact.name == "program.file"}
    digests = {fact.attributes["sha256"] for fact in facts.facts if fact.name == "program.file"}
    assert digests == {hashlib.sha256(build_macho(BUNDLE_FORMS[0].program)).hexdigest()}
    assert programs == {"Payload/Inert.app/Inert": "main", "Payload/Inert.app/PlugIns/Keys.appex/Keys": "extension"}


def test_a_zipped_app_of_macos_is_read_and_says_that_it_has_no_sign_in_the_dock() -> None:
    facts = read_app(build_app_zip(BUNDLE_FORMS[1]), "a.zip").subjects[0]
    assert facts.subject.platform == "macos"
    assert one(facts, "file.kind").value == "app"
    assert "no-dock-icon" in values(facts, "program.trait")
    assert "CoreGraphics.CGEventTapCreate" in values(facts, "program.api")


@pytest.mark.parametrize(("kind", "devices"), [("enterprise", 0), ("ad-hoc", 7), ("development", 2), ("store", 0)])
def test_each_kind_of_profile_is_told_apart_and_devices_are_only_counted(kind: str, devices: int) -> None:
    data = build_profile(Profile(kind=kind, devices=devices))
    found = read_profile(data)
    assert (found.kind, found.devices) == (kind, devices)
    assert found.signer is not None
    facts = read_app(build_ipa(AppleApp(profile=Profile(kind=kind, devices=devices))), "a.ipa").subjects[0]
    assert not any(
        "0" * 36 in str(fact.value) + str(dict(fact.attributes))
        for fact in facts.facts
        if fact.name.startswith("program.")
    )


@pytest.mark.tools
def test_openssl_accepts_the_signature_of_a_profile(tmp_path: Path) -> None:
    path = tmp_path / "p"
    path.write_bytes(build_profile(Profile()))
    text = run("openssl", "cms", "-verify", "-noverify", "-inform", "DER", "-in", str(path))
    assert "ProvisionsAllDevices" in text
    changed = path.read_bytes().replace(b"Inert profile", b"Other profile")
    assert read_profile(changed).signer is None


def test_an_ipa_whose_program_or_list_is_missing_says_so() -> None:
    files = {
        "Payload/A.app/Info.plist": plistlib.dumps({"CFBundleIdentifier": "org.example.a", "CFBundleExecutable": "A"})
    }
    from luciole.apps.ipa.members import of_files
    from luciole.apps.programs.read import read_folder

    members = of_files({name: (len(data), lambda data=data: data) for name, data in files.items()})
    facts = read_folder(members, "A").subjects[0]
    assert next(line for line in facts.coverage if line.area == "code").state is State.PARTIAL
    members = of_files({"Payload/A.app/A": (4, lambda: b"abcd")})
    facts = read_folder(members, "A").subjects[0]
    assert next(line for line in facts.coverage if line.area == "manifest").reason is Reason.MISSING


def test_an_ipa_cut_or_overwritten_at_each_percent_never_loses_its_keyboard_silently() -> None:
    whole = build_ipa(BUNDLE_FORMS[0])
    for percent in range(1, 100):
        place = len(whole) * percent // 100
        for damaged in (whole[:place], whole[:place] + b"\xff" * 16 + whole[place + 16 :]):
            try:
                facts = read_app(damaged, "a.ipa").subjects[0]
            except (ParseError, NotThisKind):
                continue
            told = any(line.state is not State.EXAMINED for line in facts.coverage)
            assert (
                told or values(facts, "anomaly") or "com.apple.keyboard-service" in values(facts, "program.extension")
            ), percent


@pytest.mark.parametrize(
    "data",
    [
        b"<?xml version='1.0'?><!DOCTYPE plist [<!ENTITY a 'b'>]><plist><dict/></plist>",
        b"<plist>" + b"<dict><key>a</key>" * 5000,
        b"<plist><array/></plist>",
        b"bplist00" + b"\xd1\0\0" + bytes(40),
        b"",
    ],
)
def test_hostile_property_lists_are_refused(data: bytes) -> None:
    with pytest.raises(ParseError):
        load_map(data)


def test_a_property_list_that_holds_itself_does_no_harm() -> None:
    # one map whose only value is the map itself
    body = b"bplist00" + b"\xd1\x01\x00" + b"\x51a"
    table = bytes([8, 11])
    trailer = bytes(6) + bytes([1, 1]) + (2).to_bytes(8, "big") + (0).to_bytes(8, "big") + len(body).to_bytes(8, "big")
    try:
        found = load_map(body + table + trailer)
    except ParseError:
        return
    assert list(found) == ["a"]


@given(st.binary(max_size=400), st.integers(0, 20_000))
def test_any_bytes_anywhere_give_facts_or_a_parse_error(data: bytes, place: int) -> None:
    whole = build_macho(SIGNED)
    target("apple_program")(whole[:place] + data + whole[place + len(data) :])
    target("apple_program")(data)


@given(st.binary(max_size=400), st.integers(0, 8_000))
def test_any_bytes_in_an_ipa_give_facts_or_a_parse_error(data: bytes, place: int) -> None:
    whole = build_ipa(BUNDLE_FORMS[0])
    target("apple_bundle")(whole[:place] + data + whole[place + len(data) :])
