"""Installers made with NSIS are opened as 7-Zip opens them, whatever is damaged is told, and no bomb goes off."""

import hashlib
import struct
import zlib
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fuzz_target import target
from installer_tools import HOOK, NOISE, PROGRAM, TEXT, digests, lines, never_silent, run, told, unpacked, values
from luciole.apps.installers.nsis import SIGNATURE, open_installer
from luciole.apps.installers.nsis_script import read_script
from luciole.apps.isolation import Worker
from luciole.apps.read import read_app
from luciole.kernel.errors import ParseError
from luciole.kernel.facts import FactSet
from luciole.kernel.outcome import Reason, State
from luciole.simulate.programs.demonstration import ORDINARY
from luciole.simulate.programs.installers import Setup, build_nsis
from luciole.simulate.programs.windows import build_program

RUN = "Software\\Microsoft\\Windows\\CurrentVersion\\Run"
SCRIPT = """
Unicode {unicode}
SetCompressor {solid} {method}
Name "Inert Setup"
OutFile "made.exe"
InstallDir "$PROGRAMFILES\\Inert"
RequestExecutionLevel user
Page instfiles
Section "main"
  SetOutPath "$INSTDIR"
  File "host.exe"
  SetOutPath "$INSTDIR\\docs"
  File "readme.txt"
  File "noise.bin"
  File "/oname=$TEMP\\again.exe" "host.exe"
  WriteRegStr HKCU "Software\\Microsoft\\Windows\\CurrentVersion\\Run" "Inert" "$INSTDIR\\host.exe"
  WriteUninstaller "$INSTDIR\\leave.exe"
SectionEnd
Section "Uninstall"
  Delete "$INSTDIR\\host.exe"
SectionEnd
"""
FILES = {"$INSTDIR/host.exe": PROGRAM, "$INSTDIR/docs/readme.txt": TEXT, "$PLUGINSDIR/part.dll": PROGRAM + b"\0"}
SETUP = Setup(FILES, ((RUN, "Inert", "$INSTDIR\\host.exe"),))
FORMS = [(method, solid) for method in ("lzma", "deflate") for solid in (True, False)] + [("stored", False)]


def read(data: bytes) -> FactSet:
    return read_app(data, "setup.exe").subjects[0]


def made(folder: Path, method: str, solid: str, unicode: str) -> bytes:
    for name, content in (("host.exe", PROGRAM), ("readme.txt", TEXT), ("noise.bin", NOISE)):
        (folder / name).write_bytes(content)
    (folder / "setup.nsi").write_text(SCRIPT.format(method=method, solid=solid, unicode=unicode))
    run("makensis", "-V1", "setup.nsi", folder=folder)
    return (folder / "made.exe").read_bytes()


@pytest.mark.tools
@pytest.mark.parametrize("unicode", ["true", "false"])
@pytest.mark.parametrize("solid", ["/SOLID", ""])
@pytest.mark.parametrize("method", ["lzma", "zlib"])
def test_an_installer_that_makensis_wrote_holds_what_was_packed(
    tmp_path: Path, method: str, solid: str, unicode: str
) -> None:
    facts = read(made(tmp_path, method, solid, unicode))
    others = unpacked(tmp_path / "made.exe", tmp_path / "out")
    assert digests(facts)["$INSTDIR/host.exe"] == hashlib.sha256(PROGRAM).hexdigest() == others["host.exe"]
    installs = {str(one).removeprefix("$INSTDIR/") for one in values(facts, "program.installs")}
    assert installs - {f"{RUN}\\Inert"} == set(others) - {"leave.exe"} == {
        "host.exe", "docs/readme.txt", "docs/noise.bin", "$TEMP/again.exe",
    }  # fmt: skip
    assert HOOK in values(facts, "program.api")
    assert values(facts, "file.kind") == {"nsis"}
    assert {one.attributes["kind"] for one in facts.facts if one.value == f"{RUN}\\Inert"} == {"autostart"}
    assert all(line.state is State.EXAMINED for line in facts.coverage)


@pytest.mark.tools
@pytest.mark.parametrize("solid", ["/SOLID", ""])
def test_the_changed_bzip2_of_nsis_is_recognised_and_said_not_to_be_opened(tmp_path: Path, solid: str) -> None:
    facts = read(made(tmp_path, "bzip2", solid, "true"))
    assert values(facts, "file.kind") == {"nsis"}
    assert {(line.state, line.reason) for line in lines(facts)} == {(State.PARTIAL, Reason.UNKNOWN_FORMAT)}


@pytest.mark.tools
@pytest.mark.parametrize(("method", "solid"), FORMS)
def test_7zip_takes_the_same_files_out_of_an_installer_of_ours(tmp_path: Path, method: str, *, solid: bool) -> None:
    path = tmp_path / "own.exe"
    path.write_bytes(build_nsis(msgspec.structs.replace(SETUP, method=method, solid=solid)))
    packed = {name: hashlib.sha256(content).hexdigest() for name, content in FILES.items()}
    others = unpacked(path, tmp_path / "out")
    assert others == {name.removeprefix("$INSTDIR/"): digest for name, digest in packed.items()}
    facts = read(path.read_bytes())
    assert digests(facts) == {name: packed[name] for name in packed if not name.endswith(".txt")}
    assert not told(facts)


@pytest.mark.parametrize(("method", "solid"), FORMS)
def test_an_installer_damaged_at_each_percent_never_loses_its_program_silently(method: str, *, solid: bool) -> None:
    setup = Setup({"$INSTDIR/noise": NOISE[:4000], **FILES}, method=method, solid=solid)
    never_silent(build_nsis(setup), "setup.exe")


def test_a_changed_byte_is_told_by_the_checksum_though_the_programs_can_still_be_read() -> None:
    data = bytearray(build_nsis(msgspec.structs.replace(SETUP, method="stored", solid=False)))
    data[data.index(TEXT)] ^= 1
    facts = read(bytes(data))
    assert HOOK in values(facts, "program.api")
    assert {line.reason for line in lines(facts)} == {Reason.DAMAGED}


def test_a_signature_far_behind_the_program_is_found_as_its_own_program_finds_it() -> None:
    stub = build_program(ORDINARY)
    stub += bytes(-len(stub) % 512)
    whole = build_nsis(msgspec.structs.replace(SETUP, program=ORDINARY))
    assert whole.startswith(stub)
    assert HOOK in values(read(stub + bytes(512 * 40) + whole[len(stub) :]), "program.api")


def judged(request: bytes) -> bytes:
    """What a child with the usual limits says of a file."""
    facts = read(request)
    return msgspec.json.encode([line.reason.value for line in lines(facts)])


@pytest.mark.parametrize(("method", "solid"), [("lzma", True), ("lzma", False), ("deflate", True), ("deflate", False)])
def test_a_bomb_does_not_go_off_and_is_told(method: str, *, solid: bool) -> None:
    data = build_nsis(Setup({"$INSTDIR/zeros": bytes(24 << 20)}, method=method, solid=solid))
    assert len(data) < 30_000
    with Worker(judged) as worker:
        assert msgspec.json.decode(worker.ask(data, len(data))) == ["limit-reached"] * 2


def test_installers_inside_installers_are_followed_to_the_limit_and_no_further() -> None:
    inner = build_nsis(Setup(FILES))
    assert digests(read(build_nsis(Setup({"$INSTDIR/in.exe": inner}))))["$INSTDIR/in.exe!$INSTDIR/host.exe"]
    for _ in range(6):
        inner = build_nsis(Setup({"$INSTDIR/in.exe": inner}))
    facts = read(inner)
    assert HOOK not in values(facts, "program.api")
    assert {line.reason for line in lines(facts)} == {Reason.LIMIT}


def test_more_programs_than_there_is_time_for_are_said_not_to_be_read() -> None:
    large = PROGRAM + bytes(7 << 20)
    facts = read(build_nsis(Setup({"$INSTDIR/small.exe": PROGRAM, "$INSTDIR/large.exe": large}, solid=False)))
    assert set(digests(facts)) == {"$INSTDIR/small.exe"}
    assert {line.reason for line in lines(facts)} == {Reason.LIMIT}


def test_android_apps_and_archives_inside_are_named_with_their_digest_and_not_called_read() -> None:
    app = b"PK\3\4" + bytes(30) + b"AndroidManifest.xml"
    facts = read(build_nsis(Setup({"$INSTDIR/agent.apk": app})))
    found = next(one for one in facts.facts if one.name == "carried.file" and one.attributes["kind"] == "apk")
    assert (found.value, found.attributes["sha256"]) == ("$INSTDIR/agent.apk", hashlib.sha256(app).hexdigest())
    assert told(facts)


def test_an_unsigned_part_of_a_signed_installer_does_not_make_the_installer_unsigned() -> None:
    signed = msgspec.structs.replace(ORDINARY, signer="own")
    facts = read(build_nsis(Setup(FILES, program=signed)))
    assert HOOK in values(facts, "program.api")
    states = {one.attributes["state"] for one in facts.facts if one.name == "signature.scheme"}
    assert "absent" not in states
    alone = read(build_nsis(Setup(FILES)))
    assert {one.attributes["state"] for one in alone.facts if one.name == "signature.scheme"} == {"absent"}


def first_header(script: int, whole: int, data: bytes) -> bytes:
    return struct.pack("<I16sII", 4, SIGNATURE, script, whole) + data


@pytest.mark.parametrize(
    "data",
    [
        b"",
        first_header(1 << 31, 100, bytes(100)),
        first_header(100, 1 << 31, struct.pack("<I", 1000)),
        first_header(100, 200, b"\x5d\0\0\xff\x7f\0\0" + bytes(100)),
        first_header(100, 200, b"\x5d\0\0\x01\0\0\0" + bytes(100)),
        first_header(100, 40, struct.pack("<I", 0x80000000 | 90) + bytes(100)),
        first_header(100, 200, struct.pack("<I", 100) + bytes(40)),
        first_header(8, 200, struct.pack("<I", 8) + bytes(190)),
        first_header(100, 200, b"\x04\x99\x99\x99" + bytes(190)),
    ],
)
def test_headers_that_lie_are_parse_errors(data: bytes) -> None:
    with pytest.raises(ParseError):
        open_installer(data, 0)


def test_a_length_that_leaves_the_data_is_told() -> None:
    whole = build_nsis(msgspec.structs.replace(SETUP, method="stored", solid=False))
    place = whole.index(struct.pack("<I", len(TEXT)) + TEXT)
    facts = read(whole[:place] + struct.pack("<I", 0x7FFFFFFF) + whole[place + 4 :])
    assert HOOK in values(facts, "program.api")
    assert told(facts)


def test_a_script_whose_texts_have_no_end_is_bounded() -> None:
    entries = b"".join(struct.pack("<7I", 20, 0, one, one, 0, 0, 0) for one in range(40_000))
    blocks = [(68, 0), (68, 0), (68, 40_000), (68 + len(entries), 0), *[(0, 0)] * 4]
    table = bytes(4) + b"".join(struct.pack("<II", *one) for one in blocks)
    script = read_script(table + entries + b"\0\0" + "a".encode("utf-16-le") * 100_000)
    assert not script.complete
    assert sum(len(name) for names in script.names.values() for name in names) < 3_000_000


@settings(max_examples=150)
@given(st.binary(max_size=200), st.integers(0, 4000), st.sampled_from(FORMS))
def test_any_bytes_anywhere_give_facts_or_a_parse_error(data: bytes, place: int, form: tuple[str, bool]) -> None:
    whole = build_nsis(msgspec.structs.replace(SETUP, method=form[0], solid=form[1]))
    target("installer")(whole[:place] + data + whole[place + len(data) :])


@settings(max_examples=150)
@given(st.binary(max_size=2000))
def test_any_script_behind_a_fitting_header_gives_facts_or_a_parse_error(script: bytes) -> None:
    data = struct.pack("<I", len(script)) + script + struct.pack("<I", 4) + b"data"
    whole = build_program(ORDINARY)
    whole += bytes(-len(whole) % 512) + struct.pack("<I16sII", 0, SIGNATURE, len(script), 28 + len(data) + 4) + data
    target("installer")(whole + struct.pack("<I", zlib.crc32(whole[512:])))
