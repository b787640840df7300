"""Programs of computers and iPhones go through the whole check: found, read in children, judged."""

import os
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner

from luciole.apps.pe.layout import read_layout
from luciole.assess.document import Assessment, Result
from luciole.cli.main import cli
from luciole.kernel.limits import DEFAULT, MIB
from luciole.packs.engine import load_engine
from luciole.scale.check import check
from luciole.scale.settings import ReadSettings
from luciole.simulate.programs.apple import build_macho
from luciole.simulate.programs.bundle import app_files, build_app_zip, build_ipa
from luciole.simulate.programs.demonstration import APPLE_FORMS, BUNDLE_FORMS, ORDINARY, PACKAGE_FORM, WATCHING
from luciole.simulate.programs.package import build_package
from luciole.simulate.programs.windows import WindowsProgram, build_program

NOW = "2026-01-01T00:00:00Z"


def checked(*paths: Path) -> Result:
    return check(paths, load_engine(), ReadSettings(now=NOW), all_facts=True)


def write(folder: Path) -> Path:
    (folder / "deep").mkdir(parents=True)
    (folder / "deep" / "update").write_bytes(build_program(WATCHING))
    (folder / "notes.exe").write_bytes(build_program(ORDINARY))
    (folder / "tool").write_bytes(build_macho(APPLE_FORMS[1]))
    (folder / "app.ipa").write_bytes(build_ipa(BUNDLE_FORMS[0]))
    (folder / "zipped").write_bytes(build_app_zip(BUNDLE_FORMS[1]))
    (folder / "setup.msi").write_bytes(build_package(PACKAGE_FORM))
    for name, data in app_files(msgspec.structs.replace(BUNDLE_FORMS[1], name="Loose")).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    (folder / "readme.txt").write_bytes(b"MZ is not always a program")
    (folder / "Main.class").write_bytes(b"\xca\xfe\xba\xbe\0\0\0\x34" + bytes(100))
    return folder


def by_name(result: Result) -> dict[str, Assessment]:
    return {str(one.sources[0]) if one.sources else one.subject.identity: one for one in result.assessments}


def test_a_folder_of_programs_of_every_kind_is_found_and_read(tmp_path: Path) -> None:
    result = checked(write(tmp_path / "in"))
    assert result.unreadable == ()
    platforms = sorted(one.subject.platform for one in result.assessments)
    assert platforms == ["ios", "macos", "macos", "macos", "windows", "windows", "windows"]
    kinds = sorted(str(fact.value) for one in result.assessments for fact in one.facts if fact.name == "file.kind")
    assert kinds == ["app", "app", "ipa", "macho", "msi", "pe", "pe"]


def test_what_records_and_hides_behaves_like_stalkerware_and_ordinary_programs_do_not(tmp_path: Path) -> None:
    folder = write(tmp_path / "in")
    watching = checked(folder / "deep" / "update").assessments[0]
    assert (watching.verdict.code, watching.verdict.rule) == (
        "behaves-like-stalkerware", "program-records-typing-and-hides",
    )  # fmt: skip
    assert checked(folder / "notes.exe").assessments[0].verdict.code == "nothing-seen"
    assert checked(folder / "app.ipa").assessments[0].verdict.rule == "app-from-outside-the-store"


def test_the_command_speaks_of_a_program_in_words(tmp_path: Path) -> None:
    folder = write(tmp_path / "in")
    done = CliRunner().invoke(cli, ["check", "--yes", str(folder / "deep" / "update")], catch_exceptions=False)
    assert "Windows Update" in done.output
    assert "can write down what is typed" in " ".join(done.output.split())
    sifted = CliRunner().invoke(
        cli, ["triage", str(folder), "--out", str(tmp_path / "out.jsonl")], catch_exceptions=False
    )
    assert sifted.exit_code == 0, sifted.output


@pytest.mark.parametrize("percent", [3, 10, 25, 40, 55, 70, 85, 99])
def test_a_program_that_was_cut_is_never_called_nothing_seen(percent: int, tmp_path: Path) -> None:
    for number, data in enumerate((
        build_program(WATCHING), build_program(ORDINARY), build_macho(APPLE_FORMS[0]), build_ipa(BUNDLE_FORMS[0]),
    )):  # fmt: skip
        path = tmp_path / f"{number}.exe"
        path.write_bytes(data[: len(data) * percent // 100])
        result = checked(path)
        assert result.unreadable or {one.verdict.code for one in result.assessments} <= {
            "needs-a-person", "behaves-like-stalkerware",
        }  # fmt: skip


def test_a_large_program_is_read_within_the_memory_of_a_child(tmp_path: Path) -> None:
    assert DEFAULT.memory == 256 * MIB
    path = tmp_path / "large.exe"
    large = msgspec.structs.replace(WATCHING, filler=os.urandom(60 * MIB))
    path.write_bytes(build_program(large))
    result = checked(path)
    assert result.unreadable == ()
    names = {fact.value for fact in result.assessments[0].facts if fact.name == "program.api"}
    assert "user32.SetWindowsHookEx" in names
    path = tmp_path / "large"
    path.write_bytes(build_macho(msgspec.structs.replace(APPLE_FORMS[0], filler=os.urandom(100 * MIB))))
    result = checked(path)
    assert result.unreadable == ()
    assert "CoreGraphics.CGEventTapCreate" in {f.value for f in result.assessments[0].facts if f.name == "program.api"}


def test_a_program_full_of_texts_is_searched_within_its_time_and_memory(tmp_path: Path) -> None:
    path = tmp_path / "texts.exe"
    path.write_bytes(build_program(WindowsProgram(filler=b"https://a.example.com/x [enter] keylogger " * 500_000)))
    result = checked(path)
    assert result.unreadable == ()
    assert result.assessments[0].verdict.code in {"needs-a-person", "nothing-seen"}
    path.write_bytes(build_program(WindowsProgram(filler=b"".join(b"//h%d.example.com " % n for n in range(400_000)))))
    result = checked(path)
    assert result.unreadable == ()
    lines = [line for line in result.assessments[0].coverage if line.area == "code"]
    assert [line.reason.value for line in lines] == ["limit-reached"]


def test_a_list_of_functions_without_an_end_is_an_answer_and_not_the_end_of_the_check(tmp_path: Path) -> None:
    functions = tuple(f"Function{number}" for number in range(51_000))
    (tmp_path / "long.exe").write_bytes(build_program(WindowsProgram(imports={"user32.dll": functions})))
    thunks = build_program(WindowsProgram(imports={"user32.dll": ("A",)}, filler=b"\1\x20\0\0\0\0\0\0" * 300_000))
    place = thunks.index(b"\1\x20\0\0\0\0\0\0" * 4)
    layout = read_layout(thunks)
    section = next(one for one in layout.sections if one.name == ".data")
    address = (section.address + place - section.start).to_bytes(4, "little")
    offset = layout.offset(layout.directory(1)[0])
    assert offset is not None
    (tmp_path / "endless.exe").write_bytes(
        thunks[:offset] + address + thunks[offset + 4 : offset + 16] + address + thunks[offset + 20 :]
    )
    result = checked(tmp_path)
    judged = {one.verdict.code for one in result.assessments}
    assert len(result.unreadable) + len(result.assessments) == 2
    assert judged <= {"needs-a-person"}
