"""What is planted in Windows programs is found, signatures are judged as other tools judge them, damage is told."""

import base64
import hashlib
import os
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
from luciole.apps.pe.layout import read_layout
from luciole.apps.pe.resources import version_texts
from luciole.apps.programs.watched import WINDOWS
from luciole.apps.read import read_app
from luciole.kernel.errors import NotThisKind, ParseError
from luciole.kernel.facts import Fact, FactSet
from luciole.kernel.outcome import Reason, State
from luciole.simulate.programs.demonstration import WATCHING, WINDOWS_FORMS
from luciole.simulate.programs.windows import RETURN, WindowsProgram, build_program, version_block

SIGNED = msgspec.structs.replace(WATCHING, signer="own")


def read(program: WindowsProgram | bytes) -> FactSet:
    data = program if isinstance(program, bytes) else build_program(program)
    return read_app(data, "a.exe").subjects[0]


def values(facts: FactSet, name: str) -> set[object]:
    return {one.value for one in facts.facts if one.name == name}


def one(facts: FactSet, name: str) -> Fact:
    return next(fact for fact in facts.facts if fact.name == name)


def run(*command: str) -> str:
    if shutil.which(command[0]) is None:
        if os.environ.get("CI") == "true":
            pytest.fail(f"{command[0]} is not installed")
        pytest.skip(f"{command[0]} is not installed")
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60).stdout


@pytest.mark.parametrize("narrow", [False, True])
def test_identity_imports_texts_and_hosts_are_found_with_their_places(*, narrow: bool) -> None:
    program = msgspec.structs.replace(WATCHING, narrow=narrow, manifest="<x level='requireAdministrator'/>")
    data = build_program(program)
    facts = read(data)
    assert facts.subject.platform == "windows"
    assert (facts.subject.identity, facts.subject.label) == ("Inert Host", "Windows Update")
    assert one(facts, "app.version_name").value == "1.0"
    assert {"user32.SetWindowsHookEx", "gdi32.BitBlt", "wininet.HttpSendRequest"} <= values(facts, "program.api")
    assert values(facts, "code.host") == {"collect.example.com"}
    assert "software\\microsoft\\windows\\currentversion\\run" in values(facts, "code.string")
    assert "asks-for-administrator" in values(facts, "program.trait")
    url = one(facts, "code.url")
    assert url.place.offset is not None
    assert data[url.place.offset :].startswith(str(url.value).encode())
    label = one(facts, "app.label")
    assert label.place.offset is not None
    assert data[label.place.offset :].startswith(str(label.value).encode("utf-16-le"))
    assert all(line.state is State.EXAMINED for line in facts.coverage)


def test_functions_that_are_loaded_late_or_listed_by_number_count_as_well() -> None:
    late = WindowsProgram(imports={"ws2_32.dll": ("#4", "#19")}, late={"crypt32.dll": ("CryptUnprotectData",)})
    assert {"ws2_32.connect", "ws2_32.send", "crypt32.CryptUnprotectData"} <= values(read(late), "program.api")


def test_a_function_that_only_a_text_names_is_told_apart_from_a_listed_one() -> None:
    found = one(read(WindowsProgram(strings=("GetAsyncKeyState",))), "program.api")
    assert (found.value, found.attributes["how"]) == ("user32.GetAsyncKeyState", "name")


@pytest.mark.tools
@pytest.mark.parametrize("narrow", [False, True])
def test_objdump_lists_the_same_libraries_and_functions(*, narrow: bool, tmp_path: Path) -> None:
    path = tmp_path / "a.exe"
    path.write_bytes(build_program(msgspec.structs.replace(WATCHING, narrow=narrow)))
    listed = run("objdump", "-p", str(path))
    facts = read(path.read_bytes())
    assert set(re.findall(r"DLL Name: (\S+)", listed)) == values(facts, "program.library")
    names = set(re.findall(r"^\t[0-9a-f]+\t +\d+  (\w+)$", listed, re.MULTILINE))
    watched = {WINDOWS[key].value for name in names for key in (name, name[:-1]) if key in WINDOWS}
    held = {fact.value for fact in facts.facts if fact.name == "program.api" and fact.attributes["how"] == "import"}
    assert held == watched


@pytest.mark.tools
def test_a_whole_signature_verifies_and_osslsigncode_computes_the_same_digest(tmp_path: Path) -> None:
    facts = read(SIGNED)
    assert one(facts, "signature.scheme").attributes["state"] == "verified"
    certificate = one(facts, "signature.certificate")
    assert certificate.attributes["verified"] is True
    assert certificate.attributes["sha1"]
    assert certificate.attributes["md5"]
    assert one(facts, "signature.weak").attributes["why"] == "self-signed"
    path = tmp_path / "a.exe"
    path.write_bytes(build_program(SIGNED))
    said = run("osslsigncode", "verify", str(path))
    current = re.search(r"Current message digest +: (\w+)", said)
    calculated = re.search(r"Calculated message digest : (\w+)", said)
    assert current is not None
    assert calculated is not None
    assert current[1] == calculated[1]


def test_lief_agrees_about_whole_and_changed_programs() -> None:
    whole = build_program(SIGNED)
    parsed = lief.PE.parse(whole)
    assert isinstance(parsed, lief.PE.Binary)
    assert parsed.verify_signature() & lief.PE.Signature.VERIFICATION_FLAGS.BAD_DIGEST == 0
    for place in (0x200, 0x401, 0x700, 0x900):
        changed = whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :]
        held = one(read(changed), "signature.scheme").attributes
        assert (held["state"], held["error"]) == ("failed", "the program is not what was signed")
        assert not [f for f in read(changed).facts if f.name == "signature.certificate" and f.attributes["verified"]]
        parsed = lief.PE.parse(changed)
        assert isinstance(parsed, lief.PE.Binary)
        assert parsed.verify_signature() & lief.PE.Signature.VERIFICATION_FLAGS.BAD_DIGEST


def test_the_icon_of_a_program_is_kept() -> None:
    picture = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40
    icon = one(read(WindowsProgram(icon=picture, version={"ProductName": "Inert"})), "app.icon")
    assert icon.value == hashlib.sha256(picture).hexdigest()
    assert base64.b64decode(str(icon.attributes["data"])) == picture


def test_an_unsigned_program_is_said_to_be_unsigned() -> None:
    assert one(read(WATCHING), "signature.scheme").attributes["state"] == "absent"


def test_packers_and_what_is_carried_behind_make_the_code_partly_examined() -> None:
    facts = read(WindowsProgram(sections=("UPX0", "UPX1"), behind=b"\xef\xbe\xad\xdeNullsoftInst" + bytes(100)))
    assert values(facts, "code.packer") == {"UPX"}
    assert values(facts, "program.made_with") == {"nsis"}
    assert one(facts, "file.kind").value == "nsis"
    assert one(facts, "carried.file").attributes["size"] == 116
    code = next(line for line in facts.coverage if line.area == "code")
    assert (code.state, code.reason) == (State.PARTIAL, Reason.UNKNOWN_FORMAT)
    assert "UPX" in code.detail


@pytest.mark.parametrize(
    ("behind", "name"),
    [
        (b"7z\xbc\xaf\x27\x1c" + bytes(50), "sevenzip"),
        (bytes(100) + b"MEI\014\013\012\013\016" + bytes(80), "pyinstaller"),
        (bytes(20) + b"AU3!EA06" + bytes(50), "autoit"),
        (bytes(20) + b"Inno Setup Setup Data (6.2.0)" + bytes(50), "inno"),
    ],
)
def test_what_made_a_program_is_recognised_and_its_inside_is_not_called_read(behind: bytes, name: str) -> None:
    facts = read(WindowsProgram(behind=behind))
    assert values(facts, "program.made_with") == {name}
    assert {line.state for line in facts.coverage if line.area in {"code", "native"}} == {State.PARTIAL}


def test_texts_of_dotnet_programs_are_found_at_odd_places() -> None:
    for shift in range(4):
        heap = b"\0" * (7 + shift) + "https://panel.example.net/in".encode("utf-16-le") + b"\0\0"
        facts = read(WindowsProgram(dotnet=True, filler=heap, strings=("CopyFromScreen", "SmtpClient")))
        assert "panel.example.net" in values(facts, "code.host")
        assert {"System.Drawing.Graphics.CopyFromScreen", "System.Net.SmtpClient"} <= values(facts, "program.api")
        assert "dotnet" in values(facts, "program.made_with")


def test_several_languages_of_the_description_are_kept() -> None:
    texts = version_texts(version_block({"FileDescription": "Outil", "CompanyName": "Atelier"}, "040C"))
    assert [(one.language, one.key, one.text) for one in texts] == [
        ("040c", "FileDescription", "Outil"), ("040c", "CompanyName", "Atelier"),
    ]  # fmt: skip


@pytest.mark.parametrize("number", range(len(WINDOWS_FORMS)))
def test_no_inert_program_holds_code_that_does_more_than_return(number: int) -> None:
    data = build_program(WINDOWS_FORMS[number])
    parsed = lief.PE.parse(data)
    assert isinstance(parsed, lief.PE.Binary)
    layout = read_layout(data)
    runs = [one for one in layout.sections if one.flags & 0x20000000]
    assert [one.name for one in runs] == [".text"]
    start = runs[0].start
    assert data[start : start + runs[0].size].rstrip(b"\0") == RETURN
    assert parsed.entrypoint - parsed.imagebase == runs[0].address
    assert parsed.tls is None


@pytest.mark.parametrize("number", range(len(WINDOWS_FORMS)))
def test_a_program_cut_at_each_percent_is_refused_or_said_to_be_cut(number: int) -> None:
    data = build_program(WINDOWS_FORMS[number])
    for percent in range(1, 100):
        try:
            facts = read(data[: len(data) * percent // 100])
        except (ParseError, NotThisKind):
            continue
        assert any(line.state is State.PARTIAL and line.detail for line in facts.coverage), percent


def test_a_program_overwritten_at_each_percent_never_loses_its_imports_silently() -> None:
    whole = build_program(SIGNED)
    planted = values(read(whole), "program.api")
    for percent in range(100):
        place = len(whole) * percent // 100
        damaged = whole[:place] + b"\xff" * 16 + whole[place + 16 :]
        try:
            facts = read(damaged)
        except (ParseError, NotThisKind):
            continue
        told = any(line.state is not State.EXAMINED for line in facts.coverage)
        broken = one(facts, "signature.scheme").attributes["state"] != "verified"
        assert told or broken or planted <= values(facts, "program.api"), percent


def test_a_dos_program_and_a_text_that_begins_like_one_are_no_windows_programs() -> None:
    for data in (b"MZ" + bytes(200), b"MZ is how this letter begins" * 10):
        with pytest.raises((ParseError, NotThisKind)):
            read(data)


@given(st.binary(max_size=600), st.integers(0, 4000))
def test_any_bytes_anywhere_give_facts_or_a_parse_error(data: bytes, place: int) -> None:
    whole = build_program(WINDOWS_FORMS[1])
    target("windows_program")(whole[:place] + data + whole[place + len(data) :])
    target("windows_program")(data)
